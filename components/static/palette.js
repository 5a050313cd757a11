// Ctrl/Cmd K: jump to any RFC, pull request, idea, page or action, and search in every text (§7.2).

import { fold, nameOf, numberIn } from "./catalog_data.js";

const GLYPH = { "super-draft": "st-draft r-st-draft", active: "st-active r-st-active", withdrawn: "st-withdrawn r-st-withdrawn" };
const MOST = 8;
const TEXTS = 5;
const PAUSE = 90; // milliseconds without a key before the server is asked
const esc = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/** The title with what matched marked; positions are found in the unaccented text only when the lengths agree. */
function marked(title, words) {
  const plain = fold(title);
  if (plain.length !== title.length || !words.length) return esc(title);
  const on = new Uint8Array(title.length);
  for (const word of words)
    for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + word.length)) on.fill(1, at, at + word.length);
  let html = "", open = 0;
  for (let at = 0; at < title.length; at++) {
    if (on[at] !== open) { html += on[at] ? '<mark class="hit">' : "</mark>"; open = on[at]; }
    html += esc(title[at]);
  }
  return html + (open ? "</mark>" : "");
}

const fragments = (parts) => parts.map((part) => part.hit ? `<mark class="hit">${esc(part.text)}</mark>` : esc(part.text)).join("");

/** The path of an address of this site, whatever name it is reached by. */
function here(address) {
  const url = new URL(address);
  return url.pathname + url.hash;
}

function score(row, words, number) {
  if (number !== null && row.number === number) return 0;
  if (!words.length || !words.every((word) => row.key.includes(word))) return Infinity;
  const title = fold(row.title), text = words.join(" ");
  if (title === text || row.slug === text) return 1;
  if (title.startsWith(text)) return 2;
  return words.every((word) => title.split(/\s+/).some((part) => part.startsWith(word))) ? 3 : 4;
}

export class Palette {
  constructor(dialog, catalog, { rowsUrl, actions }) {
    Object.assign(this, { dialog, catalog, rowsUrl, actions });
    this.input = dialog.querySelector("input");
    this.list = dialog.querySelector("ul");
    this.options = [];
    this.answer = null;
    this.input.addEventListener("input", () => { this.refresh(); this.#ask(); });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("pointermove", (event) => this.#point(event));
    this.list.addEventListener("click", (event) => this.#click(event));
  }

  open() {
    this.input.value = "";
    this.dialog.showModal();
    this.refresh();
    this.catalog.load(this.rowsUrl).then(() => this.refresh(this.index > 0 ? this.options[this.index] : null)).catch(() => {});
  }

  refresh(kept = null) {
    const started = performance.now();
    const text = this.input.value.trim();
    const words = fold(text).split(/\s+/).filter(Boolean);
    const told = this.answer?.text === text ? this.answer : null;
    const groups = [["Jump to", [...this.#jumps(text, words), ...this.#pulls(told)]], ["In the text", this.#texts(told)],
      ["Pages", this.#fitting("page", words)], ["Do", [...this.#fitting("do", words, text), ...this.#all(text)]]];
    this.options = groups.flatMap(([, options]) => options);
    let index = 0;
    this.list.innerHTML = groups.filter(([, options]) => options.length).map(([label, options]) =>
      `<li role="presentation" class="r-label r-palette__head">${label}</li>${options.map((option) => this.#html(option, index++, words)).join("")}`).join("")
      || `<li class="r-palette__none" role="presentation">Nothing is called “${esc(text)}”.</li>`;
    const same = kept && this.options.findIndex((option) => option.href === kept.href && (option.href || option.label === kept.label));
    this.select(same > 0 ? same : 0);
    this.dialog.querySelector("[data-count]").textContent = text ? `${Math.max(1, Math.round(performance.now() - started))} ms` : "";
  }

  #jumps(text, words) {
    if (!text) return this.catalog.loaded ? this.catalog.sorted("recent").slice(0, 5).map((row) => this.#entry(row)) : [];
    const number = numberIn(text);
    const all = [];
    for (const row of this.catalog.bySlug.values()) {
      const points = score(row, words, number);
      if (points < Infinity) all.push([points + (row.state === "withdrawn" ? 0.5 : 0), row]);
    }
    all.sort((a, b) => a[0] - b[0] || b[1].active - a[1].active);
    const ideas = this.catalog.ideas.filter((idea) => score({ ...idea, number: null }, words, null) < Infinity);
    return [...all.slice(0, MOST).map(([, row]) => this.#entry(row)), ...ideas.slice(0, 4).map((idea) => ({
      icon: "st-idea r-st-idea", label: idea.title, note: `idea by ${idea.by}`, href: `/proposal/${idea.number}` }))];
  }

  #pulls(told) {
    return told ? told.pulls.filter((pull) => !new URL(pull.url).pathname.startsWith("/proposal/")).map((pull) => ({
      icon: "git-pull-request", parts: [{ text: `PR #${pull.number}: `, hit: false }, ...pull.title], note: pull.rfc, href: here(pull.url) })) : [];
  }

  #texts(told) {
    return told ? told.rfcs.flatMap((rfc) => rfc.sections.slice(0, 1).filter((section) => section.snippet.length).map((section) => ({
      icon: GLYPH[rfc.state], parts: rfc.title, note: section.number ? `§${section.number}` : "", more: section.snippet, href: here(section.url) }))) : [];
  }

  #all(text) {
    return text ? [{ icon: "search", label: `All hits for “${text.slice(0, 60)}” in every text`, always: true, href: `/search?q=${encodeURIComponent(text)}` }] : [];
  }

  /** What only the server knows: hits in texts, and pull requests; it arrives after the rest and moves no selection. */
  #ask() {
    clearTimeout(this.asking);
    const text = this.input.value.trim();
    if (text.length < 2 || text.length > 500) return;
    this.asking = setTimeout(async () => {
      try {
        const reply = await fetch(`/api/search?limit=${TEXTS}&q=${encodeURIComponent(text)}`);
        if (!reply.ok) return;
        const found = await reply.json();
        if (this.input.value.trim() !== text) return; // another answer is on its way, or there already
        this.answer = { text, ...found };
      } catch { return; }
      if (this.dialog.open && this.input.value.trim() === text) this.refresh(this.options[this.index]);
    }, PAUSE);
  }

  #entry(row) {
    return { icon: GLYPH[row.state], label: row.title, note: nameOf(row), href: `/rfc/${row.slug}` };
  }

