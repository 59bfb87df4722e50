/** Making elements. Whatever comes from a server, a document or a model goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes, listeners (`onclick: f`), properties (`.value: v`) and children; null and false are left
 * out, `true` is an empty attribute.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith(".")) element[name.slice(1)] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

/** The children of `element` are these from now on. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Paths of the icons, on a grid of 24, drawn as lines. */
const ICONS = {
  ask: "M4 5h16v11H9l-5 4z",
  signals: "M3 13h4l3-8 4 14 3-6h4",
  alarms: "M12 4 2.5 20h19zM12 10v4.5M12 17.2v.3",
  notes: "M5 3.5h9l5 5v12H5zM14 3.5v5h5M8.5 13h7M8.5 16.5h5",
  shift: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17M12 7.5V12l3.2 2.2",
  send: "M4 12h15M13 6l6 6-6 6",
  stop: "M7 7h10v10H7z",
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
  close: "M6 6l12 12M18 6L6 18",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.7v4.6M9 14.7v4.6",
  history: "M4 12a8 8 0 1 0 2.6-5.9M4 4v4h4M12 8v4.3l3 1.8",
  offline: "M3 3l18 18M8.2 12.6a5.5 5.5 0 0 1 2.6-1.4M5 9.3a10 10 0 0 1 3.2-2M12 17.5v.3M19 9.3A10 10 0 0 0 11 6.6M15.8 12.6l-.4-.3",
  sync: "M4.5 11a7.6 7.6 0 0 1 13.3-4L20 9M20 4.5V9h-4.5M19.5 13a7.6 7.6 0 0 1-13.3 4L4 15M4 19.5V15h4.5",
  good: "M7 11v9H4v-9zM7 11l4-7.5c1.5 0 2.3 1 2 2.5L12.4 9.5H19l-1.5 10.5H7",
  bad: "M17 13V4h3v9zM17 13l-4 7.5c-1.5 0-2.3-1-2-2.5l.6-3.5H5L6.5 4H17",
  zoomIn: "M12 6v12M6 12h12",
  zoomOut: "M6 12h12",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  level: "M5 12h14M13 6l6 6-6 6",
  done: "M5 12.5l4.5 4.5L19 7.5",
  plus: "M12 5v14M5 12h14",
  remove: "M5 7h14M10 4h4M7 7l1 13h8l1-13M10.5 11v5.5M13.5 11v5.5",
  save: "M12 4v11M7 10.5l5 4.5 5-4.5M5 19.5h14",
  page: "M6 3.5h8l4 4v13H6zM14 3.5v4h4",
};

/** One of the icons; it says nothing to a screen reader. */
export function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", width: 24, height: 24, class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }),
  );
}

/** A button with an icon; its words are shown, or only spoken. */
export function button(label, { symbol = null, quiet = false, spoken = false, ...attributes } = {}, onclick = null) {
  return h(
    "button",
    {
      type: "button",
      class: `button${quiet ? " quiet" : ""}${spoken ? " square" : ""}`,
      "aria-label": spoken ? label : null,
      title: spoken ? label : null,
      onclick,
      ...attributes,
    },
    symbol && icon(symbol),
    !spoken && h("span", {}, label),
  );
}
