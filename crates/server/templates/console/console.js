// What makes pages handier where scripts run. Every page works without; each module looks after one thing, and is fetched only
// where a page has it, under the version that this file came by.

const VERSION = new URL(import.meta.url).search;
const MODULES = [
  ["details.menu", "menus.js"],
  ["time[datetime]", "times.js"],
  ["[data-copy], [data-once]", "copy.js"],
  ["[data-guidance]", "guidance.js"],
  ["[data-passkey], form[data-new-passkey]", "passkeys.js"],
  ["body[data-session-ends]", "session.js"],
];

for (const [css, file] of MODULES) {
  if (document.querySelector(css)) import(`./${file}${VERSION}`);
}

// Whoever sent a form that needs another look begins with what is said about it.
document.getElementById("problems")?.focus();
