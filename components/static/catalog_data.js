// The catalog's rows in the browser: loading, patching, filtering, sorting. No drawing here.

export const STATES = ["super-draft", "active", "withdrawn"];
export const SORTS = ["recent", "title", "number", "newest"];
const DEFAULT_STATES = ["super-draft", "active"];
const ONLY = ["mine", "watching", "waiting"];

export const fold = (text) => text.normalize("NFD").replace(/\p{M}+/gu, "").toLowerCase();
const compareText = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

/** The number somebody means by `RFC-12`, `12` or `0012`, else null. */
export function numberIn(text) {
  const found = /^\s*(?:rfc[-\s]?)?0*(\d{1,9})\s*$/i.exec(text);
  return found ? Number(found[1]) : null;
}

export const nameOf = (row) => row.number === null ? row.slug : `RFC-${String(row.number).padStart(4, "0")}`;

export function noFilters() {
  return { text: "", states: new Set(DEFAULT_STATES), tag: "", mine: false, watching: false, waiting: false, sort: "recent" };
}

/** Filters from an address, or null when the address says nothing about them. */
export function filtersFrom(query) {
  const filters = noFilters();
  const known = ["filter", "state", "tag", "sort", ...ONLY];
  if (!known.some((key) => query.has(key))) return null;
  filters.text = query.get("filter") || "";
  const states = query.get("state")?.split(",").filter((state) => STATES.includes(state));
  if (states?.length || query.get("state") === "") filters.states = new Set(states); // a sign-in that failed has a `state` of its own
  filters.tag = query.get("tag") || "";
  for (const key of ONLY) filters[key] = query.get(key) === "1";
  if (SORTS.includes(query.get("sort"))) filters.sort = query.get("sort");
  return filters;
}

/** Writes the filters into a URLSearchParams; what is as always is left out. */
export function filtersInto(filters, query) {
  const put = (key, value) => value ? query.set(key, value) : query.delete(key);
  put("filter", filters.text.trim());
  const usual = filters.states.size === DEFAULT_STATES.length && DEFAULT_STATES.every((state) => filters.states.has(state));
  if (usual) query.delete("state");
  else query.set("state", STATES.filter((state) => filters.states.has(state)).join(","));
  put("tag", filters.tag);
  for (const key of ONLY) put(key, filters[key] ? "1" : "");
  put("sort", filters.sort === "recent" ? "" : filters.sort);
  return query;
}

function entryRow([slug, number, title, state, tags, active, pulls, since]) {
  const row = { slug, number, title, state: STATES[state], tags, active, pulls, since };
  row.key = `${fold(title)} ${slug}`;
  return row;
}

function ideaRow([number, slug, title, tags, by, opened]) {
  return { number, slug, title, tags, by, opened, key: `${fold(title)} ${slug}` };
}

function byNumber(a, b) {
  if (a.number === b.number) return compareText(a.title, b.title);
  if (a.number === null || b.number === null) return a.number === null ? 1 : -1; // what has no number yet comes last
  return a.number - b.number;
}

const ORDER = {
  recent: (a, b) => b.active - a.active || compareText(a.title, b.title),
  title: (a, b) => compareText(a.title, b.title) || compareText(a.slug, b.slug),
  number: byNumber,
  newest: (a, b) => b.since - a.since || compareText(a.title, b.title),
};

export class Catalog {
  version = -1;
  bySlug = new Map();
  ideas = [];
  marks = { mine: new Set(), watching: new Set(), waiting: new Set(), unread: new Set() };
  #sorted = {};
  #early = [];
  #asked = 0; // how often the marks were asked for, and which of it was answered
  #told = 0;
  #loading;

  get loaded() { return this.version >= 0; }

