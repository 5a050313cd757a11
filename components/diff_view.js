// The difference of a pull request: which view, from change to change (n, p), folded stretches, ticks per section, what is new to the reader.

const typing = (element) => element?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? "") && element.type !== "checkbox";
const MODES = [["rendered", "Rendered", "Rendered"], ["split", "Side by side", "Split"], ["source", "Source", "Source"]];
const GLANCE = 4; // seconds a difference has to be in sight to count as looked at
const differ = (now, before) => JSON.stringify(now) !== JSON.stringify(before); // what comes with every update is new, and mostly the same: a box ticked meanwhile stays ticked
const LOOKS = { rendered: "r-doc r-diffdoc", split: "r-sbs", source: "r-srcdiff" };

export default {
  props: { html: String, contents: String, mode: String, head: String, note: String, formats: Number, sections: Number, ticks: Object, fresh: Array, version: String },
  template: `
    <div class="r-dview">
      <div ref="bar" class="r-bar">
        <div class="r-seg" role="radiogroup" aria-label="View" @keydown="along">
          <button v-for="[key, long, short] in modes" :key="key" type="button" role="radio" :aria-checked="String(key === mode)" :tabindex="key === mode ? 0 : -1"
            :data-testid="'diff-mode-' + key" @click="turn(key)"><span class="r-hide-s">{{ long }}</span><span class="r-only-phone">{{ short }}</span></button>
        </div>
        <label v-if="formats" class="r-check r-soft r-hide-m"><input type="checkbox" v-model="quiet" data-testid="diff-hide-formatting"> Hide formatting <span class="r-muted">{{ formats }}</span></label>
        <button type="button" class="r-btn r-btn--quiet r-hide-m" data-testid="diff-unfold" :aria-pressed="String(open)" @click="unfold">{{ open ? "Fold unchanged" : "Show everything" }}</button>
        <span class="r-grow"></span>
        <button v-if="contents" ref="toc" type="button" class="r-icon r-icon--small r-tocbtn" aria-label="Sections" title="Sections" :aria-expanded="String(listed)" data-testid="diff-contents-open" @click="list"><i class="i i-table-of-contents i-14" aria-hidden="true"></i></button>
        <span v-if="ticks && sections && mode !== 'source'" class="r-soft r-hide-m" data-testid="diff-viewed">Viewed {{ viewed }} of {{ sections }}</span>
        <span class="r-soft r-nowrap" data-testid="diff-position">{{ stops ? (at < 0 ? stops + (stops === 1 ? " change" : " changes") : at + 1 + " of " + stops) : "" }}</span>
        <button type="button" class="r-icon r-icon--small" aria-label="Previous change" aria-keyshortcuts="p" title="Previous change (p)" data-testid="diff-previous" @click="go(-1)"><i class="i i-arrow-up i-14" aria-hidden="true"></i></button>
        <button type="button" class="r-icon r-icon--small" aria-label="Next change" aria-keyshortcuts="n" title="Next change (n)" data-testid="diff-next" @click="go(1)"><i class="i i-arrow-down i-14" aria-hidden="true"></i></button>
      </div>
      <div class="r-scroll" tabindex="-1" @scroll.passive="scrolled"><div class="r-dpage" :data-mode="mode" :data-listed="contents ? '' : null">
        <nav v-if="contents" ref="contents" class="r-contents" aria-label="Sections" data-testid="diff-contents" :data-open="listed ? '' : null" v-html="contents" @click="led"></nav>
        <div v-html="head" @click="headed"></div>
        <slot></slot>
        <div v-html="note"></div>
        <article ref="article" :class="look" data-testid="diff-view" :data-version="version || null" :data-quiet="quiet && formats ? '' : null" :data-ticks="ticks ? '' : null" v-html="html" @click="press" @change="tick"></article>
      </div></div>
    </div>`,
  data() {
    return { modes: MODES, quiet: false, open: false, at: -1, stops: 0, viewed: 0, listed: false };
  },
  computed: {
    look() { return LOOKS[this.mode]; },
  },
  watch: {
    contents() { this.$nextTick(() => this.dressContents()); },
    html() { this.seconds = 0; this.$nextTick(() => this.drawn()); },
    version() { this.seconds = 0; },
    ticks(now, before) { if (differ(now, before)) this.$nextTick(() => this.dress()); },
    fresh(now, before) { if (differ(now, before)) this.$nextTick(() => this.dress()); },
    quiet() { this.$nextTick(() => this.count()); },
    mode(mode) { if (mode === this.wanted) this.wanted = undefined; this.makeRoomLater(); this.keep(mode); },
  },
  mounted() {
    this.listeners = { keydown: (event) => this.key(event), "rfc:passage": (event) => this.reveal(`mark[data-thread="${Number(event.detail.id)}"]`) };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener, true);
    this.onHash = () => this.deep();
    addEventListener("hashchange", this.onHash);
    this.makeRoom();
    this.drawn();
    this.seconds = 0;
    this.clock = setInterval(() => { if (this.inSight()) this.see(1); }, 1000);
    requestAnimationFrame(() => this.deep());
  },
  unmounted() {
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener, true);
    removeEventListener("hashchange", this.onHash);
    clearInterval(this.clock);
    this.makeRoom(false);
  },
  methods: {
    // after the difference was put in anew
    drawn() {
      this.open = false;
      this.dress();
      document.dispatchEvent(new CustomEvent("rfc:text"));
      const same = this.current && this.places().findIndex((one) => one.dataset.chg === this.current);
      if (same >= 0) this.mark(same, this.moved);
      this.moved = false;
    },
    dress() {
      const article = this.$refs.article, fresh = new Set(this.fresh);
      for (const one of article.querySelectorAll("[data-chg]")) one.toggleAttribute("data-new", fresh.has(one.dataset.chg));
      const seen = new Set();
      for (const part of article.querySelectorAll("[data-section]")) {
        const box = part.querySelector("input[data-viewed]"), chip = part.querySelector(".r-chip--new");
        if (chip) chip.hidden = !part.querySelector("[data-chg][data-new]");
        if (!box) continue;
        box.checked = this.ticks?.[part.dataset.section] === part.dataset.print;
        box.setAttribute("data-testid", "section-viewed");
        part.toggleAttribute("data-seen", box.checked);
        if (box.checked) seen.add(part.dataset.section);
      }
      this.viewed = seen.size;
      this.seen = seen;
      this.dressContents();
      this.count();
    },
    // beside it: how many changes each section has, or that it was viewed, and where one is
    dressContents() {
      for (const link of this.$refs.contents?.querySelectorAll("a") ?? []) {
        const count = link.querySelector(".r-tocn"), seen = this.seen.has(link.dataset.anchor);
        if (!count) continue;
        count.hidden = seen;
        link.querySelector(".i-check").hidden = !seen;
      }
      this.where();
    },
    where() {
      const scroll = this.$el.querySelector(".r-scroll");
      if (!this.$refs.contents || this.hold === scroll.scrollTop) return;
      this.hold = undefined;
      const box = scroll.getBoundingClientRect();
      const line = box.top + box.height * 0.3;
      const above = [...this.$refs.article.querySelectorAll("[data-section]")].filter((part) => part.getBoundingClientRect().top <= line).pop();
      this.here(above?.dataset.section);
    },
    here(anchor) {
      for (const link of this.$refs.contents.querySelectorAll("a")) {
        if (link.dataset.anchor === anchor) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
      }
    },
    list() {
      this.listed = !this.listed;
      if (this.listed) this.$nextTick(() => { this.$refs.contents.scrollIntoView({ block: "nearest", behavior: "instant" }); this.$refs.contents.querySelector("a")?.focus({ preventScroll: true }); });
    },
    led(event) {
      const link = event.target.closest('a[href^="#"]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.listed = false;
      history.replaceState(history.state, "", link.hash);
      this.deep();
      this.here(link.dataset.anchor);
      this.hold = this.$el.querySelector(".r-scroll").scrollTop; // a section too short to get there stays marked until one scrolls on
    },
    count() {
      this.stops = this.places().length;
      this.at = this.current ? this.places().findIndex((one) => one.dataset.chg === this.current) : -1;
    },
    turn(mode) {
      if (mode === this.mode && !this.wanted) return;
      this.wanted = mode; // until the server has sent it, another one can be chosen
      this.moved = true;
      this.$emit("turn", mode);
    },
    // the catalog becomes a rail by itself, and comes back unless the person had collapsed it before
    makeRoom(narrow = this.mode === "split") {
      const root = document.documentElement;
      if (narrow) root.dataset.catalogRail = "";
      else if (!localStorage.getItem("rfc-rail-catalog")) delete root.dataset.catalogRail;
    },
    // what one points at stays under the pointer: nothing beside it moves until the pointer is elsewhere
    makeRoomLater() {
      const { bar } = this.$refs;
      if (!matchMedia("(hover: hover)").matches || !bar.matches(":hover")) return this.makeRoom();
      if (this.waits) return;
      this.waits = true;
      bar.addEventListener("pointerleave", () => { this.waits = false; if (this.$el.isConnected) this.makeRoom(); }, { once: true });
    },
    // the view is kept in the address, so that a reload opens the same
    keep(mode) {
      const address = new URL(location.href);
      if (mode === "rendered") address.searchParams.delete("view"); else address.searchParams.set("view", mode);
      history.replaceState(history.state, "", address);
    },
    along(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const index = (MODES.findIndex(([key]) => key === (this.wanted ?? this.mode)) + step + MODES.length) % MODES.length;
      event.currentTarget.children[index].focus();
      this.turn(MODES[index][0]);
    },

    // looked at: in sight for a while, or moved through
    inSight() { return document.visibilityState === "visible" && this.$el.checkVisibility(); },
    see(seconds) {
      const before = this.seconds;
      this.seconds += seconds;
      if (before < GLANCE && this.seconds >= GLANCE) this.$emit("looked", this.version);
    },
    scrolled(event) {
      this.looking ??= requestAnimationFrame(() => { this.looking = undefined; if (this.$el.isConnected) this.where(); });
      if (event.target.scrollTop > 40 && this.inSight()) this.see(GLANCE);
    },
    headed(event) {
      if (!event.target.closest("[data-to-new]")) return;
      const places = this.places(), at = places.findIndex((one) => one.dataset.chg === this.current);
      const order = places.map((_, index) => (at + 1 + index) % places.length);
      const next = order.find((index) => this.fresh.includes(places[index].dataset.chg));
      if (next === undefined) return;
      this.mark(next, true);
      window.rfc?.announce(`New: ${this.words(places[next])}`);
    },

    // from change to change
    places() {
      const found = new Map();
      for (const one of this.$refs.article?.querySelectorAll("[data-chg]") ?? []) {
        const { chg, kind, side } = one.dataset;
        if (!chg || found.has(chg) || (kind === "format" && this.quiet) || (kind === "moved" && side === "before")) continue;
        found.set(chg, one);
      }
      return [...found.values()];
    },
    key(event) {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !window.rfc?.keysOn()) return;
      if (document.querySelector("dialog[open]")) return;
      const step = { n: 1, p: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.go(step);
    },
    go(step) {
      const places = this.places();
      if (!places.length) return;
      const at = places.findIndex((one) => one.dataset.chg === this.current);
      this.mark(at < 0 ? (step > 0 ? 0 : places.length - 1) : (at + step + places.length) % places.length, true);
      window.rfc?.announce(`Change ${this.at + 1} of ${this.stops}: ${this.words(places[this.at])}`);
    },
    words(place) {
      const text = (tag) => [...place.querySelectorAll(tag)].map((one) => one.textContent).join(" ").slice(0, 200);
      const gone = text("del"), come = text("ins");
      return [gone && `removed ${gone}`, come && `added ${come}`].filter(Boolean).join(", ") || place.textContent.slice(0, 200);
    },
    mark(index, scroll) {
      const places = this.places(), place = places[index];
      for (const one of this.$refs.article.querySelectorAll("[data-current]")) delete one.dataset.current;
      this.at = index;
      this.stops = places.length;
      this.current = place.dataset.chg;
      const block = place.closest(".r-blk, .r-cell, .r-dsec, .r-srcdiff > div:not(.r-folded):not(.wide)") ?? place;
      block.dataset.current = "";
      this.show(place);
      if (scroll) block.scrollIntoView({ block: "center", behavior: "instant" });
    },

    // folded stretches
    press(event) {
      const line = event.target.closest("[data-fold]");
      if (line) return this.fold(line, line.getAttribute("aria-expanded") !== "true");
      const led = event.target.closest('a[href^="#change-"]');
      if (led) { event.preventDefault(); this.lead(led.hash.slice(8)); }
    },
    fold(line, open) {
      line.setAttribute("aria-expanded", String(open));
      document.getElementById(line.getAttribute("aria-controls")).hidden = !open;
    },
    unfold() {
      this.open = !this.open;
      for (const line of this.$refs.article.querySelectorAll("[data-fold]")) this.fold(line, this.open);
    },
    show(element) {
      const folded = element.closest(".r-folded[hidden]");
      if (folded) this.fold(this.$refs.article.querySelector(`[aria-controls="${folded.id}"]`), true);
    },
    reveal(selector) {
      const found = this.$refs.article.querySelector(selector);
      if (found) this.show(found);
      return found;
    },

    // addresses of a change and of a section
    lead(change) {
      const index = this.places().findIndex((one) => one.dataset.chg === change);
      if (index >= 0) this.mark(index, true);
      return index >= 0;
    },
    deep() {
      const name = decodeURIComponent(location.hash.slice(1));
      if (!name) return;
      if (name.startsWith("change-")) return this.lead(name.slice(7));
      const key = CSS.escape(name);
      const found = this.reveal(`[data-section="${key}"]`) ?? this.reveal(`#doc-${key}`);
      found?.scrollIntoView({ block: "start", behavior: "instant" });
    },
    tick(event) {
      const part = event.target.closest("[data-section]");
      if (!part || !event.target.matches("input[data-viewed]")) return;
      this.$emit("tick", { section: part.dataset.section, print: part.dataset.print, viewed: event.target.checked });
    },
  },
};
