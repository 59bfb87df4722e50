/** Buttons, fields and the other small parts. Whatever is touched is 48 px high and wide: hands wear gloves. */
export const PARTS = /* css */ `
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h1, h2, h3, h4, p, ul, ol, blockquote, fieldset { margin: 0; padding: 0; border: 0; font-size: 1em; font-weight: inherit; }
ul { list-style: none; }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
strong { font-weight: 650; }
.quiet { color: var(--quiet); }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { flex: none; inline-size: 1.5em; block-size: 1.5em; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }

:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.scroll:focus-visible, .turns:focus-visible, .text:focus-visible, .page:focus-visible { outline-offset: -3px; }

.button {
  display: inline-flex; align-items: center; justify-content: center; gap: .5em; min-block-size: var(--touch);
  min-inline-size: var(--touch); padding: .25em .9em; border: var(--border) solid var(--edge); border-radius: .5em;
  background: var(--surface); cursor: pointer; text-align: start; touch-action: manipulation;
}
.button.square { padding: 0; flex: none; }
.button.quiet { border-color: transparent; background: transparent; }
.button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.button.stop .icon { fill: currentColor; }
.button.danger { background: var(--bad); border-color: var(--bad); color: var(--surface); }
.button[aria-pressed="true"] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); }
.button:disabled { opacity: .45; cursor: default; }
.button .icon { inline-size: 1.35em; block-size: 1.35em; }
@media (hover: hover) {
  .button:hover:not(:disabled), .source:hover, .found button:hover, .tabs button:hover { background: var(--accent-soft); }
  .button.primary:hover:not(:disabled) { background: var(--accent); filter: brightness(1.1); }
  .button.danger:hover:not(:disabled) { background: var(--bad); filter: brightness(1.1); }
}
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .5em; }

.field {
  display: block; inline-size: 100%; min-block-size: var(--touch); padding: .6em .8em; border: var(--border) solid var(--edge);
  border-radius: .5em; background: var(--surface); line-height: 1.4;
}
textarea.field { resize: none; }
.field::placeholder { color: var(--quiet); opacity: 1; white-space: nowrap; text-overflow: ellipsis; overflow: hidden; }
label.inline { display: flex; align-items: center; gap: .6em; flex: 1 1 14em; }

.choice { display: inline-flex; flex-wrap: wrap; gap: 0; border: var(--border) solid var(--edge); border-radius: .5em; overflow: hidden; }
.choice button { min-block-size: var(--touch); min-inline-size: var(--touch); padding: .2em .9em; border: 0; background: var(--surface); cursor: pointer; }
.choice button + button { border-inline-start: var(--border) solid var(--line); }
.choice button[aria-pressed="true"] { background: var(--accent); color: var(--accent-ink); }
.choice button:focus-visible { outline-offset: -4px; }
.choice button[aria-pressed="true"]:focus-visible { outline-color: var(--accent-ink); }
.check { display: flex; align-items: center; gap: .7em; min-block-size: var(--touch); }
.check input { inline-size: 1.5em; block-size: 1.5em; accent-color: var(--accent); }

.cite, .number {
  display: inline-flex; align-items: center; justify-content: center; min-inline-size: 1.65em; block-size: 1.65em;
  padding: 0 .35em; border: var(--border) solid var(--accent); border-radius: .45em; background: var(--accent-soft);
  color: var(--accent); font-size: .86em; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1;
}
/* Small in the line, but touched as if it were large. */
.cite { position: relative; margin-inline: .15em; cursor: pointer; vertical-align: .06em; }
.cite::after { content: ""; position: absolute; inset: 50% auto auto 50%; inline-size: var(--touch); block-size: var(--touch); transform: translate(-50%, -50%); }
.number { flex: none; }
.source {
  display: flex; align-items: center; gap: .7em; inline-size: 100%; min-block-size: var(--touch); padding: .35em .6em;
  border: var(--border) solid var(--line); border-radius: .5em; background: var(--surface); cursor: pointer; text-align: start;
}
.source strong, .source .name > span { display: block; overflow-wrap: anywhere; }
.name > span { color: var(--quiet); font-size: .88em; }
.sources { display: grid; gap: .4em; margin-block-start: .4em; }

.notice, .warning, .problem { display: flex; gap: .6em; padding: .6em .8em; border-radius: .5em; border: var(--border) solid transparent; background: var(--warn-soft); color: var(--warn); }
.panel[data-contrast="more"] :is(.notice, .warning, .problem) { border-color: currentColor; }
.problem { background: var(--bad-soft); color: var(--bad); align-items: flex-start; flex-wrap: wrap; }
.problem > div { flex: 1 1 16em; display: grid; gap: .2em; }
.problem p + p { color: var(--ink); }
.good { color: var(--good); }
.empty { display: grid; gap: .5em; justify-items: center; align-content: center; padding: 2em 1em; color: var(--quiet); text-align: center; }
.empty .icon { inline-size: 2.4em; block-size: 2.4em; }
.empty.calm { color: var(--good); }
mark { background: var(--mark); color: var(--mark-ink); border-radius: .15em; box-decoration-break: clone; -webkit-box-decoration-break: clone; padding-inline: .1em; }
`;
