// Edge Copilot, <edge-copilot>. Apache-2.0. Joined from src/ by scripts/join_panel.py.

const SVG = "http://www.w3.org/2000/svg";
function h(tag, attributes = {}, ...children) {
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
function fill(element, ...children) {
element.replaceChildren(...nodes(children));
return element;
}
function nodes(children) {
return children
.flat(Infinity)
.filter((child) => child !== null && child !== undefined && child !== false)
.map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}
function svg(tag, attributes = {}, ...children) {
const element = document.createElementNS(SVG, tag);
for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
element.append(...children);
return element;
}
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
function icon(name) {
return svg(
"svg",
{ viewBox: "0 0 24 24", width: 24, height: 24, class: "icon", "aria-hidden": "true", focusable: "false" },
svg("path", { d: ICONS[name] }),
);
}
function button(label, { symbol = null, quiet = false, spoken = false, ...attributes } = {}, onclick = null) {
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
const KEY_STORE = "edge-copilot-key";
function keptKey(api) {
try {
return localStorage.getItem(`${KEY_STORE} ${new URL(api).origin}`) ?? "";
} catch {
return "";
}
}
class KeyForm {
constructor(panel) {
this.panel = panel;
this.shown = false;
}
show() {
if (this.shown) return;
this.shown = true;
const { say } = this.panel;
this.field = h("input", { class: "field", type: "password", autocomplete: "off", spellcheck: "false", "aria-label": say("key.label"), placeholder: say("key.label") });
this.keep = h("input", { type: "checkbox" });
this.said = h("p", { class: "warning", role: "alert", hidden: !this.panel.client.key }, say("key.wrong"));
this.use = button(say("key.use"), { class: "button primary", type: "submit" });
const form = h("form", { class: "key", onsubmit: (event) => (event.preventDefault(), this.submit()) }, h("h2", {}, say("key.title")), h("p", { class: "quiet" }, say("key.more")), this.said, this.field, h("label", { class: "check" }, this.keep, h("span", {}, say("key.keep"))), this.use);
this.node = h("div", { class: "scroll" }, form);
this.panel.main.hidden = true;
this.panel.main.after(this.node);
this.field.focus();
}
async submit() {
const { panel } = this;
const key = this.field.value.trim();
if (!key) return this.field.focus();
this.use.disabled = true;
panel.client.key = key;
try {
await panel.client.json("v1/status");
} catch (error) {
this.use.disabled = false;
this.said.hidden = false;
fill(this.said, error.kind === "key" ? panel.say("key.wrong") : panel.problemText(error));
this.field.select();
return;
}
if (this.keep.checked) this.store(key);
this.done();
panel.health.look();
panel.plant.stop();
panel.plant.start();
panel.views.ask.focus();
}
store(key) {
try {
localStorage.setItem(`${KEY_STORE} ${this.panel.client.base.origin}`, key);
} catch {
}
}
done() {
if (!this.shown) return;
this.shown = false;
this.node.remove();
this.panel.main.hidden = false;
}
}
const DE = {
name: "Deutsch",
title: "Copilot",
skip: "Zur Frage springen",
views: "Bereiche des Copiloten",
"view.ask": "Fragen",
"view.signals": "Signale",
"view.alarms": "Alarme",
"view.notes": "Notizen",
"view.shift": "Schicht",
close: "Schließen",
cancel: "Abbrechen",
again: "Noch einmal versuchen",
more: "Mehr zeigen",
loading: "Wird geladen…",
"ask.label": "Frage",
"ask.hint": "Frage stellen",
"ask.send": "Fragen",
"ask.cancel": "Antwort abbrechen",
"ask.empty": "Fragen Sie zur Maschine.",
"ask.empty.more":
"Die Textstellen aus Ihren Unterlagen erscheinen sofort, die Antwort folgt. Jede Aussage führt zu der Seite, auf der sie steht.",
"ask.suggestions": "Fragen, die jetzt passen",
"ask.about": "Was bedeutet {code} und was ist zu tun?",
"ask.new": "Neues Gespräch",
"turn.question": "Frage",
"turn.answer": "Antwort",
"turn.sending": "Die Frage wird gesendet…",
"turn.queue.next": "Sie sind als Nächstes dran.",
"turn.queue": { one: "{n} Frage ist vor Ihrer.", other: "{n} Fragen sind vor Ihrer." },
"turn.queue.wait": "Noch etwa {wait}.",
"turn.searching": "Die Unterlagen werden durchsucht…",
"turn.reading": "Die Textstellen werden gelesen…",
"turn.writing": "Die Antwort wird geschrieben…",
"turn.cancelled": "Abgebrochen. Die Textstellen bleiben.",
"turn.again": "Noch einmal fragen",
"turn.found": { one: "{n} Textstelle gefunden.", other: "{n} Textstellen gefunden." },
"turn.found.none": "Keine Textstelle gefunden.",
"turn.sources": "Steht in",
"turn.nearest": "Nächste Textstellen",
"turn.unverified": "Steht nicht in der genannten Textstelle: {claims}. Vor dem Handeln prüfen.",
"turn.unverified.mark": "ungeprüft",
"turn.by": "Geschrieben von {model} auf diesem Gerät",
"turn.by.elsewhere": "Geschrieben von {model}, nicht auf diesem Gerät",
"turn.by.quotes": "Zitiert aus den Unterlagen",
"turn.took": "in {seconds} s",
"turn.status.abstained": "Steht nicht in den Unterlagen",
"turn.status.queued": "Vorläufig: wartet auf ein Netz",
"turn.status.escalated": "Von einem größeren Modell",
"turn.rate": "War das richtig?",
"turn.rate.good": "Richtig",
"turn.rate.bad": "Falsch",
"turn.rate.thanks": "Vermerkt. Danke.",
"turn.comment": "Was ist falsch, oder was wäre richtig?",
"turn.comment.send": "Senden",
"turn.note": "Notiz schreiben",
"turn.announce": "Antwort: {text}",
"evidence.title": "Textstellen",
"evidence.empty": "Hier erscheinen die Textstellen aus Ihren Unterlagen.",
"evidence.strip": "Gefundene Textstellen",
"evidence.back": "Zurück zur Antwort",
"evidence.before": "Stelle davor",
"evidence.after": "Stelle danach",
"evidence.page": "Seite {page}",
"evidence.revision": "Ausgabe {revision}",
"evidence.synced": "abgeglichen {ago}",
"evidence.cited": "Zitiert als {n}",
"evidence.cite": "Beleg {n}: {place}",
"evidence.opened": "Textstelle geöffnet: {place}",
"evidence.as.page": "Seite",
"evidence.as.text": "Text",
"evidence.show": "Zeigen als",
"evidence.image": "Seite {page} von {title}, die Textstelle ist hervorgehoben. Zum Vorlesen „Text“ wählen.",
"evidence.bigger": "Größer",
"evidence.smaller": "Kleiner",
"evidence.noimage": "Die Seite lässt sich nicht zeichnen; hier ist ihr Text.",
"evidence.region": "Text der Stelle",
"evidence.quote": "In der Antwort zitiert",
"signals.empty": "Für diese Maschine sind keine Signale eingerichtet.",
"signals.empty.more": "Wer den Copiloten betreut, nennt sie in signals.toml.",
"signals.find": "Signal suchen",
"signals.none": "Kein Signal heißt so.",
"signals.stale": "Nicht aktuell",
"signals.last": "zuletzt {value}, {ago}",
"signals.never": "noch kein Wert",
"signals.bad": "Schlechte Qualität",
"signals.uncertain": "Unsicher",
"signals.rising": "steigend",
"signals.falling": "fallend",
"signals.steady": "gleichbleibend",
"signals.rate": "{rate} je {per}",
"signals.low": "Unter dem Grenzwert von {limit}",
"signals.high": "Über dem Grenzwert von {limit}",
"signals.odd": "Ungewöhnlich",
"signals.range": "von {low} bis {high}",
"signals.history": "Die letzten Minuten: zwischen {low} und {high}",
"signals.lost": "Es kommen keine Werte mehr. Was hier steht, ist nicht aktuell.",
"signals.silent": "{source} liefert keine Werte.",
"signals.on": "ein",
"signals.off": "aus",
"signals.seconds": "Sekunde",
"signals.minute": "Minute",
"signals.hour": "Stunde",
"alarms.none": "Kein Alarm steht an.",
"alarms.unset": "Es sind keine Alarme angeschlossen.",
"alarms.active": "Stehen an",
"alarms.before": "Vorher",
"alarms.since": "seit {time}",
"alarms.gone": "gegangen {time}",
"alarms.acknowledged": "quittiert",
"alarms.advice": "Was tun",
"alarms.meaning": "Bedeutung",
"alarms.steps": "Erste Schritte",
"alarms.incidents": "Schon vorgekommen",
"alarms.sources": "Steht in",
"alarms.nothing": "Die Unterlagen sagen nichts zu diesem Alarm.",
"alarms.ask": "Dazu fragen",
"alarms.new": "Alarm: {text}",
"alarms.strip": { one: "{n} Alarm steht an", other: "{n} Alarme stehen an" },
"alarms.others": { one: "und {n} weiterer", other: "und {n} weitere" },
"alarms.lost": "Die Verbindung für Alarme ist gestört. Bitte auf die Anzeige der Maschine achten.",
"alarms.severity.critical": "Kritisch",
"alarms.severity.high": "Hoch",
"alarms.severity.medium": "Mittel",
"alarms.severity.low": "Niedrig",
"notes.write": "Notiz schreiben",
"notes.hint": "Was war zu sehen, was wurde getan, was hat geholfen",
"notes.machine": "Maschine",
"notes.save": "Notiz speichern",
"notes.saved": "Die Notiz ist gespeichert.",
"notes.empty": "Noch keine Notizen.",
"notes.none": "Keine Notiz enthält diese Wörter.",
"notes.find": "In den Notizen suchen",
"notes.list": "Notizen",
"notes.remove": "Notiz löschen",
"notes.remove.sure": "Diese Notiz löschen?",
"notes.removed": "Die Notiz ist gelöscht.",
"notes.keep": "Behalten",
"notes.remove.yes": "Löschen",
"shift.span": "Zeitraum",
"shift.hours": { one: "{n} Stunde", other: "{n} Stunden" },
"shift.empty": "In dieser Zeit ist nichts vorgefallen.",
"shift.of": "Was seit {time} vorgefallen ist",
"talks.title": "Gespräche",
"talks.find": "Gespräch suchen",
"talks.empty": "Noch keine Gespräche.",
"talks.none": "Kein Gespräch enthält diese Wörter.",
"talks.open": "Öffnen",
"talks.export": "Als Datei sichern",
"talks.remove": "Löschen",
"talks.remove.sure": "„{title}“ endgültig löschen?",
"talks.opened": "Gespräch geöffnet: {title}",
"talks.untitled": "Ohne Titel",
"settings.title": "Einstellungen",
"settings.theme": "Farben",
"settings.auto": "Wie das Gerät",
"settings.light": "Hell",
"settings.dark": "Dunkel",
"settings.contrast": "Kontrast",
"settings.contrast.standard": "Normal",
"settings.contrast.more": "Hoch",
"settings.language": "Sprache",
"settings.size": "Schriftgröße",
"settings.size.standard": "Normal",
"settings.size.large": "Groß",
"settings.size.largest": "Sehr groß",
"settings.answers": "Antworten",
"settings.answers.short": "Kurz",
"settings.answers.detail": "Ausführlich",
"settings.answers.quotes": "Nur Zitate, ohne Modell",
"settings.collections": "Suchen in",
"settings.collections.all": "Allen Sammlungen",
"settings.key": "Zugangsschlüssel",
"settings.key.change": "Anderen Schlüssel eingeben",
"settings.about": "Über",
"settings.version": "Version {version}",
"settings.model": "Sprachmodell: {model}",
"settings.model.none": "Kein Sprachmodell: Antworten sind Zitate aus den Unterlagen.",
"settings.documents": { one: "{n} Dokument", other: "{n} Dokumente" },
"status.offline": "Offline",
"status.offline.more": "Kein Netz. Alles wird auf diesem Gerät beantwortet.",
"status.lost": "Keine Verbindung",
"status.lost.more": "Der Copilot ist nicht erreichbar. Was zu sehen ist, bleibt, wird aber nicht erneuert.",
"status.lost.next": "Nächster Versuch in {seconds} s.",
"status.lost.now": "Wird versucht…",
"status.lost.button": "Jetzt versuchen",
"status.back": "Der Copilot ist wieder da.",
"status.synced": "Abgeglichen {ago}",
"status.synced.never": "Noch nie abgeglichen",
"status.synced.old": "Die Unterlagen wurden zuletzt {ago} abgeglichen. Es kann neuere geben.",
"status.syncing": "Abgleich läuft…",
"status.engine": "Das Sprachmodell ist nicht bereit. Textstellen und Zitate gibt es trotzdem.",
"key.title": "Dieser Copilot verlangt einen Schlüssel",
"key.more": "Wer den Copiloten betreut, gibt ihn aus: edge-copilot keys add.",
"key.label": "Zugangsschlüssel",
"key.keep": "In diesem Browser behalten",
"key.use": "Verwenden",
"key.wrong": "Dieser Schlüssel gilt nicht. Bitte prüfen oder einen neuen verlangen.",
"problem.offline": "Der Copilot ist nicht erreichbar.",
"problem.offline.do": "Die Frage bleibt stehen und kann gestellt werden, sobald die Verbindung wieder da ist.",
"problem.broken": "Die Verbindung ist mitten in der Antwort abgebrochen.",
"problem.broken.do": "Was angekommen ist, steht da. Für den Rest noch einmal fragen.",
"problem.key": "Dieser Copilot verlangt einen Schlüssel.",
"problem.key.do": "Er wird in den Einstellungen eingegeben.",
"problem.forbidden": "Dieser Schlüssel erlaubt das nicht.",
"problem.forbidden.do": "Wer den Copiloten betreut, kann einen passenden ausgeben.",
"problem.missing": "Das gibt es nicht mehr.",
"problem.missing.do": "Die Unterlagen wurden vielleicht inzwischen erneuert. Bitte noch einmal fragen.",
"problem.busy": "Zu viele Fragen auf einmal.",
"problem.busy.do": "In {seconds} s noch einmal versuchen.",
"problem.wrong": "Damit kann der Copilot nichts anfangen.",
"problem.wrong.do": "Bitte ändern und noch einmal versuchen.",
"problem.server": "Der Copilot hat eine Störung.",
"problem.server.do": "Noch einmal versuchen. Bleibt sie, bitte dem Betreuer des Copiloten melden.",
"problem.absent": "Das bietet dieser Copilot nicht.",
"problem.absent.do": "Es ist abgeschaltet, oder die Version ist älter.",
};
const EN = {
name: "English",
title: "Copilot",
skip: "Skip to the question",
views: "Parts of the copilot",
"view.ask": "Ask",
"view.signals": "Signals",
"view.alarms": "Alarms",
"view.notes": "Notes",
"view.shift": "Shift",
close: "Close",
cancel: "Cancel",
again: "Try again",
more: "Show more",
loading: "Loading…",
"ask.label": "Question",
"ask.hint": "Ask a question",
"ask.send": "Ask",
"ask.cancel": "Cancel the answer",
"ask.empty": "Ask about the machine.",
"ask.empty.more":
"The passages of your documents appear at once, the answer follows. Every statement leads to the page that it stands on.",
"ask.suggestions": "Questions that fit now",
"ask.about": "What does {code} mean and what do I do?",
"ask.new": "New conversation",
"turn.question": "Question",
"turn.answer": "Answer",
"turn.sending": "Sending the question…",
"turn.queue.next": "You are next.",
"turn.queue": { one: "{n} question is before yours.", other: "{n} questions are before yours." },
"turn.queue.wait": "About {wait} to wait.",
"turn.searching": "Looking through the documents…",
"turn.reading": "Reading the passages…",
"turn.writing": "Writing the answer…",
"turn.cancelled": "Cancelled. The passages stay.",
"turn.again": "Ask again",
"turn.found": { one: "{n} passage found.", other: "{n} passages found." },
"turn.found.none": "No passage found.",
"turn.sources": "Stands in",
"turn.nearest": "Nearest passages",
"turn.unverified": "Not in the cited passage: {claims}. Check before you rely on it.",
"turn.unverified.mark": "unverified",
"turn.by": "Written by {model} on this device",
"turn.by.elsewhere": "Written by {model}, elsewhere",
"turn.by.quotes": "Quoted from the documents",
"turn.took": "in {seconds} s",
"turn.status.abstained": "Not in the documents",
"turn.status.queued": "For now: waits for a network",
"turn.status.escalated": "From a larger model",
"turn.rate": "Was this right?",
"turn.rate.good": "Right",
"turn.rate.bad": "Wrong",
"turn.rate.thanks": "Noted. Thank you.",
"turn.comment": "What is wrong, or what would be right?",
"turn.comment.send": "Send",
"turn.note": "Write a note",
"turn.announce": "Answer: {text}",
"evidence.title": "Passages",
"evidence.empty": "The passages of your documents appear here.",
"evidence.strip": "Passages found",
"evidence.back": "Back to the answer",
"evidence.before": "Passage before",
"evidence.after": "Passage after",
"evidence.page": "Page {page}",
"evidence.revision": "Revision {revision}",
"evidence.synced": "synced {ago}",
"evidence.cited": "Cited as {n}",
"evidence.cite": "Citation {n}: {place}",
"evidence.opened": "Passage opened: {place}",
"evidence.as.page": "Page",
"evidence.as.text": "Text",
"evidence.show": "Show as",
"evidence.image": "Page {page} of {title}, with the passage highlighted. Choose “Text” to have it read.",
"evidence.bigger": "Bigger",
"evidence.smaller": "Smaller",
"evidence.noimage": "The page can't be drawn; here is its text.",
"evidence.region": "Text of the passage",
"evidence.quote": "Quoted in the answer",
"signals.empty": "No signals are set up for this machine.",
"signals.empty.more": "Whoever keeps the copilot names them in signals.toml.",
"signals.find": "Find a signal",
"signals.none": "No signal has this name.",
"signals.stale": "Not current",
"signals.last": "last {value}, {ago}",
"signals.never": "no value yet",
"signals.bad": "Bad quality",
"signals.uncertain": "Uncertain",
"signals.rising": "rising",
"signals.falling": "falling",
"signals.steady": "steady",
"signals.rate": "{rate} per {per}",
"signals.low": "Below its limit of {limit}",
"signals.high": "Above its limit of {limit}",
"signals.odd": "Unusual",
"signals.range": "from {low} to {high}",
"signals.history": "The last minutes: between {low} and {high}",
"signals.lost": "The live values stopped. What is shown is not current.",
"signals.silent": "{source} brings no values.",
"signals.on": "on",
"signals.off": "off",
"signals.seconds": "second",
"signals.minute": "minute",
"signals.hour": "hour",
"alarms.none": "No alarm is active.",
"alarms.unset": "No alarms are connected.",
"alarms.active": "Active",
"alarms.before": "Before",
"alarms.since": "since {time}",
"alarms.gone": "gone since {time}",
"alarms.acknowledged": "acknowledged",
"alarms.advice": "What to do",
"alarms.meaning": "Meaning",
"alarms.steps": "First steps",
"alarms.incidents": "Seen before",
"alarms.sources": "Stands in",
"alarms.nothing": "The documents say nothing about this alarm.",
"alarms.ask": "Ask about it",
"alarms.new": "Alarm: {text}",
"alarms.strip": { one: "{n} active alarm", other: "{n} active alarms" },
"alarms.others": { one: "and {n} more", other: "and {n} more" },
"alarms.lost": "The connection for alarms is broken. Look at the machine's own display.",
"alarms.severity.critical": "Critical",
"alarms.severity.high": "High",
"alarms.severity.medium": "Medium",
"alarms.severity.low": "Low",
"notes.write": "Write a note",
"notes.hint": "What was seen, what was done, what helped",
"notes.machine": "Machine",
"notes.save": "Save note",
"notes.saved": "The note is kept.",
"notes.empty": "No notes yet.",
"notes.none": "No note has these words.",
"notes.find": "Find in the notes",
"notes.list": "Notes",
"notes.remove": "Delete note",
"notes.remove.sure": "Delete this note?",
"notes.removed": "The note is deleted.",
"notes.keep": "Keep",
"notes.remove.yes": "Delete",
"shift.span": "Time",
"shift.hours": { one: "{n} hour", other: "{n} hours" },
"shift.empty": "Nothing happened in this time.",
"shift.of": "What happened since {time}",
"talks.title": "Conversations",
"talks.find": "Find a conversation",
"talks.empty": "No conversations yet.",
"talks.none": "No conversation has these words.",
"talks.open": "Open",
"talks.export": "Save as a file",
"talks.remove": "Delete",
"talks.remove.sure": "Delete “{title}” for good?",
"talks.opened": "Conversation opened: {title}",
"talks.untitled": "Without a title",
"settings.title": "Settings",
"settings.theme": "Colours",
"settings.auto": "As the device",
"settings.light": "Light",
"settings.dark": "Dark",
"settings.contrast": "Contrast",
"settings.contrast.standard": "Standard",
"settings.contrast.more": "High",
"settings.language": "Language",
"settings.size": "Text size",
"settings.size.standard": "Standard",
"settings.size.large": "Large",
"settings.size.largest": "Very large",
"settings.answers": "Answers",
"settings.answers.short": "Short",
"settings.answers.detail": "In detail",
"settings.answers.quotes": "Quotes only, no model",
"settings.collections": "Look in",
"settings.collections.all": "All collections",
"settings.key": "Access key",
"settings.key.change": "Enter another key",
"settings.about": "About",
"settings.version": "Version {version}",
"settings.model": "Language model: {model}",
"settings.model.none": "No language model: answers are quotes from the documents.",
"settings.documents": { one: "{n} document", other: "{n} documents" },
"status.offline": "Offline",
"status.offline.more": "No network. Everything is answered on this device.",
"status.lost": "No connection",
"status.lost.more": "The copilot can't be reached. What is on the screen stays; it isn't renewed.",
"status.lost.next": "Trying again in {seconds} s.",
"status.lost.now": "Trying now…",
"status.lost.button": "Try now",
"status.back": "The copilot is back.",
"status.synced": "Synced {ago}",
"status.synced.never": "Not synced yet",
"status.synced.old": "The documents were last synced {ago}. Newer ones may exist.",
"status.syncing": "Syncing…",
"status.engine": "The language model is not ready. Passages and quotes work.",
"key.title": "This copilot asks for a key",
"key.more": "Whoever keeps the copilot gives it out: edge-copilot keys add.",
"key.label": "Access key",
"key.keep": "Keep it in this browser",
"key.use": "Use it",
"key.wrong": "This key isn't valid. Check it, or ask for a new one.",
"problem.offline": "The copilot can't be reached.",
"problem.offline.do": "Your question is kept. It can be asked again as soon as the connection is back.",
"problem.broken": "The connection broke off in the middle of the answer.",
"problem.broken.do": "What had come is shown. Ask again for the rest.",
"problem.key": "This copilot asks for a key.",
"problem.key.do": "Enter it in the settings.",
"problem.forbidden": "This key doesn't allow that.",
"problem.forbidden.do": "Ask whoever keeps the copilot for one that does.",
"problem.missing": "It isn't there any more.",
"problem.missing.do": "The documents may have been renewed meanwhile. Ask again.",
"problem.busy": "Too many questions at once.",
"problem.busy.do": "Try again in {seconds} s.",
"problem.wrong": "The copilot can't use this.",
"problem.wrong.do": "Change it and try again.",
"problem.server": "The copilot has a problem.",
"problem.server.do": "Try again. If it stays, tell whoever keeps the copilot.",
"problem.absent": "This copilot doesn't offer that.",
"problem.absent.do": "It is switched off, or the version is older.",
};
const LANGUAGES = { en: EN, de: DE };
function chosenLanguage(wanted) {
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
class Speech {
constructor(tag, now = () => Date.now()) {
this.tag = tag;
this.now = now;
this.plural = new Intl.PluralRules(tag);
this.ages = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
this.clock = new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
this.day = new Intl.DateTimeFormat(tag, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
this.numbers = new Map();
}
say(key, values = {}) {
let text = (LANGUAGES[this.tag] ?? EN)[key] ?? EN[key] ?? key;
if (typeof text === "object") text = text[this.plural.select(values.n)] ?? text.other;
return text.replace(/\{(\w+)\}/g, (all, name) => {
const value = values[name];
return value === undefined ? all : typeof value === "number" ? this.number(value) : String(value);
});
}
number(value, digits = 5) {
if (!this.numbers.has(digits)) {
this.numbers.set(digits, new Intl.NumberFormat(this.tag, { maximumSignificantDigits: digits, useGrouping: "min2" }));
}
return this.numbers.get(digits).format(value);
}
ago(time) {
const seconds = (new Date(time).getTime() - this.now()) / 1000;
if (Number.isNaN(seconds)) return "";
if (Math.abs(seconds) < 5) return this.ages.format(0, "second");
const [unit, size] = SECONDS.find(([, one]) => Math.abs(seconds) >= one) ?? ["second", 1];
return this.ages.format(Math.round(seconds / size), unit);
}
duration(seconds) {
const [unit, value] = seconds < 90 ? ["second", Math.max(1, Math.ceil(seconds))] : ["minute", Math.round(seconds / 60)];
return new Intl.NumberFormat(this.tag, { style: "unit", unit, unitDisplay: "short" }).format(value);
}
time(time) {
const when = new Date(time);
if (Number.isNaN(when.getTime())) return "";
const today = when.toDateString() === new Date(this.now()).toDateString();
return (today ? this.clock : this.day).format(when);
}
}
const COLOURS = /* css */ `
.panel {
--ground: #f3f5f7; --surface: #ffffff; --sunk: #e9edf1; --ink: #17212b; --quiet: #51606e; --line: #d3dbe2;
--edge: #7b8a98; --accent: #0a5c86; --accent-ink: #ffffff; --accent-soft: #e2eff7; --mark: #ffe48a; --mark-ink: #17212b;
--bad: #a8201a; --bad-soft: #fdecea; --warn: #7a4a00; --warn-soft: #fff3d6; --good: #1b6a3a; --focus: #0a5c86;
--border: 1px; --shadow: 0 1px 2px rgb(23 33 43 / 8%);
color-scheme: light;
}
.panel[data-theme="dark"] {
--ground: #10171e; --surface: #18222c; --sunk: #0b1117; --ink: #e6edf3; --quiet: #a3b3c1; --line: #2e3b48;
--edge: #71828f; --accent: #6cc0ec; --accent-ink: #06202f; --accent-soft: #17354a; --mark: #6a5200; --mark-ink: #fff6d8;
--bad: #ff9c92; --bad-soft: #3b1917; --warn: #ffc76b; --warn-soft: #33270e; --good: #7fd6a0; --focus: #8fd0f4;
--shadow: none;
color-scheme: dark;
}
.panel[data-contrast="more"] {
--ground: #ffffff; --surface: #ffffff; --sunk: #ffffff; --ink: #000000; --quiet: #1f1f1f; --line: #000000;
--edge: #000000; --accent: #00386b; --accent-soft: #ffffff; --mark: #ffe000; --mark-ink: #000000; --bad: #8c0000;
--bad-soft: #ffffff; --warn: #5a3300; --warn-soft: #ffffff; --good: #00401a; --focus: #c400a0; --border: 2px;
--shadow: none;
}
.panel[data-theme="dark"][data-contrast="more"] {
--ground: #000000; --surface: #000000; --sunk: #000000; --ink: #ffffff; --quiet: #e8e8e8; --line: #ffffff;
--edge: #ffffff; --accent: #ffe14d; --accent-ink: #000000; --accent-soft: #000000; --mark: #ffe14d;
--mark-ink: #000000; --bad: #ffb3ab; --bad-soft: #000000; --warn: #ffd591; --warn-soft: #000000; --good: #8dffb5;
--focus: #00e5ff;
}
`;
const FRAME = /* css */ `
:host { display: block; block-size: 100%; min-block-size: 18em; contain: content; }
:host([hidden]) { display: none; }
.panel {
--touch: max(3em, 48px); container: panel / size; block-size: 100%; min-block-size: inherit; background: var(--ground); color: var(--ink);
font: 400 var(--edge-copilot-font-size, 16px)/1.5 var(--edge-copilot-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif);
text-align: start; -webkit-text-size-adjust: 100%;
}
.panel[data-size="large"] { font-size: calc(var(--edge-copilot-font-size, 16px) * 1.2); }
.panel[data-size="largest"] { font-size: calc(var(--edge-copilot-font-size, 16px) * 1.45); }
.frame { display: flex; flex-direction: column; block-size: 100%; }
.skip { position: absolute; inset: .4em auto auto .4em; z-index: 3; padding: .6em 1em; background: var(--accent); color: var(--accent-ink); border: 0; border-radius: .5em; min-block-size: var(--touch); }
.skip:not(:focus) { clip-path: inset(50%); pointer-events: none; }
.top { display: flex; align-items: center; gap: .25em; padding-inline: 1em .4em; min-block-size: 3.25em; background: var(--surface); border-block-end: var(--border) solid var(--line); }
.top h1 { flex: 1 1 auto; min-inline-size: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-weight: 650; }
.top h1 span { margin-inline-start: .7em; color: var(--quiet); font-weight: 400; }
.badges { display: flex; gap: .4em; margin-inline-end: .4em; }
.badge { display: flex; align-items: center; gap: .4em; padding: .2em .7em; border-radius: 1em; background: var(--sunk); color: var(--quiet); font-size: .88em; white-space: nowrap; border: var(--border) solid transparent; }
.panel[data-contrast="more"] .badge { border-color: currentColor; }
.badge .icon { inline-size: 1.25em; block-size: 1.25em; }
.badge[data-kind="offline"] { color: var(--ink); font-weight: 600; }
.badge[data-kind="old"] { background: var(--warn-soft); color: var(--warn); }
.badge[data-kind="lost"] { background: var(--bad-soft); color: var(--bad); font-weight: 600; }
.lost, .strip { display: flex; align-items: center; gap: .8em; padding: .25em .5em .25em 1em; min-block-size: var(--touch); }
.lost p, .strip p { flex: 1; min-inline-size: 0; }
.lost { background: var(--bad-soft); border-block-end: var(--border) solid var(--bad); }
.lost > .icon { color: var(--bad); }
.strip { background: var(--warn-soft); border-block-end: var(--border) solid var(--warn); }
.strip > .icon { color: var(--warn); }
.strip:is([data-severity="critical"], [data-severity="high"]) { background: var(--bad-soft); border-color: var(--bad); }
.strip:is([data-severity="critical"], [data-severity="high"]) > .icon { color: var(--bad); }
.strip p { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; line-height: 1.3; }
.strip p span { color: var(--quiet); }
.strip .button { flex: none; white-space: nowrap; }
.main { flex: 1; display: grid; grid-template: "tabs view" minmax(0, 1fr) / auto minmax(0, 1fr); min-block-size: 0; }
.tabs { grid-area: tabs; display: flex; flex-direction: column; gap: .25em; padding: .4em; background: var(--surface); border-inline-end: var(--border) solid var(--line); overflow: auto; scrollbar-width: none; }
.tabs button { position: relative; display: grid; justify-items: center; align-content: center; gap: .1em; min-inline-size: 4.6em; min-block-size: 3.75em; padding: .2em; border: var(--border) solid transparent; border-radius: .6em; background: transparent; color: var(--quiet); cursor: pointer; font-size: 1em; touch-action: manipulation; }
.tabs span { font-size: .82em; line-height: 1.2; }
.tabs button[aria-selected="true"] { background: var(--accent-soft); color: var(--accent); font-weight: 650; }
.panel[data-contrast="more"] .tabs button[aria-selected="true"] { border-color: currentColor; }
.tabs .count { position: absolute; inset: .25em .6em auto auto; min-inline-size: 1.6em; padding: 0 .35em; border-radius: 1em; background: var(--bad); color: var(--surface); font-weight: 650; line-height: 1.6; }
.view { grid-area: view; min-inline-size: 0; min-block-size: 0; display: grid; grid-template-rows: minmax(0, 1fr); }
.evidence { grid-area: passages; min-inline-size: 0; min-block-size: 0; }
.scroll { overflow: auto; padding: 1em; min-block-size: 0; display: grid; grid-auto-rows: max-content; align-content: start; justify-items: stretch; gap: 1em; }
.scroll > .choice { justify-self: start; }
@container panel (width >= 44em) {
.main[data-passages="beside"] { grid-template: "tabs view passages" minmax(0, 1fr) / auto minmax(0, 11fr) minmax(0, 12fr); }
.back { display: none; }
.main:not([data-passages="beside"]) .evidence { display: none; }
}
@container panel (width >= 84em) {
.main[data-passages="beside"] { grid-template-columns: auto minmax(0, 10fr) minmax(0, 11fr); }
}
@container panel (width < 44em) {
.evidence { display: none; }
.main[data-reading] :is(.evidence) { display: grid; grid-area: view; z-index: 1; }
.main[data-reading] .view { visibility: hidden; }
.badge .words { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
.badge { padding: .35em; }
}
@container panel (height < 34em) {
.top { min-block-size: 3em; }
.tabs { gap: 0; padding: .25em; }
.tabs button { min-block-size: 3.4em; min-inline-size: 4.3em; }
.scroll { padding: .7em; gap: .7em; }
}
@container panel (width < 34em) {
.main { grid-template: "view" minmax(0, 1fr) "tabs" auto / minmax(0, 1fr); }
.tabs { flex-direction: row; border-inline-end: 0; border-block-start: var(--border) solid var(--line); }
.tabs button { flex: 1 1 0; min-inline-size: var(--touch); min-block-size: 3.4em; }
.top { padding-inline-start: .8em; }
}
dialog { inline-size: min(38em, 100% - 1em); max-block-size: calc(100% - 1em); padding: 0; border: var(--border) solid var(--edge); border-radius: .8em; background: var(--ground); color: var(--ink); font-size: 1em; overflow: hidden; }
dialog[open] { display: grid; grid-template-rows: auto minmax(0, 1fr); }
dialog::backdrop { background: rgb(0 0 0 / 45%); }
dialog > header { display: flex; align-items: center; justify-content: space-between; padding: .2em .4em .2em 1em; background: var(--surface); border-block-end: var(--border) solid var(--line); }
dialog h2 { font-weight: 650; }
dialog h2:focus { outline: none; }
dialog .body { overflow: auto; padding: 1em; display: grid; grid-auto-rows: max-content; gap: 1em; align-content: start; }
dialog h3, legend { margin-block-end: .3em; color: var(--quiet); font-size: .88em; }
.about p { overflow-wrap: anywhere; }
.talks { display: grid; gap: .5em; }
.talks .head, .note .head { display: flex; align-items: center; gap: .2em; }
.talks .row { padding: .4em .6em; }
.key { max-inline-size: 32em; margin: auto; padding: 1.2em; display: grid; gap: .8em; }
.key h2 { font-weight: 650; font-size: 1.15em; }
@media (prefers-reduced-motion: no-preference) {
.working { animation: breathe 1.6s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: .25; } }
}
@media (forced-colors: active) {
.button, .choice, .source, .cite, .number, .badge, .signal, .alarm { border: 1px solid ButtonBorder; }
.tabs button[aria-selected="true"], .choice button[aria-pressed="true"] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
mark { background: Mark; color: MarkText; }
}
@media print { .tabs, .box, .top .button { display: none; } }
`;
const PARTS = /* css */ `
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h1, h2, h3, h4, p, ul, ol, blockquote, fieldset { margin: 0; padding: 0; border: 0; font-size: 1em; font-weight: inherit; }
ul { list-style: none; }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
strong { font-weight: 650; }
.quiet { color: var(--quiet); }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { flex: none; inline-size: 1.5em; block-size: 1.5em; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.scroll:focus-visible, .turns:focus-visible, .text:focus-visible, .page:focus-visible { outline-offset: -3px; }
.button {
display: inline-flex; align-items: center; justify-content: center; gap: .5em; min-block-size: var(--touch);
min-inline-size: var(--touch); padding: .25em .9em; border: var(--border) solid var(--edge); border-radius: .5em;
background: var(--surface); cursor: pointer; text-align: start; touch-action: manipulation;
}
.button.square { padding: 0; flex: none; }
.button.quiet { border-color: transparent; background: transparent; }
.button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.button.stop .icon { fill: currentColor; }
.button.danger { background: var(--bad); border-color: var(--bad); color: var(--surface); }
.button[aria-pressed="true"] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); }
.button:disabled { opacity: .45; cursor: default; }
.button .icon { inline-size: 1.35em; block-size: 1.35em; }
@media (hover: hover) {
.button:hover:not(:disabled), .source:hover, .found button:hover, .tabs button:hover { background: var(--accent-soft); }
.button.primary:hover:not(:disabled) { background: var(--accent); filter: brightness(1.1); }
.button.danger:hover:not(:disabled) { background: var(--bad); filter: brightness(1.1); }
}
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .5em; }
.field {
display: block; inline-size: 100%; min-block-size: var(--touch); padding: .6em .8em; border: var(--border) solid var(--edge);
border-radius: .5em; background: var(--surface); line-height: 1.4;
}
textarea.field { resize: none; }
.field::placeholder { color: var(--quiet); opacity: 1; white-space: nowrap; text-overflow: ellipsis; overflow: hidden; }
label.inline { display: flex; align-items: center; gap: .6em; flex: 1 1 14em; }
.choice { display: inline-flex; flex-wrap: wrap; gap: 0; border: var(--border) solid var(--edge); border-radius: .5em; overflow: hidden; }
.choice button { min-block-size: var(--touch); min-inline-size: var(--touch); padding: .2em .9em; border: 0; background: var(--surface); cursor: pointer; }
.choice button + button { border-inline-start: var(--border) solid var(--line); }
.choice button[aria-pressed="true"] { background: var(--accent); color: var(--accent-ink); }
.choice button:focus-visible { outline-offset: -4px; }
.choice button[aria-pressed="true"]:focus-visible { outline-color: var(--accent-ink); }
.check { display: flex; align-items: center; gap: .7em; min-block-size: var(--touch); }
.check input { inline-size: 1.5em; block-size: 1.5em; accent-color: var(--accent); }
.cite, .number {
display: inline-flex; align-items: center; justify-content: center; min-inline-size: 1.65em; block-size: 1.65em;
padding: 0 .35em; border: var(--border) solid var(--accent); border-radius: .45em; background: var(--accent-soft);
color: var(--accent); font-size: .86em; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1;
}
.cite { position: relative; margin-inline: .15em; cursor: pointer; vertical-align: .06em; }
.cite::after { content: ""; position: absolute; inset: 50% auto auto 50%; inline-size: var(--touch); block-size: var(--touch); transform: translate(-50%, -50%); }
.number { flex: none; }
.source {
display: flex; align-items: center; gap: .7em; inline-size: 100%; min-block-size: var(--touch); padding: .35em .6em;
border: var(--border) solid var(--line); border-radius: .5em; background: var(--surface); cursor: pointer; text-align: start;
}
.source strong, .source .name > span { display: block; overflow-wrap: anywhere; }
.name > span { color: var(--quiet); font-size: .88em; }
.sources { display: grid; gap: .4em; margin-block-start: .4em; }
.notice, .warning, .problem { display: flex; gap: .6em; padding: .6em .8em; border-radius: .5em; border: var(--border) solid transparent; background: var(--warn-soft); color: var(--warn); }
.panel[data-contrast="more"] :is(.notice, .warning, .problem) { border-color: currentColor; }
.problem { background: var(--bad-soft); color: var(--bad); align-items: flex-start; flex-wrap: wrap; }
.problem > div { flex: 1 1 16em; display: grid; gap: .2em; }
.problem p + p { color: var(--ink); }
.good { color: var(--good); }
.empty { display: grid; gap: .5em; justify-items: center; align-content: center; padding: 2em 1em; color: var(--quiet); text-align: center; }
.empty .icon { inline-size: 2.4em; block-size: 2.4em; }
.empty.calm { color: var(--good); }
mark { background: var(--mark); color: var(--mark-ink); border-radius: .15em; box-decoration-break: clone; -webkit-box-decoration-break: clone; padding-inline: .1em; }
`;
const VIEWS = /* css */ `
.talk { display: grid; grid-template-rows: minmax(0, 1fr) auto; min-block-size: 0; }
.turns { overflow: auto; padding: 1em; display: grid; grid-auto-rows: max-content; grid-template-columns: minmax(0, 1fr); align-content: start; gap: 1.6em; scroll-padding-block-start: .6em; }
.welcome { display: grid; gap: .6em; justify-items: start; max-inline-size: 34em; margin: auto; padding-block: 1em; align-self: center; }
.welcome > .icon { inline-size: 2.4em; block-size: 2.4em; color: var(--accent); }
.welcome h2 { font-size: 1.35em; font-weight: 650; line-height: 1.25; }
.welcome > p { color: var(--quiet); }
.suggestions { display: grid; gap: .5em; inline-size: 100%; margin-block-start: .6em; }
.suggestions .button { inline-size: 100%; justify-content: flex-start; }
.box { display: flex; align-items: flex-end; gap: .5em; padding: .6em; background: var(--surface); border-block-start: var(--border) solid var(--line); }
.box .field { flex: 1; max-block-size: 7.5em; overflow: auto; }
.box .button.primary { inline-size: 3.6em; }
.turn { display: grid; gap: .55em; min-inline-size: 0; }
.turn:last-child { min-block-size: 60cqb; align-content: start; }
.question { font-size: 1.15em; font-weight: 650; line-height: 1.3; overflow-wrap: anywhere; }
.state { display: flex; align-items: center; gap: .6em; color: var(--quiet); }
.working { flex: none; inline-size: .7em; block-size: .7em; border-radius: 50%; background: var(--accent); }
.status { justify-self: start; padding: .1em .7em; border-radius: 1em; border: var(--border) solid var(--warn); color: var(--warn); background: var(--warn-soft); font-weight: 600; }
.answer { font-size: 1.0625em; line-height: 1.6; overflow-wrap: anywhere; display: grid; gap: .45em; min-inline-size: 0; }
.answer q { quotes: none; background: var(--accent-soft); border-radius: .2em; }
.panel[data-contrast="more"] .answer q { text-decoration: underline dotted; }
.answer .table { overflow-wrap: break-word; }
.answer blockquote { min-inline-size: 0; padding: .1em 0 .1em .9em; border-inline-start: 4px solid var(--accent); display: grid; gap: .3em; }
.answer dl { margin: 0; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .3em .9em; }
.answer dt { color: var(--quiet); font-size: .88em; line-height: 1.8; }
.answer dd { margin: 0; }
.step { padding-inline-start: 1.35em; text-indent: -1.35em; }
.step > * { text-indent: 0; }
.unverified { margin-inline-start: .3em; padding: 0 .4em; border-radius: .3em; border: var(--border) solid var(--bad); color: var(--bad); background: var(--bad-soft); font-size: .82em; font-weight: 600; }
.after { display: grid; gap: .7em; }
.after:empty { display: none; }
.after h3, .advice h4 { color: var(--quiet); font-size: .88em; }
.after footer { display: grid; gap: .3em; padding-block-start: .3em; }
.after footer > .quiet { font-size: .88em; }
.after footer .row { margin-inline-start: -.6em; gap: .2em; }
.after footer .button { padding-inline: .6em; color: var(--quiet); }
.evidence { display: grid; grid-template: auto auto auto minmax(0, 1fr) auto / minmax(0, 1fr); background: var(--surface); border-inline-start: var(--border) solid var(--line); }
.found { display: flex; gap: .4em; padding: .5em; overflow-x: auto; background: var(--ground); border-block-end: var(--border) solid var(--line); scrollbar-width: thin; }
.found li { flex: 0 0 auto; max-inline-size: 15em; }
.found button { display: flex; align-items: center; gap: .5em; inline-size: 100%; min-block-size: var(--touch); padding: .25em .7em; border: var(--border) solid var(--line); border-radius: .5em; background: var(--surface); text-align: start; line-height: 1.25; cursor: pointer; }
.found button[aria-current] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.found .name { min-inline-size: 0; }
.found .name > * { display: block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-size: .85em; }
.evidence > header { display: flex; align-items: center; gap: .3em; padding: .35em .5em .35em 1em; border-block-end: var(--border) solid var(--line); }
.evidence .title { flex: 1; min-inline-size: 0; line-height: 1.3; }
.evidence .title h2 { font-weight: 650; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.evidence .title h2:focus { outline: none; }
.evidence .title p { font-size: .85em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.evidence > .notice { border-radius: 0; grid-row: 3; }
.page, .text, .evidence > .empty { grid-row: 4; overflow: auto; min-block-size: 0; }
.page { background: var(--sunk); }
.page canvas { display: block; margin-inline: auto; background: #ffffff; }
.page[aria-busy] canvas { opacity: .6; }
.text { padding: 1em; display: grid; grid-auto-rows: max-content; align-content: start; gap: .6em; line-height: 1.6; overflow-wrap: break-word; grid-template-columns: minmax(0, 1fr); }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .94em; line-height: 1.4; }
th, td { padding: .4em .7em; border: var(--border) solid var(--line); text-align: start; vertical-align: top; }
th { background: var(--ground); font-weight: 650; }
tr.hit td:first-child { border-inline-start: 4px solid var(--accent); }
.evidence > footer { grid-row: 5; display: flex; align-items: center; justify-content: space-between; gap: .5em; padding: .25em .5em; border-block-start: var(--border) solid var(--line); }
.after.button { flex-direction: row-reverse; display: inline-flex; }
.signals, .alarms, .notes > section, ul.notes, .lines { display: grid; gap: .6em; }
.signal, .alarm, .note { background: var(--surface); border: var(--border) solid var(--line); border-radius: .6em; box-shadow: var(--shadow); }
.signals { grid-template-columns: repeat(auto-fill, minmax(min(22em, 100%), 1fr)); }
.signal { display: grid; grid-template: "what now" auto "curve curve" auto "remarks remarks" auto / minmax(0, 1fr) auto; gap: .2em .8em; padding: .7em .9em; border-inline-start-width: 5px; align-content: start; }
.signal .what { grid-area: what; } .signal .now { grid-area: now; text-align: end; } .signal .curve { grid-area: curve; } .signal .remarks { grid-area: remarks; }
.signal h3 { font-weight: 650; line-height: 1.3; }
.signal .what p { font-size: .88em; line-height: 1.35; }
.signal .value { font-size: 1.5em; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; white-space: nowrap; }
.signal .trend { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0 .35em; font-size: .88em; }
.signal .trend .icon { inline-size: 1.2em; block-size: 1.2em; }
.signal .remarks { font-size: .88em; font-weight: 600; }
.signal .curve:empty, .signal .remarks:empty { display: none; }
.sparkline { display: block; inline-size: 100%; block-size: 2.4em; }
.sparkline path { fill: none; stroke: var(--accent); stroke-width: 1.6; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.sparkline .limit { stroke: var(--bad); stroke-dasharray: 4 3; stroke-width: 1; }
.sparkline .last { stroke-width: 6; stroke-linecap: round; }
.signal[data-state="good"] { border-inline-start-color: var(--good); }
.signal[data-state="odd"] { border-inline-start-color: var(--warn); } .signal[data-state="odd"] .remarks { color: var(--warn); }
.signal[data-state="warning"] { border-inline-start-color: var(--bad); } .signal[data-state="warning"] :is(.remarks, .value) { color: var(--bad); }
.signal[data-state="stale"] { border-style: dashed; border-inline-start-color: var(--edge); background: var(--ground); }
.signal[data-state="stale"] :is(.value, .trend, h3) { color: var(--quiet); }
.signal[data-state="stale"] .trend { display: block; max-inline-size: 16em; }
.signal[data-state="stale"] .sparkline { opacity: .5; }
.alarm { border-inline-start: 5px solid var(--warn); padding: .8em .9em; display: grid; gap: .7em; }
.alarm:is([data-severity="critical"], [data-severity="high"]) { border-inline-start-color: var(--bad); }
.alarm[data-active="false"] { border-inline-start-color: var(--edge); }
.alarm header { display: flex; gap: .7em; }
.alarm header > .icon { color: var(--warn); margin-block-start: .1em; }
.alarm:is([data-severity="critical"], [data-severity="high"]) header > .icon { color: var(--bad); }
.alarm[data-active="false"] header > .icon { color: var(--quiet); }
.alarm h3 { font-size: 1.1em; font-weight: 650; line-height: 1.3; overflow-wrap: anywhere; }
.alarm header .quiet { font-size: .88em; }
.advice { display: grid; gap: .8em; overflow-wrap: anywhere; }
.steps { padding-inline-start: 1.6em; display: grid; gap: .35em; margin-block-start: .2em; }
.steps li::marker { font-weight: 650; color: var(--accent); }
.values { display: flex; flex-wrap: wrap; gap: .4em; }
.values li { padding: .2em .7em; border-radius: .5em; background: var(--ground); border: var(--border) solid var(--line); font-size: .92em; }
summary { min-block-size: var(--touch); display: flex; align-items: center; gap: .5em; cursor: pointer; font-weight: 600; }
summary::before { content: ""; inline-size: .5em; block-size: .5em; border: solid currentColor; border-width: 0 2px 2px 0; transform: rotate(-45deg); margin-inline: .2em .3em; }
details[open] summary::before { transform: rotate(45deg); }
.incidents { display: grid; gap: .5em; }
section > h2 { color: var(--quiet); margin-block-end: .4em; }
.write { display: grid; gap: .6em; }
.write textarea { field-sizing: content; max-block-size: 12em; }
.note { padding: .3em .4em .8em .9em; }
.note .head { justify-content: space-between; }
.written { white-space: pre-wrap; overflow-wrap: anywhere; padding-inline-end: .5em; }
.note > .row { margin-block-start: .6em; padding: .4em .5em; }
.summary { display: grid; gap: .8em; max-inline-size: 52em; }
.summary h2 { font-weight: 650; font-size: 1.1em; }
.lines li { padding: .6em .9em; background: var(--surface); border: var(--border) solid var(--line); border-radius: .6em; }
.lines .row { margin-inline-start: -.6em; }
.lines .button { color: var(--accent); padding-inline: .6em; }
@container panel (width < 60em) {
.evidence > footer > .button span { position: absolute; clip-path: inset(50%); }
.evidence > footer > .button { min-inline-size: 4.5em; }
}
@container panel (height < 34em) {
.turns { padding: .7em; gap: 1em; }
.box { padding: .4em; }
.found { padding: .3em; }
.found .name > span { display: none; }
.welcome > .icon { display: none; }
}
`;
function placeText(passage, panel) {
return [passage.title || passage.document, pageText(passage, panel), passage.section?.at(-1)].filter(Boolean).join(", ");
}
function nameText(passage, panel) {
const section = passage.section?.at(-1) ?? "";
if (passage.chunk_id < 0) return [passage.title || section, passage.title ? section : ""];
return [section || passage.title, [pageText(passage, panel), passage.title].filter(Boolean).join(" · ")];
}
function pageText(passage, panel) {
return passage.page ? panel.say("evidence.page", { page: passage.page }) : "";
}
const ROW_LINE = / \| |^\s*\|.*\|\s*$/;
const RULE_LINE = /^[\s|:-]*-{3,}[\s|:-]*$/;
const FEW_ROWS = 2;
function isRow(line) {
return ROW_LINE.test(line);
}
function isRule(line) {
return RULE_LINE.test(line);
}
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
function tableOf(rows, show, isHit = () => false) {
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
function recordsOf(rows, show) {
const [head, ...body] = rows;
const whole = body.every((row) => row.length === head.length);
if (!body.length || body.length > FEW_ROWS || !whole) return tableOf(rows, show);
return body.map((row) => h("dl", {}, row.map((cell, i) => [h("dt", {}, show(...head[i])), h("dd", {}, show(...cell))])));
}
const CITATION_MARK = /\s?\[(\d{1,3})\]|\s?\[unverified\]/g;
const QUOTE_SIGN = /^(?:>\s?)?/;
const STEP_OF_ANSWER = /^\s*(?:\d{1,2}[.)]|[-*•])\s/;
function answerText(panel, text, runs = [], citations = [], open = () => {}) {
const quoted = quotedRanges(text, runs);
const byNumber = new Map(citations.map((citation) => [citation.n, citation]));
const cite = (mark) => citeButton(panel, mark, byNumber, open);
const lines = [];
let start = 0;
for (const line of text.split("\n")) {
const [prefix] = QUOTE_SIGN.exec(line);
const from = start + prefix.length;
const end = start + line.length;
const all = prefix !== "" || isQuoted(text, from, end, quoted);
if (text.slice(from, end).trim()) lines.push({ line: text.slice(from, end), from, end, all });
start = end + 1;
}
return grouped(lines, ({ from, end, all }) => pieces(text, from, end, all ? [] : quoted, cite));
}
function isQuoted(text, start, end, ranges) {
const words = text.slice(start, end).replace(CITATION_MARK, (mark) => "\u0000".repeat(mark.length));
let any = false;
for (let i = 0; i < words.length; i++) {
if (words[i] === "\u0000" || /\s/.test(words[i])) continue;
if (!ranges.some(([from, to]) => from <= start + i && start + i < to)) return false;
any = true;
}
return any;
}
function grouped(lines, show) {
const nodes = [];
for (let at = 0; at < lines.length; ) {
let next = at + 1;
while (next < lines.length && lines[next].all === lines[at].all) next += 1;
const inner = linesAndRows(lines.slice(at, next), show);
nodes.push(...(lines[at].all ? [h("blockquote", {}, inner)] : inner));
at = next;
}
return nodes;
}
function linesAndRows(lines, show) {
const nodes = [];
let rows = [];
const endRows = () => {
if (rows.length > 1) nodes.push(recordsOf(rows.map((one) => cellsOf(one.line, one.from)), (from, end) => show({ from, end, all: true })));
else nodes.push(...rows.map((one) => h("p", {}, show(one))));
rows = [];
};
for (const one of lines) {
if (one.all && isRow(one.line)) {
if (!isRule(one.line)) rows.push(one);
continue;
}
endRows();
nodes.push(h("p", { class: STEP_OF_ANSWER.test(one.line) ? "step" : null }, show(one)));
}
endRows();
return nodes.flat();
}
function quotedRanges(text, runs) {
const ranges = [];
let at = 0;
for (const { text: piece, quoted } of runs) {
const words = piece.trim();
const found = words ? text.indexOf(words, at) : -1;
if (found < 0) continue;
at = found + words.length;
if (quoted) ranges.push([found, at]);
}
return ranges;
}
function pieces(text, start, end, quoted, markOf) {
const parts = [];
const plain = (from, to) => {
for (let at = from; at < to; ) {
const inside = quoted.find(([a, b]) => a <= at && at < b);
const next = Math.min(to, inside ? inside[1] : Math.min(...quoted.map(([a]) => (a > at ? a : to)), to));
parts.push(inside ? h("q", {}, text.slice(at, next)) : text.slice(at, next));
at = next;
}
};
let at = start;
for (const match of text.slice(start, end).matchAll(CITATION_MARK)) {
const from = start + match.index;
const made = markOf(match);
if (!made) continue;
plain(at, from);
parts.push(made);
at = from + match[0].length;
}
plain(at, end);
return parts;
}
function citeButton(panel, match, byNumber, open) {
if (match[1] === undefined) return h("span", { class: "unverified" }, panel.say("turn.unverified.mark"));
const citation = byNumber.get(Number(match[1]));
if (!citation) return null;
const label = panel.say("evidence.cite", { n: citation.n, place: placeText(citation, panel) });
return h("button", { type: "button", class: "cite", "aria-label": label, onclick: () => open(citation) }, String(citation.n));
}
class TurnView {
constructor(panel, turn) {
this.panel = panel;
this.turn = turn;
this.question = h("h2", { class: "question" }, h("span", { class: "unseen" }, `${panel.say("turn.question")}: `), turn.question);
this.state = h("p", { class: "state" });
this.status = h("p", { class: "status", hidden: true });
this.text = h("div", { class: "answer" });
this.due = 0;
this.after = h("div", { class: "after" });
this.node = h("article", { class: "turn", id: turn.id, "aria-label": `${panel.say("turn.question")}: ${turn.question}` }, this.question, this.state, this.status, this.text, this.after);
const { drawing } = panel;
turn.addEventListener("change", () => drawing.signal.aborted || this.render());
this.render();
}
render() {
const { turn } = this;
this.node.dataset.state = turn.state;
this.text.setAttribute("aria-busy", String(turn.busy));
this.renderState();
if (turn.answer) this.renderAnswer();
else this.grow();
if (turn.problem) this.renderProblem();
else if (turn.state === "cancelled") fill(this.after, h("div", { class: "row" }, this.again()));
}
renderState() {
const { panel, turn } = this;
const { say } = panel;
this.state.hidden = ["done", "failed"].includes(turn.state);
const key = { sending: "turn.sending", searching: "turn.searching", reading: "turn.reading", writing: "turn.writing", cancelled: "turn.cancelled" }[turn.state];
const found = turn.passages && turn.state === "reading" && `${say("turn.found", { n: turn.passages.length })} `;
const waiting = turn.state === "queued" && queueText(turn.queue, panel);
const reason = turn.busy && turn.route?.reason && h("span", { class: "quiet", lang: "en" }, ` ${turn.route.reason}`);
fill(this.state, turn.busy && h("span", { class: "working", "aria-hidden": "true" }), h("span", {}, found, waiting || say(key ?? "turn.reading"), reason));
}
grow() {
if (this.due || !this.turn.runs.length) return;
this.due = requestAnimationFrame(() => {
this.due = 0;
if (!this.turn.answer) fill(this.text, answerText(this.panel, this.turn.text, this.turn.runs));
});
}
renderAnswer() {
const { panel, turn } = this;
const { answer, citations } = turn;
const open = (citation) => panel.openPassage(citation, citation.quote);
fill(this.text, answerText(panel, answer.text, turn.runs, citations, open));
const status = ["abstained", "queued", "escalated"].includes(answer.status) ? answer.status : "";
this.status.hidden = !status;
this.status.dataset.status = answer.status;
fill(this.status, status && panel.say(`turn.status.${status}`));
const nearest = answer.status === "abstained" ? (answer.evidence ?? []).slice(0, 3) : [];
fill(
this.after,
answer.unverified?.length > 0 && h("p", { class: "warning" }, icon("alarms"), h("span", {}, panel.say("turn.unverified", { claims: answer.unverified.join(", ") }))),
answer.notices?.map((notice) => h("p", { class: "notice", lang: "en" }, notice)),
sourceList(panel, panel.say("turn.sources"), citations, open),
sourceList(panel, panel.say("turn.nearest"), nearest, (passage) => panel.openPassage(passage)),
this.foot(),
);
}
foot() {
const { panel, turn } = this;
const { answer } = turn;
if (turn.old) return null;
const by = !answer.model ? "turn.by.quotes" : answer.route?.target === "cloud" ? "turn.by.elsewhere" : "turn.by";
const took = answer.timings && panel.say("turn.took", { seconds: Math.round(answer.timings.total_ms / 100) / 10 });
const why = answer.route?.reason;
return h(
"footer",
{},
h("p", { class: "quiet" }, [panel.say(by, { model: answer.model ?? "" }), took].filter(Boolean).join(" "), why && [". ", h("span", { lang: "en" }, why)]),
this.rating(),
);
}
rating() {
const { panel, turn } = this;
const said = h("p", { class: "quiet", role: "status" });
const comment = h("div", { hidden: true });
const send = async (rating, more) => {
try {
const body = { question: turn.question, answer: turn.answer.text, rating, ...(more && { comment: more }) };
if (panel.asking.conversation) body.conversation = panel.asking.conversation;
const { kept, notice } = await panel.client.json("v1/feedback", { method: "POST", body });
turn.rating = rating;
fill(said, kept ? panel.say("turn.rate.thanks") : h("span", { lang: "en" }, notice));
} catch (error) {
fill(said, panel.problemText(error));
}
for (const [one, node] of Object.entries(buttons)) node.setAttribute("aria-pressed", String(turn.rating === one));
};
const pressed = (rating) => String(turn.rating === rating);
const buttons = {
good: button(panel.say("turn.rate.good"), { symbol: "good", quiet: true, "aria-pressed": pressed("good") }, () => {
comment.hidden = true;
send("good");
}),
bad: button(panel.say("turn.rate.bad"), { symbol: "bad", quiet: true, "aria-pressed": pressed("bad") }, () => {
if (comment.hidden) send("bad");
comment.hidden = !comment.hidden;
if (!comment.hidden) field.focus();
}),
};
const field = h("textarea", { class: "field", rows: 2, "aria-label": panel.say("turn.comment"), placeholder: panel.say("turn.comment") });
const submit = button(panel.say("turn.comment.send"), {}, () => {
if (!field.value.trim()) return;
comment.hidden = true;
send("bad", field.value.trim());
});
fill(comment, field, h("div", { class: "row" }, submit));
const note = button(panel.say("turn.note"), { symbol: "notes", quiet: true }, () => panel.writeNote(turn.question));
return [h("div", { class: "row", role: "group", "aria-label": panel.say("turn.rate") }, buttons.good, buttons.bad, note), comment, said];
}
renderProblem() {
const { panel, turn } = this;
fill(this.after, panel.problemNode(turn.problem), h("div", { class: "row" }, this.again()));
}
again() {
return button(this.panel.say("turn.again"), { symbol: "sync" }, () => this.panel.ask(this.turn.question));
}
}
function queueText(queue, panel) {
const ahead = Math.max(0, Math.round(queue?.position ?? 0));
const first = ahead ? panel.say("turn.queue", { n: ahead }) : panel.say("turn.queue.next");
const wait = queue?.expected_wait_s > 0 ? ` ${panel.say("turn.queue.wait", { wait: panel.speech.duration(queue.expected_wait_s) })}` : "";
return first + wait;
}
function sourceList(panel, title, sources, open) {
if (!sources.length) return null;
const one = (source) =>
h(
"li",
{},
h(
"button",
{ type: "button", class: "source", onclick: () => open(source), "aria-label": source.n ? panel.say("evidence.cite", { n: source.n, place: placeText(source, panel) }) : null },
h("span", { class: "number" }, source.n ? String(source.n) : "·"),
source.chunk_id < 0 && icon(source.collection === "signals" ? "signals" : "notes"),
h("span", { class: "name" }, h("strong", {}, nameText(source, panel)[0]), h("span", {}, nameText(source, panel)[1])),
),
);
return h("section", {}, h("h3", {}, title), h("ul", { class: "sources" }, sources.map(one)));
}
const NEAR_END_PX = 60;
const LONGEST_QUESTION = 2000;
class AskView {
constructor(panel) {
this.panel = panel;
const { say } = panel;
this.turns = h("div", { class: "turns", tabindex: "0", role: "group", "aria-label": say("talks.title") });
this.box = h("textarea", {
class: "field",
rows: 1,
maxlength: LONGEST_QUESTION,
"aria-label": say("ask.label"),
placeholder: say("ask.hint"),
enterkeyhint: "send",
autocomplete: "off",
onkeydown: (event) => this.pressed(event),
oninput: () => this.fit(),
});
this.send = button(say("ask.send"), { symbol: "send", spoken: true, class: "button primary square" }, () => this.submit());
this.stop = button(say("ask.cancel"), { symbol: "stop", spoken: true, class: "button primary square stop", hidden: true }, () => {
panel.cancel();
this.box.focus();
});
this.fresh = button(say("ask.new"), { symbol: "plus", spoken: true, quiet: true }, () => {
panel.asking.clear();
this.box.focus();
});
this.form = h("form", { class: "box", onsubmit: (event) => (event.preventDefault(), this.submit()) }, this.fresh, this.box, this.send, this.stop);
this.empty = h("div", { class: "welcome" });
this.node = h("div", { class: "talk" }, this.turns, this.form);
panel.listen(panel.asking, ["turn"], (event) => this.add(event.detail));
panel.listen(panel.asking, ["turns"], () => this.renderAll());
panel.listen(panel.asking, ["busy"], () => this.renderBusy());
panel.listen(panel.plant, ["alarms"], () => this.renderWelcome());
this.renderAll();
}
show() {}
hide() {}
focus() {
this.box.focus();
}
pressed(event) {
if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
event.preventDefault();
this.submit();
}
fit() {
this.box.style.setProperty("block-size", "auto");
this.box.style.setProperty("block-size", `${this.box.scrollHeight + 2}px`);
}
submit() {
const question = this.box.value.trim();
if (!question) return this.box.focus();
this.box.value = "";
this.fit();
this.panel.ask(question);
}
renderBusy() {
const { busy } = this.panel.asking;
const focused = this.panel.root.activeElement === this.stop || this.panel.root.activeElement === this.send;
this.send.hidden = busy;
this.stop.hidden = !busy;
if (focused) (busy ? this.stop : this.send).focus();
this.fresh.hidden = !this.panel.asking.turns.length;
}
renderAll() {
fill(this.turns, this.empty, this.panel.asking.turns.map((turn) => new TurnView(this.panel, turn).node));
this.renderWelcome();
this.renderBusy();
this.turns.scrollTop = this.turns.scrollHeight;
}
renderWelcome() {
const { asking, say } = this.panel;
this.empty.hidden = asking.turns.length > 0;
if (this.empty.hidden) return;
const questions = this.panel.suggestions();
const drawn = JSON.stringify(questions);
if (drawn === this.drawn) return;
this.drawn = drawn;
fill(
this.empty,
icon("ask"),
h("h2", {}, say("ask.empty")),
h("p", {}, say("ask.empty.more")),
questions.length > 0 && h("ul", { class: "suggestions", "aria-label": say("ask.suggestions") }, questions.map((question) => h("li", {}, button(question, {}, () => this.panel.ask(question))))),
);
}
add(turn) {
const view = new TurnView(this.panel, turn);
this.empty.hidden = true;
this.turns.append(view.node);
while (this.turns.children.length - 1 > this.panel.asking.turns.length) this.turns.children[1].remove();
view.node.scrollIntoView({ block: "start" });
turn.addEventListener("change", () => this.follow(view.node));
}
follow(node) {
const { turns } = this;
const hidden = turns.scrollHeight - turns.scrollTop - turns.clientHeight;
const room = node.getBoundingClientRect().top - turns.getBoundingClientRect().top;
if (hidden > 0 && hidden < NEAR_END_PX * 4 && room > 0) turns.scrollTop += Math.min(hidden, room);
}
}
class Problem extends Error {
constructor(kind, { status = 0, detail = "", remedy = "", waitS = 0 } = {}) {
super(detail || kind);
this.name = "Problem";
this.kind = kind;
this.status = status;
this.detail = detail;
this.remedy = remedy;
this.waitS = waitS;
}
static async of(response) {
let body = {};
try {
body = await response.json();
} catch {
}
return Problem.from(body, response.status, Number(response.headers.get("Retry-After")) || 0);
}
static from(body, status = Number(body?.status) || 500, waitS = Number(body?.retry_after_s) || 0) {
const text = (value) => (typeof value === "string" ? value : "");
return new Problem(kindOf(status), {
status,
detail: text(body?.detail) || text(body?.title),
remedy: text(body?.remedy),
waitS,
});
}
}
function kindOf(status) {
if (status === 401) return "key";
if (status === 403) return "forbidden";
if (status === 404 || status === 410) return "missing";
if (status === 405 || status === 501) return "absent";
if (status === 429) return "busy";
if (status >= 400 && status < 500) return "wrong";
return "server";
}
let lastId = 0;
class Turn extends EventTarget {
constructor(question) {
super();
this.id = `turn-${++lastId}`;
this.question = question;
this.state = "sending";
this.queue = null;
this.passages = null;
this.notices = [];
this.route = null;
this.runs = [];
this.answer = null;
this.problem = null;
this.rating = null;
this.rendered = null;
}
static kept({ question, answer, status, citations = [] }) {
const turn = new Turn(question);
turn.answer = { status, text: answer, citations, evidence: [], unverified: [], notices: [], model: null, route: null };
turn.state = "done";
turn.old = true;
return turn;
}
get busy() {
return !["done", "failed", "cancelled"].includes(this.state);
}
get text() {
return this.answer ? this.answer.text : this.runs.map((run) => run.text).join("");
}
get citations() {
const passages = this.answer?.evidence?.length ? this.answer.evidence : (this.passages ?? []);
return (this.answer?.citations ?? []).map((citation) => {
const same = passages.filter((one) => one.document === citation.document);
const passage =
passages.find((one) => one.chunk_id === citation.chunk_id) ??
same.find((one) => one.text.includes(citation.quote)) ??
same.find((one) => one.page === citation.page) ??
same[0];
const { chunk_id = citation.chunk_id, title = citation.title ?? citation.document } = passage ?? {};
return { ...passage, ...citation, chunk_id, title };
});
}
take(name, data) {
if (!this.busy) return;
if (name === "queue") {
this.queue = data;
this.state = "queued";
} else if (name === "evidence") {
this.passages = data.passages ?? [];
this.notices = data.notices ?? [];
this.state = "reading";
} else if (name === "route") this.route = data;
else if (name === "token") {
const last = this.runs.at(-1);
if (last && last.quoted === Boolean(data.quoted)) last.text += data.text;
else this.runs.push({ text: data.text, quoted: Boolean(data.quoted) });
this.state = "writing";
} else if (name === "answer") {
this.answer = data;
this.route = data.route ?? this.route;
this.passages = data.evidence ?? this.passages;
this.state = "done";
} else return;
this.dispatchEvent(new CustomEvent("change", { detail: name }));
}
end(state, problem = null) {
if (!this.busy) return;
this.state = state;
this.problem = problem;
this.dispatchEvent(new CustomEvent("change", { detail: state }));
}
}
const KEPT_TURNS = 40; // on the screen; the copilot keeps the conversation itself
class Asking extends EventTarget {
constructor(client) {
super();
this.client = client;
this.turns = [];
this.conversation = null;
this.controller = null;
}
get current() {
return this.turns.at(-1) ?? null;
}
get busy() {
return Boolean(this.current?.busy);
}
async ask(question, options = {}) {
this.cancel();
const turn = new Turn(question);
this.turns.push(turn);
if (this.turns.length > KEPT_TURNS) this.turns.shift();
const controller = (this.controller = new AbortController());
this.dispatchEvent(new CustomEvent("turn", { detail: turn }));
this.dispatchEvent(new Event("busy"));
try {
this.conversation ??= newId();
const body = { question, ...options, conversation: this.conversation };
await this.client.events("v1/ask", { method: "POST", body, signal: controller.signal }, (name, data) => {
if (name === "error") throw Problem.from(data);
turn.take(name, data);
});
if (turn.busy) turn.end("failed", new Problem("broken"));
} catch (error) {
if (controller.signal.aborted) turn.end("cancelled");
else turn.end("failed", error instanceof Problem ? error : new Problem("broken"));
if (!(error instanceof Problem) && error?.name !== "AbortError") console.error(error);
} finally {
if (this.controller === controller) this.controller = null;
this.dispatchEvent(new Event("busy"));
}
return turn;
}
cancel() {
const turn = this.current;
if (!turn?.busy) return false;
this.controller?.abort();
turn.end("cancelled");
return true;
}
clear() {
this.cancel();
this.turns = [];
this.conversation = null;
this.dispatchEvent(new Event("turns"));
}
async resume(id) {
const kept = await this.client.json(`v1/conversations/${encodeURIComponent(id)}`);
this.cancel();
this.turns = kept.turns.slice(-KEPT_TURNS).map((turn) => Turn.kept(turn));
this.conversation = id;
this.dispatchEvent(new Event("turns"));
return kept;
}
}
function newId() {
return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
const ZOOMS = [1, 1.25, 1.6, 2.2, 3];
const NARROW_PX = 480; // where the margins of the paper cost more than they give
const WIDEST_PX = 2400; // what the copilot draws at most
class PageImage {
constructor(panel) {
this.panel = panel;
this.zoom = null;
this.drawnFor = 0;
this.canvas = h("canvas", { role: "img" });
this.frame = h("div", { class: "page", tabindex: "0", role: "group" }, this.canvas);
this.bigger = button(panel.say("evidence.bigger"), { symbol: "zoomIn", spoken: true, quiet: true }, () => this.zoomTo(this.zoom + 1));
this.smaller = button(panel.say("evidence.smaller"), { symbol: "zoomOut", spoken: true, quiet: true }, () => this.zoomTo(this.zoom - 1));
this.tools = [this.smaller, this.bigger];
this.node = this.frame;
this.resized = new ResizeObserver(() => this.resize());
this.resized.observe(this.frame);
}
dispose() {
this.resized.disconnect();
this.controller?.abort();
}
async show(passage, quote) {
this.shown = { passage, quote };
await this.draw();
}
zoomTo(step) {
this.zoom = Math.max(0, Math.min(ZOOMS.length - 1, step));
if (this.shown) this.draw().catch(() => {});
}
resize() {
const width = this.frame.clientWidth;
if (!this.shown || !width || Math.abs(width - this.drawnFor) < 24) return;
clearTimeout(this.later);
this.later = setTimeout(() => this.draw().catch(() => {}), 200);
}
async draw() {
const { passage, quote } = this.shown;
this.canvas.setAttribute("aria-label", this.panel.say("evidence.image", { page: passage.page ?? "", title: passage.title ?? "" }));
this.frame.setAttribute("aria-label", pageText(passage, this.panel));
this.controller?.abort();
const controller = (this.controller = new AbortController());
const width = this.frame.clientWidth;
if (!width) return; // nobody sees it yet; when somebody does, its size changes
this.zoom ??= width < NARROW_PX ? 1 : 0;
const cssWidth = Math.round((width - 2) * ZOOMS[this.zoom]);
const query = { page: passage.page, quote: quote?.slice(0, 2000), width: Math.min(WIDEST_PX, Math.ceil(cssWidth * devicePixelRatio)) };
this.drawnFor = width;
this.frame.setAttribute("aria-busy", "true");
let answer;
try {
answer = await this.panel.client.blob(`v1/passages/${passage.chunk_id}/page.png`, { query, signal: controller.signal, accept: "image/png" });
} finally {
if (this.controller === controller) this.frame.removeAttribute("aria-busy");
}
const picture = await createImageBitmap(answer.blob);
if (controller.signal.aborted) return picture.close();
this.canvas.width = picture.width;
this.canvas.height = picture.height;
this.canvas.style.setProperty("inline-size", `${cssWidth}px`);
this.canvas.getContext("2d").drawImage(picture, 0, 0);
picture.close();
this.smaller.disabled = this.zoom === 0;
this.bigger.disabled = this.zoom === ZOOMS.length - 1;
this.scrollTo(answer.headers.get("Highlight"));
}
scrollTo(span) {
const { clientHeight, clientWidth, scrollWidth } = this.frame;
const height = this.canvas.getBoundingClientRect().height;
const [top, bottom] = (span ?? "0-0").split("-").map((share) => Number.parseFloat(share) * height);
const fits = bottom - top < clientHeight;
const isRow = this.shown?.quote?.includes(" | ");
this.frame.scrollTop = fits ? (top + bottom - clientHeight) / 2 : isRow ? bottom - clientHeight * 0.8 : top - clientHeight * 0.1;
this.frame.scrollLeft = (scrollWidth - clientWidth) / 2;
}
clear() {
this.shown = null;
this.drawnFor = 0;
clearTimeout(this.later);
this.controller?.abort();
this.canvas.width = this.canvas.height = 0;
fill(this.frame, this.canvas);
}
}
const STEP = /^\s*(?:\d{1,2}[.)]|[a-z]\)|[-*•])\s+\S/;
function findQuote(text, quote) {
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
function documentText(text, quote = "") {
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
function isOfDocument(passage) {
return passage.chunk_id >= 0;
}
class Viewer {
constructor(panel) {
this.panel = panel;
this.passages = [];
this.citations = [];
this.open = null;
this.quote = "";
this.asText = false;
const { say } = panel;
this.strip = h("ul", { class: "found", "aria-label": say("evidence.strip") });
this.heading = h("h2", { tabindex: "-1" });
this.where = h("p", { class: "quiet" });
this.back = button(say("evidence.back"), { symbol: "back", spoken: true, quiet: true, class: "button quiet square back" }, () => panel.closePassage());
this.image = new PageImage(panel);
this.text = h("div", { class: "text", tabindex: "0", role: "group", "aria-label": say("evidence.region") });
this.note = h("p", { class: "notice", hidden: true });
this.kind = h(
"div",
{ class: "choice", role: "group", "aria-label": say("evidence.show") },
(this.pageButton = h("button", { type: "button", onclick: () => this.choose(false) }, say("evidence.as.page"))),
(this.textButton = h("button", { type: "button", onclick: () => this.choose(true) }, say("evidence.as.text"))),
);
this.before = button(say("evidence.before"), { symbol: "back", quiet: true }, () => this.step("before"));
this.after = button(say("evidence.after"), { symbol: "forward", quiet: true, class: "button quiet after" }, () => this.step("after"));
this.foot = h("footer", {}, this.before, h("div", { class: "row" }, this.image.tools), this.after);
this.head = h("header", {}, this.back, h("div", { class: "title" }, this.heading, this.where), this.kind);
this.empty = h("div", { class: "empty" }, icon("page"), h("p", {}, say("evidence.empty")));
this.node = h("section", { class: "evidence", "aria-label": say("evidence.title") }, this.strip, this.head, this.note, this.image.node, this.text, this.foot, this.empty);
this.render();
}
dispose() {
this.image.dispose();
this.controller?.abort();
}
load(passages, citations = []) {
this.passages = passages;
this.citations = citations;
const same = this.open && passages.find((one) => one.chunk_id === this.open.chunk_id);
this.renderStrip();
if (!passages.length) this.show(null);
else if (!same) this.show(passages.find(isOfDocument) ?? passages[0]);
}
async show(passage, quote = "") {
this.controller?.abort();
const controller = (this.controller = new AbortController());
const same = passage && this.whole?.chunk_id === passage.chunk_id;
this.open = passage && { ...this.passages.find((one) => one.chunk_id === passage.chunk_id), ...passage };
this.quote = quote;
this.problem = "";
if (!same) {
this.whole = null;
this.image.clear();
}
this.render();
if (!passage || !isOfDocument(passage)) return;
try {
const whole = same ? this.whole : await this.panel.client.json(`v1/passages/${passage.chunk_id}`, { signal: controller.signal });
if (controller.signal.aborted) return;
this.whole = whole;
this.open = { ...this.open, ...this.ofPassage(whole), page: passage.page ?? whole.page };
this.render();
if (whole.has_page_image && !this.asText) await this.image.show(this.open, quote || this.open.text);
} catch (error) {
if (error?.name === "AbortError" || controller.signal.aborted) return;
if (this.whole) {
this.whole = { ...this.whole, has_page_image: false };
this.problem = this.panel.say("evidence.noimage");
} else if (!this.open.text) this.problem = this.panel.problemText(error);
this.render();
}
}
ofPassage(whole) {
const { document, title, section, page, text, chunk_id, revision, synced_at } = whole;
const known = { document, title, section, page, text, chunk_id, revision, synced_at };
return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined && value !== null));
}
step(direction) {
const next = this.whole?.[direction];
if (next === null || next === undefined) return;
this.show({ chunk_id: next }).then(() => this.announce());
}
announce() {
if (this.open) this.panel.announce(this.panel.say("evidence.opened", { place: placeText(this.open, this.panel) }));
}
choose(asText) {
this.asText = asText;
this.render();
if (!asText && this.whole?.has_page_image) this.image.show(this.open, this.quote || this.open.text).catch(() => {});
}
renderStrip() {
const { panel } = this;
this.strip.hidden = this.passages.length < 2;
fill(
this.strip,
this.passages.map((passage) => {
const numbers = this.citations.filter((one) => one.chunk_id === passage.chunk_id).map((one) => one.n);
const current = this.open?.chunk_id === passage.chunk_id;
const quote = this.citations.find((one) => one.chunk_id === passage.chunk_id)?.quote ?? "";
return h(
"li",
{},
h(
"button",
{ type: "button", "aria-current": current ? "true" : null, onclick: () => this.show(passage, quote).then(() => this.announce()) },
!isOfDocument(passage) && icon(passage.collection === "signals" ? "signals" : "notes"),
numbers.map((n) => h("span", { class: "number", "aria-label": panel.say("evidence.cited", { n }) }, String(n))),
h("span", { class: "name" }, h("strong", {}, nameText(passage, panel)[0]), h("span", {}, nameText(passage, panel)[1])),
),
);
}),
);
this.strip.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}
render() {
const { open, panel, whole } = this;
const picture = Boolean(open && whole?.has_page_image && !this.asText);
for (const part of [this.head, this.foot]) part.hidden = !open;
this.empty.hidden = Boolean(open);
this.image.node.hidden = !picture;
for (const tool of this.image.tools) tool.hidden = !picture;
this.text.hidden = !open || picture;
this.kind.hidden = !whole?.has_page_image;
this.pageButton.setAttribute("aria-pressed", String(!this.asText));
this.textButton.setAttribute("aria-pressed", String(this.asText));
this.note.hidden = !this.problem;
fill(this.note, this.problem);
this.renderStrip();
if (!open) return;
fill(this.heading, nameText(open, panel)[0] || open.document || panel.say("loading"));
const age = [open.revision && panel.say("evidence.revision", { revision: open.revision }), open.synced_at && panel.say("evidence.synced", { ago: panel.speech.ago(open.synced_at) })];
fill(this.where, [nameText(open, panel)[1], ...age].filter(Boolean).join(" · "));
this.before.disabled = (whole?.before ?? null) === null;
this.after.disabled = (whole?.after ?? null) === null;
if (!picture) {
const text = whole?.section_text || open.text || "";
fill(this.text, documentText(text, this.quote || open.text));
const mark = [...this.text.querySelectorAll("tr.hit, p:has(mark)")].at(-1);
this.text.scrollTop = 0;
if (mark) this.text.scrollTop = mark.getBoundingClientRect().top - this.text.getBoundingClientRect().top - this.text.clientHeight / 4;
}
}
}
const FIND_NOTE_AFTER_MS = 250;
const LONGEST_NOTE = 20_000;
class NotesView {
constructor(panel) {
this.panel = panel;
const { say } = panel;
this.text = h("textarea", { class: "field", rows: 3, maxlength: LONGEST_NOTE, "aria-label": say("notes.write"), placeholder: say("notes.hint"), oninput: () => this.changed() });
this.machine = h("input", { class: "field", type: "text", maxlength: 200, ".value": panel.machine, autocomplete: "off" });
this.save = button(say("notes.save"), { symbol: "save", class: "button primary", disabled: true }, () => this.keep());
this.said = h("div", { role: "status" });
this.find = h("input", { class: "field", type: "search", "aria-label": say("notes.find"), placeholder: say("notes.find"), oninput: () => this.later() });
this.list = h("ul", { class: "notes" });
this.empty = h("p", { class: "quiet", hidden: true });
this.problem = h("div", {});
this.node = h(
"div",
{ class: "scroll notes", tabindex: "0", role: "group", "aria-label": say("view.notes") },
h("form", { class: "write", onsubmit: (event) => (event.preventDefault(), this.keep()) }, this.text, h("div", { class: "row" }, h("label", { class: "inline" }, h("span", {}, say("notes.machine")), this.machine), this.save), this.said),
h("section", { "aria-label": say("notes.list") }, this.find, this.problem, this.list, this.empty),
);
}
show() {
this.text.value = this.panel.draft;
this.changed();
this.load();
}
hide() {
clearTimeout(this.due);
this.controller?.abort();
}
focus() {
this.text.focus();
}
changed() {
this.panel.draft = this.text.value;
this.save.disabled = !this.text.value.trim();
if (this.text.value) fill(this.said);
}
later() {
clearTimeout(this.due);
this.due = setTimeout(() => this.load(), FIND_NOTE_AFTER_MS);
}
async load() {
this.controller?.abort();
const controller = (this.controller = new AbortController());
const query = this.find.value.trim();
try {
const found = await this.panel.client.json("v1/notes", { query: { query, machine: this.panel.machine }, signal: controller.signal });
fill(this.problem);
this.render(found.notes, query);
} catch (error) {
if (error?.name !== "AbortError") fill(this.problem, this.panel.problemNode(error, () => this.load()));
}
}
render(notes, query) {
const { panel } = this;
this.find.hidden = !notes.length && !query;
this.empty.hidden = notes.length > 0;
fill(this.empty, panel.say(query ? "notes.none" : "notes.empty"));
fill(this.list, notes.map((note) => this.noteOf(note)));
}
noteOf(note) {
const { panel } = this;
const about = [panel.speech.time(note.written_at), note.machine, note.author].filter(Boolean).join(" · ");
const ask = h("div", { class: "row", hidden: true });
const remove = button(panel.say("notes.remove"), { symbol: "remove", spoken: true, quiet: true }, () => {
ask.hidden = false;
keep.focus();
});
const keep = button(panel.say("notes.keep"), {}, () => {
ask.hidden = true;
remove.focus();
});
const sure = button(panel.say("notes.remove.yes"), { class: "button danger" }, () => this.remove(note));
fill(ask, h("p", {}, panel.say("notes.remove.sure")), sure, keep);
return h("li", { class: "note", "data-id": note.id }, h("div", { class: "head" }, h("p", { class: "quiet" }, about), remove), h("p", { class: "written" }, note.text), ask);
}
async keep() {
const text = this.text.value.trim();
if (!text) return;
this.save.disabled = true;
const { noteOf } = this.panel;
const body = { text, machine: this.machine.value.trim(), ...(noteOf && { conversation: noteOf }) };
let kept;
try {
kept = await this.panel.client.json("v1/notes", { method: "POST", body });
} catch (error) {
this.save.disabled = false;
fill(this.said, this.panel.problemNode(error));
return;
}
this.text.value = "";
this.changed();
this.panel.noteOf = null;
fill(this.said, h("p", { class: "good" }, this.panel.say("notes.saved")), kept.notice && h("p", { class: "quiet", lang: "en" }, kept.notice));
this.find.value = "";
await this.load();
}
async remove(note) {
try {
await this.panel.client.json(`v1/notes/${encodeURIComponent(note.id)}`, { method: "DELETE" });
this.panel.announce(this.panel.say("notes.removed"));
this.text.focus();
await this.load();
} catch (error) {
fill(this.problem, this.panel.problemNode(error));
}
}
}
const WIDTH = 120;
const HEIGHT = 32;
const MARGIN = 3;
function sparkline(points, { low = null, high = null } = {}, label = "") {
const values = points.map((point) => point.value);
const least = Math.min(...values);
const most = Math.max(...values);
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
svg("path", { class: "last", d: `M${x(last.at).toFixed(1)} ${y(last.value).toFixed(1)}h0` }),
);
}
const REDRAW_MS = 250; // signals may change thousands of times a second; eyes don't
const AGE_MS = 5_000;
const FIELD_FROM = 9; // as many fit on a screen without looking for one
class SignalsView {
constructor(panel) {
this.panel = panel;
this.rows = new Map();
this.recalled = new Set();
this.wanted = "";
this.due = 0;
this.list = h("ul", { class: "signals" });
this.notice = h("p", { class: "notice", hidden: true });
this.empty = h("div", { class: "empty", hidden: true });
this.field = h("input", {
type: "search",
class: "field",
placeholder: panel.say("signals.find"),
"aria-label": panel.say("signals.find"),
oninput: () => {
this.wanted = this.field.value.trim().toLowerCase();
this.render();
},
});
this.node = h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": panel.say("view.signals") }, h("h2", { class: "unseen" }, panel.say("view.signals")), this.notice, this.field, this.list, this.empty);
panel.listen(panel.plant, ["signals", "state"], () => this.render());
panel.listen(panel.plant, ["signals"], () => this.shown && this.recall());
panel.listen(panel.plant, ["signal"], () => this.later());
}
show() {
this.shown = true;
this.render();
this.recall();
this.ticking = setInterval(() => this.render(), AGE_MS);
}
hide() {
this.shown = false;
clearInterval(this.ticking);
clearTimeout(this.due);
this.due = 0;
}
later() {
if (!this.shown || this.due) return;
this.due = setTimeout(() => {
this.due = 0;
this.render();
}, REDRAW_MS);
}
async recall() {
const fresh = [...this.panel.plant.signals.values()].filter((signal) => isMeasured(signal) && !this.recalled.has(signal.name));
for (const { name } of fresh) this.recalled.add(name);
for (const { name } of fresh) {
await this.panel.plant.recall(name).catch(() => this.recalled.delete(name));
this.rows.get(name)?.redraw();
}
if (fresh.length) this.render();
}
render() {
if (!this.shown) return;
const { plant } = this.panel;
const all = [...plant.signals.values()];
const found = all.filter((one) =>
[one.name, one.title, one.component, one.meaning, ...(one.identifiers ?? [])].some((text) => text?.toLowerCase().includes(this.wanted)),
);
this.field.hidden = all.length < FIELD_FROM && !this.wanted;
const lost = plant.state.signals === "lost";
this.notice.hidden = !(lost && all.length) && !(plant.live && plant.silent.length);
fill(this.notice, lost ? this.panel.say("signals.lost") : silentText(this.panel));
this.empty.hidden = found.length > 0 || plant.state.signals === "waiting";
if (!this.empty.hidden) this.renderEmpty(all.length > 0);
const rows = found.map((signal) => {
const row = this.rows.get(signal.name) ?? new SignalRow(this.panel);
this.rows.set(signal.name, row);
row.update(signal);
return row.node;
});
for (const name of this.rows.keys()) if (!plant.signals.has(name)) this.rows.delete(name);
if (rows.length !== this.list.children.length || rows.some((row, i) => row !== this.list.children[i])) fill(this.list, rows);
}
renderEmpty(some) {
const { state } = this.panel.plant;
if (some) fill(this.empty, h("p", {}, this.panel.say("signals.none")));
else if (state.signals === "lost") fill(this.empty, h("p", {}, this.panel.say("status.lost.more")));
else fill(this.empty, h("p", {}, this.panel.say("signals.empty")), h("p", {}, this.panel.say("signals.empty.more")));
}
}
const WARNING = new Set(["above_limit", "below_limit"]);
class SignalRow {
constructor(panel) {
this.panel = panel;
this.title = h("h3", {});
this.where = h("p", { class: "quiet" });
this.value = h("p", { class: "value" });
this.trend = h("p", { class: "trend" });
this.curve = h("div", { class: "curve" });
this.remarks = h("p", { class: "remarks" });
this.node = h(
"li",
{ class: "signal" },
h("div", { class: "what" }, this.title, this.where),
h("div", { class: "now" }, this.value, this.trend),
this.curve,
this.remarks,
);
}
redraw() {
this.drawn = "";
}
update(signal) {
const { panel } = this;
const current = signal.current && panel.plant.live;
const flags = current ? signal.flags : [];
const state = !current ? "stale" : flags.some((flag) => WARNING.has(flag)) ? "warning" : flags.length ? "odd" : "good";
const drawn = JSON.stringify([signal, current, current ? 0 : panel.speech.ago(signal.at)]);
if (drawn === this.drawn) return;
this.drawn = drawn;
this.node.dataset.state = state;
this.node.dataset.name = signal.name;
fill(this.title, signal.title || signal.name);
fill(this.where, [signal.component, signal.meaning].filter(Boolean).join(" · "));
fill(this.value, current ? valueText(signal, panel.speech) : "—");
fill(this.trend, current ? this.trendOf(signal) : this.lastOf(signal));
fill(this.remarks, this.remarksOf(signal, flags, current));
const points = panel.plant.points.get(signal.name) ?? [];
fill(this.curve, points.length > 2 && isMeasured(signal) && sparkline(points, signal.limits, this.historyOf(signal, points)));
}
trendOf(signal) {
const { panel } = this;
const symbol = { rising: "up", falling: "down", steady: "level" }[signal.trend?.direction];
if (!symbol || typeof signal.value !== "number") return [];
const rate = signal.trend.direction !== "steady" && rateText(signal, panel);
return [icon(symbol), panel.say(`signals.${signal.trend.direction}`), rate && h("span", { class: "quiet" }, ` ${rate}`)];
}
lastOf(signal) {
const { panel } = this;
const reason = signal.quality === "bad" ? "signals.bad" : "signals.stale";
const last = signal.at
? panel.say("signals.last", { value: valueText(signal, panel.speech), ago: panel.speech.ago(signal.at) })
: panel.say("signals.never");
return [h("strong", {}, panel.say(reason)), ", ", last];
}
remarksOf(signal, flags, current) {
const { panel } = this;
const unit = signal.unit ? ` ${signal.unit}` : "";
const limit = (value) => `${panel.speech.number(value)}${unit}`;
const said = flags.map((flag) => {
if (flag === "above_limit") return panel.say("signals.high", { limit: limit(signal.limits.high) });
if (flag === "below_limit") return panel.say("signals.low", { limit: limit(signal.limits.low) });
return panel.say("signals.odd");
});
if (current && signal.quality === "uncertain") said.push(panel.say("signals.uncertain"));
return [...new Set(said)].join(" · ");
}
historyOf(signal, points) {
const values = points.map((point) => point.value);
const text = (value) => `${this.panel.speech.number(value, 4)} ${signal.unit}`.trim();
return this.panel.say("signals.history", { low: text(Math.min(...values)), high: text(Math.max(...values)) });
}
}
function silentText(panel) {
return panel.plant.silent.map((source) => [panel.say("signals.silent", { source: source.name }), source.reason && h("span", { lang: "en" }, ` ${source.reason}`), " "]);
}
function valueText(signal, speech) {
const { value, text, unit } = signal;
if (typeof value === "boolean" && (text === "on" || text === "off")) return speech.say(`signals.${text}`);
if (!isMeasured(signal)) return text;
return `${speech.number(Number(numberIn(signal)))}${unit ? `\u00a0${unit}` : ""}`;
}
function isMeasured(signal) {
return typeof signal.value === "number" && signal.text.endsWith(signal.unit) && /^-?\d+(\.\d+)?$/.test(numberIn(signal));
}
function numberIn({ text, unit }) {
return text.slice(0, unit ? -unit.length : undefined).trim();
}
function rateText(signal, panel) {
const rate = Math.abs(signal.trend.rate_per_s);
if (!rate) return "";
const [per, factor] = rate >= 0.1 ? ["seconds", 1] : rate * 60 >= 0.1 ? ["minute", 60] : ["hour", 3600];
const value = `${panel.speech.number(rate * factor, 2)} ${signal.unit}`.trim();
return panel.say("signals.rate", { rate: value, per: panel.say(`signals.${per}`) });
}
const SHOWN_ENDED = 10;
function alarmTitle(alarm) {
const title = alarm.title || alarm.text;
return alarm.code && !title.includes(alarm.code) ? `${alarm.code} ${title}`.trim() : title || alarm.code;
}
class AlarmsView {
constructor(panel) {
this.panel = panel;
this.cards = new Map();
this.notice = h("p", { class: "notice", role: "alert", hidden: true });
this.standing = h("ul", { class: "alarms" });
this.ended = h("ul", { class: "alarms ended" });
this.none = h("div", { class: "empty calm" }, icon("done"), h("p", {}, panel.say("alarms.none")));
this.unset = h("div", { class: "empty" }, icon("alarms"), h("p", {}, panel.say("alarms.unset")), h("p", {}, panel.say("signals.empty.more")));
this.endedPart = h("section", {}, h("h2", {}, panel.say("alarms.before")), this.ended);
this.node = h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": panel.say("view.alarms") }, h("h2", { class: "unseen" }, panel.say("alarms.active")), this.notice, this.standing, this.none, this.unset, this.endedPart);
panel.listen(panel.plant, ["alarms", "advice", "state"], () => this.render());
}
show() {
this.shown = true;
this.render();
}
hide() {
this.shown = false;
}
render() {
if (!this.shown) return;
const { plant } = this.panel;
const { standing } = plant;
const ended = plant.ended.slice(0, SHOWN_ENDED);
const lost = plant.state.alarms === "lost";
const live = plant.state.alarms === "live";
this.notice.hidden = !lost && !(live && plant.silent.length);
fill(this.notice, h("span", {}, this.panel.say("alarms.lost")), !lost && h("span", {}, silentText(this.panel)));
this.none.hidden = standing.length > 0 || !live || !plant.sources.length || plant.silent.length > 0;
this.unset.hidden = plant.state.alarms !== "absent" && !(live && !plant.sources.length);
this.endedPart.hidden = !ended.length;
this.place(this.standing, standing);
this.place(this.ended, ended);
for (const id of this.cards.keys()) if (!plant.alarms.has(id)) this.cards.delete(id);
this.panel.adviceBeside();
}
place(list, alarms) {
const nodes = alarms.map((alarm) => {
const card = this.cards.get(alarm.id) ?? new AlarmCard(this.panel);
this.cards.set(alarm.id, card);
card.update(alarm, this.panel.plant.advice.get(alarm.id));
return card.node;
});
if (nodes.length !== list.children.length || nodes.some((node, i) => node !== list.children[i])) fill(list, nodes);
}
open(id) {
const card = this.cards.get(id);
card?.node.scrollIntoView({ block: "start" });
card?.title.focus({ preventScroll: true });
}
}
class AlarmCard {
constructor(panel) {
this.panel = panel;
this.title = h("h3", { tabindex: "-1" });
this.when = h("p", { class: "quiet" });
this.body = h("div", { class: "advice" });
this.node = h("li", { class: "alarm" }, h("header", {}, icon("alarms"), h("div", {}, this.title, this.when)), this.body);
}
update(alarm, advice) {
const drawn = JSON.stringify([alarm, advice?.prepared]);
if (drawn === this.drawn) return;
this.drawn = drawn;
const { panel } = this;
this.node.dataset.severity = alarm.severity;
this.node.dataset.active = String(alarm.active);
this.node.dataset.id = alarm.id;
fill(this.title, alarmTitle(alarm));
const time = alarm.active ? panel.say("alarms.since", { time: panel.speech.time(alarm.began) }) : panel.say("alarms.gone", { time: panel.speech.time(alarm.ended) });
const parts = [panel.say(`alarms.severity.${alarm.severity}`), alarm.component || alarm.machine, time, alarm.acknowledged && panel.say("alarms.acknowledged")];
fill(this.when, parts.filter(Boolean).join(" · "));
fill(this.body, alarm.text && ![alarm.title, alarmTitle(alarm)].includes(alarm.text) && h("p", {}, alarm.text), alarm.active && this.adviceOf(advice), this.actions(alarm));
}
actions(alarm) {
const { panel } = this;
const subject = alarm.code || alarm.title;
return h("div", { class: "row" }, button(panel.say("alarms.ask"), { symbol: "ask" }, () => panel.ask(panel.say("ask.about", { code: subject }))));
}
adviceOf(advice) {
if (!advice) return null;
const { panel } = this;
const passages = new Map(advice.passages.map((passage) => [passage.n, passage]));
const cite = (n, quote) => passages.has(n) && this.cite(passages.get(n), quoteIn(passages.get(n), quote, advice.alarm.code));
const nothing = !advice.meaning && !advice.steps.length;
return [
nothing && h("p", { class: "quiet" }, panel.say("alarms.nothing")),
advice.meaning && h("section", {}, h("h4", {}, panel.say("alarms.meaning")), h("p", {}, advice.meaning, " ", cite(advice.meaning_n, advice.meaning))),
advice.steps.length > 0 &&
h("section", {}, h("h4", {}, panel.say("alarms.steps")), h("ol", { class: "steps" }, advice.steps.map((step) => h("li", {}, stepText(step.text), " ", cite(step.n, step.text))))),
advice.signals.length > 0 && h("ul", { class: "values" }, advice.signals.map((signal) => this.valueOf(signal))),
advice.incidents.length > 0 &&
h("details", {}, h("summary", {}, panel.say("alarms.incidents"), ` (${panel.speech.number(advice.incidents.length)})`), h("ul", { class: "incidents" }, advice.incidents.map((incident) => this.incidentOf(incident)))),
advice.passages.length > 0 &&
h("section", {}, h("h4", {}, panel.say("alarms.sources")), h("ul", { class: "sources" }, advice.passages.map((passage) => h("li", {}, this.source(passage))))),
];
}
valueOf(signal) {
const { panel } = this;
const live = panel.plant.signals.get(signal.name) ?? signal;
const text = signal.current ? valueText(signal, panel.speech) : panel.say("signals.stale");
return h("li", {}, `${live.title}: `, h("strong", {}, text), signal.at && h("span", { class: "quiet" }, ` ${panel.speech.time(signal.at)}`));
}
incidentOf(incident) {
const { panel } = this;
const text = [incident.when && h("strong", {}, `${incident.when}: `), incident.text];
if (incident.chunk_id === null) return h("li", {}, text);
return h("li", {}, text, " ", button(incident.reference, { quiet: true, symbol: "page" }, () => panel.openPassage({ chunk_id: incident.chunk_id }, incident.text)));
}
cite(passage, quote) {
const label = this.panel.say("evidence.cite", { n: passage.n, place: placeText(passage, this.panel) });
return h("button", { type: "button", class: "cite", "aria-label": label, onclick: () => this.panel.openPassage(passage, quote) }, String(passage.n));
}
source(passage) {
return h("button", { type: "button", class: "source", onclick: () => this.panel.openPassage(passage, passage.text) }, h("span", { class: "number" }, String(passage.n)), h("span", {}, placeText(passage, this.panel)));
}
}
function quoteIn(passage, text, code) {
if (text && passage.text.includes(text)) return text;
return (code && passage.text.split("\n").find((line) => line.includes(code))) || "";
}
function stepText(text) {
return text.replace(/^\s*(?:\d+[.)]|[-*•])\s+/, "");
}
class EventParser {
constructor(onEvent) {
this.onEvent = onEvent;
this.rest = "";
this.clear();
}
clear() {
this.name = "";
this.data = [];
}
push(text) {
const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
this.rest = lines.pop();
for (const line of lines) this.line(line);
}
line(line) {
if (line === "") {
if (this.data.length) this.onEvent(this.name || "message", this.data.join("\n"));
this.clear();
return;
}
const [, field, value] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line);
if (field === "event") this.name = value;
else if (field === "data") this.data.push(value);
}
}
async function readEvents(response, onEvent, { silenceMs = 0 } = {}) {
const reader = response.body.getReader();
const decoder = new TextDecoder();
const parser = new EventParser((name, data) => {
let value;
try {
value = JSON.parse(data);
} catch {
return; // not ours: a comment of a proxy, or an event of a later version
}
onEvent(name, value);
});
try {
for (;;) {
const { done, value } = await withinSilence(reader, silenceMs);
if (done) return;
parser.push(decoder.decode(value, { stream: true }));
}
} catch (error) {
reader.cancel().catch(() => {});
throw error instanceof TypeError ? new Problem("broken") : error;
}
}
async function withinSilence(reader, silenceMs) {
if (!silenceMs) return reader.read();
let timer;
const silence = new Promise((_, reject) => {
timer = setTimeout(() => reject(new Problem("broken")), silenceMs);
});
try {
return await Promise.race([reader.read(), silence]);
} finally {
clearTimeout(timer);
}
}
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const SILENCE_MS = 45_000;
class Feed {
constructor(client, path, onEvent, onState, random = Math.random) {
Object.assign(this, { client, path, onEvent, onState, random });
this.failures = 0;
this.controller = null;
this.timer = 0;
}
start() {
if (this.controller || this.timer) return;
this.run();
}
stop() {
clearTimeout(this.timer);
this.timer = 0;
this.controller?.abort();
this.controller = null;
}
hurry() {
if (!this.timer) return;
clearTimeout(this.timer);
this.timer = 0;
this.run();
}
async run() {
const controller = (this.controller = new AbortController());
try {
const response = await this.client.open(this.path, { signal: controller.signal, accept: "text/event-stream" });
this.failures = 0;
this.onState("live");
await readEvents(response, this.onEvent, { silenceMs: SILENCE_MS });
} catch (error) {
if (controller.signal.aborted) return;
if (["missing", "absent", "forbidden", "key"].includes(error?.kind)) {
this.controller = null;
this.onState("absent");
return;
}
if (!(error instanceof Problem)) console.error(error);
}
if (this.controller !== controller) return;
this.controller = null;
this.onState("lost");
this.timer = setTimeout(() => {
this.timer = 0;
this.run();
}, waitMs(this.failures++, this.random));
}
}
function waitMs(failures, random = Math.random) {
const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 16));
return full / 2 + (full / 2) * random();
}
const RENEW_MS = 10_000;
const SOON_MS = 300;
const POINTS = 240;
const ENDED_ALARMS = 50;
const ALARMS_OF = "24h";
class Plant extends EventTarget {
constructor(client, machine = "") {
super();
this.client = client;
this.machine = machine;
this.signals = new Map();
this.sources = [];
this.alarms = new Map();
this.advice = new Map();
this.points = new Map();
this.state = { signals: "waiting", alarms: "waiting" };
this.known = new Set();
this.timer = 0;
this.feeds = [
new Feed(client, "v1/signals/events", (name, data) => this.heard(name, data), (state) => this.streamed(state)),
new Feed(client, "v1/advice/events", (name, data) => name === "advice" && this.heardAdvice(data), () => {}),
];
}
start() {
for (const feed of this.feeds) feed.start();
if (!this.timer) this.timer = setInterval(() => this.state.signals === "live" && this.renew(), RENEW_MS);
}
stop() {
for (const feed of this.feeds) feed.stop();
clearInterval(this.timer);
clearTimeout(this.soon);
this.timer = this.soon = 0;
if (this.state.signals === "live") this.change({ signals: "lost", alarms: "lost" });
}
hurry() {
for (const feed of this.feeds) feed.hurry();
}
get live() {
return this.state.signals === "live";
}
ofMachine(one) {
return !this.machine || !one.machine || one.machine === this.machine;
}
get silent() {
return this.sources.filter((source) => source.condition !== "up");
}
get standing() {
const rank = { critical: 0, high: 1, medium: 2, low: 3 };
return [...this.alarms.values()]
.filter((alarm) => alarm.active)
.sort((a, b) => (rank[a.severity] ?? 4) - (rank[b.severity] ?? 4) || b.began.localeCompare(a.began));
}
get ended() {
return [...this.alarms.values()].filter((alarm) => !alarm.active).sort((a, b) => (b.ended ?? "").localeCompare(a.ended ?? ""));
}
change(state) {
this.state = { ...this.state, ...state };
this.dispatchEvent(new Event("state"));
}
streamed(state) {
if (state === "live") this.renew();
else this.change({ signals: state, alarms: state });
}
async renew() {
const [signals, alarms, advice] = await Promise.allSettled([
this.client.json("v1/signals"),
this.client.json("v1/alarms", { query: { since: ALARMS_OF } }),
this.client.json("v1/advice"),
]);
if (signals.status === "fulfilled") {
this.sources = signals.value.sources ?? [];
this.signals = new Map(signals.value.signals.filter((one) => this.ofMachine(one)).map((one) => [one.name, one]));
for (const signal of this.signals.values()) this.remember(signal);
this.dispatchEvent(new Event("signals"));
}
if (alarms.status === "fulfilled") {
this.alarms = new Map(alarms.value.alarms.filter((one) => this.ofMachine(one)).map((one) => [one.id, one]));
this.dispatchEvent(new Event("alarms"));
}
if (advice.status === "fulfilled") {
this.advice = new Map(advice.value.advice.map((one) => [one.alarm.id, one]));
this.dispatchEvent(new Event("advice"));
}
this.change({
signals: stateOf(signals),
alarms: stateOf(alarms),
});
}
heard(name, data) {
if (name === "signal" && data?.name && this.ofMachine(data)) {
if (this.signals.get(data.name)?.current && !data.current) this.renewSoon();
this.signals.set(data.name, data);
this.remember(data);
this.dispatchEvent(new CustomEvent("signal", { detail: data }));
} else if (name === "alarm" && data?.id && this.ofMachine(data)) {
this.alarms.set(data.id, data);
for (const old of this.ended.slice(ENDED_ALARMS)) this.alarms.delete(old.id);
this.dispatchEvent(new Event("alarms"));
}
}
renewSoon() {
this.soon ||= setTimeout(() => {
this.soon = 0;
if (this.live) this.renew();
}, SOON_MS);
}
heardAdvice(data) {
if (!data?.alarm?.id || !this.ofMachine(data.alarm)) return;
this.advice.set(data.alarm.id, data);
if (!this.alarms.has(data.alarm.id)) this.alarms.set(data.alarm.id, data.alarm);
for (const id of this.advice.keys()) if (!this.alarms.has(id)) this.advice.delete(id);
this.dispatchEvent(new Event("advice"));
this.dispatchEvent(new Event("alarms"));
}
unannounced() {
const fresh = this.standing.filter((alarm) => !this.known.has(alarm.id));
this.known = new Set(this.standing.map((alarm) => alarm.id));
return fresh;
}
remember(signal) {
if (typeof signal.value !== "number" || !signal.current || !signal.at) return;
const points = this.points.get(signal.name) ?? [];
const at = Date.parse(signal.at);
if (points.length && points.at(-1).at >= at) return;
points.push({ at, value: signal.value });
if (points.length > POINTS) points.splice(0, points.length - POINTS);
this.points.set(signal.name, points);
}
async recall(name) {
const history = await this.client.json(`v1/signals/${encodeURIComponent(name)}/history`);
const points = history.points
.filter((point) => typeof point.value === "number")
.map((point) => ({ at: Date.parse(point.at), value: point.value }));
const last = points.at(-1)?.at ?? 0;
const newer = (this.points.get(name) ?? []).filter((point) => point.at > last);
this.points.set(name, [...points, ...newer].slice(-POINTS));
}
}
function stateOf(result) {
if (result.status === "fulfilled") return "live";
return ["missing", "absent", "forbidden"].includes(result.reason?.kind) ? "absent" : "lost";
}
const SPANS_H = [4, 8, 12, 24];
class ShiftView {
constructor(panel) {
this.panel = panel;
this.hours = 8;
this.spans = h("div", { class: "choice", role: "group", "aria-label": panel.say("shift.span") });
this.body = h("div", { class: "summary", "aria-live": "polite" });
this.node = h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": panel.say("view.shift") }, this.spans, this.body);
}
show() {
this.load();
}
hide() {
this.controller?.abort();
}
async load() {
const { panel } = this;
const choice = (hours) => h("button", { type: "button", "aria-pressed": String(hours === this.hours), onclick: () => this.choose(hours) }, panel.say("shift.hours", { n: hours }));
const focused = this.spans.contains(panel.root.activeElement);
fill(this.spans, SPANS_H.map(choice));
if (focused) this.spans.querySelector("[aria-pressed=true]").focus();
this.controller?.abort();
const controller = (this.controller = new AbortController());
try {
this.render(await panel.client.json("v1/summary", { query: { since: `${this.hours}h` }, signal: controller.signal }));
} catch (error) {
if (error?.name !== "AbortError") fill(this.body, panel.problemNode(error, () => this.load()));
}
}
choose(hours) {
this.hours = hours;
this.load();
}
render(summary) {
const { panel } = this;
const alarms = new Map(summary.alarms.map((alarm) => [alarm.id, alarm]));
const notes = new Map(summary.notes.map((note) => [note.id, note]));
fill(
this.body,
h("h2", { class: "unseen" }, panel.say("shift.of", { time: panel.speech.time(summary.since) })),
!summary.lines.length && h("p", { class: "quiet" }, panel.say("shift.empty")),
h("ul", { class: "lines" }, summary.lines.map((line) => h("li", {}, h("p", { lang: "en" }, line.text), this.references(line, alarms, notes)))),
summary.notices?.map((notice) => h("p", { class: "notice", lang: "en" }, notice)),
);
}
references(line, alarms, notes) {
const { panel } = this;
const made = (line.references ?? []).map((reference) => {
if (reference.startsWith("signal:")) return button(reference.slice(7), { quiet: true, symbol: "signals" }, () => panel.go("signals"));
if (alarms.has(reference)) return button(alarmTitle(alarms.get(reference)), { quiet: true, symbol: "alarms" }, () => panel.openAlarm(reference));
if (notes.has(reference)) return button(panel.speech.time(notes.get(reference).at), { quiet: true, symbol: "notes", "aria-label": `${panel.say("view.notes")} ${panel.speech.time(notes.get(reference).at)}` }, () => panel.go("notes"));
return null;
});
return made.some(Boolean) && h("div", { class: "row" }, made);
}
}
class AlarmStrip {
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
const TIMEOUT_MS = 20_000;
class Client {
constructor(base, key = "") {
this.base = new URL(base.endsWith("/") ? base : `${base}/`);
this.key = key;
}
async open(path, { method = "GET", query = {}, body, signal, accept = "application/json" } = {}) {
const url = new URL(path, this.base);
for (const [name, value] of Object.entries(query)) {
if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
}
const headers = { Accept: accept };
if (this.key) headers.Authorization = `Bearer ${this.key}`;
if (body !== undefined) headers["Content-Type"] = "application/json";
let response;
try {
response = await fetch(url, {
method,
headers,
body: body === undefined ? undefined : JSON.stringify(body),
signal,
cache: "no-store",
credentials: "omit",
referrerPolicy: "no-referrer",
});
} catch (error) {
if (error?.name === "AbortError") throw error;
throw new Problem("offline");
}
if (!response.ok) throw await Problem.of(response);
return response;
}
async json(path, options = {}) {
return this.within(options.signal, async (signal) => {
const response = await this.open(path, { ...options, signal });
return response.status === 204 ? null : await response.json();
});
}
async blob(path, options = {}) {
return this.within(options.signal, async (signal) => {
const response = await this.open(path, { ...options, signal, accept: options.accept ?? "*/*" });
return { blob: await response.blob(), headers: response.headers };
});
}
async events(path, options, onEvent) {
const response = await this.open(path, { ...options, accept: "text/event-stream" });
await readEvents(response, onEvent);
}
async within(outer, call) {
const controller = new AbortController();
const stop = () => controller.abort();
outer?.addEventListener("abort", stop);
if (outer?.aborted) stop();
let late = false;
const timer = setTimeout(() => {
late = true;
stop();
}, TIMEOUT_MS);
try {
return await call(controller.signal);
} catch (error) {
if (late) throw new Problem("offline");
if (error instanceof TypeError) throw new Problem("offline");
throw error;
} finally {
clearTimeout(timer);
outer?.removeEventListener("abort", stop);
}
}
}
const EVERY_MS = 15_000;
class Health extends EventTarget {
constructor(client, random = Math.random) {
super();
Object.assign(this, { client, random });
this.state = "waiting";
this.status = null;
this.failures = 0;
this.nextAt = 0;
this.timer = 0;
this.running = false;
}
start() {
if (!this.running) {
this.running = true;
this.look();
}
}
stop() {
this.running = false;
clearTimeout(this.timer);
this.controller?.abort();
}
async look() {
if (!this.running || this.controller) return;
clearTimeout(this.timer);
const controller = (this.controller = new AbortController());
this.nextAt = 0;
if (this.state === "lost") this.dispatchEvent(new Event("change"));
const before = this.state;
try {
this.status = await this.client.json("v1/status", { signal: controller.signal });
this.state = "here";
this.failures = 0;
} catch (error) {
if (controller.signal.aborted) return void (this.controller = null);
this.state = error?.kind === "key" ? "key" : "lost";
this.failures += 1;
}
this.controller = null;
const wait = this.state === "lost" ? waitMs(this.failures, this.random) : EVERY_MS;
this.nextAt = Date.now() + wait;
this.timer = setTimeout(() => this.look(), wait);
this.dispatchEvent(new CustomEvent("change", { detail: before }));
}
}
class Dialog {
constructor(panel, title) {
this.panel = panel;
this.body = h("div", { class: "body" });
const heading = h("h2", { id: `dialog-${++Dialog.count}`, tabindex: "-1" }, title);
const close = button(panel.say("close"), { symbol: "close", spoken: true, quiet: true }, () => this.close());
this.node = h("dialog", { "aria-labelledby": heading.id, onclose: () => this.closed() }, h("header", {}, heading, close), this.body);
this.heading = heading;
this.node.addEventListener("click", (event) => event.target === this.node && this.close());
}
get open() {
return this.node.open;
}
show() {
this.render();
if (!this.node.open) this.node.showModal();
this.heading.focus();
}
close() {
this.node.close();
}
closed() {}
render() {
fill(this.body);
}
}
Dialog.count = 0;
class SettingsDialog extends Dialog {
constructor(panel) {
super(panel, panel.say("settings.title"));
}
render() {
const { panel } = this;
const { say } = panel;
const languages = Object.entries(LANGUAGES).map(([tag, messages]) => [tag, messages.name]);
const collections = panel.health.status?.index?.collections ?? [];
fill(
this.body,
this.choice("theme", say("settings.theme"), [["auto", say("settings.auto")], ["light", say("settings.light")], ["dark", say("settings.dark")]]),
this.choice("contrast", say("settings.contrast"), [["auto", say("settings.auto")], ["standard", say("settings.contrast.standard")], ["more", say("settings.contrast.more")]]),
this.choice("size", say("settings.size"), [["standard", say("settings.size.standard")], ["large", say("settings.size.large")], ["largest", say("settings.size.largest")]]),
this.choice("language", say("settings.language"), languages),
this.choice("answers", say("settings.answers"), [["short", say("settings.answers.short")], ["detail", say("settings.answers.detail")], ["quotes", say("settings.answers.quotes")]]),
!panel.options.collections.length && collections.length > 1 && this.collections(collections),
panel.client.key && h("section", {}, h("h3", {}, say("settings.key")), button(say("settings.key.change"), {}, () => (this.close(), panel.askForKey()))),
this.about(panel.health.status),
);
}
choice(name, title, options) {
const { panel } = this;
const now = name === "language" ? panel.speech.tag : panel.preferences.get(name);
const buttons = options.map(([value, text]) =>
h(
"button",
{
type: "button",
"aria-pressed": String(value === now),
lang: name === "language" ? value : null,
onclick: () => {
panel.preferences.set(name, value);
if (name === "language") return; // everything is drawn anew
this.render();
this.body.querySelector(`[data-name=${name}] [aria-pressed=true]`).focus();
},
},
text,
),
);
return h("section", { "data-name": name }, h("h3", {}, title), h("div", { class: "choice", role: "group", "aria-label": title }, buttons));
}
collections(all) {
const { panel } = this;
const chosen = new Set(panel.preferences.get("collections"));
const box = (name) =>
h(
"label",
{ class: "check" },
h("input", {
type: "checkbox",
".checked": chosen.has(name),
onchange: (event) => {
chosen[event.target.checked ? "add" : "delete"](name);
panel.preferences.set("collections", [...chosen]);
first.hidden = chosen.size > 0;
},
}),
h("span", {}, name),
);
const first = h("p", { class: "quiet", hidden: chosen.size > 0 }, panel.say("settings.collections.all"));
return h("fieldset", {}, h("legend", {}, panel.say("settings.collections")), first, all.map((one) => box(one.name)));
}
about(status) {
if (!status) return null;
const { say } = this.panel;
const documents = status.index.collections.reduce((sum, one) => sum + one.documents, 0);
const { engine } = status;
return h(
"section",
{ class: "about" },
h("h3", {}, say("settings.about")),
h("p", {}, engine.model ? say("settings.model", { model: engine.model }) : engine.state === "off" ? say("settings.model.none") : engine.message),
h("p", {}, [say("settings.documents", { n: documents }), say("settings.version", { version: status.version })].join(" · ")),
);
}
}
class Tabs {
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
const FIND_TALK_AFTER_MS = 250;
class TalksDialog extends Dialog {
constructor(panel) {
super(panel, panel.say("talks.title"));
this.find = h("input", { class: "field", type: "search", "aria-label": panel.say("talks.find"), placeholder: panel.say("talks.find"), oninput: () => this.later() });
this.list = h("ul", { class: "talks" });
this.said = h("div", { role: "status" });
}
render() {
this.find.value = "";
fill(this.said);
fill(this.body, this.find, this.said, this.list);
this.load();
}
closed() {
clearTimeout(this.due);
this.controller?.abort();
}
later() {
clearTimeout(this.due);
this.due = setTimeout(() => this.load(), FIND_TALK_AFTER_MS);
}
async load() {
const { panel } = this;
this.controller?.abort();
const controller = (this.controller = new AbortController());
const query = this.find.value.trim();
try {
const found = await panel.client.json("v1/conversations", { query: { query }, signal: controller.signal });
fill(this.list, found.conversations.map((talk) => this.talkOf(talk)));
fill(this.said, !found.conversations.length && h("p", { class: "quiet" }, panel.say(query ? "talks.none" : "talks.empty")));
this.find.hidden = !found.conversations.length && !query;
} catch (error) {
if (error?.name !== "AbortError") fill(this.said, panel.problemNode(error, () => this.load()));
}
}
talkOf(talk) {
const { panel } = this;
const title = talk.title || panel.say("talks.untitled");
const ask = h("div", { class: "row", hidden: true });
const remove = button(`${panel.say("talks.remove")}: ${title}`, { symbol: "remove", spoken: true, quiet: true }, () => {
ask.hidden = false;
keep.focus();
});
const keep = button(panel.say("notes.keep"), {}, () => {
ask.hidden = true;
remove.focus();
});
const sure = button(panel.say("talks.remove"), { class: "button danger" }, () => this.remove(talk));
fill(ask, h("p", {}, panel.say("talks.remove.sure", { title })), sure, keep);
return h(
"li",
{ "data-id": talk.id },
h(
"div",
{ class: "head" },
h("button", { type: "button", class: "source", onclick: () => this.resume(talk, title) }, h("span", { class: "name" }, h("strong", {}, title), h("span", {}, panel.speech.time(talk.begun_at)))),
button(`${panel.say("talks.export")}: ${title}`, { symbol: "save", spoken: true, quiet: true }, () => this.export(talk)),
remove,
),
ask,
);
}
async resume(talk, title) {
try {
await this.panel.asking.resume(talk.id);
} catch (error) {
fill(this.said, this.panel.problemNode(error));
return;
}
this.close();
this.panel.go("ask");
this.panel.announce(this.panel.say("talks.opened", { title }));
}
async export(talk) {
try {
const { blob } = await this.panel.client.blob(`v1/conversations/${encodeURIComponent(talk.id)}/export`, { accept: "text/markdown" });
const address = URL.createObjectURL(blob);
h("a", { href: address, download: `conversation-${talk.id}.md` }).click();
setTimeout(() => URL.revokeObjectURL(address), 60_000);
} catch (error) {
fill(this.said, this.panel.problemNode(error));
}
}
async remove(talk) {
try {
await this.panel.client.json(`v1/conversations/${encodeURIComponent(talk.id)}`, { method: "DELETE" });
if (this.panel.asking.conversation === talk.id) this.panel.asking.clear();
this.heading.focus();
await this.load();
} catch (error) {
fill(this.said, this.panel.problemNode(error));
}
}
}
const OLD_S = 14 * 86_400; // as `edge-copilot doctor` has it
class Top {
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
class LostLine {
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
const SUGGESTED = 4;
const SPOKEN_MS = 5_000;
class Panel {
constructor(host, root, preferences, options) {
Object.assign(this, { host, root, preferences, options });
this.machine = options.machine;
this.client = new Client(options.api, options.key);
this.health = new Health(this.client);
this.plant = new Plant(this.client, options.machine);
this.asking = new Asking(this.client);
this.view = "ask";
this.draft = "";
this.noteOf = null;
this.life = new AbortController();
this.say = (key, values) => this.speech.say(key, values);
const { signal } = this.life;
preferences.addEventListener("change", (event) => this.preferred(event.detail), { signal });
this.health.addEventListener("change", (event) => this.looked(event.detail), { signal });
this.asking.addEventListener("turn", (event) => this.asked(event.detail), { signal });
this.asking.addEventListener("turns", () => this.resumed(), { signal });
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
matchMedia(query).addEventListener("change", () => this.dress(), { signal });
}
document.addEventListener("visibilitychange", () => this.run(), { signal });
addEventListener("online", () => this.hurry(), { signal });
this.draw();
this.run();
}
dispose() {
this.life.abort();
this.drawing?.abort();
this.asking.cancel();
this.health.stop();
this.plant.stop();
this.viewer.dispose();
this.views[this.view].hide();
}
run() {
if (document.visibilityState === "hidden") {
this.health.stop();
this.plant.stop();
} else {
this.health.start();
this.plant.start();
}
}
draw() {
this.drawing?.abort();
this.drawing = new AbortController();
this.viewer?.dispose();
this.views?.[this.view].hide();
const chosen = this.preferences.get("language");
this.speech = new Speech(chosenLanguage(chosen === "auto" ? this.options.languages : [chosen, ...this.options.languages]));
const { say } = this;
this.viewer = new Viewer(this);
this.views = { ask: new AskView(this), signals: new SignalsView(this), alarms: new AlarmsView(this), notes: new NotesView(this), shift: new ShiftView(this) };
this.talks = new TalksDialog(this);
this.settings = new SettingsDialog(this);
this.keyForm = new KeyForm(this);
this.tabs = new Tabs(this);
this.polite = h("div", { class: "unseen", role: "status" });
this.urgent = h("div", { class: "unseen", role: "alert" });
this.main = h("div", { class: "main" }, this.tabs.node, this.tabs.panels, this.viewer.node);
this.node = h(
"div",
{ class: "panel", lang: this.speech.tag, onkeydown: (event) => this.pressed(event) },
h("div", { class: "frame" }, new Top(this).node, h("div", {}, new LostLine(this).node), new AlarmStrip(this).node, this.main),
button(say("skip"), { class: "skip" }, () => (this.go("ask"), this.views.ask.focus())),
this.polite,
this.urgent,
this.talks.node,
this.settings.node,
);
fill(this.root, this.node);
this.dress();
this.go(this.view);
this.resumed();
if (this.health.state === "key") this.askForKey();
}
listen(target, names, react) {
for (const name of names) target.addEventListener(name, react, { signal: this.drawing.signal });
}
preferred(name) {
if (name === "language") {
const open = this.settings.open;
this.draw();
if (open) this.settings.show();
} else this.dress();
}
dress() {
const as = (name, query, yes, no) => {
const value = this.preferences.get(name);
return value !== "auto" ? value : matchMedia(query).matches ? yes : no;
};
this.node.dataset.theme = as("theme", "(prefers-color-scheme: dark)", "dark", "light");
this.node.dataset.contrast = as("contrast", "(prefers-contrast: more)", "more", "standard");
this.node.dataset.size = this.preferences.get("size");
}
looked(before) {
const { state } = this.health;
this.node.dataset.state = state;
if (state === "key") this.askForKey();
else this.keyForm.done();
if (before === undefined || before === state) return;
this.emit("state", { state });
if (state === "lost") this.announce(this.say("status.lost"), true);
if (state !== "here" || before === "waiting") return;
this.announce(this.say("status.back"));
this.plant.hurry();
}
hurry() {
this.health.look();
this.plant.hurry();
}
go(view) {
if (!(view in this.views)) return;
this.views[this.view].hide();
this.view = view;
this.tabs.select(view);
this.closePassage();
this.views[view].show();
this.besides();
if (view === "ask" && this.beside !== "ask") this.resumed();
}
besides() {
const beside = ["ask", "alarms"].includes(this.view);
if (beside) this.main.dataset.passages = "beside";
else delete this.main.dataset.passages;
}
ask(question) {
this.go("ask");
const answers = this.preferences.get("answers");
const collections = this.options.collections.length ? this.options.collections : this.preferences.get("collections");
const options = { ...(collections.length && { collections }), ...(answers === "detail" && { detail: true }), ...(answers === "quotes" && { use_model: false }) };
return this.asking.ask(question, options);
}
cancel() {
return this.asking.cancel();
}
resumed() {
this.beside = "ask";
const turn = this.asking.current;
const citations = turn?.citations ?? [];
const each = new Map(citations.map((one) => [one.chunk_id, one]));
this.viewer.load(turn?.passages ?? [...each.values()], citations);
}
asked(turn) {
this.picked = false;
this.viewer.load([]);
turn.addEventListener("change", (event) => this.life.signal.aborted || this.turned(turn, event.detail));
}
turned(turn, what) {
if (turn !== this.asking.current) return;
if (what === "evidence") {
this.viewer.load(turn.passages);
const { length: n } = turn.passages;
this.announce(n ? this.say("turn.found", { n }) : this.say("turn.found.none"));
this.emit("evidence", { question: turn.question, passages: turn.passages });
} else if (what === "answer") {
const { citations } = turn;
this.viewer.load(turn.passages ?? [], citations);
const first = citations.find(isOfDocument);
if (first && !this.picked) this.viewer.show(first, first.quote);
const text = turn.text.replace(/\s?\[\d+\]/g, "").replaceAll("[unverified]", `(${this.say("turn.unverified.mark")})`);
this.announce([turn.answer.status === "abstained" && `${this.say("turn.status.abstained")}.`, this.say("turn.announce", { text })].filter(Boolean).join(" "));
this.emit("answer", { question: turn.question, answer: turn.answer });
} else if (what === "failed") {
this.announce(this.problemText(turn.problem), true);
this.emit("error", { question: turn.question, kind: turn.problem.kind, status: turn.problem.status, detail: turn.problem.detail });
if (["offline", "broken", "key"].includes(turn.problem.kind)) this.health.look();
} else if (what === "cancelled") {
this.announce(this.say("turn.cancelled"));
this.emit("cancel", { question: turn.question });
}
}
openPassage(passage, quote = "") {
this.picked = true;
if (!["ask", "alarms"].includes(this.view)) this.main.dataset.passages = "beside";
if (this.main.dataset.reading === undefined) this.readFrom = this.root.activeElement;
this.main.dataset.reading = "";
if (getComputedStyle(this.viewer.back).display !== "none") this.viewer.heading.focus();
return this.viewer.show(passage, quote).then(() => this.viewer.announce());
}
closePassage() {
if (this.main.dataset.reading === undefined) return;
delete this.main.dataset.reading;
if (this.viewer.node.contains(this.root.activeElement)) this.readFrom?.focus();
}
adviceBeside() {
const advice = this.plant.standing.map((alarm) => this.plant.advice.get(alarm.id)).find((one) => one?.passages.length);
const shown = advice ? `alarms ${advice.alarm.id}` : "alarms";
if (this.beside === shown || (this.beside?.startsWith("alarms") && !advice)) return;
this.beside = shown;
const passages = advice?.passages ?? [];
const means = passages.find((one) => one.n === advice.meaning_n);
const cited = passages.map((one) => ({ ...one, quote: quoteIn(one, one === means ? advice.meaning : "", advice.alarm.code) }));
this.viewer.load(passages, cited);
const first = cited.find((one) => one.n === (means ?? passages[0])?.n);
if (first) this.viewer.show(first, first.quote);
}
openAlarm(id) {
this.go("alarms");
this.views.alarms.open(id);
}
writeNote(text) {
if (!this.draft) this.draft = `${text}\n`;
this.noteOf = this.asking.conversation;
this.go("notes");
this.views.notes.focus();
}
suggestions() {
const alarms = this.plant.standing.filter((alarm) => alarm.code).map((alarm) => this.say("ask.about", { code: alarm.code }));
return [...new Set([...alarms, ...this.options.questions])].slice(0, SUGGESTED);
}
askForKey() {
this.keyForm.show();
}
pressed(event) {
if (event.key !== "Escape" || this.talks.open || this.settings.open) return;
if (this.cancel()) this.views.ask.focus();
else if (this.main.dataset.reading !== undefined) this.closePassage();
else return;
event.preventDefault();
event.stopPropagation();
}
announce(text, urgent = false) {
const node = urgent ? this.urgent : this.polite;
fill(node);
requestAnimationFrame(() => fill(node, text));
clearTimeout(node.timer);
node.timer = setTimeout(() => fill(node), SPOKEN_MS + text.length * 60);
}
emit(name, detail) {
this.host.dispatchEvent(new CustomEvent(`edge-copilot-${name}`, { detail, bubbles: true, composed: true }));
}
problemText(problem) {
const { say } = this;
const kind = problem.kind ?? "server";
return `${say(`problem.${kind}`)} ${say(`problem.${kind}.do`, { seconds: Math.max(1, Math.ceil(problem.waitS ?? 1)) })}`;
}
problemNode(problem, again = null) {
const { say } = this;
const kind = problem.kind ?? "server";
if (!problem.kind) console.error(problem);
const seconds = Math.max(1, Math.ceil(problem.waitS ?? 1));
const own = ["offline", "broken", "key"].includes(kind) ? "" : [problem.detail, problem.remedy].filter(Boolean).join(" ");
return h(
"div",
{ class: "problem", "data-kind": kind },
icon("alarms"),
h("div", {}, h("p", {}, h("strong", {}, say(`problem.${kind}`))), h("p", {}, say(`problem.${kind}.do`, { seconds })), own && h("p", { class: "quiet", lang: "en" }, own)),
again && button(say("again"), { symbol: "sync" }, again),
);
}
}
const STORE = "edge-copilot";
const DEFAULTS = { theme: "auto", contrast: "auto", size: "standard", language: "auto", answers: "short", collections: [] };
class Preferences extends EventTarget {
constructor() {
super();
this.attributes = {};
this.chosen = this.read();
}
get(name) {
return this.chosen[name] ?? this.attributes[name] ?? DEFAULTS[name];
}
set(name, value) {
this.chosen = { ...this.chosen, [name]: value };
this.write();
this.dispatchEvent(new CustomEvent("change", { detail: name }));
}
setDefault(name, value) {
this.attributes[name] = value ?? undefined;
this.dispatchEvent(new CustomEvent("change", { detail: name }));
}
read() {
try {
const kept = JSON.parse(localStorage.getItem(STORE) ?? "{}");
return Object.fromEntries(Object.entries(kept).filter(([name]) => name in DEFAULTS));
} catch {
return {}; // no storage in this frame, or something else lies there
}
}
write() {
try {
localStorage.setItem(STORE, JSON.stringify(this.chosen));
} catch {
}
}
}
const sheet = new CSSStyleSheet();
sheet.replaceSync(COLOURS + PARTS + VIEWS + FRAME);
const HOME = new URL("../", import.meta.url).href;
const OF_PANEL = ["api", "key", "collections", "machine", "heading", "questions", "lang"];
const OF_LOOKS = ["theme", "contrast"];
export class EdgeCopilot extends HTMLElement {
static observedAttributes = [...OF_PANEL, ...OF_LOOKS, "view"];
static languages = LANGUAGES;
#panel = null;
#preferences = new Preferences();
#key = "";
constructor() {
super();
const root = this.attachShadow({ mode: "open", delegatesFocus: true });
root.adoptedStyleSheets = [sheet];
}
connectedCallback() {
this.#begin();
}
disconnectedCallback() {
this.#panel?.dispose();
this.#panel = null;
}
attributeChangedCallback(name, before, value) {
if (OF_LOOKS.includes(name)) this.#preferences.setDefault(name, value);
else if (!this.#panel || before === value) return;
else if (name === "view") this.#panel.go(value);
else this.#begin();
}
#begin() {
this.#panel?.dispose();
const api = new URL(this.getAttribute("api") || HOME, document.baseURI).href;
const list = (name, mark) => (this.getAttribute(name) ?? "").split(mark).map((one) => one.trim()).filter(Boolean);
this.#panel = new Panel(this, this.shadowRoot, this.#preferences, {
api,
key: this.#key || this.getAttribute("key") || keptKey(api),
machine: this.getAttribute("machine") ?? "",
heading: this.getAttribute("heading") ?? "",
collections: list("collections", ","),
questions: list("questions", "|"),
languages: [this.closest("[lang]")?.lang, ...navigator.languages].filter(Boolean),
});
if (this.hasAttribute("view")) this.#panel.go(this.getAttribute("view"));
}
set key(key) {
this.#key = String(key ?? "");
if (this.#panel) this.#begin();
}
async ask(question) {
if (!this.#panel) throw new Error("<edge-copilot> is not in a document");
const text = String(question ?? "").trim();
if (!text) return null;
return (await this.#panel.ask(text)).answer;
}
cancel() {
return this.#panel?.cancel() ?? false;
}
show(view) {
this.#panel?.go(view);
}
async open(chunkId, quote = "") {
await this.#panel?.openPassage({ chunk_id: chunkId }, quote);
}
}
if (!customElements.get("edge-copilot")) customElements.define("edge-copilot", EdgeCopilot);
