/** Alarms with what to do about them: meaning, first steps and where they stand, what helped before. */
import { button, fill, h, icon } from "../dom.js";
import { placeText } from "../evidence/place.js";
import { silentText, valueText } from "./signals.js";

const SHOWN_ENDED = 10;

/** What an alarm is called, with its code where it isn't in there anyway. */
export function alarmTitle(alarm) {
  const title = alarm.title || alarm.text;
  return alarm.code && !title.includes(alarm.code) ? `${alarm.code} ${title}`.trim() : title || alarm.code;
}

export class AlarmsView {
  constructor(panel) {
    this.panel = panel;
    this.cards = new Map();
    this.notice = h("p", { class: "notice", role: "alert", hidden: true });
    this.standing = h("ul", { class: "alarms" });
    this.ended = h("ul", { class: "alarms ended" });
    this.none = h("div", { class: "empty calm" }, icon("done"), h("p", {}, panel.say("alarms.none")));
    this.unset = h("div", { class: "empty" }, icon("alarms"), h("p", {}, panel.say("alarms.unset")), h("p", {}, panel.say("signals.empty.more")));
    this.endedPart = h("section", {}, h("h2", {}, panel.say("alarms.before")), this.ended);
    this.node = h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": panel.say("view.alarms") }, h("h2", { class: "unseen" }, panel.say("alarms.active")), this.notice, this.standing, this.none, this.unset, this.endedPart);
    panel.listen(panel.plant, ["alarms", "advice", "state"], () => this.render());
  }

  show() {
    this.shown = true;
    this.render();
  }

  hide() {
    this.shown = false;
  }

  render() {
    if (!this.shown) return;
    const { plant } = this.panel;
    const { standing } = plant;
    const ended = plant.ended.slice(0, SHOWN_ENDED);
    const lost = plant.state.alarms === "lost";
    const live = plant.state.alarms === "live";
    this.notice.hidden = !lost && !(live && plant.silent.length);
    fill(this.notice, h("span", {}, this.panel.say("alarms.lost")), !lost && h("span", {}, silentText(this.panel)));
    // "No alarm" may only be said by somebody who would have heard of one.
    this.none.hidden = standing.length > 0 || !live || !plant.sources.length || plant.silent.length > 0;
    this.unset.hidden = plant.state.alarms !== "absent" && !(live && !plant.sources.length);
    this.endedPart.hidden = !ended.length;
    this.place(this.standing, standing);
    this.place(this.ended, ended);
    for (const id of this.cards.keys()) if (!plant.alarms.has(id)) this.cards.delete(id);
    this.panel.adviceBeside();
  }

  place(list, alarms) {
    const nodes = alarms.map((alarm) => {
      const card = this.cards.get(alarm.id) ?? new AlarmCard(this.panel);
      this.cards.set(alarm.id, card);
      card.update(alarm, this.panel.plant.advice.get(alarm.id));
      return card.node;
    });
    if (nodes.length !== list.children.length || nodes.some((node, i) => node !== list.children[i])) fill(list, nodes);
  }

  /** Bring an alarm into sight. */
  open(id) {
    const card = this.cards.get(id);
    card?.node.scrollIntoView({ block: "start" });
    card?.title.focus({ preventScroll: true });
  }
}

class AlarmCard {
  constructor(panel) {
    this.panel = panel;
    this.title = h("h3", { tabindex: "-1" });
    this.when = h("p", { class: "quiet" });
    this.body = h("div", { class: "advice" });
    this.node = h("li", { class: "alarm" }, h("header", {}, icon("alarms"), h("div", {}, this.title, this.when)), this.body);
  }

