// What the page says by itself: toasts, the polite live region, drafts that survive a reload.

const live = () => document.getElementById("r-live");

export function announce(text) {
  const region = live();
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 60); // a change of text is what gets read, also for the same words
}

// `lead`: {words, thread} or {words, change}, a button that leads to a thread or to a change card
export function toast(text, { bad = false, warn = false, passing = false, lead = null } = {}) {
  const box = document.getElementById("r-toasts");
  const note = document.createElement("div");
  note.className = `r-toast${bad ? " r-toast--bad" : warn ? " r-toast--warn" : ""}`;
  note.dataset.testid = "toast";
  const glyph = document.createElement("i");
  glyph.className = `i i-${bad || warn ? "triangle-alert" : "circle-check"}`;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "r-icon r-icon--small";
  close.setAttribute("aria-label", "Dismiss");
  close.innerHTML = '<i class="i i-x i-14"></i>';
  const away = () => { note.remove(); if (!box.children.length) box.hidePopover?.(); };
  close.addEventListener("click", away);
  note.append(glyph, words, ...(lead ? [leading(lead, away)] : []), close);
  box.append(note);
  if (box.matches(":popover-open")) box.hidePopover(); // shown again, so that it stands above a dialog opened meanwhile
  box.showPopover?.();
  lift(box);
  announce(text);
  if (!bad || passing) setTimeout(away, lead ? 20000 : 6000);
}

// above the boxes to write in at the bottom of the page, whose buttons it would cover
function lift(box) {
  box.style.bottom = "";
  const { left, right, bottom } = box.getBoundingClientRect();
  const below = [...document.querySelectorAll(".r-promptwrap, .r-say")].map((one) => one.getBoundingClientRect())
    .filter((one) => one.height && one.left < right && one.right > left && one.top < bottom && one.bottom > innerHeight / 2);
  if (below.length) box.style.bottom = `${innerHeight - Math.min(...below.map((one) => one.top))}px`;
}

function leading({ words, thread, change }, away) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "r-btn r-btn--small";
  button.dataset.testid = "toast-lead";
  button.textContent = words;
  const [name, detail] = change ? ["rfc:change-focus", { id: change, from: "toast" }] : ["rfc:thread", { id: thread, focus: true }];
  button.addEventListener("click", () => { away(); document.dispatchEvent(new CustomEvent(name, { detail })); });
  return button;
}

const draftKey = (key) => `rfc-draft-${key}`;

// whether whoever sent from this field is still there when the answer comes, or has gone on elsewhere
export function stays(field) {
  const at = document.activeElement;
  return Boolean(field) && (at.contains(field) || field.form.contains(at));
}

export function clearDraft(key) {
  sessionStorage.removeItem(draftKey(key));
}

function restoreDraft(field) {
  if (field.value || field.dataset.restored) return;
  field.dataset.restored = "";
  const kept = sessionStorage.getItem(draftKey(field.dataset.draft));
  if (!kept) return;
  field.value = kept;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function keepDrafts() {
  document.addEventListener("input", (event) => {
    const key = event.target.dataset?.draft;
    if (!key) return;
    if (event.target.value) sessionStorage.setItem(draftKey(key), event.target.value);
    else clearDraft(key);
  });
  const all = () => document.querySelectorAll("[data-draft]").forEach(restoreDraft);
  all();
  new MutationObserver(all).observe(document.body, { childList: true, subtree: true });
}
