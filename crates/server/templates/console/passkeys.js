// Passkeys: signing in, proving again who one is, adding one. Whoever has no browser for them never sees the buttons.

const JSON_ONLY = { accept: "application/json" };
const canUse = window.isSecureContext && "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {});
let waiting = new AbortController();

/** A refusal, in the server's words. */
class Refused extends Error {
  constructor({ code, detail }) {
    super(detail);
    this.code = code;
  }
}

async function post(path, fields = {}) {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields), headers: JSON_ONLY });
  const kind = answer.headers.get("content-type") ?? "";
  if (!kind.includes("json")) {
    // Whoever is signed out meanwhile is led to the sign-in.
    location.assign(answer.url);
    return new Promise(() => {});
  }
  const said = await answer.json();
  if (!answer.ok) throw new Refused(said);
  return said;
}

function tell(near, why) {
  const place = (near.closest("form, section, .with-script, dialog") ?? document).querySelector("[data-passkey-problem]")
    ?? document.querySelector("[data-passkey-problem]");
  if (!place) return;
  const isRefusal = why instanceof Refused;
  const gaveUp = ["NotAllowedError", "AbortError"].includes(why?.name);
  place.textContent = isRefusal ? why.message
    : gaveUp ? "No passkey was used. Try again, or take another way."
    : why?.name === "InvalidStateError" ? "This device has a passkey of yours already."
    : "This did not work. Try again, or take another way.";
  place.hidden = false;
}

async function use(near, path, fields, how) {
  const { publicKey } = await post(path, fields);
  const credential = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey), ...how,
  });
  const done = await post("/sign-in/passkey/answer", { answer: JSON.stringify(credential.toJSON()) });
  const event = new CustomEvent("proved", { bubbles: true, cancelable: true, detail: done });
  // A dialog takes it from here; a page goes on.
  if (near.dispatchEvent(event)) location.assign(done.next);
}

async function press(button) {
  const { passkey, purpose, next } = button.dataset;
  const fields = {};
  if (purpose) fields.purpose = purpose;
  // Of signing in the first step says where to go, by which it is told from the second.
  if (next !== undefined) fields.next = next || (purpose ? "" : "/");
  waiting.abort();
  button.disabled = true;
  try {
    await use(button, passkey, fields);
  } catch (why) {
    tell(button, why);
  }
  button.disabled = false;
}

/** Offers passkeys among what the browser fills in, once somebody comes to the field. The form stays as it is. */
async function offer(input, button) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const begin = async () => {
    waiting = new AbortController();
    try {
      const fields = { next: button.dataset.next || "/" };
      await use(button, button.dataset.passkey, fields, { mediation: "conditional", signal: waiting.signal });
    } catch (why) {
      if (why instanceof Refused) tell(button, why);
    }
  };
  input.addEventListener("focus", begin, { once: true });
  if (document.activeElement === input) input.dispatchEvent(new FocusEvent("focus"));
}

async function add(form) {
  const name = form.elements.name.value;
  try {
    const { publicKey } = await post("/account/passkeys/options");
    const credential = await navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey),
    });
    const { next } = await post("/account/passkeys", { name, answer: JSON.stringify(credential.toJSON()) });
    location.assign(next);
  } catch (why) {
    if (why.code === "step_up_required") location.assign("/step-up?next=/account%3Fdone%3Dproved");
    else tell(form, why);
  }
}

/** Brings the buttons of a part of the page to life. */
export function enhance(root) {
  if (!canUse) return;
  for (const button of root.querySelectorAll("[data-passkey]")) {
    button.addEventListener("click", () => press(button));
    button.hidden = false;
  }
  for (const form of root.querySelectorAll("form[data-new-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      add(form);
    });
    form.hidden = false;
  }
  const [input, button] = [root.querySelector("[autocomplete~=webauthn]"), root.querySelector("[data-passkey]")];
  if (input && button) offer(input, button);
}

enhance(document);
