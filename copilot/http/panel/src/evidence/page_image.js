/** A page of a document as the copilot draws it, with the passage highlighted. */
import { button, fill, h } from "../dom.js";
import { pageText } from "./place.js";

const ZOOMS = [1, 1.25, 1.6, 2.2, 3];
const NARROW_PX = 480; // where the margins of the paper cost more than they give
const WIDEST_PX = 2400; // what the copilot draws at most

/**
 * The page is painted on a canvas: an `img` couldn't send the key, and the page around the panel may forbid `blob:`
 * addresses of images.
 */
export class PageImage {
  constructor(panel) {
    this.panel = panel;
    this.zoom = null;
    this.drawnFor = 0;
    this.canvas = h("canvas", { role: "img" });
    this.frame = h("div", { class: "page", tabindex: "0", role: "group" }, this.canvas);
    this.bigger = button(panel.say("evidence.bigger"), { symbol: "zoomIn", spoken: true, quiet: true }, () => this.zoomTo(this.zoom + 1));
    this.smaller = button(panel.say("evidence.smaller"), { symbol: "zoomOut", spoken: true, quiet: true }, () => this.zoomTo(this.zoom - 1));
    this.tools = [this.smaller, this.bigger];
    this.node = this.frame;
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(this.frame);
  }

  dispose() {
    this.resized.disconnect();
    this.controller?.abort();
  }

  /** Draw the page of `passage`. @throws {Problem} where there is no picture of it. */
  async show(passage, quote) {
    this.shown = { passage, quote };
    await this.draw();
  }

  zoomTo(step) {
    this.zoom = Math.max(0, Math.min(ZOOMS.length - 1, step));
    if (this.shown) this.draw().catch(() => {});
  }

  resize() {
    const width = this.frame.clientWidth;
    if (!this.shown || !width || Math.abs(width - this.drawnFor) < 24) return;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.draw().catch(() => {}), 200);
  }

  async draw() {
    const { passage, quote } = this.shown;
    this.canvas.setAttribute("aria-label", this.panel.say("evidence.image", { page: passage.page ?? "", title: passage.title ?? "" }));
    this.frame.setAttribute("aria-label", pageText(passage, this.panel));
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    const width = this.frame.clientWidth;
    if (!width) return; // nobody sees it yet; when somebody does, its size changes
    this.zoom ??= width < NARROW_PX ? 1 : 0;
    const cssWidth = Math.round((width - 2) * ZOOMS[this.zoom]);
    const query = { page: passage.page, quote: quote?.slice(0, 2000), width: Math.min(WIDEST_PX, Math.ceil(cssWidth * devicePixelRatio)) };
    this.drawnFor = width;
    this.frame.setAttribute("aria-busy", "true");
    let answer;
    try {
      answer = await this.panel.client.blob(`v1/passages/${passage.chunk_id}/page.png`, { query, signal: controller.signal, accept: "image/png" });
    } finally {
      if (this.controller === controller) this.frame.removeAttribute("aria-busy");
    }
    const picture = await createImageBitmap(answer.blob);
    if (controller.signal.aborted) return picture.close();
    this.canvas.width = picture.width;
    this.canvas.height = picture.height;
    this.canvas.style.setProperty("inline-size", `${cssWidth}px`);
    this.canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    this.smaller.disabled = this.zoom === 0;
    this.bigger.disabled = this.zoom === ZOOMS.length - 1;
    this.scrollTo(answer.headers.get("Highlight"));
  }

  /** Bring what is highlighted into sight; `span` tells where it is, such as "0.21-0.34" of the page's height. */
  scrollTo(span) {
    const { clientHeight, clientWidth, scrollWidth } = this.frame;
    const height = this.canvas.getBoundingClientRect().height;
    const [top, bottom] = (span ?? "0-0").split("-").map((share) => Number.parseFloat(share) * height);
    const fits = bottom - top < clientHeight;
    // Of a row and the head of its table, far above it, the row is what was meant.
    const isRow = this.shown?.quote?.includes(" | ");
    this.frame.scrollTop = fits ? (top + bottom - clientHeight) / 2 : isRow ? bottom - clientHeight * 0.8 : top - clientHeight * 0.1;
    this.frame.scrollLeft = (scrollWidth - clientWidth) / 2;
  }

  clear() {
    this.shown = null;
    this.drawnFor = 0;
    clearTimeout(this.later);
    this.controller?.abort();
    this.canvas.width = this.canvas.height = 0;
    fill(this.frame, this.canvas);
  }
}
