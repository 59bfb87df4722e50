/** The conversation, with the box for the next question under it. */
import { button, fill, h, icon } from "../dom.js";
import { TurnView } from "./turn_view.js";

const NEAR_END_PX = 60;
const LONGEST_QUESTION = 2000;

export class AskView {
  constructor(panel) {
    this.panel = panel;
    const { say } = panel;
    this.turns = h("div", { class: "turns", tabindex: "0", role: "group", "aria-label": say("talks.title") });
    this.box = h("textarea", {
      class: "field",
      rows: 1,
      maxlength: LONGEST_QUESTION,
      "aria-label": say("ask.label"),
      placeholder: say("ask.hint"),
      enterkeyhint: "send",
      autocomplete: "off",
      onkeydown: (event) => this.pressed(event),
      oninput: () => this.fit(),
    });
    this.send = button(say("ask.send"), { symbol: "send", spoken: true, class: "button primary square" }, () => this.submit());
    this.stop = button(say("ask.cancel"), { symbol: "stop", spoken: true, class: "button primary square stop", hidden: true }, () => {
      panel.cancel();
      this.box.focus();
    });
    this.fresh = button(say("ask.new"), { symbol: "plus", spoken: true, quiet: true }, () => {
      panel.asking.clear();
      this.box.focus();
    });
    this.form = h("form", { class: "box", onsubmit: (event) => (event.preventDefault(), this.submit()) }, this.fresh, this.box, this.send, this.stop);
    this.empty = h("div", { class: "welcome" });
    this.node = h("div", { class: "talk" }, this.turns, this.form);
    panel.listen(panel.asking, ["turn"], (event) => this.add(event.detail));
    panel.listen(panel.asking, ["turns"], () => this.renderAll());
    panel.listen(panel.asking, ["busy"], () => this.renderBusy());
    panel.listen(panel.plant, ["alarms"], () => this.renderWelcome());
    this.renderAll();
  }

  show() {}

  hide() {}

  focus() {
    this.box.focus();
  }

  pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  /** As high as its text, up to what the style allows. */
  fit() {
    this.box.style.setProperty("block-size", "auto");
    this.box.style.setProperty("block-size", `${this.box.scrollHeight + 2}px`);
  }

  submit() {
    const question = this.box.value.trim();
    if (!question) return this.box.focus();
    this.box.value = "";
    this.fit();
    this.panel.ask(question);
  }

  renderBusy() {
    const { busy } = this.panel.asking;
    const focused = this.panel.root.activeElement === this.stop || this.panel.root.activeElement === this.send;
    this.send.hidden = busy;
    this.stop.hidden = !busy;
    if (focused) (busy ? this.stop : this.send).focus();
    this.fresh.hidden = !this.panel.asking.turns.length;
  }

  renderAll() {
    fill(this.turns, this.empty, this.panel.asking.turns.map((turn) => new TurnView(this.panel, turn).node));
    this.renderWelcome();
    this.renderBusy();
    this.turns.scrollTop = this.turns.scrollHeight;
  }

  renderWelcome() {
    const { asking, say } = this.panel;
    this.empty.hidden = asking.turns.length > 0;
    if (this.empty.hidden) return;
    const questions = this.panel.suggestions();
    const drawn = JSON.stringify(questions);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    fill(
      this.empty,
      icon("ask"),
      h("h2", {}, say("ask.empty")),
      h("p", {}, say("ask.empty.more")),
      questions.length > 0 && h("ul", { class: "suggestions", "aria-label": say("ask.suggestions") }, questions.map((question) => h("li", {}, button(question, {}, () => this.panel.ask(question))))),
    );
  }

  add(turn) {
    const view = new TurnView(this.panel, turn);
    this.empty.hidden = true;
    this.turns.append(view.node);
    while (this.turns.children.length - 1 > this.panel.asking.turns.length) this.turns.children[1].remove();
    view.node.scrollIntoView({ block: "start" });
    turn.addEventListener("change", () => this.follow(view.node));
  }

  /** Keep the end of a growing answer in sight, as long as the person looks at it and its question doesn't leave. */
  follow(node) {
    const { turns } = this;
    const hidden = turns.scrollHeight - turns.scrollTop - turns.clientHeight;
    const room = node.getBoundingClientRect().top - turns.getBoundingClientRect().top;
    if (hidden > 0 && hidden < NEAR_END_PX * 4 && room > 0) turns.scrollTop += Math.min(hidden, room);
  }
}
