/** The live signals, each with what it means, where it is going and how old it is. */
import { fill, h, icon } from "../dom.js";
import { sparkline } from "./sparkline.js";

const REDRAW_MS = 250; // signals may change thousands of times a second; eyes don't
const AGE_MS = 5_000;
const FIELD_FROM = 9; // as many fit on a screen without looking for one

export class SignalsView {
  constructor(panel) {
    this.panel = panel;
    this.rows = new Map();
    this.recalled = new Set();
    this.wanted = "";
    this.due = 0;
    this.list = h("ul", { class: "signals" });
    this.notice = h("p", { class: "notice", hidden: true });
    this.empty = h("div", { class: "empty", hidden: true });
    this.field = h("input", {
      type: "search",
      class: "field",
      placeholder: panel.say("signals.find"),
      "aria-label": panel.say("signals.find"),
      oninput: () => {
        this.wanted = this.field.value.trim().toLowerCase();
        this.render();
      },
    });
    this.node = h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": panel.say("view.signals") }, h("h2", { class: "unseen" }, panel.say("view.signals")), this.notice, this.field, this.list, this.empty);
    panel.listen(panel.plant, ["signals", "state"], () => this.render());
    panel.listen(panel.plant, ["signals"], () => this.shown && this.recall());
    panel.listen(panel.plant, ["signal"], () => this.later());
  }

  show() {
    this.shown = true;
    this.render();
    this.recall();
    this.ticking = setInterval(() => this.render(), AGE_MS);
  }

  hide() {
    this.shown = false;
    clearInterval(this.ticking);
    clearTimeout(this.due);
    this.due = 0;
  }

  later() {
    if (!this.shown || this.due) return;
    this.due = setTimeout(() => {
      this.due = 0;
      this.render();
    }, REDRAW_MS);
  }

  /** Fetch the last minutes of those signals that are new here. */
  async recall() {
    const fresh = [...this.panel.plant.signals.values()].filter((signal) => isMeasured(signal) && !this.recalled.has(signal.name));
    for (const { name } of fresh) this.recalled.add(name);
    for (const { name } of fresh) {
      await this.panel.plant.recall(name).catch(() => this.recalled.delete(name));
      this.rows.get(name)?.redraw();
    }
    if (fresh.length) this.render();
  }

  render() {
    if (!this.shown) return;
    const { plant } = this.panel;
    const all = [...plant.signals.values()];
    const found = all.filter((one) =>
      [one.name, one.title, one.component, one.meaning, ...(one.identifiers ?? [])].some((text) => text?.toLowerCase().includes(this.wanted)),
    );
    this.field.hidden = all.length < FIELD_FROM && !this.wanted;
    const lost = plant.state.signals === "lost";
    this.notice.hidden = !(lost && all.length) && !(plant.live && plant.silent.length);
    fill(this.notice, lost ? this.panel.say("signals.lost") : silentText(this.panel));
    this.empty.hidden = found.length > 0 || plant.state.signals === "waiting";
    if (!this.empty.hidden) this.renderEmpty(all.length > 0);
    const rows = found.map((signal) => {
      const row = this.rows.get(signal.name) ?? new SignalRow(this.panel);
      this.rows.set(signal.name, row);
      row.update(signal);
      return row.node;
    });
    for (const name of this.rows.keys()) if (!plant.signals.has(name)) this.rows.delete(name);
    if (rows.length !== this.list.children.length || rows.some((row, i) => row !== this.list.children[i])) fill(this.list, rows);
  }

  renderEmpty(some) {
    const { state } = this.panel.plant;
    if (some) fill(this.empty, h("p", {}, this.panel.say("signals.none")));
    else if (state.signals === "lost") fill(this.empty, h("p", {}, this.panel.say("status.lost.more")));
    else fill(this.empty, h("p", {}, this.panel.say("signals.empty")), h("p", {}, this.panel.say("signals.empty.more")));
  }
}

const WARNING = new Set(["above_limit", "below_limit"]);

/** One signal. What doesn't change is left in the tree, so that a screen reader's place in it stays. */
class SignalRow {
  constructor(panel) {
    this.panel = panel;
    this.title = h("h3", {});
    this.where = h("p", { class: "quiet" });
    this.value = h("p", { class: "value" });
    this.trend = h("p", { class: "trend" });
    this.curve = h("div", { class: "curve" });
    this.remarks = h("p", { class: "remarks" });
    this.node = h(
      "li",
      { class: "signal" },
      h("div", { class: "what" }, this.title, this.where),
      h("div", { class: "now" }, this.value, this.trend),
      this.curve,
      this.remarks,
    );
  }

