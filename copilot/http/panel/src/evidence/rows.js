/** Tables, as the index writes them: a line is a row, ` | ` stands between its cells. */
import { h } from "../dom.js";

const ROW_LINE = / \| |^\s*\|.*\|\s*$/;
const RULE_LINE = /^[\s|:-]*-{3,}[\s|:-]*$/;
const FEW_ROWS = 2;

/** Whether a line is a row of a table. */
export function isRow(line) {
  return ROW_LINE.test(line);
}

/** Whether a row is only the line under a head, as Markdown draws it. */
export function isRule(line) {
  return RULE_LINE.test(line);
}

/** Start and end of each cell of a row, which begins at `start` of the whole text. */
export function cellsOf(line, start) {
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

/**
 * The rows as a table, the first one as its head.
 * @param show makes the content of a cell from its start and end.
 * @param isHit tells which rows are pointed out.
 */
export function tableOf(rows, show, isHit = () => false) {
  const cells = (row, tag, attributes) => row.map(([start, end]) => h(tag, attributes, show(start, end)));
  const [head, ...body] = rows.length > 1 ? rows : [null, rows[0]];
  return h(
    "div",
    { class: "table", tabindex: "0" }, // too wide a one is scrolled, also with the keyboard
    h(
      "table",
      {},
      head && h("thead", {}, h("tr", {}, cells(head, "th", { scope: "col" }))),
      h("tbody", {}, body.map((row) => h("tr", { class: isHit(row) ? "hit" : null }, cells(row, "td", {})))),
    ),
  );
}

/** A head with a row or two reads better as pairs, one under the other; more rows are a table. */
export function recordsOf(rows, show) {
  const [head, ...body] = rows;
  const whole = body.every((row) => row.length === head.length);
  if (!body.length || body.length > FEW_ROWS || !whole) return tableOf(rows, show);
  return body.map((row) => h("dl", {}, row.map((cell, i) => [h("dt", {}, show(...head[i])), h("dd", {}, show(...cell))])));
}
