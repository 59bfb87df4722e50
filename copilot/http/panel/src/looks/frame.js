/** The frame: top, alarms, the parts, and the passages beside them; from a small HMI to a wide screen. */
export const FRAME = /* css */ `
:host { display: block; block-size: 100%; min-block-size: 18em; contain: content; }
:host([hidden]) { display: none; }
.panel {
  --touch: max(3em, 48px); container: panel / size; block-size: 100%; min-block-size: inherit; background: var(--ground); color: var(--ink);
  font: 400 var(--edge-copilot-font-size, 16px)/1.5 var(--edge-copilot-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif);
  text-align: start; -webkit-text-size-adjust: 100%;
}
.panel[data-size="large"] { font-size: calc(var(--edge-copilot-font-size, 16px) * 1.2); }
.panel[data-size="largest"] { font-size: calc(var(--edge-copilot-font-size, 16px) * 1.45); }
.frame { display: flex; flex-direction: column; block-size: 100%; }

.skip { position: absolute; inset: .4em auto auto .4em; z-index: 3; padding: .6em 1em; background: var(--accent); color: var(--accent-ink); border: 0; border-radius: .5em; min-block-size: var(--touch); }
.skip:not(:focus) { clip-path: inset(50%); pointer-events: none; }
.top { display: flex; align-items: center; gap: .25em; padding-inline: 1em .4em; min-block-size: 3.25em; background: var(--surface); border-block-end: var(--border) solid var(--line); }
.top h1 { flex: 1 1 auto; min-inline-size: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-weight: 650; }
.top h1 span { margin-inline-start: .7em; color: var(--quiet); font-weight: 400; }
.badges { display: flex; gap: .4em; margin-inline-end: .4em; }
.badge { display: flex; align-items: center; gap: .4em; padding: .2em .7em; border-radius: 1em; background: var(--sunk); color: var(--quiet); font-size: .88em; white-space: nowrap; border: var(--border) solid transparent; }
.panel[data-contrast="more"] .badge { border-color: currentColor; }
.badge .icon { inline-size: 1.25em; block-size: 1.25em; }
.badge[data-kind="offline"] { color: var(--ink); font-weight: 600; }
.badge[data-kind="old"] { background: var(--warn-soft); color: var(--warn); }
.badge[data-kind="lost"] { background: var(--bad-soft); color: var(--bad); font-weight: 600; }

.lost, .strip { display: flex; align-items: center; gap: .8em; padding: .25em .5em .25em 1em; min-block-size: var(--touch); }
.lost p, .strip p { flex: 1; min-inline-size: 0; }
.lost { background: var(--bad-soft); border-block-end: var(--border) solid var(--bad); }
.lost > .icon { color: var(--bad); }
.strip { background: var(--warn-soft); border-block-end: var(--border) solid var(--warn); }
.strip > .icon { color: var(--warn); }
.strip:is([data-severity="critical"], [data-severity="high"]) { background: var(--bad-soft); border-color: var(--bad); }
.strip:is([data-severity="critical"], [data-severity="high"]) > .icon { color: var(--bad); }
.strip p { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; line-height: 1.3; }
.strip p span { color: var(--quiet); }
.strip .button { flex: none; white-space: nowrap; }

.main { flex: 1; display: grid; grid-template: "tabs view" minmax(0, 1fr) / auto minmax(0, 1fr); min-block-size: 0; }
.tabs { grid-area: tabs; display: flex; flex-direction: column; gap: .25em; padding: .4em; background: var(--surface); border-inline-end: var(--border) solid var(--line); overflow: auto; scrollbar-width: none; }
.tabs button { position: relative; display: grid; justify-items: center; align-content: center; gap: .1em; min-inline-size: 4.6em; min-block-size: 3.75em; padding: .2em; border: var(--border) solid transparent; border-radius: .6em; background: transparent; color: var(--quiet); cursor: pointer; font-size: 1em; touch-action: manipulation; }
.tabs span { font-size: .82em; line-height: 1.2; }
.tabs button[aria-selected="true"] { background: var(--accent-soft); color: var(--accent); font-weight: 650; }
.panel[data-contrast="more"] .tabs button[aria-selected="true"] { border-color: currentColor; }
.tabs .count { position: absolute; inset: .25em .6em auto auto; min-inline-size: 1.6em; padding: 0 .35em; border-radius: 1em; background: var(--bad); color: var(--surface); font-weight: 650; line-height: 1.6; }
.view { grid-area: view; min-inline-size: 0; min-block-size: 0; display: grid; grid-template-rows: minmax(0, 1fr); }
.evidence { grid-area: passages; min-inline-size: 0; min-block-size: 0; }
.scroll { overflow: auto; padding: 1em; min-block-size: 0; display: grid; grid-auto-rows: max-content; align-content: start; justify-items: stretch; gap: 1em; }
.scroll > .choice { justify-self: start; }

/* The passages stand beside, where there is room for both. */
@container panel (width >= 44em) {
  .main[data-passages="beside"] { grid-template: "tabs view passages" minmax(0, 1fr) / auto minmax(0, 11fr) minmax(0, 12fr); }
  .back { display: none; }
  .main:not([data-passages="beside"]) .evidence { display: none; }
}
@container panel (width >= 84em) {
  .main[data-passages="beside"] { grid-template-columns: auto minmax(0, 10fr) minmax(0, 11fr); }
}
/* Else they lie over the rest while one is read. */
@container panel (width < 44em) {
  .evidence { display: none; }
  .main[data-reading] :is(.evidence) { display: grid; grid-area: view; z-index: 1; }
  .main[data-reading] .view { visibility: hidden; }
  .badge .words { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  .badge { padding: .35em; }
}
@container panel (height < 34em) {
  .top { min-block-size: 3em; }
  .tabs { gap: 0; padding: .25em; }
  .tabs button { min-block-size: 3.4em; min-inline-size: 4.3em; }
  .scroll { padding: .7em; gap: .7em; }
}
@container panel (width < 34em) {
  .main { grid-template: "view" minmax(0, 1fr) "tabs" auto / minmax(0, 1fr); }
  .tabs { flex-direction: row; border-inline-end: 0; border-block-start: var(--border) solid var(--line); }
  .tabs button { flex: 1 1 0; min-inline-size: var(--touch); min-block-size: 3.4em; }
  .top { padding-inline-start: .8em; }
}

dialog { inline-size: min(38em, 100% - 1em); max-block-size: calc(100% - 1em); padding: 0; border: var(--border) solid var(--edge); border-radius: .8em; background: var(--ground); color: var(--ink); font-size: 1em; overflow: hidden; }
dialog[open] { display: grid; grid-template-rows: auto minmax(0, 1fr); }
dialog::backdrop { background: rgb(0 0 0 / 45%); }
dialog > header { display: flex; align-items: center; justify-content: space-between; padding: .2em .4em .2em 1em; background: var(--surface); border-block-end: var(--border) solid var(--line); }
dialog h2 { font-weight: 650; }
dialog h2:focus { outline: none; }
dialog .body { overflow: auto; padding: 1em; display: grid; grid-auto-rows: max-content; gap: 1em; align-content: start; }
dialog h3, legend { margin-block-end: .3em; color: var(--quiet); font-size: .88em; }
.about p { overflow-wrap: anywhere; }
.talks { display: grid; gap: .5em; }
.talks .head, .note .head { display: flex; align-items: center; gap: .2em; }
.talks .row { padding: .4em .6em; }
.key { max-inline-size: 32em; margin: auto; padding: 1.2em; display: grid; gap: .8em; }
.key h2 { font-weight: 650; font-size: 1.15em; }

@media (prefers-reduced-motion: no-preference) {
  .working { animation: breathe 1.6s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: .25; } }
}
@media (forced-colors: active) {
  .button, .choice, .source, .cite, .number, .badge, .signal, .alarm { border: 1px solid ButtonBorder; }
  .tabs button[aria-selected="true"], .choice button[aria-pressed="true"] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  mark { background: Mark; color: MarkText; }
}
@media print { .tabs, .box, .top .button { display: none; } }
`;
