/** A window over the panel, for what is needed now and then. The browser keeps the focus in it; Escape closes it. */
import { button, fill, h } from "./dom.js";

export class Dialog {
  constructor(panel, title) {
    this.panel = panel;
    this.body = h("div", { class: "body" });
    const heading = h("h2", { id: `dialog-${++Dialog.count}`, tabindex: "-1" }, title);
    const close = button(panel.say("close"), { symbol: "close", spoken: true, quiet: true }, () => this.close());
    this.node = h("dialog", { "aria-labelledby": heading.id, onclose: () => this.closed() }, h("header", {}, heading, close), this.body);
    this.heading = heading;
    // A touch beside the window closes it.
    this.node.addEventListener("click", (event) => event.target === this.node && this.close());
  }

  get open() {
    return this.node.open;
  }

  show() {
    this.render();
    if (!this.node.open) this.node.showModal();
    this.heading.focus();
  }

  close() {
    this.node.close();
  }

  closed() {}

  /** What stands in it. */
  render() {
    fill(this.body);
  }
}
Dialog.count = 0;
