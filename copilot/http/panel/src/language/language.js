/** What the panel says, in the language of whoever reads it; numbers and times as that language writes them. */
import { DE } from "./de.js";
import { EN } from "./en.js";

/** By language tag. A further language is a further entry, also from outside: `EdgeCopilot.languages.fr = {…}`. */
export const LANGUAGES = { en: EN, de: DE };

/** The first of the wanted tags that there is, else English. */
export function chosenLanguage(wanted) {
  for (const tag of wanted) {
    const found = [tag, String(tag).split("-")[0]].find((one) => Object.hasOwn(LANGUAGES, one));
    if (found) return found;
  }
  return "en";
}

const SECONDS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** Speaks one language. */
export class Speech {
  constructor(tag, now = () => Date.now()) {
    this.tag = tag;
    this.now = now;
    this.plural = new Intl.PluralRules(tag);
    this.ages = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
    this.clock = new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = new Intl.DateTimeFormat(tag, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.numbers = new Map();
  }

  /** The words of `key`; `{name}` in them is filled from `values`, and `n` decides between one and more. */
  say(key, values = {}) {
    let text = (LANGUAGES[this.tag] ?? EN)[key] ?? EN[key] ?? key;
    if (typeof text === "object") text = text[this.plural.select(values.n)] ?? text.other;
    return text.replace(/\{(\w+)\}/g, (all, name) => {
      const value = values[name];
      return value === undefined ? all : typeof value === "number" ? this.number(value) : String(value);
    });
  }

  /** At most `digits` significant digits: a value of a sensor isn't known better. */
  number(value, digits = 5) {
    if (!this.numbers.has(digits)) {
      this.numbers.set(digits, new Intl.NumberFormat(this.tag, { maximumSignificantDigits: digits, useGrouping: "min2" }));
    }
    return this.numbers.get(digits).format(value);
  }

  /** "3 days ago", of a time as ISO text or in milliseconds. */
  ago(time) {
    const seconds = (new Date(time).getTime() - this.now()) / 1000;
    if (Number.isNaN(seconds)) return "";
    if (Math.abs(seconds) < 5) return this.ages.format(0, "second");
    const [unit, size] = SECONDS.find(([, one]) => Math.abs(seconds) >= one) ?? ["second", 1];
    return this.ages.format(Math.round(seconds / size), unit);
  }

  /** "12 s", "3 min". */
  duration(seconds) {
    const [unit, value] = seconds < 90 ? ["second", Math.max(1, Math.ceil(seconds))] : ["minute", Math.round(seconds / 60)];
    return new Intl.NumberFormat(this.tag, { style: "unit", unit, unitDisplay: "short" }).format(value);
  }

  /** The time of day; with the day where it isn't today. */
  time(time) {
    const when = new Date(time);
    if (Number.isNaN(when.getTime())) return "";
    const today = when.toDateString() === new Date(this.now()).toDateString();
    return (today ? this.clock : this.day).format(when);
  }
}
