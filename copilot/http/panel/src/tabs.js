/** The ways to the parts: arrow keys go from one to the next, as WAI-ARIA has it for tabs. */
import { fill, h, icon } from "./dom.js";

export class Tabs {
  constructor(panel) {
    this.panel = panel;
    this.names = Object.keys(panel.views);
    this.buttons = new Map();
    this.panels = [];
    for (const name of this.names) {
      const tab = h(
        "button",
        { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `view-${name}`, "data-view": name, onclick: () => panel.go(name) },
        icon(name),
        h("span", {}, panel.say(`view.${name}`)),
      );
      this.buttons.set(name, tab);
      this.panels.push(h("div", { class: "view", role: "tabpanel", id: `view-${name}`, "aria-labelledby": `tab-${name}`, hidden: true }, panel.views[name].node));
    }
    this.count = h("span", { class: "count", hidden: true });
    this.buttons.get("alarms").append(this.count);
    this.node = h("div", { class: "tabs", role: "tablist", "aria-label": panel.say("views"), onkeydown: (event) => this.pressed(event) }, [...this.buttons.values()]);
    panel.listen(panel.plant, ["alarms", "state"], () => this.render());
    this.render();
  }

  select(view) {
    for (const [name, tab] of this.buttons) {
      tab.setAttribute("aria-selected", String(name === view));
      tab.tabIndex = name === view ? 0 : -1;
    }
    for (const node of this.panels) node.hidden = node.id !== `view-${view}`;
  }

  pressed(event) {
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const shown = this.names.filter((name) => !this.buttons.get(name).hidden);
    const now = shown.indexOf(this.panel.view);
    const next = event.key === "Home" ? 0 : event.key === "End" ? shown.length - 1 : event.key in steps ? (now + steps[event.key] + shown.length) % shown.length : -1;
    if (next < 0) return;
    event.preventDefault();
    this.panel.go(shown[next]);
    this.buttons.get(shown[next]).focus();
  }

  render() {
    const { plant, say } = this.panel;
    const { length: n } = plant.standing;
    this.count.hidden = !n;
    fill(this.count, n > 0 && h("span", { "aria-hidden": "true" }, n), n > 0 && h("span", { class: "unseen" }, `, ${say("alarms.strip", { n })}`));
  }
}
