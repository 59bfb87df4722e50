/**
 * The page at `/`: the panel over the whole window, as its address asks for it.
 *
 *   /?machine=TX-200&view=alarms&lang=de&ask=What+does+F0012+mean#key=…
 *
 * In a frame, the page around it talks with it through messages, of which the first one names whom answers go to:
 *
 *   frame.contentWindow.postMessage({ type: "edge-copilot-ask", question: "…" }, "https://copilot.plant:8420")
 */

const ATTRIBUTES = ["machine", "collections", "heading", "questions", "theme", "contrast", "view", "lang"];
const EVENTS = ["evidence", "answer", "cancel", "error", "alarm", "state"];

const { EdgeCopilot } = await import("./edge-copilot.js");
const wanted = new URLSearchParams(location.search);
const panel = document.createElement("edge-copilot");
for (const name of ATTRIBUTES) if (wanted.has(name)) panel.setAttribute(name, wanted.get(name));
if (!panel.hasAttribute("lang")) {
  const known = navigator.languages.map((tag) => tag.split("-")[0]).find((tag) => tag in EdgeCopilot.languages);
  panel.setAttribute("lang", known ?? "en");
}
document.documentElement.lang = panel.getAttribute("lang");

// The part after # is never sent to a server; it is taken out of the address all the same, for whoever looks at it.
const hidden = new URLSearchParams(location.hash.slice(1));
if (hidden.has("key")) {
  panel.key = hidden.get("key");
  history.replaceState(null, "", location.pathname + location.search);
}

const main = document.createElement("main");
main.append(panel);
document.body.append(main);
if (wanted.get("ask")) {
  panel.ask(wanted.get("ask"));
  // A reload must not ask it again.
  wanted.delete("ask");
  history.replaceState(null, "", `${location.pathname}${wanted.size ? `?${wanted}` : ""}`);
}

// Who may be around this page is in its policy (frame-ancestors). Nobody else is answered, and nobody unasked.
let listener = null;
addEventListener("message", (event) => {
  if (window.parent === window || event.source !== window.parent || typeof event.data !== "object") return;
  const { type, question, view, chunk_id: chunkId, quote } = event.data ?? {};
  if (!String(type).startsWith("edge-copilot-")) return;
  listener = event.origin === "null" ? "*" : event.origin;
  if (type === "edge-copilot-ask") panel.ask(question);
  else if (type === "edge-copilot-cancel") panel.cancel();
  else if (type === "edge-copilot-show") panel.show(view);
  else if (type === "edge-copilot-open" && Number.isInteger(chunkId)) panel.open(chunkId, String(quote ?? ""));
});
for (const name of EVENTS) {
  panel.addEventListener(`edge-copilot-${name}`, (event) => {
    if (listener) window.parent.postMessage({ type: event.type, detail: event.detail }, listener);
  });
}
