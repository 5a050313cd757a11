// The reading column: contents list with the active heading, deep links to headings, code to copy, and a text that changed
// meanwhile, which waits until the reader asks for it. The document itself is one HTML string from the server.

import { allDrawn, Blocks, Diagrams, LinkCards } from "rfc-reading-parts";

const NEAR_TOP = 0.3; // the prompt bar asks about the same section
const PREFIX = "doc-"; // in front of every id in a document
const SETTLES = 10_000; // ms in which pictures arrive; diagrams may take longer
const ACTS = ["wheel", "touchmove", "keydown", "pointerdown"];
const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export default {
  props: { head: String, contents: String, body: String, testid: String, version: String },
  template: `
    <div class="r-scroll" @click="press" @scroll.passive="watch" tabindex="-1">
      <div class="r-read" :class="{ 'r-read--one': !list }">
        <nav v-if="list" class="r-contents" aria-label="Contents" v-html="list" :data-open="opened ? '' : null"></nav>
        <div class="r-docmain">
          <div v-html="head"></div>
          <slot></slot>
          <div v-if="waiting" class="r-since" role="status">
            <span class="r-grow"><b class="r-strong">This text has changed</b> while you were reading.</span>
            <button type="button" class="r-btn r-btn--quiet r-btn--small" @click="take" data-testid="show-new-text">Show the new text</button>
          </div>
          <article ref="text" class="r-doc" :data-version="shown || null" :class="{ 'r-doc--preview': beside }" :data-testid="beside ? 'preview' : testid" v-html="text"></article>
        </div>
      </div>
    </div>`,
  data() {
    return { list: this.contents, text: this.body, shown: this.version, waiting: null, opened: false, beside: false };
  },
  mounted() {
    this.onHash = () => { if (location.hash) this.goTo(location.hash); else this.comeBack(); };
    this.onToggle = () => this.toggle();
    this.onKey = (event) => { if (event.key === "Escape" && this.opened) { this.opened = false; this.tocButton()?.focus(); } };
    addEventListener("hashchange", this.onHash);
    document.addEventListener("rfc:contents", this.onToggle);
    document.addEventListener("keydown", this.onKey);
    this.onMode = (event) => { this.beside = event.detail.mode === "contribute"; };
    document.addEventListener("rfc:mode", this.onMode);
    this.diagrams = new Diagrams(this.$el);
    this.cards = new LinkCards(this.$el);
    this.dress();
    this.onLeave = () => history.replaceState({ ...history.state, readAt: this.$el.scrollTop }, "");
    addEventListener("pagehide", this.onLeave);
    const again = performance.getEntriesByType("navigation")[0]?.type !== "navigate" && history.state?.readAt;
    if (again && (!location.hash || this.target(location.hash))) this.comeBack();
    else if (location.hash) requestAnimationFrame(() => {
      this.goTo(location.hash);
      document.fonts?.ready.then(() => { if (document.activeElement === this.target(location.hash)) this.goTo(location.hash); }); // who went on stays there
    });
  },
  unmounted() {
    removeEventListener("hashchange", this.onHash);
    removeEventListener("pagehide", this.onLeave);
    document.removeEventListener("rfc:contents", this.onToggle);
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("rfc:mode", this.onMode);
    cancelAnimationFrame(this.asked);
    this.letGo();
    this.diagrams.end();
    this.cards.end();
  },
  methods: {
    // called by the server: the text on main is another one now
    offer(contents, body, version) {
      if (body === this.text && contents === this.list) { this.waiting = null; this.shown = version; return; }
      this.waiting = { contents, body, version };
      window.rfc?.announce("This text has changed while you were reading.");
    },
    take() {
      const mark = this.mark();
      this.list = this.waiting.contents;
      this.text = this.waiting.body;
      this.shown = this.waiting.version;
      this.waiting = null;
      this.$nextTick(() => {
        this.blocks = null;
        this.dress();
        this.restore(mark);
        this.$el.focus({ preventScroll: true });
      });
    },
    // called by the server: the text is being written, and changes at once where it reads otherwise; what one looks at stays
    patch(contents, change) {
      this.blocks ??= new Blocks(this.$refs.text, this.text); // not reactive on purpose
      const html = this.blocks.patched(change);
      if (html === null) this.$emit("lost"); else this.renew(contents ?? this.list, html);
    },
    // called by the server where `patch` found another text than the server knew
    renew(contents, html) {
      const seen = this.blocks.firstBelow(this.$el.getBoundingClientRect().top);
      const top = seen?.getBoundingClientRect().top, scrolled = this.$el.scrollTop;
      this.blocks.show(html);
      this.dressText();
      if (scrolled) this.$el.scrollTop = scrolled + (seen?.isConnected ? seen.getBoundingClientRect().top - top : 0);
      this.list = contents;
      this.$nextTick(() => this.dressContents());
    },
    // where the reader is: the heading above the top edge and how far below it
    mark() {
      const top = this.$el.getBoundingClientRect().top;
      const above = this.headings().filter((heading) => heading.getBoundingClientRect().top <= top + 1).pop();
      return { id: above?.id, offset: above ? above.getBoundingClientRect().top : 0, scroll: this.$el.scrollTop };
    },
    restore(mark) {
      const heading = mark.id && document.getElementById(mark.id);
      if (heading) this.$el.scrollTop += heading.getBoundingClientRect().top - mark.offset;
      else this.$el.scrollTop = mark.scroll;
    },
    headings() {
      return [...this.$refs.text.querySelectorAll("h2[id], h3[id], h4[id], h5[id], h6[id]")];
    },
    target(hash) {
      let anchor;
      try { anchor = decodeURIComponent(hash.slice(1)); } catch { return null; }
      const found = anchor && document.getElementById(PREFIX + anchor);
      return found && this.$refs.text.contains(found) ? found : null;
    },
    goTo(hash) {
      const place = this.target(hash);
      if (!place) return;
      this.show(place);
      place.setAttribute("tabindex", "-1");
      place.focus({ preventScroll: true });
      this.keep(() => { if (place.isConnected) this.show(place); else this.letGo(); });
    },
    show(place) {
      place.scrollIntoView({ block: "start", behavior: "instant" });
      this.markCurrent();
      this.hold = this.$el.scrollTop; // a section too short to reach the top stays marked until one scrolls on
      this.current(place.id.slice(PREFIX.length));
    },
    // to where it was read before one went on, to a heading or to another page
    comeBack() {
      const at = history.state?.readAt ?? 0;
      this.$el.scrollTop = at;
      this.keep(() => { this.$el.scrollTop = at; });
    },
    // A diagram or picture above a place is larger once it is there; the place stays until the reader does something.
    keep(show) {
      this.letGo();
      this.drop = () => this.letGo();
      for (const act of ACTS) document.addEventListener(act, this.drop, { capture: true, passive: true });
      this.grown = new ResizeObserver(show);
      this.grown.observe(this.$el.querySelector(".r-docmain"));
      const { drop } = this, drawn = (then) => requestAnimationFrame(() => requestAnimationFrame(then)); // what grew is told in the frame between
      this.until = setTimeout(() => allDrawn().then(() => drawn(() => { if (this.drop === drop) drop(); })), SETTLES);
    },
    letGo() {
      this.grown?.disconnect();
      clearTimeout(this.until);
      for (const act of ACTS) document.removeEventListener(act, this.drop, { capture: true });
    },
    press(event) {
      const copy = event.target.closest("[data-copy]");
      if (copy) return this.copyCode(copy);
      const link = event.target.closest('a[href^="#"]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      const place = this.target(link.getAttribute("href"));
      if (!place) return;
      event.preventDefault();
      this.opened = false;
      if (location.hash !== link.getAttribute("href")) {
        if (!location.hash) history.replaceState({ ...history.state, readAt: this.$el.scrollTop }, "");
        history.pushState(history.state, "", link.getAttribute("href"));
      }
      this.goTo(link.getAttribute("href"));
      if (link.classList.contains("r-secno")) this.copyLink();
    },
    copyLink() {
      this.copy(location.href, "Link to this section copied");
    },
    copyCode(button) {
      this.copy(button.closest(".r-code").querySelector("code").textContent, "Code copied");
    },
    async copy(text, done) {
      try { await navigator.clipboard.writeText(text); window.rfc.toast(done); }
      catch { window.rfc.announce("The browser does not let this page copy."); }
    },
    toggle() {
      this.opened = !this.opened;
      this.tocButton()?.setAttribute("aria-expanded", String(this.opened));
      if (this.opened) this.$nextTick(() => this.$el.querySelector(".r-contents a")?.focus());
    },
    tocButton() {
      return document.querySelector(".r-tocbtn");
    },
    dress() {
      this.dressText();
      this.dressContents();
    },
    dressText() {
      for (const pre of this.$refs.text.querySelectorAll("pre")) this.dressCode(pre);
      for (const wide of this.$refs.text.querySelectorAll(".r-wide, pre"))
        if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0; // what scrolls can be reached by keyboard
      document.dispatchEvent(new CustomEvent("rfc:text", { detail: { article: this.$refs.text } }));
    },
    dressContents() {
      const listed = new Set([...this.$el.querySelectorAll(".r-contents a")].map((link) => PREFIX + link.dataset.anchor));
      this.order = this.headings().filter((heading) => listed.has(heading.id));
      this.markCurrent();
    },
    dressCode(pre) {
      if (pre.parentElement.classList.contains("r-code") || pre.classList.contains("r-plain")) return;
      const box = document.createElement("div");
      box.className = "r-code";
      pre.replaceWith(box);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "r-icon r-icon--small r-code__copy";
      button.dataset.copy = "";
      button.setAttribute("aria-label", "Copy this code");
      button.innerHTML = '<i class="i i-copy i-14"></i>';
      this.blocks?.boxed(pre, box);
      box.append(pre, button);
      if ("mermaid" in pre.dataset) this.diagrams.watch(box);
    },
    // On every frame in which the column scrolled, by halving: an IntersectionObserver says nothing when a jump passes headings.
    watch() {
      if (this.asked) return;
      this.asked = requestAnimationFrame(() => { this.asked = 0; this.markCurrent(); });
    },
    markCurrent() {
      if (!this.order.length || !this.$el.isConnected || this.$el.scrollTop === this.hold) return;
      this.hold = undefined;
      const box = this.$el.getBoundingClientRect();
      const line = box.top + box.height * NEAR_TOP;
      let first = 0, end = this.order.length; // the first heading that is below the line
      while (first < end) {
        const middle = (first + end) >> 1;
        if (this.order[middle].getBoundingClientRect().top <= line) first = middle + 1; else end = middle;
      }
      this.current(this.order[Math.max(0, first - 1)].id.slice(PREFIX.length));
    },
    current(anchor) {
      const list = this.$el.querySelector(".r-contents");
      if (!list) return;
      const links = [...list.querySelectorAll("a")];
      const known = links.find((link) => link.dataset.anchor === anchor);
      if (!known) return; // a heading deeper than the list goes: its section is marked
      for (const link of links) if (link === known) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
      const place = known.offsetTop - list.clientHeight / 2;
      if (known.offsetTop < list.scrollTop || known.offsetTop > list.scrollTop + list.clientHeight - 24)
        list.scrollTo({ top: place, behavior: reduced() ? "instant" : "smooth" });
    },
  },
};
