/** The text of an answer: its lines, the document's own words set off, citation marks as buttons. */
import { h } from "../dom.js";
import { placeText } from "../evidence/place.js";

const CITATION_MARK = /\s?\[(\d{1,3})\]|\s?\[unverified\]/g;
const STEP_OF_ANSWER = /^\s*(?:\d{1,2}[.)]|[-*•])\s/;

/**
 * @param text with marks such as `[1]`.
 * @param runs the pieces in which it came, each with `quoted`; they tell which words are the document's own.
 * @param citations with `n` and what to open; a mark without a citation stays what it is, text.
 */
export function answerText(panel, text, runs = [], citations = [], open = () => {}) {
  const quoted = quotedRanges(text, runs);
  const byNumber = new Map(citations.map((citation) => [citation.n, citation]));
  const blocks = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    if (line.trim()) {
      const all = isQuoted(text, start, end, quoted);
      const parts = pieces(text, start, end, all ? [] : quoted, (mark) => citeButton(panel, mark, byNumber, open));
      blocks.push({ all, node: h("p", { class: STEP_OF_ANSWER.test(line) ? "step" : null }, parts) });
    }
    start = end + 1;
  }
  return grouped(blocks);
}

/** Whether everything between `start` and `end` but marks and white space is the document's. */
function isQuoted(text, start, end, ranges) {
  const words = text.slice(start, end).replace(CITATION_MARK, (mark) => "\u0000".repeat(mark.length));
  let any = false;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "\u0000" || /\s/.test(words[i])) continue;
    if (!ranges.some(([from, to]) => from <= start + i && start + i < to)) return false;
    any = true;
  }
  return any;
}

/** Lines of the document's own words, one after the other, are one quotation. */
function grouped(blocks) {
  const nodes = [];
  for (const { all, node } of blocks) {
    if (!all) nodes.push(node);
    else if (nodes.at(-1)?.tagName === "BLOCKQUOTE") nodes.at(-1).append(node);
    else nodes.push(h("blockquote", {}, node));
  }
  return nodes;
}

function quotedRanges(text, runs) {
  const ranges = [];
  let at = 0;
  for (const { text: piece, quoted } of runs) {
    const words = piece.trim();
    // The checked text may differ from what came (marks of what couldn't be verified): each piece is looked for.
    const found = words ? text.indexOf(words, at) : -1;
    if (found < 0) continue;
    at = found + words.length;
    if (quoted) ranges.push([found, at]);
  }
  return ranges;
}

function pieces(text, start, end, quoted, markOf) {
  const parts = [];
  const plain = (from, to) => {
    for (let at = from; at < to; ) {
      const inside = quoted.find(([a, b]) => a <= at && at < b);
      const next = Math.min(to, inside ? inside[1] : Math.min(...quoted.map(([a]) => (a > at ? a : to)), to));
      parts.push(inside ? h("q", {}, text.slice(at, next)) : text.slice(at, next));
      at = next;
    }
  };
  let at = start;
  for (const match of text.slice(start, end).matchAll(CITATION_MARK)) {
    const from = start + match.index;
    const made = markOf(match);
    if (!made) continue;
    plain(at, from);
    parts.push(made);
    at = from + match[0].length;
  }
  plain(at, end);
  return parts;
}

function citeButton(panel, match, byNumber, open) {
  if (match[1] === undefined) return h("span", { class: "unverified" }, panel.say("turn.unverified.mark"));
  const citation = byNumber.get(Number(match[1]));
  if (!citation) return null;
  const label = panel.say("evidence.cite", { n: citation.n, place: placeText(citation, panel) });
  return h("button", { type: "button", class: "cite", "aria-label": label, onclick: () => open(citation) }, String(citation.n));
}
