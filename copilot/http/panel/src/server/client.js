/** Calls the copilot's HTTP interface. */
import { readEvents } from "./events.js";
import { Problem } from "./problem.js";

const TIMEOUT_MS = 20_000;

export class Client {
  /**
   * @param base address of the copilot, with or without a path.
   * @param key sent as a bearer token; empty where none is asked for.
   */
  constructor(base, key = "") {
    this.base = new URL(base.endsWith("/") ? base : `${base}/`);
    this.key = key;
  }

  /** The response, once its head is there. @throws {Problem} when it isn't a success; AbortError when it was stopped. */
  async open(path, { method = "GET", query = {}, body, signal, accept = "application/json" } = {}) {
    const url = new URL(path, this.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
    }
    const headers = { Accept: accept };
    if (this.key) headers.Authorization = `Bearer ${this.key}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(url, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
        cache: "no-store",
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
    } catch (error) {
      if (error?.name === "AbortError") throw error;
      throw new Problem("offline");
    }
    if (!response.ok) throw await Problem.of(response);
    return response;
  }

  /** The JSON of a call; null where the answer has no body. */
  async json(path, options = {}) {
    return this.within(options.signal, async (signal) => {
      const response = await this.open(path, { ...options, signal });
      return response.status === 204 ? null : await response.json();
    });
  }

  /** The bytes of a call. */
  async blob(path, options = {}) {
    return this.within(options.signal, async (signal) => {
      const response = await this.open(path, { ...options, signal, accept: options.accept ?? "*/*" });
      return { blob: await response.blob(), headers: response.headers };
    });
  }

  /** Reads the events of one call to its end. */
  async events(path, options, onEvent) {
    const response = await this.open(path, { ...options, accept: "text/event-stream" });
    await readEvents(response, onEvent);
  }

  async within(outer, call) {
    const controller = new AbortController();
    const stop = () => controller.abort();
    outer?.addEventListener("abort", stop);
    if (outer?.aborted) stop();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, TIMEOUT_MS);
    try {
      return await call(controller.signal);
    } catch (error) {
      if (late) throw new Problem("offline");
      if (error instanceof TypeError) throw new Problem("offline");
      throw error;
    } finally {
      clearTimeout(timer);
      outer?.removeEventListener("abort", stop);
    }
  }
}