  update(alarm, advice) {
    const drawn = JSON.stringify([alarm, advice?.prepared]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const { panel } = this;
    this.node.dataset.severity = alarm.severity;
    this.node.dataset.active = String(alarm.active);
    this.node.dataset.id = alarm.id;
    fill(this.title, alarmTitle(alarm));
    const time = alarm.active ? panel.say("alarms.since", { time: panel.speech.time(alarm.began) }) : panel.say("alarms.gone", { time: panel.speech.time(alarm.ended) });
    const parts = [panel.say(`alarms.severity.${alarm.severity}`), alarm.component || alarm.machine, time, alarm.acknowledged && panel.say("alarms.acknowledged")];
    fill(this.when, parts.filter(Boolean).join(" · "));
    fill(this.body, alarm.text && ![alarm.title, alarmTitle(alarm)].includes(alarm.text) && h("p", {}, alarm.text), alarm.active && this.adviceOf(advice), this.actions(alarm));
  }

  actions(alarm) {
    const { panel } = this;
    const subject = alarm.code || alarm.title;
    return h("div", { class: "row" }, button(panel.say("alarms.ask"), { symbol: "ask" }, () => panel.ask(panel.say("ask.about", { code: subject }))));
  }

  adviceOf(advice) {
    if (!advice) return null;
    const { panel } = this;
    const passages = new Map(advice.passages.map((passage) => [passage.n, passage]));
    const cite = (n, quote) => passages.has(n) && this.cite(passages.get(n), quoteIn(passages.get(n), quote, advice.alarm.code));
    const nothing = !advice.meaning && !advice.steps.length;
    return [
      nothing && h("p", { class: "quiet" }, panel.say("alarms.nothing")),
      advice.meaning && h("section", {}, h("h4", {}, panel.say("alarms.meaning")), h("p", {}, advice.meaning, " ", cite(advice.meaning_n, advice.meaning))),
      advice.steps.length > 0 &&
        h("section", {}, h("h4", {}, panel.say("alarms.steps")), h("ol", { class: "steps" }, advice.steps.map((step) => h("li", {}, stepText(step.text), " ", cite(step.n, step.text))))),
      advice.signals.length > 0 && h("ul", { class: "values" }, advice.signals.map((signal) => this.valueOf(signal))),
      advice.incidents.length > 0 &&
        h("details", {}, h("summary", {}, panel.say("alarms.incidents"), ` (${panel.speech.number(advice.incidents.length)})`), h("ul", { class: "incidents" }, advice.incidents.map((incident) => this.incidentOf(incident)))),
      advice.passages.length > 0 &&
        h("section", {}, h("h4", {}, panel.say("alarms.sources")), h("ul", { class: "sources" }, advice.passages.map((passage) => h("li", {}, this.source(passage))))),
    ];
  }

  /** A value as of the alarm; what it is now stands among the signals. */
  valueOf(signal) {
    const { panel } = this;
    const live = panel.plant.signals.get(signal.name) ?? signal;
    const text = signal.current ? valueText(signal, panel.speech) : panel.say("signals.stale");
    return h("li", {}, `${live.title}: `, h("strong", {}, text), signal.at && h("span", { class: "quiet" }, ` ${panel.speech.time(signal.at)}`));
  }

  incidentOf(incident) {
    const { panel } = this;
    const text = [incident.when && h("strong", {}, `${incident.when}: `), incident.text];
    if (incident.chunk_id === null) return h("li", {}, text);
    return h("li", {}, text, " ", button(incident.reference, { quiet: true, symbol: "page" }, () => panel.openPassage({ chunk_id: incident.chunk_id }, incident.text)));
  }

  cite(passage, quote) {
    const label = this.panel.say("evidence.cite", { n: passage.n, place: placeText(passage, this.panel) });
    return h("button", { type: "button", class: "cite", "aria-label": label, onclick: () => this.panel.openPassage(passage, quote) }, String(passage.n));
  }

  source(passage) {
    return h("button", { type: "button", class: "source", onclick: () => this.panel.openPassage(passage, passage.text) }, h("span", { class: "number" }, String(passage.n)), h("span", {}, placeText(passage, this.panel)));
  }
}

/** What of a passage says `text`: its own words, or else the line about the alarm, of which a meaning is put together. */
export function quoteIn(passage, text, code) {
  if (text && passage.text.includes(text)) return text;
  return (code && passage.text.split("\n").find((line) => line.includes(code))) || "";
}

/** The list numbers its steps; the document's own number would stand beside it. */
function stepText(text) {
  return text.replace(/^\s*(?:\d+[.)]|[-*•])\s+/, "");
}
