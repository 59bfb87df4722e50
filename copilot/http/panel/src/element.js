/**
 * <edge-copilot>: the copilot as an element of any page.
 *
 * Attributes: api, key, collections, machine, heading, questions, theme, contrast, lang, view. Methods: ask, cancel,
 * show, open. Events, which bubble out of shadow trees: edge-copilot-evidence, -answer, -cancel, -error, -alarm, -state.
 */
import { keptKey } from "./key_form.js";
import { LANGUAGES } from "./language/language.js";
import { COLOURS } from "./looks/colours.js";
import { FRAME } from "./looks/frame.js";
import { PARTS } from "./looks/parts.js";
import { VIEWS } from "./looks/views.js";
import { Panel } from "./panel.js";
import { Preferences } from "./preferences.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(COLOURS + PARTS + VIEWS + FRAME);

/** The copilot that this file came from. */
const HOME = new URL("../", import.meta.url).href;

/** Attributes with which another panel begins; the others change the one that is there. */
const OF_PANEL = ["api", "key", "collections", "machine", "heading", "questions", "lang"];
const OF_LOOKS = ["theme", "contrast"];

export class EdgeCopilot extends HTMLElement {
  static observedAttributes = [...OF_PANEL, ...OF_LOOKS, "view"];

  /** Messages by language; add one with `EdgeCopilot.languages.fr = {…}` before the element is made. */
  static languages = LANGUAGES;

  #panel = null;
  #preferences = new Preferences();
  #key = "";

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    this.#begin();
  }

  disconnectedCallback() {
    this.#panel?.dispose();
    this.#panel = null;
  }

  attributeChangedCallback(name, before, value) {
    if (OF_LOOKS.includes(name)) this.#preferences.setDefault(name, value);
    else if (!this.#panel || before === value) return;
    else if (name === "view") this.#panel.go(value);
    else this.#begin();
  }

  #begin() {
    this.#panel?.dispose();
    const api = new URL(this.getAttribute("api") || HOME, document.baseURI).href;
    const list = (name, mark) => (this.getAttribute(name) ?? "").split(mark).map((one) => one.trim()).filter(Boolean);
    this.#panel = new Panel(this, this.shadowRoot, this.#preferences, {
      api,
      key: this.#key || this.getAttribute("key") || keptKey(api),
      machine: this.getAttribute("machine") ?? "",
      heading: this.getAttribute("heading") ?? "",
      collections: list("collections", ","),
      questions: list("questions", "|"),
      languages: [this.closest("[lang]")?.lang, ...navigator.languages].filter(Boolean),
    });
    if (this.hasAttribute("view")) this.#panel.go(this.getAttribute("view"));
  }

  /** The key, without having it stand in the page's markup. */
  set key(key) {
    this.#key = String(key ?? "");
    if (this.#panel) this.#begin();
  }

  /**
   * Ask a question, as if it had been typed.
   * @returns {Promise<object>} the answer, as the event edge-copilot-answer has it; null when it failed or was cancelled.
   */
  async ask(question) {
    if (!this.#panel) throw new Error("<edge-copilot> is not in a document");
    const text = String(question ?? "").trim();
    if (!text) return null;
    return (await this.#panel.ask(text)).answer;
  }

  /** Stop the answer that is being written. Whether there was one. */
  cancel() {
    return this.#panel?.cancel() ?? false;
  }

  /** Show a part: "ask", "signals", "alarms", "notes" or "shift". */
  show(view) {
    this.#panel?.go(view);
  }

  /** Open a passage by its number in the index, with `quote` highlighted. */
  async open(chunkId, quote = "") {
    await this.#panel?.openPassage({ chunk_id: chunkId }, quote);
  }
}

if (!customElements.get("edge-copilot")) customElements.define("edge-copilot", EdgeCopilot);
