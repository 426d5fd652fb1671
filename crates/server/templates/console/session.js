// Two hours before a session ends a dialog asks whether to stay signed in, and does it without leaving the page: what is being
// typed there is kept. Time is the server's.

const VERSION = new URL(import.meta.url).search;
const WARN = 2 * 3_600_000;
const TICK = 15_000;
const body = document.body;
const dialog = document.getElementById("renew");
const part = (name) => dialog.querySelector(`[data-${name}]`);
const [title, ask, step, over] = [dialog.querySelector("h2"), part("ask"), part("step"), part("over")];
const bar = document.querySelector("[data-ending]");
const length = new Intl.RelativeTimeFormat(navigator.language, { numeric: "always", style: "short" });

let skew = Date.parse(body.dataset.now) - Date.now();
let ends = Date.parse(body.dataset.sessionEnds);
let asked = false;

const left = () => ends - Date.now() - skew;

function inWords(milliseconds) {
  const minutes = Math.max(Math.floor(milliseconds / 60_000), 0);
  const words = minutes < 100 ? length.format(minutes, "minute") : length.format(Math.round(minutes / 60), "hour");
  // What is shortened ends with a full stop in some languages; the sentence has its own.
  return words.replace(/\.$/, "");
}

/** Asks the server how long the session lasts: it may have been renewed, or ended, elsewhere. */
async function look() {
  let answer;
  try {
    answer = await fetch("/renew", { headers: { accept: "application/json" } });
  } catch {
    return;
  }
  if (answer.ok && answer.headers.get("content-type")?.startsWith("application/json")) {
    const told = await answer.json();
    skew = Date.parse(told.now) - Date.now();
    lastsUntil(told.session_ends);
  } else if (answer.redirected) {
    isOver(answer.url);
  }
}

function lastsUntil(when) {
  const was = ends;
  ends = Date.parse(when);
  body.dataset.sessionEnds = when;
  const isLonger = ends > was || !over.hidden;
  if (!isLonger) return;
  asked = false;
  dialog.close();
  [over.hidden, ask.hidden] = [true, false];
  step.replaceChildren();
  show();
}

function renewed(when) {
  lastsUntil(when);
  document.querySelector("[data-renewed]")?.remove();
  const notice = Object.assign(document.createElement("p"), { className: "notice good", textContent: part("close").dataset.close });
  notice.dataset.renewed = "";
  notice.setAttribute("role", "status");
  document.querySelector("main").prepend(notice);
}

function open() {
  asked = true;
  if (!dialog.open) dialog.showModal();
}

function isOver(url) {
  title.textContent = "You are signed out";
  // Back to this page, not to the question that we have asked.
  const there = new URL(url);
  there.searchParams.set("next", document.querySelector(".theme [name=next]")?.value ?? "/");
  over.querySelector("a").href = there.href;
  [over.hidden, ask.hidden] = [false, true];
  step.replaceChildren();
  bar.hidden = true;
  open();
}

/** What stands in the bar and in the dialog, as time goes on. */
function show() {
  const soon = left() < WARN && left() > 0;
  bar.hidden = !soon;
  if (!soon) return;
  const words = inWords(left());
  bar.textContent = `Signed out ${words}`;
  part("in").textContent = words;
  if (!asked) open();
}

async function tick() {
  if (!over.hidden) return;
  if (left() <= 0 || (left() < WARN && !asked)) await look();
  if (over.hidden) show();
}

/** Ids on the page may be the same as those of a form that comes to it. */
function renamed(root) {
  for (const element of root.querySelectorAll("[id], [for], [aria-describedby], [aria-labelledby], [href^='#']")) {
    if (element.id) element.id = `renew-${element.id}`;
    for (const name of ["for", "aria-describedby", "aria-labelledby"]) {
      const value = element.getAttribute(name)?.trim();
      if (value) element.setAttribute(name, value.split(/\s+/).map((id) => `renew-${id}`).join(" "));
    }
    const to = element.getAttribute("href");
    if (to?.startsWith("#")) element.setAttribute("href", `#renew-${to.slice(1)}`);
  }
  return root;
}

/** Shows the next step's form in the dialog. */
async function take(answer) {
  const kind = answer.headers.get("content-type") ?? "";
  if (kind.startsWith("application/json")) return renewed((await answer.json()).session_ends);
  if (kind.includes("problem+json")) return say((await answer.json()).detail);
  const place = new URL(answer.url);
  if (place.pathname === "/sign-in") return isOver(answer.url);
  const came = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = renamed(came.querySelector("main"));
  for (const form of main.querySelectorAll("form")) form.action = form.getAttribute("action") ?? place.pathname;
  title.textContent = main.querySelector("h1")?.textContent ?? title.textContent;
  main.querySelector("h1")?.remove();
  ask.hidden = true;
  step.replaceChildren(...main.childNodes);
  if (step.querySelector("[data-passkey]")) (await import(`./passkeys.js${VERSION}`)).enhance(step);
  (step.querySelector("[role=alert]:not([hidden])") ?? step.querySelector("input:not([type=hidden], [hidden])"))?.focus();
}

function say(sentence) {
  const notice = Object.assign(document.createElement("p"), { className: "notice danger", textContent: sentence });
  notice.setAttribute("role", "alert");
  step.prepend(notice);
}

async function go(path, options) {
  dialog.setAttribute("aria-busy", "true");
  try {
    await take(await fetch(path, options));
  } catch {
    say("The server does not answer. Try again in a moment.");
  }
  dialog.removeAttribute("aria-busy");
}

part("renew").addEventListener("click", (event) => {
  event.preventDefault();
  go("/renew");
});
step.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (dialog.getAttribute("aria-busy")) return;
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  go(form.action, { method: "POST", body: fields, headers: { accept: "application/json" } });
});
step.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  if (new URL(link.href).pathname === "/renew") go("/renew");
  else dialog.close();
});
step.addEventListener("proved", (event) => {
  event.preventDefault();
  renewed(event.detail.session_ends);
});
part("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  if (!over.hidden) return;
  step.replaceChildren();
  ask.hidden = false;
  title.textContent = "You will be signed out soon";
});
bar.addEventListener("click", open);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && (dialog.open || left() < WARN)) look();
});

tick();
setInterval(tick, TICK);
