// The catalog column (§7): a windowed list of fixed rows, filters and sort in the address, live patches that never jump.

import { ago, exact } from "./ago.js";
import { filtersFrom, filtersInto, nameOf, noFilters, numberIn, SORTS, STATES } from "./catalog_data.js";
import { announce } from "./notice.js";
import { afterPress } from "./pressed.js";

const SEEN = "rfc-catalog-seen", KEPT = "rfc-catalog-filters", OPEN = "rfc-ideas-open";
const GLYPH = { "super-draft": "draft", active: "active", withdrawn: "withdrawn" };
const STATE_WORD = { "super-draft": "Super-draft", active: "Active", withdrawn: "Withdrawn" };
const OVERSCAN = 8;
const esc = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const GROUPED = new Intl.NumberFormat("en");
const grouped = (n) => GROUPED.format(n);
const released = () => new Promise((go) => afterPress(go)); // what was fetched may come between press and release

export class CatalogColumn {
  constructor(nav, catalog, addresses) {
    Object.assign(this, { nav, catalog, addresses });
    this.list = nav.querySelector("[data-rows]");
    this.ul = this.list.querySelector("ul");
    this.input = nav.querySelector("input");
    this.fold = nav.querySelector("details");
    this.items = new Map(); // slug -> li
    this.rows = [];
    this.rowHeight = parseFloat(getComputedStyle(nav).getPropertyValue("--row-h")) || 52;
    this.filters = filtersFrom(new URLSearchParams(location.search)) ?? this.#kept() ?? noFilters();
    this.#listen();
    this.#showFilters();
    this.#address();
    this.ready = this.#start();
  }

  async #start() {
    let scroll = 0;
    try { scroll = JSON.parse(sessionStorage.getItem(SEEN))?.scroll ?? 0; } catch { /* first page of this tab */ }
    try {
      await Promise.all([this.catalog.load(this.addresses.rows), this.#readMarks()]);
    } catch {
      return this.#empty("wifi-off", "The catalog did not arrive", "Check the connection; the page tries again when it is back.");
    }
    await released(); // the rows that the page before left can be pressed already
    this.ul.replaceChildren();
    this.refresh();
    this.list.scrollTop = scroll;
    this.draw();
  }

  #readMarks() {
    return this.addresses.marks ? this.catalog.loadMarks(this.addresses.marks).catch(() => {}) : null;
  }

  // what changes it

