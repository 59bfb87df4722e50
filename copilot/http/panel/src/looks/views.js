/** The parts themselves: question and answer, passages, signals, alarms, notes, shift. */
export const VIEWS = /* css */ `
.talk { display: grid; grid-template-rows: minmax(0, 1fr) auto; min-block-size: 0; }
.turns { overflow: auto; padding: 1em; display: grid; grid-auto-rows: max-content; grid-template-columns: minmax(0, 1fr); align-content: start; gap: 1.6em; scroll-padding-block-start: .6em; }
.welcome { display: grid; gap: .6em; justify-items: start; max-inline-size: 34em; margin: auto; padding-block: 1em; align-self: center; }
.welcome > .icon { inline-size: 2.4em; block-size: 2.4em; color: var(--accent); }
.welcome h2 { font-size: 1.35em; font-weight: 650; line-height: 1.25; }
.welcome > p { color: var(--quiet); }
.suggestions { display: grid; gap: .5em; inline-size: 100%; margin-block-start: .6em; }
.suggestions .button { inline-size: 100%; justify-content: flex-start; }
.box { display: flex; align-items: flex-end; gap: .5em; padding: .6em; background: var(--surface); border-block-start: var(--border) solid var(--line); }
.box .field { flex: 1; max-block-size: 7.5em; overflow: auto; }
.box .button.primary { inline-size: 3.6em; }

.turn { display: grid; gap: .55em; min-inline-size: 0; }
.turn:last-child { min-block-size: 60cqb; align-content: start; }
.question { font-size: 1.15em; font-weight: 650; line-height: 1.3; overflow-wrap: anywhere; }
.state { display: flex; align-items: center; gap: .6em; color: var(--quiet); }
.working { flex: none; inline-size: .7em; block-size: .7em; border-radius: 50%; background: var(--accent); }
.status { justify-self: start; padding: .1em .7em; border-radius: 1em; border: var(--border) solid var(--warn); color: var(--warn); background: var(--warn-soft); font-weight: 600; }
.answer { font-size: 1.0625em; line-height: 1.6; overflow-wrap: anywhere; display: grid; gap: .45em; min-inline-size: 0; }
.answer q { quotes: none; background: var(--accent-soft); border-radius: .2em; }
.panel[data-contrast="more"] .answer q { text-decoration: underline dotted; }
.answer .table { overflow-wrap: break-word; }
.answer blockquote { min-inline-size: 0; padding: .1em 0 .1em .9em; border-inline-start: 4px solid var(--accent); display: grid; gap: .3em; }
.answer dl { margin: 0; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .3em .9em; }
.answer dt { color: var(--quiet); font-size: .88em; line-height: 1.8; }
.answer dd { margin: 0; }
.step { padding-inline-start: 1.35em; text-indent: -1.35em; }
.step > * { text-indent: 0; }
.unverified { margin-inline-start: .3em; padding: 0 .4em; border-radius: .3em; border: var(--border) solid var(--bad); color: var(--bad); background: var(--bad-soft); font-size: .82em; font-weight: 600; }
.after { display: grid; gap: .7em; }
.after:empty { display: none; }
.after h3, .advice h4 { color: var(--quiet); font-size: .88em; }
.after footer { display: grid; gap: .3em; padding-block-start: .3em; }
.after footer > .quiet { font-size: .88em; }
.after footer .row { margin-inline-start: -.6em; gap: .2em; }
.after footer .button { padding-inline: .6em; color: var(--quiet); }

.evidence { display: grid; grid-template: auto auto auto minmax(0, 1fr) auto / minmax(0, 1fr); background: var(--surface); border-inline-start: var(--border) solid var(--line); }
.found { display: flex; gap: .4em; padding: .5em; overflow-x: auto; background: var(--ground); border-block-end: var(--border) solid var(--line); scrollbar-width: thin; }
.found li { flex: 0 0 auto; max-inline-size: 15em; }
.found button { display: flex; align-items: center; gap: .5em; inline-size: 100%; min-block-size: var(--touch); padding: .25em .7em; border: var(--border) solid var(--line); border-radius: .5em; background: var(--surface); text-align: start; line-height: 1.25; cursor: pointer; }
.found button[aria-current] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.found .name { min-inline-size: 0; }
.found .name > * { display: block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-size: .85em; }
.evidence > header { display: flex; align-items: center; gap: .3em; padding: .35em .5em .35em 1em; border-block-end: var(--border) solid var(--line); }
.evidence .title { flex: 1; min-inline-size: 0; line-height: 1.3; }
.evidence .title h2 { font-weight: 650; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.evidence .title h2:focus { outline: none; }
.evidence .title p { font-size: .85em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.evidence > .notice { border-radius: 0; grid-row: 3; }
.page, .text, .evidence > .empty { grid-row: 4; overflow: auto; min-block-size: 0; }
.page { background: var(--sunk); }
.page canvas { display: block; margin-inline: auto; background: #ffffff; }
.page[aria-busy] canvas { opacity: .6; }
.text { padding: 1em; display: grid; grid-auto-rows: max-content; align-content: start; gap: .6em; line-height: 1.6; overflow-wrap: break-word; grid-template-columns: minmax(0, 1fr); }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .94em; line-height: 1.4; }
th, td { padding: .4em .7em; border: var(--border) solid var(--line); text-align: start; vertical-align: top; }
th { background: var(--ground); font-weight: 650; }
tr.hit td:first-child { border-inline-start: 4px solid var(--accent); }
.evidence > footer { grid-row: 5; display: flex; align-items: center; justify-content: space-between; gap: .5em; padding: .25em .5em; border-block-start: var(--border) solid var(--line); }
.after.button { flex-direction: row-reverse; display: inline-flex; }

.signals, .alarms, .notes > section, ul.notes, .lines { display: grid; gap: .6em; }
.signal, .alarm, .note { background: var(--surface); border: var(--border) solid var(--line); border-radius: .6em; box-shadow: var(--shadow); }
.signals { grid-template-columns: repeat(auto-fill, minmax(min(22em, 100%), 1fr)); }
.signal { display: grid; grid-template: "what now" auto "curve curve" auto "remarks remarks" auto / minmax(0, 1fr) auto; gap: .2em .8em; padding: .7em .9em; border-inline-start-width: 5px; align-content: start; }
.signal .what { grid-area: what; } .signal .now { grid-area: now; text-align: end; } .signal .curve { grid-area: curve; } .signal .remarks { grid-area: remarks; }
.signal h3 { font-weight: 650; line-height: 1.3; }
.signal .what p { font-size: .88em; line-height: 1.35; }
.signal .value { font-size: 1.5em; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; white-space: nowrap; }
.signal .trend { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0 .35em; font-size: .88em; }
.signal .trend .icon { inline-size: 1.2em; block-size: 1.2em; }
.signal .remarks { font-size: .88em; font-weight: 600; }
.signal .curve:empty, .signal .remarks:empty { display: none; }
.sparkline { display: block; inline-size: 100%; block-size: 2.4em; }
.sparkline path { fill: none; stroke: var(--accent); stroke-width: 1.6; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.sparkline .limit { stroke: var(--bad); stroke-dasharray: 4 3; stroke-width: 1; }
.sparkline .last { stroke-width: 6; stroke-linecap: round; }
.signal[data-state="good"] { border-inline-start-color: var(--good); }
.signal[data-state="odd"] { border-inline-start-color: var(--warn); } .signal[data-state="odd"] .remarks { color: var(--warn); }
.signal[data-state="warning"] { border-inline-start-color: var(--bad); } .signal[data-state="warning"] :is(.remarks, .value) { color: var(--bad); }
.signal[data-state="stale"] { border-style: dashed; border-inline-start-color: var(--edge); background: var(--ground); }
.signal[data-state="stale"] :is(.value, .trend, h3) { color: var(--quiet); }
.signal[data-state="stale"] .trend { display: block; max-inline-size: 16em; }
.signal[data-state="stale"] .sparkline { opacity: .5; }

.alarm { border-inline-start: 5px solid var(--warn); padding: .8em .9em; display: grid; gap: .7em; }
.alarm:is([data-severity="critical"], [data-severity="high"]) { border-inline-start-color: var(--bad); }
.alarm[data-active="false"] { border-inline-start-color: var(--edge); }
.alarm header { display: flex; gap: .7em; }
.alarm header > .icon { color: var(--warn); margin-block-start: .1em; }
.alarm:is([data-severity="critical"], [data-severity="high"]) header > .icon { color: var(--bad); }
.alarm[data-active="false"] header > .icon { color: var(--quiet); }
.alarm h3 { font-size: 1.1em; font-weight: 650; line-height: 1.3; overflow-wrap: anywhere; }
.alarm header .quiet { font-size: .88em; }
.advice { display: grid; gap: .8em; overflow-wrap: anywhere; }
.steps { padding-inline-start: 1.6em; display: grid; gap: .35em; margin-block-start: .2em; }
.steps li::marker { font-weight: 650; color: var(--accent); }
.values { display: flex; flex-wrap: wrap; gap: .4em; }
.values li { padding: .2em .7em; border-radius: .5em; background: var(--ground); border: var(--border) solid var(--line); font-size: .92em; }
summary { min-block-size: var(--touch); display: flex; align-items: center; gap: .5em; cursor: pointer; font-weight: 600; }
summary::before { content: ""; inline-size: .5em; block-size: .5em; border: solid currentColor; border-width: 0 2px 2px 0; transform: rotate(-45deg); margin-inline: .2em .3em; }
details[open] summary::before { transform: rotate(45deg); }
.incidents { display: grid; gap: .5em; }
section > h2 { color: var(--quiet); margin-block-end: .4em; }

.write { display: grid; gap: .6em; }
.write textarea { field-sizing: content; max-block-size: 12em; }
.note { padding: .3em .4em .8em .9em; }
.note .head { justify-content: space-between; }
.written { white-space: pre-wrap; overflow-wrap: anywhere; padding-inline-end: .5em; }
.note > .row { margin-block-start: .6em; padding: .4em .5em; }

.summary { display: grid; gap: .8em; max-inline-size: 52em; }
.summary h2 { font-weight: 650; font-size: 1.1em; }
.lines li { padding: .6em .9em; background: var(--surface); border: var(--border) solid var(--line); border-radius: .6em; }
.lines .row { margin-inline-start: -.6em; }
.lines .button { color: var(--accent); padding-inline: .6em; }
@container panel (width < 60em) {
  .evidence > footer > .button span { position: absolute; clip-path: inset(50%); }
  .evidence > footer > .button { min-inline-size: 4.5em; }
}
@container panel (height < 34em) {
  .turns { padding: .7em; gap: 1em; }
  .box { padding: .4em; }
  .found { padding: .3em; }
  .found .name > span { display: none; }
  .welcome > .icon { display: none; }
}
`;