  #fitting(kind, words, text = "") {
    return this.actions(text).filter((action) => action.kind === kind
      && (action.always || words.every((word) => fold(action.label).includes(word))));
  }

  #html(option, index, words) {
    const label = option.parts ? fragments(option.parts) : option.always ? esc(option.label) : marked(option.label, words);
    const more = option.more ? `<p>${fragments(option.more)}</p>` : "";
    return `<li class="r-pal" role="option" id="r-pal-${index}" data-index="${index}"><i class="i i-${option.icon}"></i><span class="r-clip">${label}</span><small>${esc(option.note || "")}</small>${more}</li>`;
  }

  select(index) {
    const all = this.list.querySelectorAll(".r-pal");
    this.index = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, at) => option.setAttribute("aria-selected", at === this.index));
    if (this.index < 0) return this.input.removeAttribute("aria-activedescendant");
    all[this.index].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `r-pal-${this.index}`);
  }

  #key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); this.select(this.index + (event.key === "ArrowDown" ? 1 : -1)); }
    else if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); this.#enter(event.ctrlKey || event.metaKey); }
  }

  /** Whoever is quicker than the catalog, and has chosen nothing else, means what will stand on top. */
  async #enter(newTab) {
    const text = this.input.value;
    if (!this.catalog.loaded && this.index < 1) {
      await this.catalog.load(this.rowsUrl).catch(() => {});
      if (!this.dialog.open || this.input.value !== text) return;
      this.refresh();
    }
    this.#take(this.options[this.index], newTab);
  }

  #point(event) {
    const option = event.target.closest(".r-pal");
    if (option && +option.dataset.index !== this.index) this.select(+option.dataset.index);
  }

  #click(event) {
    const option = event.target.closest(".r-pal");
    if (option) this.#take(this.options[+option.dataset.index], event.ctrlKey || event.metaKey);
  }

  #take(option, newTab) {
    if (!option) return;
    this.dialog.close();
    if (option.run) option.run();
    else if (newTab) open(option.href, "_blank");
    else location.assign(option.href);
  }
}
