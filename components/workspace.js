// A branch's text in its two modes. Discuss: the rendered text with what the branch changes. Contribute: the source beside it, and both
// scroll together. The rendered text is the same element in both, so that switching costs nothing.

import { lineAt, topOfLine } from "rfc-reading-parts";

const HOVER_AFTER = 250, HOVER_UNTIL = 200; // ms
const NEAR_TOP = 24; // px: so far from its beginning a text still counts as unread
const MARKS = "rfc-marks-off";

export default {
  props: { mode: String, tally: String, changed: Boolean, marks: Object },
  template: `
    <div class="r-work" :class="{ 'r-work--contribute': now === 'contribute' }" :data-mode="now" :data-side="side" @mouseover="hover" @mouseout="leave" @focusin="hover" @focusout="leave" @click="press" @keydown="key">
      <div class="r-pair" @pointerdown="enter" @keydown="enter" @wheel.passive="enter" @touchstart.passive="enter">
        <section v-show="now === 'contribute'" class="r-pane r-pane--source" :data-front="side === 'source' ? '' : null" aria-label="Source">
          <div class="r-bar r-bar--low"><span class="r-hide-t">Source</span>
            <div class="r-seg r-only-narrow" role="group" aria-label="Source or preview">
              <button type="button" aria-pressed="true">Source</button>
              <button type="button" aria-pressed="false" data-testid="show-preview" @click="turn('text')">Preview</button></div>
            <span class="r-grow"></span><span class="r-muted r-clip r-hide-s">Esc, then Tab leaves the editor</span>
            <span class="r-state r-only-phone" :class="safe.kind ? 'r-state--' + safe.kind : ''">{{ safe.brief }}</span></div>
          <slot name="editor"></slot>
        </section>
        <section class="r-pane r-pane--text" :data-front="now === 'discuss' || side === 'text' ? '' : null" :aria-label="now === 'contribute' ? 'Preview' : null" :class="{ 'r-marks-off': !marked }">
          <div v-if="changed || now === 'contribute'" class="r-bar r-bar--low">
            <template v-if="now === 'contribute'"><span class="r-hide-t">Preview</span>
              <div class="r-seg r-only-narrow" role="group" aria-label="Source or preview">
                <button type="button" aria-pressed="false" data-testid="show-source" @click="turn('source')">Source</button>
                <button type="button" aria-pressed="true">Preview</button></div></template>
            <span class="r-tally" v-html="tally"></span><span v-if="tally" class="r-muted r-clip r-hide-s">words against main</span><span class="r-grow"></span>
            <label class="r-check r-check--low"><span>Show changes</span><input type="checkbox" class="r-switch" data-testid="show-changes" :checked="marked" @change="mark"></label></div>
          <slot></slot>
        </section>
      </div>
      <div ref="card" class="r-hover" popover="manual" role="tooltip" @mouseenter="stay" @mouseleave="leave"></div>
    </div>`,
  data() {
    return { now: this.mode, side: "source", marked: localStorage.getItem(MARKS) === null, safe: { kind: "", brief: "" } };
  },
  watch: {
    mode() { this.be(this.mode); },
    marks() { this.dress(); },
  },
  mounted() {
    this.listeners = {
      "rfc:editor-line": (event) => this.follow(event.detail.line),
      "rfc:text": () => this.dress(),
      "rfc:change-focus": (event) => this.focusMarks(event.detail),
      "rfc:save-state": (event) => { this.safe = event.detail; },
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener);
    this.scroller().addEventListener("scroll", this.onScroll = () => this.lead(), { passive: true });
    this.be(this.now);
    this.dress();
  },
  unmounted() {
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener);
  },
  methods: {
    scroller() { return this.$el.querySelector(".r-pane--text > .r-scroll"); },
    article() { return this.$el.querySelector(".r-pane--text article"); },
    // the viewer's own mode: kept in the address, so that a reload opens the same
    be(mode) {
      const line = this.now === mode ? null : this.scroller().scrollTop < NEAR_TOP ? 0 : lineAt(this.article(), this.scroller());
      this.now = mode;
      this.makeRoom(mode === "contribute");
      const address = new URL(location.href);
      if (address.searchParams.get("mode") !== mode && (line !== null || address.searchParams.has("mode"))) {
        address.searchParams.set("mode", mode);
        history.replaceState(history.state, "", address);
      }
      document.dispatchEvent(new CustomEvent("rfc:mode", { detail: { mode } }));
      if (line !== null) this.$nextTick(() => { this.follow(line, true); this.tellEditor(Math.max(1, line)); });
    },
    // the catalog becomes a rail by itself, and comes back unless the person had collapsed it before
    makeRoom(narrow) {
      const root = document.documentElement;
      if (narrow) root.dataset.catalogRail = "";
      else if (!localStorage.getItem("rfc-rail-catalog")) delete root.dataset.catalogRail;
    },
    turn(side) {
      const line = side === "source" ? lineAt(this.article(), this.scroller()) : this.line;
      this.side = side;
      this.$nextTick(() => {
        if (side === "source") this.tellEditor(line); else if (line) this.follow(line, true);
        this.$el.querySelector(side === "source" ? ".cm-content" : '[data-testid="show-source"]')?.focus({ preventScroll: true });
      });
    },

    // source and text scroll together: whichever the person's hand was on last leads
    enter(event) {
      this.leader = event.target.closest(".r-pane--source") ? "source" : "text";
    },
    follow(line, always = false) {
      this.line = line;
      if (!always && (this.leader !== "source" || this.now !== "contribute")) return;
      this.scroller().scrollTop = line <= 1 ? 0 : topOfLine(this.article(), this.scroller(), line);
    },
    lead() {
      if (this.now !== "contribute" || this.leader !== "text" || this.asked) return;
      this.asked = requestAnimationFrame(() => { this.asked = 0; this.tellEditor(lineAt(this.article(), this.scroller())); });
    },
    tellEditor(line) {
      document.dispatchEvent(new CustomEvent("rfc:editor-scroll", { detail: { line: Math.round(line) } }));
    },

    // marks of change: badge, hover, and the same focus as their card
    mark(event) {
      this.marked = event.target.checked;
      if (this.marked) localStorage.removeItem(MARKS); else localStorage.setItem(MARKS, "1");
    },
    dress() {
      const article = this.article();
      if (!article) return;
      for (const mark of article.querySelectorAll(".r-mark[data-change]")) this.dressMark(mark);
      for (const struck of article.querySelectorAll("del")) {
        const block = struck.closest("p, li, h2, h3, h4, h5, h6, td, pre, dd, dt");
        if (block && [...block.querySelectorAll("del")].map((one) => one.textContent).join("").trim() === block.textContent.trim()) block.classList.add("r-gone");
      }
    },
    dressMark(mark) {
      const known = this.marks[mark.dataset.change];
      mark.setAttribute("role", "suggestion");
      mark.tabIndex = 0;
      if (known && !mark.querySelector(".r-badge, .r-avatar")) mark.insertAdjacentHTML("beforeend", known.badge);
      mark.toggleAttribute("data-focus", mark.dataset.change === this.focused);
    },
    markOf(event) {
      return event.target.closest?.(".r-pane--text .r-mark");
    },
    press(event) {
      const mark = this.markOf(event);
      if (mark?.dataset.change && !event.target.closest("a")) this.choose(mark);
    },
    key(event) {
      const mark = this.markOf(event);
      if (event.key === "Enter" && mark === event.target && mark.dataset.change) { event.preventDefault(); this.choose(mark); }
      if (event.key === "Escape") this.hide();
    },
    choose(mark) {
      document.dispatchEvent(new CustomEvent("rfc:change-focus", { detail: { id: mark.dataset.change, from: "text" } }));
    },
    focusMarks({ id, from }) {
      this.focused = String(id);
      let first;
      for (const mark of this.article().querySelectorAll(".r-mark[data-change]")) {
        const same = mark.dataset.change === this.focused;
        mark.toggleAttribute("data-focus", same);
        if (same) first ??= mark;
      }
      if (from === "card" && first) { this.leader = "text"; first.scrollIntoView({ block: "nearest" }); }
    },
    hover(event) {
      const mark = this.markOf(event);
      if (!mark || mark === this.over) return;
      this.stay();
      this.coming = setTimeout(() => this.show(mark), event.type === "focusin" ? 0 : HOVER_AFTER);
    },
    leave() {
      clearTimeout(this.coming);
      this.going = setTimeout(() => this.hide(), HOVER_UNTIL);
    },
    stay() {
      clearTimeout(this.going);
    },
    show(mark) {
      const { card } = this.$refs, known = this.marks[mark.dataset.change];
      this.over = mark;
      card.innerHTML = known?.hover ?? '<p class="r-soft">Edited by hand, or accepted and changed since.</p>';
      card.showPopover();
      const at = mark.getClientRects()[0] ?? mark.getBoundingClientRect();
      const above = at.top - card.offsetHeight - 6;
      card.style.top = `${above > 8 ? above : at.bottom + 6}px`;
      card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - card.offsetWidth - 8))}px`;
    },
    hide() {
      this.over = null;
      if (this.$refs.card.matches(":popover-open")) this.$refs.card.hidePopover();
    },
  },
};