  redraw() {
    this.drawn = "";
  }

  update(signal) {
    const { panel } = this;
    const current = signal.current && panel.plant.live;
    const flags = current ? signal.flags : [];
    const state = !current ? "stale" : flags.some((flag) => WARNING.has(flag)) ? "warning" : flags.length ? "odd" : "good";
    const drawn = JSON.stringify([signal, current, current ? 0 : panel.speech.ago(signal.at)]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.node.dataset.state = state;
    this.node.dataset.name = signal.name;
    fill(this.title, signal.title || signal.name);
    fill(this.where, [signal.component, signal.meaning].filter(Boolean).join(" · "));
    fill(this.value, current ? valueText(signal, panel.speech) : "—");
    fill(this.trend, current ? this.trendOf(signal) : this.lastOf(signal));
    fill(this.remarks, this.remarksOf(signal, flags, current));
    const points = panel.plant.points.get(signal.name) ?? [];
    fill(this.curve, points.length > 2 && isMeasured(signal) && sparkline(points, signal.limits, this.historyOf(signal, points)));
  }

  trendOf(signal) {
    const { panel } = this;
    const symbol = { rising: "up", falling: "down", steady: "level" }[signal.trend?.direction];
    if (!symbol || typeof signal.value !== "number") return [];
    const rate = signal.trend.direction !== "steady" && rateText(signal, panel);
    return [icon(symbol), panel.say(`signals.${signal.trend.direction}`), rate && h("span", { class: "quiet" }, ` ${rate}`)];
  }

  lastOf(signal) {
    const { panel } = this;
    const reason = signal.quality === "bad" ? "signals.bad" : "signals.stale";
    const last = signal.at
      ? panel.say("signals.last", { value: valueText(signal, panel.speech), ago: panel.speech.ago(signal.at) })
      : panel.say("signals.never");
    return [h("strong", {}, panel.say(reason)), ", ", last];
  }

  remarksOf(signal, flags, current) {
    const { panel } = this;
    const unit = signal.unit ? ` ${signal.unit}` : "";
    const limit = (value) => `${panel.speech.number(value)}${unit}`;
    const said = flags.map((flag) => {
      if (flag === "above_limit") return panel.say("signals.high", { limit: limit(signal.limits.high) });
      if (flag === "below_limit") return panel.say("signals.low", { limit: limit(signal.limits.low) });
      return panel.say("signals.odd");
    });
    if (current && signal.quality === "uncertain") said.push(panel.say("signals.uncertain"));
    return [...new Set(said)].join(" · ");
  }

  historyOf(signal, points) {
    const values = points.map((point) => point.value);
    const text = (value) => `${this.panel.speech.number(value, 4)} ${signal.unit}`.trim();
    return this.panel.say("signals.history", { low: text(Math.min(...values)), high: text(Math.max(...values)) });
  }
}

/** Which sources bring nothing, and why. */
export function silentText(panel) {
  return panel.plant.silent.map((source) => [panel.say("signals.silent", { source: source.name }), source.reason && h("span", { lang: "en" }, ` ${source.reason}`), " "]);
}

/** A value in the reader's language. The server's words are kept where it isn't a plain number: a state, a code. */
export function valueText(signal, speech) {
  const { value, text, unit } = signal;
  if (typeof value === "boolean" && (text === "on" || text === "off")) return speech.say(`signals.${text}`);
  if (!isMeasured(signal)) return text;
  return `${speech.number(Number(numberIn(signal)))}${unit ? `\u00a0${unit}` : ""}`;
}

/** Whether it is a number with a unit, and not one that stands for a state or a code. */
function isMeasured(signal) {
  return typeof signal.value === "number" && signal.text.endsWith(signal.unit) && /^-?\d+(\.\d+)?$/.test(numberIn(signal));
}

function numberIn({ text, unit }) {
  return text.slice(0, unit ? -unit.length : undefined).trim();
}

/** The rate of change by the unit of time in which it is a number that can be read. */
function rateText(signal, panel) {
  const rate = Math.abs(signal.trend.rate_per_s);
  if (!rate) return "";
  const [per, factor] = rate >= 0.1 ? ["seconds", 1] : rate * 60 >= 0.1 ? ["minute", 60] : ["hour", 3600];
  const value = `${panel.speech.number(rate * factor, 2)} ${signal.unit}`.trim();
  return panel.say("signals.rate", { rate: value, per: panel.say(`signals.${per}`) });
}
