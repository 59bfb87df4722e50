/** Notes: write one, find those that were written. */
import { button, fill, h } from "./dom.js";

const FIND_NOTE_AFTER_MS = 250;
const LONGEST_NOTE = 20_000;

export class NotesView {
  constructor(panel) {
    this.panel = panel;
    const { say } = panel;
    this.text = h("textarea", { class: "field", rows: 3, maxlength: LONGEST_NOTE, "aria-label": say("notes.write"), placeholder: say("notes.hint"), oninput: () => this.changed() });
    this.machine = h("input", { class: "field", type: "text", maxlength: 200, ".value": panel.machine, autocomplete: "off" });
    this.save = button(say("notes.save"), { symbol: "save", class: "button primary", disabled: true }, () => this.keep());
    this.said = h("div", { role: "status" });
    this.find = h("input", { class: "field", type: "search", "aria-label": say("notes.find"), placeholder: say("notes.find"), oninput: () => this.later() });
    this.list = h("ul", { class: "notes" });
    this.empty = h("p", { class: "quiet", hidden: true });
    this.problem = h("div", {});
    this.node = h(
      "div",
      { class: "scroll notes", tabindex: "0", role: "group", "aria-label": say("view.notes") },
      h("form", { class: "write", onsubmit: (event) => (event.preventDefault(), this.keep()) }, this.text, h("div", { class: "row" }, h("label", { class: "inline" }, h("span", {}, say("notes.machine")), this.machine), this.save), this.said),
      h("section", { "aria-label": say("notes.list") }, this.find, this.problem, this.list, this.empty),
    );
  }

  show() {
    this.text.value = this.panel.draft;
    this.changed();
    this.load();
  }

  hide() {
    clearTimeout(this.due);
    this.controller?.abort();
  }

  focus() {
    this.text.focus();
  }

  changed() {
    this.panel.draft = this.text.value;
    this.save.disabled = !this.text.value.trim();
    if (this.text.value) fill(this.said);
  }

  later() {
    clearTimeout(this.due);
    this.due = setTimeout(() => this.load(), FIND_NOTE_AFTER_MS);
  }

  async load() {
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    const query = this.find.value.trim();
    try {
      const found = await this.panel.client.json("v1/notes", { query: { query, machine: this.panel.machine }, signal: controller.signal });
      fill(this.problem);
      this.render(found.notes, query);
    } catch (error) {
      if (error?.name !== "AbortError") fill(this.problem, this.panel.problemNode(error, () => this.load()));
    }
  }

  render(notes, query) {
    const { panel } = this;
    this.find.hidden = !notes.length && !query;
    this.empty.hidden = notes.length > 0;
    fill(this.empty, panel.say(query ? "notes.none" : "notes.empty"));
    fill(this.list, notes.map((note) => this.noteOf(note)));
  }

  noteOf(note) {
    const { panel } = this;
    const about = [panel.speech.time(note.written_at), note.machine, note.author].filter(Boolean).join(" · ");
    const ask = h("div", { class: "row", hidden: true });
    const remove = button(panel.say("notes.remove"), { symbol: "remove", spoken: true, quiet: true }, () => {
      ask.hidden = false;
      keep.focus();
    });
    const keep = button(panel.say("notes.keep"), {}, () => {
      ask.hidden = true;
      remove.focus();
    });
    const sure = button(panel.say("notes.remove.yes"), { class: "button danger" }, () => this.remove(note));
    fill(ask, h("p", {}, panel.say("notes.remove.sure")), sure, keep);
    return h("li", { class: "note", "data-id": note.id }, h("div", { class: "head" }, h("p", { class: "quiet" }, about), remove), h("p", { class: "written" }, note.text), ask);
  }

  async keep() {
    const text = this.text.value.trim();
    if (!text) return;
    this.save.disabled = true;
    const { noteOf } = this.panel;
    const body = { text, machine: this.machine.value.trim(), ...(noteOf && { conversation: noteOf }) };
    let kept;
    try {
      kept = await this.panel.client.json("v1/notes", { method: "POST", body });
    } catch (error) {
      // What was written stays in the field.
      this.save.disabled = false;
      fill(this.said, this.panel.problemNode(error));
      return;
    }
    this.text.value = "";
    this.changed();
    this.panel.noteOf = null;
    fill(this.said, h("p", { class: "good" }, this.panel.say("notes.saved")), kept.notice && h("p", { class: "quiet", lang: "en" }, kept.notice));
    this.find.value = "";
    await this.load();
  }

  async remove(note) {
    try {
      await this.panel.client.json(`v1/notes/${encodeURIComponent(note.id)}`, { method: "DELETE" });
      this.panel.announce(this.panel.say("notes.removed"));
      this.text.focus();
      await this.load();
    } catch (error) {
      fill(this.problem, this.panel.problemNode(error));
    }
  }
}
