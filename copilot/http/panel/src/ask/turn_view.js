/** Shows one question and its answer while it grows. */
import { button, fill, h, icon } from "../dom.js";
import { nameText, placeText } from "../evidence/place.js";
import { answerText } from "./answer_text.js";

export class TurnView {
  constructor(panel, turn) {
    this.panel = panel;
    this.turn = turn;
    this.question = h("h2", { class: "question" }, h("span", { class: "unseen" }, `${panel.say("turn.question")}: `), turn.question);
    this.state = h("p", { class: "state" });
    this.status = h("p", { class: "status", hidden: true });
    this.text = h("div", { class: "answer" });
    this.due = 0;
    this.after = h("div", { class: "after" });
    this.node = h("article", { class: "turn", id: turn.id, "aria-label": `${panel.say("turn.question")}: ${turn.question}` }, this.question, this.state, this.status, this.text, this.after);
    const { drawing } = panel;
    // Listened to for as long as there is the turn: a signal that outlives it would keep it for good.
    turn.addEventListener("change", () => drawing.signal.aborted || this.render());
    this.render();
  }

  render() {
    const { turn } = this;
    this.node.dataset.state = turn.state;
    this.text.setAttribute("aria-busy", String(turn.busy));
    this.renderState();
    if (turn.answer) this.renderAnswer();
    else this.grow();
    if (turn.problem) this.renderProblem();
    else if (turn.state === "cancelled") fill(this.after, h("div", { class: "row" }, this.again()));
  }

  renderState() {
    const { panel, turn } = this;
    const { say } = panel;
    this.state.hidden = ["done", "failed"].includes(turn.state);
    const key = { sending: "turn.sending", searching: "turn.searching", reading: "turn.reading", writing: "turn.writing", cancelled: "turn.cancelled" }[turn.state];
    const found = turn.passages && turn.state === "reading" && `${say("turn.found", { n: turn.passages.length })} `;
    const waiting = turn.state === "queued" && queueText(turn.queue, panel);
    const reason = turn.busy && turn.route?.reason && h("span", { class: "quiet", lang: "en" }, ` ${turn.route.reason}`);
    fill(this.state, turn.busy && h("span", { class: "working", "aria-hidden": "true" }), h("span", {}, found, waiting || say(key ?? "turn.reading"), reason));
  }

  /** What has come so far, set once for each picture that the screen draws, however fast the words come. */
  grow() {
    if (this.due || !this.turn.runs.length) return;
    this.due = requestAnimationFrame(() => {
      this.due = 0;
      if (!this.turn.answer) fill(this.text, answerText(this.panel, this.turn.text, this.turn.runs));
    });
  }

  renderAnswer() {
    const { panel, turn } = this;
    const { answer, citations } = turn;
    const open = (citation) => panel.openPassage(citation, citation.quote);
    fill(this.text, answerText(panel, answer.text, turn.runs, citations, open));
    const status = ["abstained", "queued", "escalated"].includes(answer.status) ? answer.status : "";
    this.status.hidden = !status;
    this.status.dataset.status = answer.status;
    fill(this.status, status && panel.say(`turn.status.${status}`));
    const nearest = answer.status === "abstained" ? (answer.evidence ?? []).slice(0, 3) : [];
    fill(
      this.after,
      answer.unverified?.length > 0 && h("p", { class: "warning" }, icon("alarms"), h("span", {}, panel.say("turn.unverified", { claims: answer.unverified.join(", ") }))),
      answer.notices?.map((notice) => h("p", { class: "notice", lang: "en" }, notice)),
      sourceList(panel, panel.say("turn.sources"), citations, open),
      sourceList(panel, panel.say("turn.nearest"), nearest, (passage) => panel.openPassage(passage)),
      this.foot(),
    );
  }