  #listen() {
    this.list.addEventListener("scroll", () => { this.draw(); this.#hideNewAtTop(); }, { passive: true });
    new ResizeObserver(() => this.draw()).observe(this.list);
    this.input.addEventListener("input", () => this.set({ text: this.input.value }));
    this.input.addEventListener("keydown", (event) => this.#inputKey(event));
    this.list.addEventListener("keydown", (event) => this.#rowKey(event));
    this.nav.addEventListener("click", (event) => this.#click(event));
    this.fold.addEventListener("toggle", () => this.#foldToggled());
    addEventListener("pagehide", () => this.#remember());
    setInterval(() => afterPress(() => this.draw(true)), 60_000);
  }

  #click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { state, only, sort, tag, act } = button.dataset;
    if (state) {
      const states = new Set(this.filters.states);
      if (!states.delete(state)) states.add(state);
      this.set({ states });
    } else if (only) this.set({ [only]: !this.filters[only] });
    else if (sort) { this.set({ sort }); this.nav.querySelector("#r-sorts").hidePopover(); }
    else if (tag !== undefined) this.set({ tag: this.filters.tag === tag ? "" : tag });
    else if (act === "clear-filters") { this.set(noFilters()); this.input.value = ""; this.input.focus(); }
    else if (act === "show-new") { this.list.scrollTop = 0; button.hidden = true; }
  }

  set(change) {
    this.filters = { ...this.filters, ...change };
    this.#showFilters();
    this.list.scrollTop = 0;
    this.refresh();
    clearTimeout(this.noting);
    this.noting = setTimeout(() => this.#note(), "text" in change ? 120 : 0); // not at every key
  }

  #note() {
    this.noting = clearTimeout(this.noting);
    this.#address();
    sessionStorage.setItem(KEPT, filtersInto(this.filters, new URLSearchParams()).toString());
  }

  /** Somebody did something: rows and ideas as they are now, with nothing jumping under the reader. */
  async patch(change) {
    const before = new Set(this.catalog.ideas.map((idea) => idea.number));
    if (!this.catalog.patch(change)) await this.catalog.load(this.addresses.fresh, { anew: true });
    if (!this.catalog.loaded) return;
    await this.#readMarks();
    await released();
    this.refresh({ keepPlace: true });
    const fresh = this.catalog.ideas.filter((idea) => !before.has(idea.number));
    if (fresh.length === 1) announce(`New idea: ${fresh[0].title}`);
    else if (fresh.length) announce(`${fresh.length} new ideas`);
  }

  // what it shows

  refresh({ keepPlace = false } = {}) {
    if (!this.catalog.loaded) return; // what is typed meanwhile is looked for when it comes
    const before = keepPlace ? this.#place() : null;
    const known = keepPlace ? new Set(this.rows.map((row) => row.slug)) : null;
    const { rows, ideas, counts } = this.catalog.select(this.filters);
    this.rows = rows;
    this.ul.style.height = `${rows.length * this.rowHeight}px`;
    this.#counts(counts);
    this.#drawIdeas(ideas);
    if (rows.length) this.#notEmpty(); else this.#nothing();
    if (before) this.#putBack(before, known);
    this.draw(true);
  }

  /** The row at the top of the window and how far it is scrolled, unless the reader is at the very top and not pointing there. */
  #place() {
    const top = this.list.scrollTop;
    const busy = this.list.matches(":hover") || this.list.contains(document.activeElement);
    if (!this.rows.length || (top < 2 && !busy)) return null;
    const index = Math.min(this.rows.length - 1, Math.floor(top / this.rowHeight));
    return { slug: this.rows[index].slug, offset: top - index * this.rowHeight };
  }

  #putBack({ slug, offset }, known) {
    const index = this.rows.findIndex((row) => row.slug === slug);
    if (index < 0) return;
    this.list.scrollTop = index * this.rowHeight + offset;
    const above = this.rows.slice(0, index).filter((row) => !known.has(row.slug)).length;
    const button = this.nav.querySelector("[data-act=show-new]");
    if (!above) return;
    button.textContent = above === 1 ? "1 new above" : `${above} new above`;
    button.hidden = false;
  }

  #hideNewAtTop() {
    if (this.list.scrollTop < this.rowHeight / 2) this.nav.querySelector("[data-act=show-new]").hidden = true;
  }

  /** Draws the rows in the window; rows that stay keep their element, so that focus and pointer stay too. */
  draw(again = false) {
    if (!this.catalog.loaded) return;
    const height = this.list.clientHeight || this.rowHeight * 20;
    const from = Math.max(0, Math.floor(this.list.scrollTop / this.rowHeight) - OVERSCAN);
    const to = Math.min(this.rows.length, Math.ceil((this.list.scrollTop + height) / this.rowHeight) + OVERSCAN);
    const wanted = new Set();
    for (let index = from; index < to; index++) wanted.add(this.rows[index].slug);
    const focused = document.activeElement?.closest?.("[data-rows] li");
    for (const [slug, li] of this.items)
      if (!wanted.has(slug) && li !== focused) { li.remove(); this.items.delete(slug); }
    let cursor = this.ul.firstElementChild; // in reading order, for the keyboard and for screen readers
    for (let index = from; index < to; index++) {
      const li = this.#drawRow(this.rows[index], index, again);
      if (li === cursor) { cursor = cursor.nextElementSibling; continue; }
      const had = li === focused && document.activeElement;
      this.ul.insertBefore(li, cursor);
      if (had) had.focus({ preventScroll: true });
    }
  }

  #drawRow(row, index, again) {
    let li = this.items.get(row.slug);
    if (!li) {
      li = document.createElement("li");
      li.dataset.slug = row.slug;
      this.items.set(row.slug, li);
    }
    if (again || li.row !== row) this.#fill(li, row);
    if (li.index !== index) {
      li.index = index;
      li.style.top = `${index * this.rowHeight}px`;
      li.setAttribute("aria-posinset", index + 1);
    }
    li.setAttribute("aria-setsize", this.rows.length);
    return li;
  }

  #fill(li, row) {
    const html = this.#rowHtml(row);
    if (li.html === html) { li.row = row; return; }
    const focused = li.contains(document.activeElement);
    li.innerHTML = li.html = html;
    li.row = row;
    if (focused) li.firstElementChild.focus({ preventScroll: true });
  }

