/** Whether the copilot is there, and how it is. */
import { waitMs } from "./events.js";

const EVERY_MS = 15_000;

/** Tells "change" with every look. `state` is "waiting", "here", "lost" or "key" (it asks for one). */
export class Health extends EventTarget {
  constructor(client, random = Math.random) {
    super();
    Object.assign(this, { client, random });
    this.state = "waiting";
    this.status = null;
    this.failures = 0;
    this.nextAt = 0;
    this.timer = 0;
    this.running = false;
  }

  start() {
    if (!this.running) {
      this.running = true;
      this.look();
    }
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
    this.controller?.abort();
  }

  /** Look now: somebody wants to know, or something failed. */
  async look() {
    if (!this.running || this.controller) return;
    clearTimeout(this.timer);
    const controller = (this.controller = new AbortController());
    this.nextAt = 0;
    if (this.state === "lost") this.dispatchEvent(new Event("change"));
    const before = this.state;
    try {
      this.status = await this.client.json("v1/status", { signal: controller.signal });
      this.state = "here";
      this.failures = 0;
    } catch (error) {
      if (controller.signal.aborted) return void (this.controller = null);
      this.state = error?.kind === "key" ? "key" : "lost";
      this.failures += 1;
    }
    this.controller = null;
    const wait = this.state === "lost" ? waitMs(this.failures, this.random) : EVERY_MS;
    this.nextAt = Date.now() + wait;
    this.timer = setTimeout(() => this.look(), wait);
    this.dispatchEvent(new CustomEvent("change", { detail: before }));
  }
}
