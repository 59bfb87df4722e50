/** What happened during a shift, each sentence with what bears it out. */
import { button, fill, h } from "../dom.js";
import { alarmTitle } from "./alarms.js";

const SPANS_H = [4, 8, 12, 24];

export class ShiftView {
  constructor(panel) {
    this.panel = panel;
    this.hours = 8;
    this.spans = h("div", { class: "choice", role: "group", "aria-label": panel.say("shift.span") });
    this.body = h("div", { class: "summary", "aria-live": "polite" });
    this.node = h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": panel.say("view.shift") }, this.spans, this.body);
  }

  show() {
    this.load();
  }

  hide() {
    this.controller?.abort();
  }

  async load() {
    const { panel } = this;
    const choice = (hours) => h("button", { type: "button", "aria-pressed": String(hours === this.hours), onclick: () => this.choose(hours) }, panel.say("shift.hours", { n: hours }));
    const focused = this.spans.contains(panel.root.activeElement);
    fill(this.spans, SPANS_H.map(choice));
    if (focused) this.spans.querySelector("[aria-pressed=true]").focus();
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    try {
      this.render(await panel.client.json("v1/summary", { query: { since: `${this.hours}h` }, signal: controller.signal }));
    } catch (error) {
      if (error?.name !== "AbortError") fill(this.body, panel.problemNode(error, () => this.load()));
    }
  }

  choose(hours) {
    this.hours = hours;
    this.load();
  }

  render(summary) {
    const { panel } = this;
    const alarms = new Map(summary.alarms.map((alarm) => [alarm.id, alarm]));
    const notes = new Map(summary.notes.map((note) => [note.id, note]));
    fill(
      this.body,
      h("h2", { class: "unseen" }, panel.say("shift.of", { time: panel.speech.time(summary.since) })),
      !summary.lines.length && h("p", { class: "quiet" }, panel.say("shift.empty")),
      h("ul", { class: "lines" }, summary.lines.map((line) => h("li", {}, h("p", { lang: "en" }, line.text), this.references(line, alarms, notes)))),
      summary.notices?.map((notice) => h("p", { class: "notice", lang: "en" }, notice)),
    );
  }

  references(line, alarms, notes) {
    const { panel } = this;
    const made = (line.references ?? []).map((reference) => {
      if (reference.startsWith("signal:")) return button(reference.slice(7), { quiet: true, symbol: "signals" }, () => panel.go("signals"));
      if (alarms.has(reference)) return button(alarmTitle(alarms.get(reference)), { quiet: true, symbol: "alarms" }, () => panel.openAlarm(reference));
      if (notes.has(reference)) return button(panel.speech.time(notes.get(reference).at), { quiet: true, symbol: "notes", "aria-label": `${panel.say("view.notes")} ${panel.speech.time(notes.get(reference).at)}` }, () => panel.go("notes"));
      return null;
    });
    return made.some(Boolean) && h("div", { class: "row" }, made);
  }
}
