/** The passages that were found, one of them open: its page with the quote highlighted, or its text. */
import { button, fill, h, icon } from "../dom.js";
import { PageImage } from "./page_image.js";
import { nameText, pageText, placeText } from "./place.js";
import { documentText } from "./quote.js";

/** Notes and values of this moment come as passages too, with numbers below zero; they have no page around them. */
export function isOfDocument(passage) {
  return passage.chunk_id >= 0;
}

export class Viewer {
  constructor(panel) {
    this.panel = panel;
    this.passages = [];
    this.citations = [];
    this.open = null;
    this.quote = "";
    this.asText = false;
    const { say } = panel;
    this.strip = h("ul", { class: "found", "aria-label": say("evidence.strip") });
    this.heading = h("h2", { tabindex: "-1" });
    this.where = h("p", { class: "quiet" });
    this.back = button(say("evidence.back"), { symbol: "back", spoken: true, quiet: true, class: "button quiet square back" }, () => panel.closePassage());
    this.image = new PageImage(panel);
    this.text = h("div", { class: "text", tabindex: "0", role: "group", "aria-label": say("evidence.region") });
    this.note = h("p", { class: "notice", hidden: true });
    this.kind = h(
      "div",
      { class: "choice", role: "group", "aria-label": say("evidence.show") },
      (this.pageButton = h("button", { type: "button", onclick: () => this.choose(false) }, say("evidence.as.page"))),
      (this.textButton = h("button", { type: "button", onclick: () => this.choose(true) }, say("evidence.as.text"))),
    );
    this.before = button(say("evidence.before"), { symbol: "back", quiet: true }, () => this.step("before"));
    this.after = button(say("evidence.after"), { symbol: "forward", quiet: true, class: "button quiet after" }, () => this.step("after"));
    this.foot = h("footer", {}, this.before, h("div", { class: "row" }, this.image.tools), this.after);
    this.head = h("header", {}, this.back, h("div", { class: "title" }, this.heading, this.where), this.kind);
    this.empty = h("div", { class: "empty" }, icon("page"), h("p", {}, say("evidence.empty")));
    this.node = h("section", { class: "evidence", "aria-label": say("evidence.title") }, this.strip, this.head, this.note, this.image.node, this.text, this.foot, this.empty);
    this.render();
  }

  dispose() {
    this.image.dispose();
    this.controller?.abort();
  }

  /** Show these passages; the first one is opened, unless one of them is open already. */
  load(passages, citations = []) {
    this.passages = passages;
    this.citations = citations;
    const same = this.open && passages.find((one) => one.chunk_id === this.open.chunk_id);
    this.renderStrip();
    if (!passages.length) this.show(null);
    // Values of this moment and notes stand in the answer; beside it belongs a page.
    else if (!same) this.show(passages.find(isOfDocument) ?? passages[0]);
  }

  /** Open a passage with `quote` marked. Only its `chunk_id` need be known. */
  async show(passage, quote = "") {
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    const same = passage && this.whole?.chunk_id === passage.chunk_id;
    this.open = passage && { ...this.passages.find((one) => one.chunk_id === passage.chunk_id), ...passage };
    this.quote = quote;
    this.problem = "";
    if (!same) {
      this.whole = null;
      this.image.clear();
    }
    this.render();
    if (!passage || !isOfDocument(passage)) return;
    try {
      const whole = same ? this.whole : await this.panel.client.json(`v1/passages/${passage.chunk_id}`, { signal: controller.signal });
      if (controller.signal.aborted) return;
      this.whole = whole;
      // A quote may begin on a later page than its passage.
      this.open = { ...this.open, ...this.ofPassage(whole), page: passage.page ?? whole.page };
      this.render();
      if (whole.has_page_image && !this.asText) await this.image.show(this.open, quote || this.open.text);
    } catch (error) {
      if (error?.name === "AbortError" || controller.signal.aborted) return;
      // The passage's own text is there, from the search; only what lies around it is missing.
      if (this.whole) {
        this.whole = { ...this.whole, has_page_image: false };
        this.problem = this.panel.say("evidence.noimage");
      } else if (!this.open.text) this.problem = this.panel.problemText(error);
      this.render();
    }
  }

  ofPassage(whole) {
    const { document, title, section, page, text, chunk_id, revision, synced_at } = whole;
    const known = { document, title, section, page, text, chunk_id, revision, synced_at };
    return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined && value !== null));
  }

  step(direction) {
    const next = this.whole?.[direction];
    if (next === null || next === undefined) return;
    this.show({ chunk_id: next }).then(() => this.announce());
  }

  announce() {
    if (this.open) this.panel.announce(this.panel.say("evidence.opened", { place: placeText(this.open, this.panel) }));
  }

  choose(asText) {
    this.asText = asText;
    this.render();
    if (!asText && this.whole?.has_page_image) this.image.show(this.open, this.quote || this.open.text).catch(() => {});
  }

  renderStrip() {
    const { panel } = this;
    this.strip.hidden = this.passages.length < 2;
    fill(
      this.strip,
      this.passages.map((passage) => {
        const numbers = this.citations.filter((one) => one.chunk_id === passage.chunk_id).map((one) => one.n);
        const current = this.open?.chunk_id === passage.chunk_id;
        const quote = this.citations.find((one) => one.chunk_id === passage.chunk_id)?.quote ?? "";
        return h(
          "li",
          {},
          h(
            "button",
            { type: "button", "aria-current": current ? "true" : null, onclick: () => this.show(passage, quote).then(() => this.announce()) },
            !isOfDocument(passage) && icon(passage.collection === "signals" ? "signals" : "notes"),
            numbers.map((n) => h("span", { class: "number", "aria-label": panel.say("evidence.cited", { n }) }, String(n))),
            h("span", { class: "name" }, h("strong", {}, nameText(passage, panel)[0]), h("span", {}, nameText(passage, panel)[1])),
          ),
        );
      }),
    );
    this.strip.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  render() {
    const { open, panel, whole } = this;
    const picture = Boolean(open && whole?.has_page_image && !this.asText);
    for (const part of [this.head, this.foot]) part.hidden = !open;
    this.empty.hidden = Boolean(open);
    this.image.node.hidden = !picture;
    for (const tool of this.image.tools) tool.hidden = !picture;
    this.text.hidden = !open || picture;
    this.kind.hidden = !whole?.has_page_image;
    this.pageButton.setAttribute("aria-pressed", String(!this.asText));
    this.textButton.setAttribute("aria-pressed", String(this.asText));
    this.note.hidden = !this.problem;
    fill(this.note, this.problem);
    this.renderStrip();
    if (!open) return;
    fill(this.heading, nameText(open, panel)[0] || open.document || panel.say("loading"));
    const age = [open.revision && panel.say("evidence.revision", { revision: open.revision }), open.synced_at && panel.say("evidence.synced", { ago: panel.speech.ago(open.synced_at) })];
    fill(this.where, [nameText(open, panel)[1], ...age].filter(Boolean).join(" · "));
    this.before.disabled = (whole?.before ?? null) === null;
    this.after.disabled = (whole?.after ?? null) === null;
    if (!picture) {
      const text = whole?.section_text || open.text || "";
      fill(this.text, documentText(text, this.quote || open.text));
      // Of several marks the last one is what was meant: before it comes the head of a table.
      const mark = [...this.text.querySelectorAll("tr.hit, p:has(mark)")].at(-1);
      this.text.scrollTop = 0;
      if (mark) this.text.scrollTop = mark.getBoundingClientRect().top - this.text.getBoundingClientRect().top - this.text.clientHeight / 4;
    }
  }
}
