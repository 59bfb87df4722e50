/** Asks questions, one at a time, and remembers what was asked. */
import { Problem } from "../server/problem.js";
import { Turn } from "./turn.js";

const KEPT_TURNS = 40; // on the screen; the copilot keeps the conversation itself

/** Tells "turn" when there is a new one, "turns" when all are others, "busy" when it begins or ends. */
export class Asking extends EventTarget {
  constructor(client) {
    super();
    this.client = client;
    this.turns = [];
    this.conversation = null;
    this.controller = null;
  }

  get current() {
    return this.turns.at(-1) ?? null;
  }

  get busy() {
    return Boolean(this.current?.busy);
  }

  /**
   * Ask; what is being answered is cancelled.
   * @param options fields of the request beside the question.
   * @returns the turn, when it is over, however it ended.
   */
  async ask(question, options = {}) {
    this.cancel();
    const turn = new Turn(question);
    this.turns.push(turn);
    if (this.turns.length > KEPT_TURNS) this.turns.shift();
    const controller = (this.controller = new AbortController());
    this.dispatchEvent(new CustomEvent("turn", { detail: turn }));
    this.dispatchEvent(new Event("busy"));
    try {
      this.conversation ??= newId();
      const body = { question, ...options, conversation: this.conversation };
      await this.client.events("v1/ask", { method: "POST", body, signal: controller.signal }, (name, data) => {
        if (name === "error") throw Problem.from(data);
        turn.take(name, data);
      });
      if (turn.busy) turn.end("failed", new Problem("broken"));
    } catch (error) {
      if (controller.signal.aborted) turn.end("cancelled");
      else turn.end("failed", error instanceof Problem ? error : new Problem("broken"));
      if (!(error instanceof Problem) && error?.name !== "AbortError") console.error(error);
    } finally {
      if (this.controller === controller) this.controller = null;
      this.dispatchEvent(new Event("busy"));
    }
    return turn;
  }

  /** Stop what is being answered. Whether there was something. */
  cancel() {
    const turn = this.current;
    if (!turn?.busy) return false;
    this.controller?.abort();
    turn.end("cancelled");
    return true;
  }

  /** Begin anew. */
  clear() {
    this.cancel();
    this.turns = [];
    this.conversation = null;
    this.dispatchEvent(new Event("turns"));
  }

  /** Go on with a conversation that was kept. @throws {Problem} */
  async resume(id) {
    const kept = await this.client.json(`v1/conversations/${encodeURIComponent(id)}`);
    this.cancel();
    this.turns = kept.turns.slice(-KEPT_TURNS).map((turn) => Turn.kept(turn));
    this.conversation = id;
    this.dispatchEvent(new Event("turns"));
    return kept;
  }
}

/** The id of a conversation that begins with the next question. */
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
