/** What a person has set in this browser. Nothing of questions or documents is kept here. */

const STORE = "edge-copilot";
const DEFAULTS = { theme: "auto", contrast: "auto", size: "standard", language: "auto", answers: "short", collections: [] };

/** Tells "change". An attribute of the element is the default; what a person sets goes before it. */
export class Preferences extends EventTarget {
  constructor() {
    super();
    this.attributes = {};
    this.chosen = this.read();
  }

  get(name) {
    return this.chosen[name] ?? this.attributes[name] ?? DEFAULTS[name];
  }

  set(name, value) {
    this.chosen = { ...this.chosen, [name]: value };
    this.write();
    this.dispatchEvent(new CustomEvent("change", { detail: name }));
  }

  /** A default from the element's attribute; null where it has none. */
  setDefault(name, value) {
    this.attributes[name] = value ?? undefined;
    this.dispatchEvent(new CustomEvent("change", { detail: name }));
  }

  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(STORE) ?? "{}");
      return Object.fromEntries(Object.entries(kept).filter(([name]) => name in DEFAULTS));
    } catch {
      return {}; // no storage in this frame, or something else lies there
    }
  }

  write() {
    try {
      localStorage.setItem(STORE, JSON.stringify(this.chosen));
    } catch {
      // It holds until the page is left.
    }
  }
}
