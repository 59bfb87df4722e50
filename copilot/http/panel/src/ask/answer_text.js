/** The text of an answer: its lines, the document's own words set off, citation marks as buttons. */
import { h } from "../dom.js";
import { placeText } from "../evidence/place.js";
import { cellsOf, isRow, isRule, recordsOf } from "../evidence/rows.js";

const CITATION_MARK = /\s?\[(\d{1,3})\]|\s?\[unverified\]/g;
const QUOTE_SIGN = /^(?:>\s?)?/;
const STEP_OF_ANSWER = /^\s*(?:\d{1,2}[.)]|[-*•])\s/;

/**
 * @param text with marks such as `[1]`.
 * @param runs the pieces in which it came, each with `quoted`; they tell which words are the document's own.
 * @param citations with `n` and what to open; a mark without a citation stays what it is, text.
 */
export function answerText(panel, text, runs = [], citations = [], open = () => {}) {
  const quoted = quotedRanges(text, runs);
  const byNumber = new Map(citations.map((citation) => [citation.n, citation]));
  const cite = (mark) => citeButton(panel, mark, byNumber, open);
  const lines = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const [prefix] = QUOTE_SIGN.exec(line);
    const from = start + prefix.length;
    const end = start + line.length;
    const all = prefix !== "" || isQuoted(text, from, end, quoted);
    if (text.slice(from, end).trim()) lines.push({ line: text.slice(from, end), from, end, all });
    start = end + 1;
  }
  return grouped(lines, ({ from, end, all }) => pieces(text, from, end, all ? [] : quoted, cite));
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

/** Lines of the document's own words, one after the other, are one quotation; rows in it are pairs or a table. */
function grouped(lines, show) {
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    let next = at + 1;
    while (next < lines.length && lines[next].all === lines[at].all) next += 1;
    const inner = linesAndRows(lines.slice(at, next), show);
    nodes.push(...(lines[at].all ? [h("blockquote", {}, inner)] : inner));
    at = next;
  }
  return nodes;
}

function linesAndRows(lines, show) {
  const nodes = [];
  let rows = [];
  const endRows = () => {
    if (rows.length > 1) nodes.push(recordsOf(rows.map((one) => cellsOf(one.line, one.from)), (from, end) => show({ from, end, all: true })));
    else nodes.push(...rows.map((one) => h("p", {}, show(one))));
    rows = [];
  };
  for (const one of lines) {
    if (one.all && isRow(one.line)) {
      if (!isRule(one.line)) rows.push(one);
      continue;
    }
    endRows();
    nodes.push(h("p", { class: STEP_OF_ANSWER.test(one.line) ? "step" : null }, show(one)));
  }
  endRows();
  return nodes.flat();
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