  foot() {
    const { panel, turn } = this;
    const { answer } = turn;
    if (turn.old) return null;
    const by = !answer.model ? "turn.by.quotes" : answer.route?.target === "cloud" ? "turn.by.elsewhere" : "turn.by";
    const took = answer.timings && panel.say("turn.took", { seconds: Math.round(answer.timings.total_ms / 100) / 10 });
    const why = answer.route?.reason;
    return h(
      "footer",
      {},
      h("p", { class: "quiet" }, [panel.say(by, { model: answer.model ?? "" }), took].filter(Boolean).join(" "), why && [". ", h("span", { lang: "en" }, why)]),
      this.rating(),
    );
  }

  rating() {
    const { panel, turn } = this;
    const said = h("p", { class: "quiet", role: "status" });
    const comment = h("div", { hidden: true });
    const send = async (rating, more) => {
      try {
        const body = { question: turn.question, answer: turn.answer.text, rating, ...(more && { comment: more }) };
        if (panel.asking.conversation) body.conversation = panel.asking.conversation;
        const { kept, notice } = await panel.client.json("v1/feedback", { method: "POST", body });
        turn.rating = rating;
        fill(said, kept ? panel.say("turn.rate.thanks") : h("span", { lang: "en" }, notice));
      } catch (error) {
        fill(said, panel.problemText(error));
      }
      for (const [one, node] of Object.entries(buttons)) node.setAttribute("aria-pressed", String(turn.rating === one));
    };
    const pressed = (rating) => String(turn.rating === rating);
    const buttons = {
      good: button(panel.say("turn.rate.good"), { symbol: "good", quiet: true, "aria-pressed": pressed("good") }, () => {
        comment.hidden = true;
        send("good");
      }),
      bad: button(panel.say("turn.rate.bad"), { symbol: "bad", quiet: true, "aria-pressed": pressed("bad") }, () => {
        if (comment.hidden) send("bad");
        comment.hidden = !comment.hidden;
        if (!comment.hidden) field.focus();
      }),
    };
    const field = h("textarea", { class: "field", rows: 2, "aria-label": panel.say("turn.comment"), placeholder: panel.say("turn.comment") });
    const submit = button(panel.say("turn.comment.send"), {}, () => {
      if (!field.value.trim()) return;
      comment.hidden = true;
      send("bad", field.value.trim());
    });
    fill(comment, field, h("div", { class: "row" }, submit));
    const note = button(panel.say("turn.note"), { symbol: "notes", quiet: true }, () => panel.writeNote(turn.question));
    return [h("div", { class: "row", role: "group", "aria-label": panel.say("turn.rate") }, buttons.good, buttons.bad, note), comment, said];
  }

  renderProblem() {
    const { panel, turn } = this;
    fill(this.after, panel.problemNode(turn.problem), h("div", { class: "row" }, this.again()));
  }

  again() {
    return button(this.panel.say("turn.again"), { symbol: "sync" }, () => this.panel.ask(this.turn.question));
  }
}

function queueText(queue, panel) {
  const ahead = Math.max(0, Math.round(queue?.position ?? 0));
  const first = ahead ? panel.say("turn.queue", { n: ahead }) : panel.say("turn.queue.next");
  const wait = queue?.expected_wait_s > 0 ? ` ${panel.say("turn.queue.wait", { wait: panel.speech.duration(queue.expected_wait_s) })}` : "";
  return first + wait;
}

function sourceList(panel, title, sources, open) {
  if (!sources.length) return null;
  const one = (source) =>
    h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "source", onclick: () => open(source), "aria-label": source.n ? panel.say("evidence.cite", { n: source.n, place: placeText(source, panel) }) : null },
        h("span", { class: "number" }, source.n ? String(source.n) : "·"),
        source.chunk_id < 0 && icon(source.collection === "signals" ? "signals" : "notes"),
        h("span", { class: "name" }, h("strong", {}, nameText(source, panel)[0]), h("span", {}, nameText(source, panel)[1])),
      ),
    );
  return h("section", {}, h("h3", {}, title), h("ul", { class: "sources" }, sources.map(one)));
}
