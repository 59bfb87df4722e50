/** The line at the top: what it is, how it is, and the ways to what is seldom needed. */
import { button, fill, h, icon } from "./dom.js";

const OLD_S = 14 * 86_400; // as `edge-copilot doctor` has it

export class Top {
  constructor(panel) {
    this.panel = panel;
    const { say } = panel;
    this.title = h("h1", {});
    this.badges = h("ul", { class: "badges" });
    this.talks = button(say("talks.title"), { symbol: "history", spoken: true, quiet: true }, () => panel.talks.show());
    this.settings = button(say("settings.title"), { symbol: "settings", spoken: true, quiet: true }, () => panel.settings.show());
    this.node = h("header", { class: "top" }, this.title, this.badges, this.talks, this.settings);
    panel.listen(panel.health, ["change"], () => this.render());
    this.render();
  }

  render() {
    const { panel } = this;
    fill(this.title, panel.options.heading || panel.say("title"), panel.machine && h("span", {}, panel.machine));
    const badges = this.badgesOf();
    const drawn = JSON.stringify(badges.map(({ kind, text, more }) => [kind, text, more]));
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    fill(this.badges, badges.map(({ kind, symbol, text, more }) => h("li", { class: "badge", "data-kind": kind, title: more }, icon(symbol), h("span", { class: "words" }, text), more && h("span", { class: "unseen" }, `. ${more}`))));
  }

  badgesOf() {
    const { health, say, speech } = this.panel;
    if (health.state === "lost") return [{ kind: "lost", symbol: "offline", text: say("status.lost"), more: say("status.lost.more") }];
    const { status } = health;
    if (!status || health.state !== "here") return [];
    const badges = [];
    if (status.offline) badges.push({ kind: "offline", symbol: "offline", text: say("status.offline"), more: say("status.offline.more") });
    if (status.sync?.enrolled) {
      const { last_success_at: at, age_s: age } = status.sync;
      const old = !at || age > OLD_S;
      const text = at ? say("status.synced", { ago: speech.ago(at) }) : say("status.synced.never");
      badges.push({ kind: old ? "old" : "synced", symbol: "sync", text, more: old && at ? say("status.synced.old", { ago: speech.ago(at) }) : "" });
    }
    return badges;
  }
}

/** The line that says that nobody answers, with when it is tried again. */
export class LostLine {
  constructor(panel) {
    this.panel = panel;
    const { say } = panel;
    this.when = h("span", { class: "quiet" });
    this.node = h("div", { class: "lost", hidden: true }, icon("offline"), h("p", {}, h("strong", {}, say("status.lost")), " ", say("status.lost.more"), " ", this.when), button(say("status.lost.button"), {}, () => panel.hurry()));
    panel.listen(panel.health, ["change"], () => this.render());
    this.render();
  }

  render() {
    const { health } = this.panel;
    this.node.hidden = health.state !== "lost";
    clearInterval(this.ticking);
    if (this.node.hidden) return;
    this.tick();
    this.ticking = setInterval(() => this.tick(), 1000);
  }

  tick() {
    const { health, say } = this.panel;
    const seconds = Math.ceil((health.nextAt - Date.now()) / 1000);
    fill(this.when, seconds > 0 ? say("status.lost.next", { seconds }) : say("status.lost.now"));
  }
}
