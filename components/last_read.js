// What changed since the reader's last visit: tinted sentences, one button to step through them and one to mark them as read. Besides, it
// notes when the reader has had a version of the text before their eyes for a while: leaving then counts as having read it.

import { passagesOf } from "rfc-passages";

const ARTICLE = 'article[data-testid="rfc-body"]';

export default {
  props: { items: Array, since: String, commit: String, known: String, seconds: Number },
  template: `
    <div v-show="count" class="r-since" role="region" aria-label="Since you last read" data-testid="since" :data-there="there ? '' : null">
      <span class="r-grow"><b class="r-strong">{{ count === 1 ? "1 sentence" : count + " sentences" }}</b> changed since you last read it, <span v-html="since"></span></span>
      <span class="r-soft" data-testid="since-place" aria-live="polite">{{ at < 0 ? "" : (at + 1) + " of " + count }}</span>
      <button type="button" class="r-icon r-icon--small" aria-label="Previous changed sentence" data-testid="since-previous" @click="step(-1)"><i class="i i-arrow-up i-14" aria-hidden="true"></i></button>
      <button type="button" class="r-icon r-icon--small" aria-label="Next changed sentence" data-testid="since-next" @click="step(1)"><i class="i i-arrow-down i-14" aria-hidden="true"></i></button>
      <button type="button" class="r-btn r-btn--quiet r-btn--small" data-testid="mark-read" @click="read">Mark as read</button>
    </div>`,
  data() {
    return { count: 0, at: -1, there: false };
  },
  watch: {
    items() { this.draw(); },
    commit() { if (this.known === this.shown.known) this.see(); },
  },
  mounted() {
    this.see();
    this.onText = () => { this.see(); this.draw(true); };
    document.addEventListener("rfc:text", this.onText);
    this.clock = setInterval(() => this.tick(), 1000);
    this.draw();
  },
  unmounted() {
    document.removeEventListener("rfc:text", this.onText);
    clearInterval(this.clock);
  },
  methods: {
    article() { return document.querySelector(ARTICLE); },
    // the version that stands in the window now
    see() {
      if (this.shown?.known !== this.known) this.looked = 0;
      this.shown = { known: this.known, commit: this.commit };
      this.told = "";
      this.there = false;
    },
    tick() {
      if (document.visibilityState !== "visible" || !this.article()?.offsetParent) return;
      this.looked += 1;
      if (this.looked < this.seconds || this.told === this.shown.commit) return;
      this.told = this.shown.commit;
      this.there = true;
      this.$emit("there", this.told);
    },
    draw(anew = false) {
      const article = this.article();
      if (!article) return;
      const passages = passagesOf(article);
      passages.set("since", this.items);
      if (anew) passages.draw();
      this.count = passages.shown("since").length;
      if (this.at >= this.count) this.at = -1;
      this.current(false);
    },
    step(by) {
      this.at = this.at < 0 ? (by > 0 ? 0 : this.count - 1) : (this.at + by + this.count) % this.count;
      this.current(true);
    },
    current(scroll) {
      const article = this.article(), passages = passagesOf(article);
      for (const one of article.querySelectorAll("mark.since[data-current]")) delete one.dataset.current;
      const here = passages.shown("since")[this.at];
      if (!here) return;
      const marks = passages.elements("since", here.id);
      for (const one of marks) one.dataset.current = "";
      if (scroll) marks[0].scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
    },
    read() {
      this.at = -1;
      this.$emit("read", this.shown.commit);
      window.rfc.announce("Marked as read.");
      this.article()?.closest(".r-scroll")?.focus({ preventScroll: true });
    },
  },
};
