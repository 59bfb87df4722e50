/** Server-sent events over `fetch`, because EventSource can send neither a key nor a question. */
import { Problem } from "./problem.js";

/** Takes text in pieces of any size and gives out whole events (WHATWG HTML, section 9.2.6). */
export class EventParser {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.rest = "";
    this.clear();
  }

  clear() {
    this.name = "";
    this.data = [];
  }

  push(text) {
    // A line ends in CR LF, LF or CR; a CR at the end may be the first half of CR LF.
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop();
    for (const line of lines) this.line(line);
  }

  line(line) {
    if (line === "") {
      if (this.data.length) this.onEvent(this.name || "message", this.data.join("\n"));
      this.clear();
      return;
    }
    const [, field, value] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line);
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
  }
}

/**
 * Reads the events of a response to its end; each one's data is JSON.
 * @throws {Problem} `broken` when the connection ends in the middle, or nothing came for `silenceMs`.
 */
export async function readEvents(response, onEvent, { silenceMs = 0 } = {}) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser((name, data) => {
    let value;
    try {
      value = JSON.parse(data);
    } catch {
      return; // not ours: a comment of a proxy, or an event of a later version
    }
    onEvent(name, value);
  });
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader, silenceMs);
      if (done) return;
      parser.push(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error instanceof TypeError ? new Problem("broken") : error;
  }
}

async function withinSilence(reader, silenceMs) {
  if (!silenceMs) return reader.read();
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Problem("broken")), silenceMs);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
// The server sends a comment every 15 s when nothing happens; three missing ones mean that nobody is there.
const SILENCE_MS = 45_000;

/** A stream that is opened again whenever it ends, at growing intervals with jitter, until it is stopped. */
export class Feed {
  /**
   * @param client what opens it.
   * @param path of the stream.
   * @param onEvent called with name and data of each event.
   * @param onState called with "live", "lost" or "absent" (this server doesn't offer it; then no more is tried).
   */
  constructor(client, path, onEvent, onState, random = Math.random) {
    Object.assign(this, { client, path, onEvent, onState, random });
    this.failures = 0;
    this.controller = null;
    this.timer = 0;
  }

  start() {
    if (this.controller || this.timer) return;
    this.run();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.controller?.abort();
    this.controller = null;
  }

  /** Don't wait any longer: something says that the server is there. */
  hurry() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.run();
  }

  async run() {
    const controller = (this.controller = new AbortController());
    try {
      const response = await this.client.open(this.path, { signal: controller.signal, accept: "text/event-stream" });
      this.failures = 0;
      this.onState("live");
      await readEvents(response, this.onEvent, { silenceMs: SILENCE_MS });
    } catch (error) {
      if (controller.signal.aborted) return;
      if (["missing", "absent", "forbidden", "key"].includes(error?.kind)) {
        this.controller = null;
        this.onState("absent");
        return;
      }
      if (!(error instanceof Problem)) console.error(error);
    }
    if (this.controller !== controller) return;
    this.controller = null;
    this.onState("lost");
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.run();
    }, waitMs(this.failures++, this.random));
  }
}

/** Doubling from half a second to half a minute, with jitter, so that panels don't all come back at once. */
export function waitMs(failures, random = Math.random) {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 16));
  return full / 2 + (full / 2) * random();
}
