/** Asks for the key, where this copilot wants one and nobody gave it. */
import { button, fill, h } from "./dom.js";

const KEY_STORE = "edge-copilot-key";

/** The key that was kept in this browser, for the copilot at `api`; empty where there is none. */
export function keptKey(api) {
  try {
    return localStorage.getItem(`${KEY_STORE} ${new URL(api).origin}`) ?? "";
  } catch {
    return "";
  }
}

export class KeyForm {
  constructor(panel) {
    this.panel = panel;
    this.shown = false;
  }

  show() {
    if (this.shown) return;
    this.shown = true;
    const { say } = this.panel;
    this.field = h("input", { class: "field", type: "password", autocomplete: "off", spellcheck: "false", "aria-label": say("key.label"), placeholder: say("key.label") });
    this.keep = h("input", { type: "checkbox" });
    this.said = h("p", { class: "warning", role: "alert", hidden: !this.panel.client.key }, say("key.wrong"));
    this.use = button(say("key.use"), { class: "button primary", type: "submit" });
    const form = h("form", { class: "key", onsubmit: (event) => (event.preventDefault(), this.submit()) }, h("h2", {}, say("key.title")), h("p", { class: "quiet" }, say("key.more")), this.said, this.field, h("label", { class: "check" }, this.keep, h("span", {}, say("key.keep"))), this.use);
    this.node = h("div", { class: "scroll" }, form);
    this.panel.main.hidden = true;
    this.panel.main.after(this.node);
    this.field.focus();
  }

  async submit() {
    const { panel } = this;
    const key = this.field.value.trim();
    if (!key) return this.field.focus();
    this.use.disabled = true;
    panel.client.key = key;
    try {
      await panel.client.json("v1/status");
    } catch (error) {
      this.use.disabled = false;
      this.said.hidden = false;
      fill(this.said, error.kind === "key" ? panel.say("key.wrong") : panel.problemText(error));
      this.field.select();
      return;
    }
    if (this.keep.checked) this.store(key);
    this.done();
    panel.health.look();
    panel.plant.stop();
    panel.plant.start();
    panel.views.ask.focus();
  }

  store(key) {
    try {
      localStorage.setItem(`${KEY_STORE} ${this.panel.client.base.origin}`, key);
    } catch {
      // It holds until the page is left.
    }
  }

  done() {
    if (!this.shown) return;
    this.shown = false;
    this.node.remove();
    this.panel.main.hidden = false;
  }
}
