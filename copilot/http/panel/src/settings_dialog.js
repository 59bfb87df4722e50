/** What a person may set: looks, language, how and where is looked; and what this copilot is. */
import { button, fill, h } from "./dom.js";
import { Dialog } from "./dialog.js";
import { LANGUAGES } from "./language/language.js";

export class SettingsDialog extends Dialog {
  constructor(panel) {
    super(panel, panel.say("settings.title"));
  }

  render() {
    const { panel } = this;
    const { say } = panel;
    const languages = Object.entries(LANGUAGES).map(([tag, messages]) => [tag, messages.name]);
    const collections = panel.health.status?.index?.collections ?? [];
    fill(
      this.body,
      this.choice("theme", say("settings.theme"), [["auto", say("settings.auto")], ["light", say("settings.light")], ["dark", say("settings.dark")]]),
      this.choice("contrast", say("settings.contrast"), [["auto", say("settings.auto")], ["standard", say("settings.contrast.standard")], ["more", say("settings.contrast.more")]]),
      this.choice("size", say("settings.size"), [["standard", say("settings.size.standard")], ["large", say("settings.size.large")], ["largest", say("settings.size.largest")]]),
      this.choice("language", say("settings.language"), languages),
      this.choice("answers", say("settings.answers"), [["short", say("settings.answers.short")], ["detail", say("settings.answers.detail")], ["quotes", say("settings.answers.quotes")]]),
      !panel.options.collections.length && collections.length > 1 && this.collections(collections),
      panel.client.key && h("section", {}, h("h3", {}, say("settings.key")), button(say("settings.key.change"), {}, () => (this.close(), panel.askForKey()))),
      this.about(panel.health.status),
    );
  }

  choice(name, title, options) {
    const { panel } = this;
    const now = name === "language" ? panel.speech.tag : panel.preferences.get(name);
    const buttons = options.map(([value, text]) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(value === now),
          lang: name === "language" ? value : null,
          onclick: () => {
            panel.preferences.set(name, value);
            if (name === "language") return; // everything is drawn anew
            this.render();
            this.body.querySelector(`[data-name=${name}] [aria-pressed=true]`).focus();
          },
        },
        text,
      ),
    );
    return h("section", { "data-name": name }, h("h3", {}, title), h("div", { class: "choice", role: "group", "aria-label": title }, buttons));
  }

  collections(all) {
    const { panel } = this;
    const chosen = new Set(panel.preferences.get("collections"));
    const box = (name) =>
      h(
        "label",
        { class: "check" },
        h("input", {
          type: "checkbox",
          ".checked": chosen.has(name),
          onchange: (event) => {
            chosen[event.target.checked ? "add" : "delete"](name);
            panel.preferences.set("collections", [...chosen]);
            first.hidden = chosen.size > 0;
          },
        }),
        h("span", {}, name),
      );
    const first = h("p", { class: "quiet", hidden: chosen.size > 0 }, panel.say("settings.collections.all"));
    return h("fieldset", {}, h("legend", {}, panel.say("settings.collections")), first, all.map((one) => box(one.name)));
  }

  about(status) {
    if (!status) return null;
    const { say } = this.panel;
    const documents = status.index.collections.reduce((sum, one) => sum + one.documents, 0);
    const { engine } = status;
    return h(
      "section",
      { class: "about" },
      h("h3", {}, say("settings.about")),
      h("p", {}, engine.model ? say("settings.model", { model: engine.model }) : engine.state === "off" ? say("settings.model.none") : engine.message),
      h("p", {}, [say("settings.documents", { n: documents }), say("settings.version", { version: status.version })].join(" · ")),
    );
  }
}
