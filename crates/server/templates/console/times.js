// Times in the reader's zone and language. Where a time stands alone, in a list, those of the last and the next days are told by
// how far away they are, by the server's clock; the exact one is shown on hover. In a sentence "until in two days" says nothing.

const DAYS = 7 * 86_400_000;
// From how much on each is told, and how much it is: an hour and a half are 90 minutes, not 1 hour.
const UNITS = [["day", 36 * 3_600_000, 86_400_000], ["hour", 100 * 60_000, 3_600_000], ["minute", 60_000, 60_000]];
const skew = (Date.parse(document.body.dataset.now) || Date.now()) - Date.now();
const language = navigator.language;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
const plain = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

function away(milliseconds) {
  const [unit, , size] = UNITS.find(([, least]) => Math.abs(milliseconds) >= least) ?? [];
  if (!unit) return relative.format(0, "second");
  return relative.format(Math.round(milliseconds / size), unit);
}

function isAlone(element) {
  const cell = element.closest("td, th, dd, [data-relative]");
  return cell?.textContent.trim() === element.textContent.trim();
}

function show(element) {
  const when = Date.parse(element.dateTime);
  if (Number.isNaN(when)) return;
  const milliseconds = when - Date.now() - skew;
  const near = Math.abs(milliseconds) < DAYS && isAlone(element);
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
