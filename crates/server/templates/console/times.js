// Times in the reader's zone and language. In lists those of the last and the next days are told by how far away they are, by the
// server's clock; the exact one is shown on hover.

const DAYS = 7 * 86_400_000;
const UNITS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]];
const skew = (Date.parse(document.body.dataset.now) || Date.now()) - Date.now();
const language = navigator.language;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
const plain = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

function away(milliseconds) {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(milliseconds) >= size) ?? ["second", 1_000];
  if (unit === "second") return relative.format(0, unit);
  // Past a half it is the next one: 13 days and 23 hours are 14 days to a person.
  return relative.format(Math.round(milliseconds / size), unit);
}

function show(element) {
  const when = Date.parse(element.dateTime);
  if (Number.isNaN(when)) return;
  const milliseconds = when - Date.now() - skew;
  const near = Math.abs(milliseconds) < DAYS && element.closest("td, th, li, [data-relative]");
  const text = near ? away(milliseconds) : plain.format(when);
  if (element.textContent !== text) element.textContent = text;
  element.title = exact.format(when);
  element.lang = language;
}

export function showAll(root = document) {
  root.querySelectorAll("time[datetime]").forEach(show);
}

showAll();
setInterval(() => showAll(), 60_000);
