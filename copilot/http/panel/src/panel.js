/** Everything between the element and its parts: what is known, what is on the screen, and the ways between. */
import { AskView } from "./ask/ask_view.js";
import { Asking } from "./ask/asking.js";
import { button, fill, h, icon } from "./dom.js";
import { isOfDocument, Viewer } from "./evidence/viewer.js";
import { KeyForm } from "./key_form.js";
import { chosenLanguage, Speech } from "./language/language.js";
import { NotesView } from "./notes_view.js";
import { AlarmsView, quoteIn } from "./plant/alarms.js";
import { Plant } from "./plant/plant.js";
import { ShiftView } from "./plant/shift.js";
import { SignalsView } from "./plant/signals.js";
import { AlarmStrip } from "./plant/strip.js";
import { Client } from "./server/client.js";
import { Health } from "./server/health.js";
import { SettingsDialog } from "./settings_dialog.js";
import { Tabs } from "./tabs.js";
import { TalksDialog } from "./talks_dialog.js";
import { LostLine, Top } from "./top.js";

const SUGGESTED = 4;
const SPOKEN_MS = 5_000;

export class Panel {
  /**
   * @param host the element; events go out from it.
   * @param root where the panel is drawn.
   * @param options `api`, `key`, `machine`, `heading`, `languages` (wanted, in order), `collections`, `questions`.
   */
  constructor(host, root, preferences, options) {
    Object.assign(this, { host, root, preferences, options });
    this.machine = options.machine;
    this.client = new Client(options.api, options.key);
    this.health = new Health(this.client);
    this.plant = new Plant(this.client, options.machine);
    this.asking = new Asking(this.client);
    this.view = "ask";
    this.draft = "";
    this.noteOf = null;
    this.life = new AbortController();
    this.say = (key, values) => this.speech.say(key, values);
    const { signal } = this.life;
    preferences.addEventListener("change", (event) => this.preferred(event.detail), { signal });
    this.health.addEventListener("change", (event) => this.looked(event.detail), { signal });
    this.asking.addEventListener("turn", (event) => this.asked(event.detail), { signal });
    this.asking.addEventListener("turns", () => this.resumed(), { signal });
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
      matchMedia(query).addEventListener("change", () => this.dress(), { signal });
    }
    document.addEventListener("visibilitychange", () => this.run(), { signal });
    addEventListener("online", () => this.hurry(), { signal });
    this.draw();
    this.run();
  }

  dispose() {
    this.life.abort();
    this.drawing?.abort();
    this.asking.cancel();
    this.health.stop();
    this.plant.stop();
    this.viewer.dispose();
    this.views[this.view].hide();
  }

  /** Nothing is asked of the copilot while nobody sees it. */
  run() {
    if (document.visibilityState === "hidden") {
      this.health.stop();
      this.plant.stop();
    } else {
      this.health.start();
      this.plant.start();
    }
  }

  /** Draw everything anew, in the language of now. What is known stays. */
  draw() {
    this.drawing?.abort();
    this.drawing = new AbortController();
    this.viewer?.dispose();
    this.views?.[this.view].hide();
    const chosen = this.preferences.get("language");
    this.speech = new Speech(chosenLanguage(chosen === "auto" ? this.options.languages : [chosen, ...this.options.languages]));
    const { say } = this;
    this.viewer = new Viewer(this);
    this.views = { ask: new AskView(this), signals: new SignalsView(this), alarms: new AlarmsView(this), notes: new NotesView(this), shift: new ShiftView(this) };
    this.talks = new TalksDialog(this);
    this.settings = new SettingsDialog(this);
    this.keyForm = new KeyForm(this);
    this.tabs = new Tabs(this);
    this.polite = h("div", { class: "unseen", role: "status" });
    this.urgent = h("div", { class: "unseen", role: "alert" });
    this.main = h("div", { class: "main" }, this.tabs.node, this.tabs.panels, this.viewer.node);
    this.node = h(
      "div",
      { class: "panel", lang: this.speech.tag, onkeydown: (event) => this.pressed(event) },
      h("div", { class: "frame" }, new Top(this).node, h("div", {}, new LostLine(this).node), new AlarmStrip(this).node, this.main),
      button(say("skip"), { class: "skip" }, () => (this.go("ask"), this.views.ask.focus())),
      this.polite,
      this.urgent,
      this.talks.node,
      this.settings.node,
    );
    fill(this.root, this.node);
    this.dress();
    this.go(this.view);
    this.resumed();
    if (this.health.state === "key") this.askForKey();
  }

  /** Call `react` for events of `target`, as long as what is drawn now is. */
  listen(target, names, react) {
    for (const name of names) target.addEventListener(name, react, { signal: this.drawing.signal });
  }

  preferred(name) {
    if (name === "language") {
      const open = this.settings.open;
      this.draw();
      if (open) this.settings.show();
    } else this.dress();
  }

  /** Colours, contrast and size, as set here or on the device. */
  dress() {
    const as = (name, query, yes, no) => {
      const value = this.preferences.get(name);
      return value !== "auto" ? value : matchMedia(query).matches ? yes : no;
    };
    this.node.dataset.theme = as("theme", "(prefers-color-scheme: dark)", "dark", "light");
    this.node.dataset.contrast = as("contrast", "(prefers-contrast: more)", "more", "standard");
    this.node.dataset.size = this.preferences.get("size");
  }

  looked(before) {
    const { state } = this.health;
    this.node.dataset.state = state;
    if (state === "key") this.askForKey();
    else this.keyForm.done();
    if (before === undefined || before === state) return;
    this.emit("state", { state });
    if (state === "lost") this.announce(this.say("status.lost"), true);
    if (state !== "here" || before === "waiting") return;
    this.announce(this.say("status.back"));
    this.plant.hurry();
  }

  /** Try everything that waits. */
  hurry() {
    this.health.look();
    this.plant.hurry();
  }

  // What the parts, and the page around, can have done.

  /** Show one of the parts. */
  go(view) {
    if (!(view in this.views)) return;
    this.views[this.view].hide();
    this.view = view;
    this.tabs.select(view);
    this.closePassage();
    this.views[view].show();
    this.besides();
    if (view === "ask" && this.beside !== "ask") this.resumed();
  }

  /** Whether the passages have a place beside this part. */
  besides() {
    const beside = ["ask", "alarms"].includes(this.view);
    if (beside) this.main.dataset.passages = "beside";
    else delete this.main.dataset.passages;
  }

  /** Ask a question. Resolves with the turn when it is over. */
  ask(question) {
    this.go("ask");
    const answers = this.preferences.get("answers");
    const collections = this.options.collections.length ? this.options.collections : this.preferences.get("collections");
    const options = { ...(collections.length && { collections }), ...(answers === "detail" && { detail: true }), ...(answers === "quotes" && { use_model: false }) };
    return this.asking.ask(question, options);
  }

  cancel() {
    return this.asking.cancel();
  }

  /** Beside a conversation stands what its last answer is from. */
  resumed() {
    this.beside = "ask";
    const turn = this.asking.current;
    const citations = turn?.citations ?? [];
    const each = new Map(citations.map((one) => [one.chunk_id, one]));
    this.viewer.load(turn?.passages ?? [...each.values()], citations);
  }

  asked(turn) {
    this.picked = false;
    this.viewer.load([]);
    turn.addEventListener("change", (event) => this.life.signal.aborted || this.turned(turn, event.detail));
  }

  turned(turn, what) {
    if (turn !== this.asking.current) return;
    if (what === "evidence") {
      this.viewer.load(turn.passages);
      const { length: n } = turn.passages;
      this.announce(n ? this.say("turn.found", { n }) : this.say("turn.found.none"));
      this.emit("evidence", { question: turn.question, passages: turn.passages });
    } else if (what === "answer") {
      const { citations } = turn;
      this.viewer.load(turn.passages ?? [], citations);
      const first = citations.find(isOfDocument);
      if (first && !this.picked) this.viewer.show(first, first.quote);
      const text = turn.text.replace(/\s?\[\d+\]/g, "").replaceAll("[unverified]", `(${this.say("turn.unverified.mark")})`);
      this.announce([turn.answer.status === "abstained" && `${this.say("turn.status.abstained")}.`, this.say("turn.announce", { text })].filter(Boolean).join(" "));
      this.emit("answer", { question: turn.question, answer: turn.answer });
    } else if (what === "failed") {
      this.announce(this.problemText(turn.problem), true);
      this.emit("error", { question: turn.question, kind: turn.problem.kind, status: turn.problem.status, detail: turn.problem.detail });
      if (["offline", "broken", "key"].includes(turn.problem.kind)) this.health.look();
    } else if (what === "cancelled") {
      this.announce(this.say("turn.cancelled"));
      this.emit("cancel", { question: turn.question });
    }
  }

  /** Open a passage, of which the `chunk_id` must be known, with `quote` marked. */
  openPassage(passage, quote = "") {
    this.picked = true;
    if (!["ask", "alarms"].includes(this.view)) this.main.dataset.passages = "beside";
    if (this.main.dataset.reading === undefined) this.readFrom = this.root.activeElement;
    this.main.dataset.reading = "";
    // Where the passages lie over the rest the reader goes there; beside, the place in the answer is kept.
    if (getComputedStyle(this.viewer.back).display !== "none") this.viewer.heading.focus();
    return this.viewer.show(passage, quote).then(() => this.viewer.announce());
  }

  closePassage() {
    if (this.main.dataset.reading === undefined) return;
    delete this.main.dataset.reading;
    if (this.viewer.node.contains(this.root.activeElement)) this.readFrom?.focus();
  }

  /** Beside the alarms lies the page that the gravest one's advice is from, before anybody asks. */
  adviceBeside() {
    const advice = this.plant.standing.map((alarm) => this.plant.advice.get(alarm.id)).find((one) => one?.passages.length);
    const shown = advice ? `alarms ${advice.alarm.id}` : "alarms";
    if (this.beside === shown || (this.beside?.startsWith("alarms") && !advice)) return;
    this.beside = shown;
    const passages = advice?.passages ?? [];
    const means = passages.find((one) => one.n === advice.meaning_n);
    const cited = passages.map((one) => ({ ...one, quote: quoteIn(one, one === means ? advice.meaning : "", advice.alarm.code) }));
    this.viewer.load(passages, cited);
    const first = cited.find((one) => one.n === (means ?? passages[0])?.n);
    if (first) this.viewer.show(first, first.quote);
  }

  openAlarm(id) {
    this.go("alarms");
    this.views.alarms.open(id);
  }

  /** Begin a note about a question of this conversation, whose labels then guard the note too. */
  writeNote(text) {
    if (!this.draft) this.draft = `${text}\n`;
    this.noteOf = this.asking.conversation;
    this.go("notes");
    this.views.notes.focus();
  }

  /** Questions that fit now: about alarms that stand, then those that the page gives. */
  suggestions() {
    const alarms = this.plant.standing.filter((alarm) => alarm.code).map((alarm) => this.say("ask.about", { code: alarm.code }));
    return [...new Set([...alarms, ...this.options.questions])].slice(0, SUGGESTED);
  }

  askForKey() {
    this.keyForm.show();
  }

  pressed(event) {
    if (event.key !== "Escape" || this.talks.open || this.settings.open) return;
    if (this.cancel()) this.views.ask.focus();
    else if (this.main.dataset.reading !== undefined) this.closePassage();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Have a screen reader say something; `urgent` interrupts it. */
  announce(text, urgent = false) {
    const node = urgent ? this.urgent : this.polite;
    // The same words twice are news only to a node that was empty between.
    fill(node);
    requestAnimationFrame(() => fill(node, text));
    clearTimeout(node.timer);
    node.timer = setTimeout(() => fill(node), SPOKEN_MS + text.length * 60);
  }

  emit(name, detail) {
    this.host.dispatchEvent(new CustomEvent(`edge-copilot-${name}`, { detail, bubbles: true, composed: true }));
  }

  /** A problem in one sentence or two: what is wrong, what to do. */
  problemText(problem) {
    const { say } = this;
    const kind = problem.kind ?? "server";
    return `${say(`problem.${kind}`)} ${say(`problem.${kind}.do`, { seconds: Math.max(1, Math.ceil(problem.waitS ?? 1)) })}`;
  }

  /** A problem as it is shown; with a button where it can be tried again. The server's words are told below ours. */
  problemNode(problem, again = null) {
    const { say } = this;
    const kind = problem.kind ?? "server";
    if (!problem.kind) console.error(problem);
    const seconds = Math.max(1, Math.ceil(problem.waitS ?? 1));
    const own = ["offline", "broken", "key"].includes(kind) ? "" : [problem.detail, problem.remedy].filter(Boolean).join(" ");
    return h(
      "div",
      { class: "problem", "data-kind": kind },
      icon("alarms"),
      h("div", {}, h("p", {}, h("strong", {}, say(`problem.${kind}`))), h("p", {}, say(`problem.${kind}.do`, { seconds })), own && h("p", { class: "quiet", lang: "en" }, own)),
      again && button(say("again"), { symbol: "sync" }, again),
    );
  }
}
