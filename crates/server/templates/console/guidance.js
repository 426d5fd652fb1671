// Says, while a new password is typed, how hard it is to guess. It only advises: what counts is said when the form is sent.

const WORDS = ["Guessed at once.", "Easy to guess.", "Not hard to guess.", "Hard to guess.", "Very hard to guess."];
const CONTEXT = ["name", "mail", "workspace"];
const PAUSE = 300;

function advise(input) {
  const box = input.closest(".field").querySelector(".meter");
  const [meter, sentence] = [box.querySelector("meter"), box.querySelector("span")];
  let [asked, busy, timer] = ["", false, 0];

  function question() {
    const fields = new URLSearchParams({ password: input.value });
    for (const name of CONTEXT) {
      const value = input.form?.elements[name]?.value;
      if (value) fields.set(name, value);
    }
    return fields;
  }

  function show({ score, fits, advice }) {
    meter.value = fits ? Math.max(score, 1) : 0;
    const words = fits ? `${WORDS[score]} ${advice}` : advice;
    sentence.textContent = words.trim();
  }

  function sayNothing() {
    meter.value = 0;
    sentence.textContent = "";
  }

  // One question at a time; what was typed meanwhile is asked next.
  async function ask() {
    const fields = question();
    if (!input.value) {
      asked = "";
      return sayNothing();
    }
    if (busy || String(fields) === asked) return;
    [busy, asked] = [true, String(fields)];
    try {
      const answer = await fetch("/guidance", { method: "POST", body: fields, headers: { accept: "application/json" } });
      // What was said of an earlier password is not to stand beside this one.
      if (answer.ok && input.value) show(await answer.json());
      else sayNothing();
    } catch {
      // Nobody is kept from going on by an answer that does not come.
      sayNothing();
    }
    busy = false;
    if (String(question()) !== asked) soon();
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  input.addEventListener("input", () => (input.value ? soon() : ask()));
  // From the beginning, with room for what it will say: the button below is not to move away under somebody's pointer.
  box.hidden = false;
}

document.querySelectorAll("[data-guidance]").forEach(advise);
