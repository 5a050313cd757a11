// Change cards in a list: what opens inside them, one listener for their buttons, keys on the focused one, and the focus they share
// with their marks in the text (rfc:change-focus).

const COLLAPSE = 150; // ms
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const cardOf = (element) => element.closest?.(".r-card[data-change]");
const typing = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

export class Cards {
  // `press` sends what somebody wants done: {key, act, id, op, text, sentences}
  constructor(list, press) {
    this.list = list;
    this.press = press;
    this.operations = new Map();
    this.listeners = {
      "rfc:change-focus": (event) => { if (event.detail.from !== "card") this.showFor(event.detail.id); },
      keydown: (event) => this.key(event),
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener);
  }

  end() {
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener);
  }

  all() {
    return [...this.list.querySelectorAll(".r-card[data-change]")].filter((card) => card.offsetParent);
  }

  // a click anywhere in the list
  click(event) {
    if (event.detail > 1 && this.begun) return; // the second press of a double click, wherever it lands by now
    const card = cardOf(event.target), button = event.target.closest("button");
    if (card && !event.target.closest("a")) this.focus(card, { move: !button && !typing(event.target) });
    this.begun = Boolean(button?.dataset.act);
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    if ("open" in button.dataset) this.open(card, button.dataset.open);
    else if ("fold" in button.dataset) this.fold(card);
    else if (button.dataset.act) this.act(button);
  }

  act(button) {
    if (button.dataset.act === "start") return document.querySelector('[data-testid="start-contributing"]')?.click();
    const home = button.closest("[data-key]"), key = home.dataset.key;
    if ("busy" in home.dataset) return;
    home.dataset.busy = "";
    button.dataset.busy = "";
    button.setAttribute("aria-busy", "true");
    button.closest("[popover]")?.hidePopover();
    this.say(home, "");
    const wish = { key, act: button.dataset.act, id: Number(key.slice(1)), text: this.textOf(home, button), sentences: ticked(home) };
    this.press({ ...wish, op: this.operation(wish) });
  }

  textOf(home, button) {
    return button.dataset.text ?? home.querySelector("[data-body] textarea")?.value ?? null;
  }

  // the same wish again, after a lost answer too, is the same operation
  operation(wish) {
    const name = JSON.stringify(wish);
    if (!this.operations.has(name)) this.operations.set(name, [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
    return this.operations.get(name);
  }

  // the server has done what was wished, or says why not
  settled(home, problem, final) {
    if (!problem || final) this.operations.clear();
    if (!home) return;
    delete home.dataset.busy;
    for (const button of home.querySelectorAll("[data-busy]")) { delete button.dataset.busy; button.removeAttribute("aria-busy"); }
    this.say(home, problem);
  }

  say(home, words) {
    const line = [...home.querySelectorAll("[data-problem]")].find((one) => one.closest("[data-key]") === home);
    if (!line) return words && window.rfc.toast(words, { bad: true });
    line.setAttribute("role", "alert");
    line.textContent = words;
    line.hidden = !words;
  }

  // a long change scrolls in its card: the keyboard has to get there
  dress(card) {
    const diff = card.querySelector(".r-card__diff, .r-card__two");
    if (diff && diff.scrollHeight > diff.clientHeight + 1) diff.tabIndex = 0;
  }

  // own wording, sentences or a reason, in the place of the change
  open(card, what, text, { focus = true, caret } = {}) {
    const body = card.querySelector("[data-body]");
    card.view ??= [...body.childNodes];
    card.open = what;
    const template = what && card.querySelector(`template[data-opens="${what}"]`);
    body.replaceChildren(...(template ? [template.content.cloneNode(true)] : card.view));
    card.querySelector("[data-note]").textContent = template ? template.dataset.says : "";
    card.querySelector('.r-card__head [data-open="part"]')?.toggleAttribute("hidden", what === "part");
    const field = body.querySelector("textarea, input");
    if (text !== undefined && field) field.value = text;
    if (field?.tagName === "TEXTAREA") grow(field);
    if (!focus) return;
    (field ?? body.querySelector("[data-act]"))?.focus({ preventScroll: true });
    if (caret) field?.setSelectionRange?.(...caret);
    else if (field?.select && what === "edit") field.setSelectionRange(field.value.length, field.value.length);
    card.scrollIntoView({ block: "nearest" });
  }

  input(event) {
    if (event.target.matches(".r-card textarea")) grow(event.target);
    if (event.target.matches(".r-part input")) this.tally(cardOf(event.target));
  }

  // how many sentences are chosen
  tally(card) {
    const number = ticked(card).length, button = card.querySelector('[data-act="accept-part"]');
    button.textContent = `Accept ${number}`;
    if (number) button.removeAttribute("aria-disabled"); else button.setAttribute("aria-disabled", "true");
    card.querySelector("[data-note]").textContent = `, ${number} of ${sentences(card).length} sentences`;
  }

  fold(card) {
    const button = card.querySelector("[data-fold]"), open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) card.querySelectorAll(":scope > [data-unfolded]").forEach((one) => one.remove());
    else {
      const box = document.createElement("div");
      box.dataset.unfolded = "";
      box.append(card.querySelector("template[data-folded]").content.cloneNode(true));
      card.append(box);
    }
  }

  // a card was replaced: what the person was doing in it goes on, and whoever writes elsewhere by now stays there
  carry(old, fresh) {
    const had = old.contains(document.activeElement) ? document.activeElement : null;
    const caret = had?.tagName === "TEXTAREA" ? [had.selectionStart, had.selectionEnd] : undefined;
    const menu = had && old.querySelector(".r-menu:popover-open"), unticked = sentences(old).filter((box) => !box.checked).map(wordsOf);
    const problem = old.querySelector("[data-problem]:not([hidden])")?.textContent;
    if ("busy" in old.dataset) fresh.dataset.busy = "";
    if ("focus" in old.dataset) this.mark(fresh);
    if (old.querySelector("[data-fold]")?.getAttribute("aria-expanded") === "true" && fresh.querySelector("[data-fold]")) this.fold(fresh);
    return () => {
      const text = old.querySelector("[data-body] textarea")?.value;
      if (menu) fresh.querySelector("[data-menu]")?.click();
      if (old.open && fresh.querySelector(`template[data-opens="${old.open}"]`)) this.open(fresh, old.open, text, { focus: Boolean(had), caret });
      else if (had) this.refocus(fresh, had);
      for (const box of sentences(fresh)) if (unticked.includes(wordsOf(box))) { box.checked = false; this.tally(fresh); }
      if (problem) this.keepSaying(fresh, problem);
      if (old.dataset.state !== fresh.dataset.state) collapse(old.height, fresh);
    };
  }

  // why a choice was refused stands there until the next one; it is not read out again, nor said beside the card's own words for it
  keepSaying(card, problem) {
    const line = card.querySelector("[data-problem]");
    if (!line || card.textContent.includes(problem)) return;
    line.removeAttribute("role");
    line.textContent = problem;
    line.hidden = false;
  }

  refocus(fresh, had) {
    const same = had.dataset.testid && fresh.querySelector(`[data-testid="${had.dataset.testid}"]`);
    (same ?? fresh).focus({ preventScroll: true });
  }

  // one card is focused, and so are its marks in the text
  focus(card, { move = true, tell = true } = {}) {
    const fresh = !("focus" in card.dataset);
    this.mark(card);
    if (move && !card.contains(document.activeElement)) card.focus({ preventScroll: true });
    if (fresh && tell) document.dispatchEvent(new CustomEvent("rfc:change-focus", { detail: { id: card.dataset.change, from: "card" } }));
  }

  mark(card) {
    for (const other of this.list.querySelectorAll(".r-card[data-focus]")) if (other !== card) { delete other.dataset.focus; delete other.dataset.keys; }
    card.dataset.focus = "";
    card.toggleAttribute("data-keys", window.rfc?.keysOn() ?? false);
  }

  numbered(id) {
    return this.list.querySelector(`.r-card[data-change="${CSS.escape(String(id))}"]`);
  }

  // a mark in the text was chosen
  showFor(id) {
    if (!this.numbered(id)) return;
    document.dispatchEvent(new CustomEvent("rfc:show-talk", { detail: { tab: "chat" } }));
    requestAnimationFrame(() => { // only what is shown can be focused; it may have been replaced by then
      const shown = this.numbered(id);
      if (!shown) return;
      this.focus(shown, { tell: false });
      shown.scrollIntoView({ block: "center" });
    });
  }

  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && typing(event.target)) return this.send(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !window.rfc?.keysOn()) return;
    if (typing(event.target) || document.querySelector("dialog[open], [popover].r-menu:popover-open")) return this.leave(event);
    if (event.key === "j" || event.key === "k") return this.step(event, event.key === "j" ? 1 : -1);
    const card = this.list.querySelector(".r-card[data-focus]");
    const button = card?.offsetParent && card.querySelector(`[data-key-of="${CSS.escape(event.key)}"]`);
    if (!button || !this.reaches(event, card)) return;
    event.preventDefault();
    button.click();
  }

  // a single key acts on the focused card only while nothing else on the page has the focus
  reaches(event, card) {
    return card.contains(event.target) || event.target === document.body || Boolean(event.target.closest(`[data-change="${card.dataset.change}"]`));
  }

  // Ctrl Enter in a form sends it
  send(event) {
    const card = cardOf(event.target), button = card?.open && card.querySelector(".r-card__acts [data-act]");
    if (!button) return;
    event.preventDefault();
    button.click();
  }

  leave(event) {
    const card = event.key === "Escape" && cardOf(event.target);
    if (card?.open) { event.stopPropagation(); this.open(card, ""); card.focus({ preventScroll: true }); }
  }

  step(event, by) {
    const cards = this.all();
    if (!cards.length) return;
    event.preventDefault();
    const at = cards.findIndex((card) => "focus" in card.dataset);
    const first = Math.max(0, cards.findIndex((card) => card.dataset.state === "pending"));
    const next = cards[at < 0 ? first : Math.max(0, Math.min(cards.length - 1, at + by))];
    this.focus(next);
    next.scrollIntoView({ block: "nearest" });
  }
}

const sentences = (card) => [...card.querySelectorAll(".r-part input")];
const ticked = (card) => sentences(card).filter((box) => box.checked).map((box) => Number(box.value));
const wordsOf = (box) => box.closest("label").textContent;

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, innerHeight * 0.5)}px`;
}

// a decided card becomes its one line
function collapse(height, card) {
  if (!height || calm() || !card.offsetHeight || height <= card.offsetHeight) return;
  card.animate([{ height: `${height}px` }, { height: `${card.offsetHeight}px` }], { duration: COLLAPSE, easing: "cubic-bezier(.2, 0, 0, 1)" });
}
