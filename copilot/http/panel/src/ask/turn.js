/** One question and its answer, from sending it to having it checked. */

let lastId = 0;

/** States: sending, queued, searching, reading, writing; then done, failed or cancelled for good. */
export class Turn extends EventTarget {
  constructor(question) {
    super();
    this.id = `turn-${++lastId}`;
    this.question = question;
    this.state = "sending";
    this.queue = null;
    this.passages = null;
    this.notices = [];
    this.route = null;
    this.runs = [];
    this.answer = null;
    this.problem = null;
    this.rating = null;
    this.rendered = null;
  }

  /** Of a conversation that was kept: its words alone. */
  static kept({ question, answer, status, citations = [] }) {
    const turn = new Turn(question);
    turn.answer = { status, text: answer, citations, evidence: [], unverified: [], notices: [], model: null, route: null };
    turn.state = "done";
    turn.old = true;
    return turn;
  }

  get busy() {
    return !["done", "failed", "cancelled"].includes(this.state);
  }

  get text() {
    return this.answer ? this.answer.text : this.runs.map((run) => run.text).join("");
  }

  /** The citations, each with the passage that it is from. */
  get citations() {
    const passages = this.answer?.evidence?.length ? this.answer.evidence : (this.passages ?? []);
    return (this.answer?.citations ?? []).map((citation) => {
      const same = passages.filter((one) => one.document === citation.document);
      const passage =
        passages.find((one) => one.chunk_id === citation.chunk_id) ??
        same.find((one) => one.text.includes(citation.quote)) ??
        same.find((one) => one.page === citation.page) ??
        same[0];
      const { chunk_id = citation.chunk_id, title = citation.title ?? citation.document } = passage ?? {};
      return { ...passage, ...citation, chunk_id, title };
    });
  }

  /** An event of the answer flow. */
  take(name, data) {
    if (!this.busy) return;
    if (name === "queue") {
      this.queue = data;
      this.state = "queued";
    } else if (name === "evidence") {
      this.passages = data.passages ?? [];
      this.notices = data.notices ?? [];
      this.state = "reading";
    } else if (name === "route") this.route = data;
    else if (name === "token") {
      const last = this.runs.at(-1);
      if (last && last.quoted === Boolean(data.quoted)) last.text += data.text;
      else this.runs.push({ text: data.text, quoted: Boolean(data.quoted) });
      this.state = "writing";
    } else if (name === "answer") {
      this.answer = data;
      this.route = data.route ?? this.route;
      this.passages = data.evidence ?? this.passages;
      this.state = "done";
    } else return;
    this.dispatchEvent(new CustomEvent("change", { detail: name }));
  }

  end(state, problem = null) {
    if (!this.busy) return;
    this.state = state;
    this.problem = problem;
    this.dispatchEvent(new CustomEvent("change", { detail: state }));
  }
}
