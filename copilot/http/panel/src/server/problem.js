/** What can go wrong between the panel and the copilot, by what the person can do about it. */

/** `kind` is one of the `problem.…` messages; `detail` and `remedy` are the server's own words, where it has some. */
export class Problem extends Error {
  constructor(kind, { status = 0, detail = "", remedy = "", waitS = 0 } = {}) {
    super(detail || kind);
    this.name = "Problem";
    this.kind = kind;
    this.status = status;
    this.detail = detail;
    this.remedy = remedy;
    this.waitS = waitS;
  }

  /** Of an answer that isn't a success; its body is `application/problem+json` (RFC 9457) where our server wrote it. */
  static async of(response) {
    let body = {};
    try {
      body = await response.json();
    } catch {
      // A proxy in between wrote it: the status is all that is known.
    }
    return Problem.from(body, response.status, Number(response.headers.get("Retry-After")) || 0);
  }

  /** Of the body of a problem. */
  static from(body, status = Number(body?.status) || 500, waitS = Number(body?.retry_after_s) || 0) {
    const text = (value) => (typeof value === "string" ? value : "");
    return new Problem(kindOf(status), {
      status,
      detail: text(body?.detail) || text(body?.title),
      remedy: text(body?.remedy),
      waitS,
    });
  }
}

function kindOf(status) {
  if (status === 401) return "key";
  if (status === 403) return "forbidden";
  if (status === 404 || status === 410) return "missing";
  if (status === 405 || status === 501) return "absent";
  if (status === 429) return "busy";
  if (status >= 400 && status < 500) return "wrong";
  return "server";
}