  #rowHtml(row) {
    const path = `/rfc/${row.slug}`;
    const here = `${location.pathname}/`.startsWith(`${path}/`);
    const unread = this.catalog.marks.unread.has(row.slug) && !here;
    const number = row.number === null ? row.slug : String(row.number).padStart(4, "0");
    const pulls = row.pulls ? `<span class="r-row__prs" title="${row.pulls} open PR${row.pulls === 1 ? "" : "s"}"><i class="i i-git-pull-request"></i>${row.pulls}<span class="r-sr"> open PRs</span></span>` : "";
    return `<a class="r-row" href="${path}" data-testid="catalog-row-${row.slug}"${here ? ' aria-current="page"' : ""}${unread ? " data-unread" : ""}>`
      + `<i class="i i-st-${GLYPH[row.state]} r-st-${GLYPH[row.state]}" title="${STATE_WORD[row.state]}"></i>`
      + `<span class="r-row__title r-clip" title="${esc(row.title)}"><span class="r-sr">${STATE_WORD[row.state]}${unread ? ", unread" : ""}: </span>${esc(row.title)}</span>`
      + `<time title="${esc(exact(row.active))}">${ago(row.active)}</time>`
      + `<span class="r-row__meta r-clip"><span class="r-num">${number}</span> ${esc(row.tags.join(", "))}</span>${pulls}</a>`;
  }

  #drawIdeas(ideas) {
    const all = this.catalog.ideas.length;
    this.fold.querySelector("[data-n]").textContent = ideas.length === all ? grouped(all) : `${grouped(ideas.length)} of ${grouped(all)}`;
    const html = ideas.map((idea) => this.#ideaHtml(idea)).join("") || `<li class="r-idealist__none">${all ? "No idea fits what is filtered for." : "No idea is waiting."}</li>`;
    const list = this.nav.querySelector(".r-idealist");
    if (list.html !== html) list.innerHTML = list.html = html;
  }

  #ideaHtml(idea) {
    const path = `/proposal/${idea.number}`;
    const here = location.pathname === path;
    return `<li><a class="r-row" href="${path}" data-testid="idea-row-${esc(idea.slug)}"${here ? ' aria-current="page"' : ""}>`
      + `<i class="i i-st-idea r-st-idea" title="Idea"></i><span class="r-row__title r-clip" title="${esc(idea.title)}">${esc(idea.title)}</span>`
      + `<time title="${esc(exact(idea.opened))}">${ago(idea.opened)}</time>`
      + `<span class="r-row__meta r-clip">${esc([idea.by, ...idea.tags].filter(Boolean).join(", "))}</span></a></li>`;
  }

  #counts(counts) {
    for (const state of STATES) this.nav.querySelector(`[data-state="${state}"] [data-n]`).textContent = grouped(counts.states[state]);
    for (const only of ["mine", "waiting"]) {
      const n = this.nav.querySelector(`[data-only="${only}"] [data-n]`);
      if (n) n.textContent = grouped(counts[only]);
    }
    this.input.placeholder = this.catalog.bySlug.size ? `Filter ${grouped(this.catalog.bySlug.size)} RFC${this.catalog.bySlug.size === 1 ? "" : "s"}` : "Nothing to filter yet";
    this.tagCounts = counts.tags;
    this.watchingCount = counts.watching;
    if (this.nav.querySelector("#r-more").matches(":popover-open")) this.fillMore();
  }

  fillMore() {
    const panel = this.nav.querySelector("#r-more");
    const item = (data, on, icon, label, n) => `<button type="button" class="r-menu__item" ${data} aria-pressed="${on}"><i class="i i-${icon}"></i><span class="r-clip">${esc(label)}</span><span class="r-grow"></span><span class="r-muted r-num">${grouped(n)}</span></button>`;
    const tags = [...this.tagCounts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
    if (this.filters.tag && !this.tagCounts.has(this.filters.tag)) tags.unshift([this.filters.tag, 0]);
    const watching = panel.dataset.signedIn === "1" ? `${item('data-only="watching"', this.filters.watching, this.filters.watching ? "check" : "eye", "Watching", this.watchingCount)}<hr>` : "";
    panel.innerHTML = watching + (tags.length
      ? '<p class="r-label r-menu__head">Tag</p>' + tags.map(([tag, n]) => item(`data-tag="${esc(tag)}"`, this.filters.tag === tag, this.filters.tag === tag ? "check" : "at-sign r-hash", tag, n)).join("")
      : `<p class="r-menu__head r-muted">${this.rows.length < this.catalog.bySlug.size ? "No RFC that fits has a tag." : "No RFC has a tag yet."}</p>`);
  }

  #showFilters() {
    const f = this.filters;
    if (this.input.value !== f.text) this.input.value = f.text;
    for (const button of this.nav.querySelectorAll("[data-state]")) {
      const on = f.states.has(button.dataset.state);
      button.setAttribute("aria-pressed", on);
      button.classList.toggle("off", !on);
    }
    for (const button of this.nav.querySelectorAll("[data-only]")) button.setAttribute("aria-pressed", f[button.dataset.only]);
    for (const button of this.nav.querySelectorAll("[data-sort]")) button.setAttribute("aria-checked", button.dataset.sort === f.sort);
    this.nav.querySelector("[data-sort-name]").textContent = this.nav.querySelector(`[data-sort="${SORTS.includes(f.sort) ? f.sort : "recent"}"]`).textContent;
    const bar = this.nav.querySelector(".r-filtered");
    const said = [f.tag && `#${f.tag}`, f.watching && "watching"].filter(Boolean);
    bar.hidden = !said.length;
    bar.querySelector("[data-filtered]").textContent = said.join(", ");
  }

  // nothing to show

  #empty(icon, title, text, action = "") {
    const box = this.list.querySelector(".r-empty");
    box.innerHTML = `<i class="i i-${icon}"></i><b>${esc(title)}</b><p>${esc(text)}</p>${action}`;
    box.hidden = false;
    this.ul.hidden = true;
  }

  #notEmpty() {
    this.list.querySelector(".r-empty").hidden = true;
    this.ul.hidden = false;
  }

  #nothing() {
    const f = this.filters, clear = '<button type="button" class="r-btn r-btn--small" data-act="clear-filters">Clear the filters</button>';
    if (!this.catalog.bySlug.size) return this.#empty("list", "No RFC yet", "Super-drafts and numbered RFCs will stand here, the newest on top.");
    const text = f.text.trim();
    const elsewhere = STATES.filter((state) => !f.states.has(state) && +this.nav.querySelector(`[data-state="${state}"] [data-n]`).textContent.replaceAll(",", "") > 0);
    const hint = elsewhere.length ? `Some ${elsewhere.map((state) => STATE_WORD[state].toLowerCase()).join(" and ")} RFCs do fit; their filter is off.` : "Try fewer words, or other filters.";
    return text ? this.#empty("search", `No title has “${text}”`, hint, clear) : this.#empty("list-filter", "No RFC fits these filters", hint, clear);
  }

  // keyboard

  #inputKey(event) {
    const then = (act) => this.catalog.loaded ? act() : this.ready.then(act);
    if (event.key === "ArrowDown") { event.preventDefault(); then(() => this.#focusRow(0)); }
    else if (event.key === "Escape") {
      if (this.input.value) { event.stopPropagation(); this.input.value = ""; this.set({ text: "" }); } else this.input.blur();
    } else if (event.key === "Enter") then(() => this.#open(event));
  }

  #open(event) {
    const number = numberIn(this.input.value);
    const row = (number !== null && this.catalog.byNumber(number)) || (this.input.value.trim() && this.rows[0]);
    if (!row) return;
    if (event.ctrlKey || event.metaKey) return open(`/rfc/${row.slug}`, "_blank");
    if (number !== null) { this.input.value = ""; this.set({ text: "" }); } // a jump is not a filter
    announce(`Opening ${nameOf(row)}`);
    location.assign(`/rfc/${row.slug}`);
  }

  #rowKey(event) {
    const index = event.target.closest("li")?.index;
    const page = Math.max(1, Math.floor(this.list.clientHeight / this.rowHeight) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (index === undefined || !(event.key in steps)) return;
    event.preventDefault();
    if (event.key === "ArrowUp" && index === 0) this.input.focus();
    else this.#focusRow(index + steps[event.key]);
  }

  #focusRow(index) {
    if (!this.rows.length) return;
    const at = Math.min(this.rows.length - 1, Math.max(0, index));
    const top = at * this.rowHeight, bottom = top + this.rowHeight;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (bottom > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = bottom - this.list.clientHeight;
    this.draw();
    this.items.get(this.rows[at].slug)?.firstElementChild.focus({ preventScroll: true });
    this.draw();
  }

  // what is kept

  #kept() {
    const kept = sessionStorage.getItem(KEPT);
    return kept ? filtersFrom(new URLSearchParams(kept)) : null;
  }

  #address() {
    const query = filtersInto(this.filters, new URLSearchParams(location.search));
    const text = query.toString().replaceAll("%2C", ",");
    const address = location.pathname + (text ? `?${text}` : "") + location.hash;
    if (address !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", address);
  }

  #foldToggled() {
    localStorage.setItem(OPEN, this.fold.open ? "yes" : "no");
    this.draw();
  }

  /** Leaves nothing behind for the next page. */
  forget() {
    this.forgotten = true;
    clearTimeout(this.noting);
  }

  #remember() {
    if (this.forgotten) return;
    if (this.noting) this.#note();
    if (!this.catalog.loaded) return;
    this.nav.querySelector("[data-act=show-new]").hidden = true;
    sessionStorage.setItem(SEEN, JSON.stringify({
      rows: this.ul.innerHTML, height: this.ul.style.height, scroll: this.list.scrollTop, text: this.input.value,
      ideas: this.nav.querySelector(".r-idealist").innerHTML, states: this.nav.querySelector(".r-states").innerHTML,
      head: this.nav.querySelector(".r-listhead").innerHTML,
    }));
  }
}