  /** Reads the rows once; the address carries the version, so the browser's cache answers until something changes. */
  load(url, { anew = false } = {}) {
    if (anew) this.#loading = undefined;
    this.#loading ??= fetch(url, { headers: { Accept: "application/json" }, cache: anew ? "no-cache" : "default" })
      .then((answer) => { if (!answer.ok) throw new Error(`catalog: ${answer.status}`); return answer.json(); })
      .then((payload) => this.take(payload))
      .catch((error) => { this.#loading = undefined; throw error; });
    return this.#loading;
  }

  take({ version, rows, ideas }) {
    if (version < this.version) return; // it was asked for earlier than what is known
    this.bySlug = new Map(rows.map((row) => [row[0], entryRow(row)]));
    this.ideas = ideas.map(ideaRow);
    this.version = version;
    this.#sorted = {};
    const waiting = this.#early.splice(0);
    for (const patch of waiting) this.patch(patch);
  }

  async loadMarks(url) {
    const turn = this.#asked += 1;
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const marks = await answer.json();
    if (turn < this.#told) return; // a later question was answered sooner
    this.#told = turn;
    for (const key of Object.keys(this.marks)) this.marks[key] = new Set(marks[key] || []);
  }

  /** Applies what changed. False when something in between was missed, and the rows have to be read again. */
  patch({ base, version, rows, gone, ideas }) {
    if (!this.loaded) { this.#early.push({ base, version, rows, gone, ideas }); return true; }
    if (version <= this.version) return true;
    if (base > this.version) return false;
    for (const slug of gone) this.bySlug.delete(slug);
    for (const row of rows) this.bySlug.set(row[0], entryRow(row));
    if (ideas) this.ideas = ideas.map(ideaRow);
    this.version = version;
    this.#sorted = {};
    return true;
  }

  sorted(sort) {
    return (this.#sorted[sort] ??= [...this.bySlug.values()].sort(ORDER[sort]));
  }

  byNumber(number) {
    for (const row of this.bySlug.values()) if (row.number === number) return row;
    return null;
  }

  /** Rows in order, and for each filter how many it would show beside the others. */
  select(filters) {
    const words = fold(filters.text).split(/\s+/).filter(Boolean);
    const number = numberIn(filters.text);
    const says = (row) => words.every((word) => row.key.includes(word)) || (number !== null && row.number === number);
    const rows = [], counts = { states: {}, tags: new Map(), mine: 0, watching: 0, waiting: 0 };
    for (const state of STATES) counts.states[state] = 0;
    const { mine, watching, waiting } = this.marks;
    for (const row of this.sorted(filters.sort)) {
      if (words.length && !says(row)) continue;
      const isMine = mine.has(row.slug), isWatched = watching.has(row.slug), isWaiting = waiting.has(row.slug);
      const fails = (filters.states.has(row.state) ? 0 : 1) | (filters.tag && !row.tags.includes(filters.tag) ? 2 : 0)
        | (filters.mine && !isMine ? 4 : 0) | (filters.watching && !isWatched ? 8 : 0) | (filters.waiting && !isWaiting ? 16 : 0);
      if (!(fails & ~1)) counts.states[row.state]++;
      if (!(fails & ~2)) for (const tag of row.tags) counts.tags.set(tag, (counts.tags.get(tag) || 0) + 1);
      if (isMine && !(fails & ~4)) counts.mine++;
      if (isWatched && !(fails & ~8)) counts.watching++;
      if (isWaiting && !(fails & ~16)) counts.waiting++;
      if (!fails) rows.push(row);
    }
    const ideas = this.ideas.filter((idea) => words.every((word) => idea.key.includes(word))
      && (!filters.tag || idea.tags.includes(filters.tag)) && (!filters.waiting || waiting.has(idea.slug))
      && (!filters.mine || mine.has(idea.slug)));
    counts.waiting += this.ideas.filter((idea) => waiting.has(idea.slug)).length;
    counts.mine += this.ideas.filter((idea) => mine.has(idea.slug)).length;
    return { rows, ideas, counts };
  }
}
