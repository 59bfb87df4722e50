/** The line on top of everything while an alarm stands. */
import { button, fill, h, icon } from "../dom.js";
import { alarmTitle } from "./alarms.js";

export class AlarmStrip {
  constructor(panel) {
    this.panel = panel;
    this.node = h("div", { class: "strip", role: "region", "aria-label": panel.say("view.alarms"), hidden: true });
    panel.listen(panel.plant, ["alarms", "advice"], () => this.render());
    this.render();
  }

  render() {
    const { panel } = this;
    const [first, ...others] = panel.plant.standing;
    for (const alarm of panel.plant.unannounced()) {
      panel.announce(panel.say("alarms.new", { text: alarmTitle(alarm) }), true);
      panel.emit("alarm", { alarm });
    }
    this.node.hidden = !first;
    const drawn = first ? JSON.stringify([first, others.length]) : "";
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    if (!first) return;
    this.node.dataset.severity = first.severity;
    fill(
      this.node,
      icon("alarms"),
      h("p", {}, h("strong", {}, alarmTitle(first)), h("span", {}, ` ${panel.say("alarms.since", { time: panel.speech.time(first.began) })}`), others.length > 0 && h("span", {}, ` ${panel.say("alarms.others", { n: others.length })}`)),
      button(panel.say("alarms.advice"), {}, () => {
        panel.go("alarms");
        panel.views.alarms.open(first.id);
      }),
    );
  }
}
