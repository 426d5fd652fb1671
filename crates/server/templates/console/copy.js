// Buttons that copy the text of what they name, and a question before a page is left that shows something only once.

let isKept = !document.querySelector("[data-once]");

function leaving(event) {
  if (!isKept) event.preventDefault();
}

function kept() {
  isKept = true;
}

async function copy(button, label) {
  const parts = [...document.querySelectorAll(button.dataset.copy)];
  const said = button.nextElementSibling;
  try {
    await navigator.clipboard.writeText(parts.map((part) => (part.value ?? part.textContent).trim()).join("\n"));
  } catch {
    // Some browsers do not let pages copy: then all of it is marked, and the person copies it.
    const last = parts.at(-1);
    getSelection().setBaseAndExtent(parts[0], 0, last, last.childNodes.length);
    said.textContent = "Marked: copy it with your keyboard.";
    return;
  }
  kept();
  button.textContent = "Copied";
  said.textContent = "Copied";
  setTimeout(() => { button.textContent = label; said.textContent = ""; }, 4_000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  const said = Object.assign(document.createElement("span"), { className: "hidden" });
  said.setAttribute("role", "status");
  button.after(said);
  button.addEventListener("click", () => copy(button, label));
  button.hidden = false;
}

addEventListener("beforeunload", leaving);
addEventListener("afterprint", kept);
for (const link of document.querySelectorAll("[data-kept]")) link.addEventListener("click", kept);
