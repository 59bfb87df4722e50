/** Finds a quote in a text and shows a document's text with it marked. */
import { h } from "../dom.js";

/**
 * Where `quote` stands in `text`, as [start, end]; null where it doesn't. Kinds and amounts of white space don't count,
 * because a section's text and a passage's may be wrapped differently.
 */
export function findQuote(text, quote) {
  const wanted = quote?.trim();
  if (!wanted) return null;
  const exact = text.indexOf(wanted);
  if (exact >= 0) return [exact, exact + wanted.length];
  const pattern = wanted.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const match = new RegExp(pattern.join("\\s+")).exec(text);
  return match ? [match.index, match.index + match[0].length] : null;
}

/** The part of `text` from `start` to `end`, with what lies in `mark` marked. */
function marked(text, start, end, mark) {
  if (!mark || mark[1] <= start || mark[0] >= end) return [text.slice(start, end)];
  const from = Math.max(start, mark[0]);
  const to = Math.min(end, mark[1]);
  return [text.slice(start, from), h("mark", {}, text.slice(from, to)), text.slice(to, end)].filter((one) => one !== "");
}

const ROW = / \| |^\s*\|.*\|\s*$/;
const RULE = /^[\s|:-]*-{3,}[\s|:-]*$/;
const STEP = /^\s*(?:\d{1,2}[.)]|[a-z]\)|[-*•])\s+\S/;

/** Lines of `text` with where each begins. */
function linesOf(text) {
  let start = 0;
  return text.split("\n").map((line) => {
    const one = { line, start };
    start += line.length + 1;
    return one;
  });
}

/** A document's text as elements: paragraphs, steps, and rows of cells as tables. */
export function documentText(text, quote = "") {
  const mark = findQuote(text, quote);
  const blocks = [];
  let rows = [];
  const endTable = () => {
    if (rows.length) blocks.push(tableOf(text, rows, mark));
    rows = [];
  };
  for (const { line, start } of linesOf(text)) {
    if (ROW.test(line)) {
      if (!RULE.test(line)) rows.push(cellsOf(line, start));
      continue;
    }
    endTable();
    if (!line.trim()) continue;
    blocks.push(h("p", { class: STEP.test(line) ? "step" : null }, marked(text, start, start + line.length, mark)));
  }
  endTable();
  return blocks;
}

/** Start and end of each cell of a row. */
function cellsOf(line, start) {
  const cells = [];
  const inner = line.replace(/^(\s*)\|/, "$1 ").replace(/\|(\s*)$/, " $1");
  let at = 0;
  for (const cell of inner.split("|")) {
    const text = cell.trim();
    const from = start + at + (text ? cell.indexOf(text) : 0);
    cells.push([from, from + text.length]);
    at += cell.length + 1;
  }
  return cells;
}

function tableOf(text, rows, mark) {
  const cells = (row, tag, attributes) => row.map(([start, end]) => h(tag, attributes, marked(text, start, end, mark)));
  const [head, ...body] = rows.length > 1 ? rows : [null, rows[0]];
  const hit = (row) => mark && row.at(-1)[1] > mark[0] && row[0][0] < mark[1];
  return h(
    "div",
    { class: "table" },
    h(
      "table",
      {},
      head && h("thead", {}, h("tr", {}, cells(head, "th", { scope: "col" }))),
      h("tbody", {}, body.map((row) => h("tr", { class: hit(row) ? "hit" : null }, cells(row, "td", {})))),
    ),
  );
}
