/** Conversations that were kept: find, go on with, save as a file, delete. */
import { button, fill, h } from "./dom.js";
import { Dialog } from "./dialog.js";

const FIND_TALK_AFTER_MS = 250;

export class TalksDialog extends Dialog {
  constructor(panel) {
    super(panel, panel.say("talks.title"));
    this.find = h("input", { class: "field", type: "search", "aria-label": panel.say("talks.find"), placeholder: panel.say("talks.find"), oninput: () => this.later() });
    this.list = h("ul", { class: "talks" });
    this.said = h("div", { role: "status" });
  }

  render() {
    this.find.value = "";
    fill(this.said);
    fill(this.body, this.find, this.said, this.list);
    this.load();
  }

  closed() {
    clearTimeout(this.due);
    this.controller?.abort();
  }

  later() {
    clearTimeout(this.due);
    this.due = setTimeout(() => this.load(), FIND_TALK_AFTER_MS);
  }

  async load() {
    const { panel } = this;
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    const query = this.find.value.trim();
    try {
      const found = await panel.client.json("v1/conversations", { query: { query }, signal: controller.signal });
      fill(this.list, found.conversations.map((talk) => this.talkOf(talk)));
      fill(this.said, !found.conversations.length && h("p", { class: "quiet" }, panel.say(query ? "talks.none" : "talks.empty")));
      this.find.hidden = !found.conversations.length && !query;
    } catch (error) {
      if (error?.name !== "AbortError") fill(this.said, panel.problemNode(error, () => this.load()));
    }
  }

  talkOf(talk) {
    const { panel } = this;
    const title = talk.title || panel.say("talks.untitled");
    const ask = h("div", { class: "row", hidden: true });
    const remove = button(`${panel.say("talks.remove")}: ${title}`, { symbol: "remove", spoken: true, quiet: true }, () => {
      ask.hidden = false;
      keep.focus();
    });
    const keep = button(panel.say("notes.keep"), {}, () => {
      ask.hidden = true;
      remove.focus();
    });
    const sure = button(panel.say("talks.remove"), { class: "button danger" }, () => this.remove(talk));
    fill(ask, h("p", {}, panel.say("talks.remove.sure", { title })), sure, keep);
    return h(
      "li",
      { "data-id": talk.id },
      h(
        "div",
        { class: "head" },
        h("button", { type: "button", class: "source", onclick: () => this.resume(talk, title) }, h("span", { class: "name" }, h("strong", {}, title), h("span", {}, panel.speech.time(talk.begun_at)))),
        button(`${panel.say("talks.export")}: ${title}`, { symbol: "save", spoken: true, quiet: true }, () => this.export(talk)),
        remove,
      ),
      ask,
    );
  }

  async resume(talk, title) {
    try {
      await this.panel.asking.resume(talk.id);
    } catch (error) {
      fill(this.said, this.panel.problemNode(error));
      return;
    }
    this.close();
    this.panel.go("ask");
    this.panel.announce(this.panel.say("talks.opened", { title }));
  }

  async export(talk) {
    try {
      const { blob } = await this.panel.client.blob(`v1/conversations/${encodeURIComponent(talk.id)}/export`, { accept: "text/markdown" });
      const address = URL.createObjectURL(blob);
      h("a", { href: address, download: `conversation-${talk.id}.md` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      fill(this.said, this.panel.problemNode(error));
    }
  }

  async remove(talk) {
    try {
      await this.panel.client.json(`v1/conversations/${encodeURIComponent(talk.id)}`, { method: "DELETE" });
      if (this.panel.asking.conversation === talk.id) this.panel.asking.clear();
      this.heading.focus();
      await this.load();
    } catch (error) {
      fill(this.said, this.panel.problemNode(error));
    }
  }
}
