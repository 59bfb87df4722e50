/** What is known of the machine now: signals, alarms and advice, kept up to date by the copilot's event streams. */
import { Feed } from "../server/events.js";

// Values age without an event; how old they are is asked anew this often.
const RENEW_MS = 10_000;
const SOON_MS = 300;
const POINTS = 240;
const ENDED_ALARMS = 50;
const ALARMS_OF = "24h";

/** Tells whoever listens ("signals", "alarms", "advice", "state") that something is new. */
export class Plant extends EventTarget {
  /** @param machine only its signals and alarms are shown; empty for all. */
  constructor(client, machine = "") {
    super();
    this.client = client;
    this.machine = machine;
    this.signals = new Map();
    this.sources = [];
    this.alarms = new Map();
    this.advice = new Map();
    this.points = new Map();
    this.state = { signals: "waiting", alarms: "waiting" };
    this.known = new Set();
    this.timer = 0;
    this.feeds = [
      new Feed(client, "v1/signals/events", (name, data) => this.heard(name, data), (state) => this.streamed(state)),
      new Feed(client, "v1/advice/events", (name, data) => name === "advice" && this.heardAdvice(data), () => {}),
    ];
  }

  start() {
    for (const feed of this.feeds) feed.start();
    if (!this.timer) this.timer = setInterval(() => this.state.signals === "live" && this.renew(), RENEW_MS);
  }

  stop() {
    for (const feed of this.feeds) feed.stop();
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.timer = this.soon = 0;
    // Nothing is heard from now on, so nothing is current.
    if (this.state.signals === "live") this.change({ signals: "lost", alarms: "lost" });
  }

  hurry() {
    for (const feed of this.feeds) feed.hurry();
  }

  /** Whether values may be shown as they are now. */
  get live() {
    return this.state.signals === "live";
  }

  ofMachine(one) {
    return !this.machine || !one.machine || one.machine === this.machine;
  }

  /** Sources that bring nothing now; what they would have told isn't known. */
  get silent() {
    return this.sources.filter((source) => source.condition !== "up");
  }

  /** Standing alarms, the gravest first, then the newest. */
  get standing() {
    const rank = { critical: 0, high: 1, medium: 2, low: 3 };
    return [...this.alarms.values()]
      .filter((alarm) => alarm.active)
      .sort((a, b) => (rank[a.severity] ?? 4) - (rank[b.severity] ?? 4) || b.began.localeCompare(a.began));
  }

  /** Alarms that went, the newest first. */
  get ended() {
    return [...this.alarms.values()].filter((alarm) => !alarm.active).sort((a, b) => (b.ended ?? "").localeCompare(a.ended ?? ""));
  }

  change(state) {
    this.state = { ...this.state, ...state };
    this.dispatchEvent(new Event("state"));
  }

  streamed(state) {
    if (state === "live") this.renew();
    else this.change({ signals: state, alarms: state });
  }

  /** Everything as of now: after a break, what was missed must not be missing. */
  async renew() {
    const [signals, alarms, advice] = await Promise.allSettled([
      this.client.json("v1/signals"),
      this.client.json("v1/alarms", { query: { since: ALARMS_OF } }),
      this.client.json("v1/advice"),
    ]);
    if (signals.status === "fulfilled") {
      this.sources = signals.value.sources ?? [];
      this.signals = new Map(signals.value.signals.filter((one) => this.ofMachine(one)).map((one) => [one.name, one]));
      for (const signal of this.signals.values()) this.remember(signal);
      this.dispatchEvent(new Event("signals"));
    }
    if (alarms.status === "fulfilled") {
      this.alarms = new Map(alarms.value.alarms.filter((one) => this.ofMachine(one)).map((one) => [one.id, one]));
      this.dispatchEvent(new Event("alarms"));
    }
    if (advice.status === "fulfilled") {
      this.advice = new Map(advice.value.advice.map((one) => [one.alarm.id, one]));
      this.dispatchEvent(new Event("advice"));
    }
    this.change({
      signals: stateOf(signals),
      alarms: stateOf(alarms),
    });
  }

  heard(name, data) {
    if (name === "signal" && data?.name && this.ofMachine(data)) {
      // One that is not current any more may have lost its source; which one, only a look at all of them tells.
      if (this.signals.get(data.name)?.current && !data.current) this.renewSoon();
      this.signals.set(data.name, data);
      this.remember(data);
      this.dispatchEvent(new CustomEvent("signal", { detail: data }));
    } else if (name === "alarm" && data?.id && this.ofMachine(data)) {
      this.alarms.set(data.id, data);
      for (const old of this.ended.slice(ENDED_ALARMS)) this.alarms.delete(old.id);
      this.dispatchEvent(new Event("alarms"));
    }
  }

  renewSoon() {
    this.soon ||= setTimeout(() => {
      this.soon = 0;
      if (this.live) this.renew();
    }, SOON_MS);
  }

  heardAdvice(data) {
    if (!data?.alarm?.id || !this.ofMachine(data.alarm)) return;
    this.advice.set(data.alarm.id, data);
    if (!this.alarms.has(data.alarm.id)) this.alarms.set(data.alarm.id, data.alarm);
    for (const id of this.advice.keys()) if (!this.alarms.has(id)) this.advice.delete(id);
    this.dispatchEvent(new Event("advice"));
    this.dispatchEvent(new Event("alarms"));
  }

  /** Alarms that stand and weren't returned by this call before. */
  unannounced() {
    const fresh = this.standing.filter((alarm) => !this.known.has(alarm.id));
    this.known = new Set(this.standing.map((alarm) => alarm.id));
    return fresh;
  }

  remember(signal) {
    if (typeof signal.value !== "number" || !signal.current || !signal.at) return;
    const points = this.points.get(signal.name) ?? [];
    const at = Date.parse(signal.at);
    if (points.length && points.at(-1).at >= at) return;
    points.push({ at, value: signal.value });
    if (points.length > POINTS) points.splice(0, points.length - POINTS);
    this.points.set(signal.name, points);
  }

  /** The signal's last minutes, from the copilot. */
  async recall(name) {
    const history = await this.client.json(`v1/signals/${encodeURIComponent(name)}/history`);
    const points = history.points
      .filter((point) => typeof point.value === "number")
      .map((point) => ({ at: Date.parse(point.at), value: point.value }));
    const last = points.at(-1)?.at ?? 0;
    const newer = (this.points.get(name) ?? []).filter((point) => point.at > last);
    this.points.set(name, [...points, ...newer].slice(-POINTS));
  }
}

function stateOf(result) {
  if (result.status === "fulfilled") return "live";
  return ["missing", "absent", "forbidden"].includes(result.reason?.kind) ? "absent" : "lost";
}
