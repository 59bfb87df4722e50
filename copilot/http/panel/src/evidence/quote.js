/** Finds a quote in a text and shows a document's text with it marked. */
import { h } from "../dom.js";
import { cellsOf, isRow, isRule, tableOf } from "./rows.js";

const STEP = /^\s*(?:\d{1,2}[.)]|[a-z]\)|[-*•])\s+\S/;

/**
 * Where `quote` stands in `text`, as pairs of start and end; empty where it doesn't. Kinds and amounts of white space
 * don't count, because a section's text and a passage's may be wrapped differently; and a quote that isn't there as a
 * whole, such as a row of a table with its head, is looked for line by line.
 */
export function findQuote(text, quote) {
  const whole = findWords(text, quote ?? "");
  if (whole) return [whole];
  const lines = (quote ?? "").split("\n").map((line) => line.replace(/^>\s?/, "").trim());
  return lines.filter((line) => line.length > 2).map((line) => findWords(text, line)).filter(Boolean);
}

function findWords(text, quote) {
  const wanted = quote.trim();
  if (!wanted) return null;
  const exact = text.indexOf(wanted);
  if (exact >= 0) return [exact, exact + wanted.length];
  const pattern = wanted.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const match = new RegExp(pattern.join("\\s+")).exec(text);
  return match ? [match.index, match.index + match[0].length] : null;
}

/** The part of `text` from `start` to `end`, with what lies in one of `marks` marked. */
function marked(text, start, end, marks) {
  const parts = [];
  let at = start;
  for (const [from, to] of [...marks].sort(([a], [b]) => a - b)) {
    if (to <= at || from >= end) continue;
    const begin = Math.max(at, from);
    const stop = Math.min(end, to);
    parts.push(text.slice(at, begin), h("mark", {}, text.slice(begin, stop)));
    at = stop;
  }
  parts.push(text.slice(at, end));
  return parts.filter((part) => part !== "");
}

/** A document's text as elements: paragraphs, steps, and rows of cells as tables. */
export function documentText(text, quote = "") {
  const marks = findQuote(text, quote);
  const blocks = [];
  let rows = [];
  const isHit = (row) => marks.some(([from, to]) => row.at(-1)[1] > from && row[0][0] < to);
  const endTable = () => {
    if (rows.length) blocks.push(tableOf(rows, (start, end) => marked(text, start, end, marks), isHit));
    rows = [];
  };
  let start = 0;
  for (const line of text.split("\n")) {
    if (isRow(line)) {
      if (!isRule(line)) rows.push(cellsOf(line, start));
    } else {
      endTable();
      if (line.trim()) blocks.push(h("p", { class: STEP.test(line) ? "step" : null }, marked(text, start, start + line.length, marks)));
    }
    start += line.length + 1;
  }
  endTable();
  return blocks;
}
