/** A small curve of a signal's last minutes. */
import { svg } from "../dom.js";

const WIDTH = 120;
const HEIGHT = 32;
const MARGIN = 3;

/**
 * A curve through the points, with the limits as lines where they are in sight.
 * @param points with `at` in milliseconds and `value`, oldest first.
 * @param label what it shows, in words.
 */
export function sparkline(points, { low = null, high = null } = {}, label = "") {
  const values = points.map((point) => point.value);
  const least = Math.min(...values);
  const most = Math.max(...values);
  // A flat line belongs in the middle, and noise in the last digit must not look like a storm.
  const span = Math.max(most - least, Math.abs(most) * 0.01, 1e-9);
  const middle = (least + most) / 2;
  const begin = points[0].at;
  const time = Math.max(points.at(-1).at - begin, 1);
  const x = (at) => MARGIN + ((at - begin) / time) * (WIDTH - 2 * MARGIN);
  const y = (value) => HEIGHT / 2 - ((value - middle) / span) * (HEIGHT - 2 * MARGIN);
  const limits = [low, high]
    .filter((limit) => limit !== null && y(limit) > 0 && y(limit) < HEIGHT)
    .map((limit) => svg("path", { class: "limit", d: `M0 ${y(limit).toFixed(1)}H${WIDTH}` }));
  const last = points.at(-1);
  return svg(
    "svg",
    { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    ...limits,
    svg("path", { d: points.map((point, i) => `${i ? "L" : "M"}${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}`).join("") }),
    // A line of no length with round ends: a circle would be drawn as wide as the card.
    svg("path", { class: "last", d: `M${x(last.at).toFixed(1)} ${y(last.value).toFixed(1)}h0` }),
  );
}
