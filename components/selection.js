// Beside selected words: Comment, Ask, Suggest, Flag. Works with a mouse, by touch, and by keyboard: Tab reaches the toolbar, c comments;
// the button “Comment on a paragraph” walks from paragraph to paragraph with the arrow keys. Also keeps the threads' marks in the text.

import { againIn, blockOf, passagesOf, selectionOf, wholeOf } from "rfc-passages";

const SETTLED = 180, TOLD = 400; // ms without a change before the toolbar comes, and before the prompt bar is told
const GAP = 8; // px between the words and what floats beside them
const ARTICLE = 'article[data-testid="rfc-body"], article[data-testid="preview"], article[data-testid="diff-view"]';
const FORMS = {
  comment: { title: "Comment on", label: "Comment", send: "Comment", hint: "Write to everyone who reads this passage" },
  flag: { title: "Flag", label: "What is wrong here", send: "Flag", hint: "In a line: what is wrong here?" },
  suggest: { title: "Suggest another wording for", label: "Proposed wording", send: "Suggest", hint: "Left empty, it proposes to remove these words" },
};
const typing = (element) => element?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? "");

export default {
  props: { marks: Array, off: String },
  template: `
    <div class="r-beside" @keydown.esc="escape">
      <button ref="walk" type="button" class="r-walk" data-testid="paragraph-comment" @click="enter">Comment on a paragraph</button>
      <div ref="tool" v-show="open" class="r-seltool" role="toolbar" aria-label="About the selected words" @mousedown.prevent @keydown="along">
        <span v-if="off" class="r-seltool__off" v-html="off"></span>
        <template v-else>
          <button type="button" data-testid="selection-comment" aria-keyshortcuts="c" @click="begin('comment')"><i class="i i-message-square" aria-hidden="true"></i> Comment</button>
          <button v-if="asks" type="button" data-testid="selection-ask" tabindex="-1" @click="ask"><i class="i i-at-sign" aria-hidden="true"></i> Ask</button>
          <button type="button" data-testid="selection-suggest" tabindex="-1" @click="begin('suggest')"><i class="i i-pencil" aria-hidden="true"></i> Suggest</button>
          <button type="button" data-testid="selection-flag" tabindex="-1" @click="begin('flag')"><i class="i i-flag" aria-hidden="true"></i> Flag</button>
        </template>
      </div>
      <form ref="form" v-if="writing" class="r-compose" :aria-label="form.title + ' “' + brief + '”'" @submit.prevent="send" @keydown="keys">
        <p class="r-compose__quote"><span class="r-sr">{{ form.title }} </span><q class="r-clip">{{ brief }}</q></p>
        <p v-if="problem" class="r-hint r-hint--bad" role="alert">{{ problem }}</p>
        <textarea ref="text" class="r-input" :class="{ 'r-sourcebox': writing === 'suggest' }" :rows="writing === 'flag' ? 1 : 3" data-testid="compose-text" :aria-label="form.label"
          :placeholder="waiting ? '' : form.hint" :readonly="sending || waiting" @input="grow"></textarea>
        <input v-if="writing === 'suggest'" ref="reason" class="r-input" data-testid="compose-reason" aria-label="Reason" placeholder="Why (optional)" maxlength="500" :readonly="sending">
        <div class="r-compose__foot"><span class="r-hint r-grow r-hide-s">{{ writing === 'suggest' ? 'Ctrl Enter sends' : 'Enter sends, Shift Enter starts a line' }}</span>
          <button type="button" class="r-btn r-btn--quiet r-btn--small" data-testid="compose-cancel" @click="close">Cancel</button>
          <button class="r-btn r-btn--primary r-btn--small" data-testid="compose-send" :data-busy="sending ? '' : null">{{ form.send }}</button></div>
      </form>
    </div>`,
  data() {
    return { open: false, asks: false, asking: false, writing: "", brief: "", problem: "", sending: false, waiting: false };
  },
  computed: {
    form() { return FORMS[this.writing] ?? FORMS.comment; },
    offered() { return this.open || Boolean(this.writing); },
  },
  watch: {
    marks() { this.draw(); },
    offered(now) { document.documentElement.toggleAttribute("data-beside-words", now); },
  },
  mounted() {
    this.turn = 0;
    this.listeners = {
      selectionchange: () => this.changed(),
      "rfc:text": () => this.draw(true),
      "rfc:passage": (event) => this.lead(event.detail),
      keydown: (event) => this.key(event),
      click: (event) => this.press(event),
      mouseover: (event) => this.hover(event),
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener);
    this.onScroll = () => { this.asked ??= requestAnimationFrame(() => { this.asked = undefined; this.place(); }); };
    addEventListener("scroll", this.onScroll, { capture: true, passive: true });
    addEventListener("resize", this.onScroll);
    this.add = this.addButton();
    this.draw();
  },
  unmounted() {
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener);
    removeEventListener("scroll", this.onScroll, { capture: true });
    removeEventListener("resize", this.onScroll);
    clearTimeout(this.settling);
    clearTimeout(this.telling);
    cancelAnimationFrame(this.asked);
    this.add.remove();
    delete document.documentElement.dataset.besideWords;
    this.light(null);
  },
  methods: {
    article() { return document.querySelector(ARTICLE); },

    // marks
    draw(anew = false) {
      const article = this.article();
      if (!article) return;
      const passages = passagesOf(article);
      passages.set("thread", this.marks);
      if (anew) passages.draw();
      if (this.focused) this.mark(this.focused);
      if (this.writing) this.follow(article);
    },
    mark(id) {
      this.focused = id;
      const article = this.article();
      if (!article) return [];
      for (const one of article.querySelectorAll("mark.thread[data-focus]")) delete one.dataset.focus;
      const marks = passagesOf(article).elements("thread", id);
      for (const one of marks) one.dataset.focus = "";
      return marks;
    },
    // a thread has the focus: show its passage
    lead({ id, scroll }) {
      const [first] = this.mark(id);
      if (!first || !scroll) return;
      if (matchMedia("(max-width: 759px)").matches) window.rfc.show("document");
      first.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
    },
    press(event) {
      const margin = event.target.closest?.(".r-margin[data-threads]");
      const mark = event.target.closest?.("mark[data-thread]");
      if (!this.article()?.contains(margin ?? mark) || (mark && !getSelection().isCollapsed)) return;
      const id = margin ? Number(margin.dataset.threads.split(" ")[0]) : Number(mark.dataset.thread);
      this.mark(id);
      document.dispatchEvent(new CustomEvent("rfc:thread", { detail: { id, focus: Boolean(margin) } }));
    },

    // what is selected
    changed() {
      if (this.writing && !this.adrift) return;
      clearTimeout(this.settling);
      clearTimeout(this.telling);
      this.settling = setTimeout(() => this.settle(), SETTLED);
    },
    // the range of words of the text that is selected now
    selected() {
      const article = this.article(), selection = getSelection();
      const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
      return range && article?.contains(range.startContainer) && article.contains(range.endContainer) ? range : null;
    },
    settle() {
      const inside = this.selected();
      if (this.writing) return inside ? this.turnTo(inside) : undefined;
      if (!inside && this.$el.contains(document.activeElement)) return; // the toolbar has the focus
      if (!inside && typing(document.activeElement)) { this.open = false; return; } // the words are still what one asks about
      this.take(inside);
    },
    take(range) {
      const chosen = range && selectionOf(this.article(), range);
      if (!chosen) return this.hide();
      Object.assign(this, { chosen, range: range.cloneRange(), asks: chosen.side === "after" && Boolean(document.querySelector("[data-testid=prompt-input]")) });
      this.open = true;
      this.$nextTick(() => this.place());
      if (this.asks && !this.off && !this.asking) this.telling = setTimeout(() => this.locate("select"), TOLD);
    },
    hide() {
      if (this.wants === "select") this.turn += 1; // where the words stand is not asked any more
      if (this.told) document.dispatchEvent(new CustomEvent("rfc:selected", { detail: { quote: "" } }));
      this.told = false;
      this.open = false;
    },
    // beside the words: above them, below where the browser's own menu is or where there is no room
    place() {
      const box = this.writing ? this.$refs.form : this.open ? this.$refs.tool : null;
      if (!box || !this.range) return;
      const seen = this.range.getBoundingClientRect(), column = this.article()?.closest(".r-scroll")?.getBoundingClientRect();
      if (!this.writing || !this.words || seen.height) this.words = seen; // of words that are gone, where they last stood
      const words = this.words, top = column?.top ?? 0, bottom = column?.bottom ?? innerHeight;
      if (!this.writing) box.toggleAttribute("data-away", words.bottom < top || words.top > bottom); // what one writes in stays before one's eyes
      const below = this.writing || matchMedia("(pointer: coarse)").matches || words.top - box.offsetHeight - GAP < top;
      const beside = below ? words.bottom + GAP : words.top - box.offsetHeight - GAP, wanted = this.writing ? Math.max(top + GAP, beside) : beside;
      box.style.top = `${Math.max(GAP, Math.min(wanted, innerHeight - box.offsetHeight - GAP))}px`;
      const left = words.left + (this.writing ? 0 : words.width / 2 - box.offsetWidth / 2);
      box.style.left = `${Math.max(GAP, Math.min(left, innerWidth - box.offsetWidth - GAP))}px`;
    },

    // the server says where the selection stands in the source
    locate(what) {
      this.turn += 1;
      this.wants = what;
      this.$emit("locate", { selection: this.chosen, turn: this.turn });
    },
    located(turn, start, end, source, problem) {
      if (turn !== this.turn) return;
      this.asking = false;
      const detail = { quote: this.chosen?.quote ?? "", start, end };
      if (this.wants === "suggest") {
        this.waiting = false;
        this.source = source;
        this.adrift = Boolean(problem);
        if (problem) this.problem = problem;
        else this.$nextTick(() => { this.$refs.text.value ||= source; this.grow(); this.$refs.text.focus(); });
      } else if (problem) {
        if (this.wants === "ask") window.rfc.toast(problem, { bad: true });
      } else {
        this.told = this.wants === "select";
        document.dispatchEvent(new CustomEvent(this.told ? "rfc:selected" : "rfc:ask", { detail }));
      }
    },
    ask() {
      clearTimeout(this.telling);
      this.open = false;
      this.asking = true;
      this.locate("ask");
    },

    // writing about it
    begin(act) {
      if (this.off || !this.chosen) return;
      clearTimeout(this.telling);
      this.open = false;
      this.writing = act;
      this.about();
    },
    about() {
      const suggests = this.writing === "suggest";
      Object.assign(this, { problem: "", brief: this.chosen.quote.replace(/\s+/g, " ").trim(), source: "", waiting: suggests, adrift: false });
      this.light(this.range);
      if (suggests) this.locate("suggest");
      this.$nextTick(() => { this.place(); this.$refs.text.focus(); });
    },
    // what is written could not be placed: it is about the words that one selects now
    turnTo(range) {
      const chosen = selectionOf(this.article(), range);
      if (!chosen) return;
      Object.assign(this, { chosen, range: range.cloneRange() });
      this.about();
    },
    // the text was drawn anew while one writes: the box goes with the words, and stays where it is when they are gone
    follow(article) {
      const again = againIn(article, this.chosen, this.range);
      if (again) this.range = again;
      this.light(this.range);
      this.place();
    },
    grow() {
      const box = this.$refs.text;
      this.problem = "";
      box.style.height = "auto";
      box.style.height = `${Math.min(box.scrollHeight + 2, innerHeight * 0.4)}px`;
      this.place();
    },
    keys(event) {
      if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
      if (this.writing === "suggest" && event.target === this.$refs.text && !event.ctrlKey && !event.metaKey) return;
      if (event.target.tagName === "BUTTON") return;
      event.preventDefault();
      this.send();
    },
    send() {
      const text = this.$refs.text.value;
      if (this.sending || this.waiting) return;
      if (!text.trim() && this.writing !== "suggest") return void this.$refs.text.focus(); // there is nothing to send yet
      this.sending = true;
      this.problem = "";
      this.under = this.operation(text);
      this.$emit("send", { act: this.writing, selection: this.chosen, text, reason: this.$refs.reason?.value ?? "", source: this.source, op: this.under });
    },
    // the same words about the same passage, sent again after a lost answer, are the same operation
    operation(text) {
      const about = `${this.writing} ${JSON.stringify(this.chosen)} ${text}`;
      if (this.lastSent?.about !== about) {
        const op = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        this.lastSent = { about, op };
      }
      return this.lastSent.op;
    },
    // called by the server; who has closed the box meanwhile may write in another one by now
    sent(problem, thread, act, op) {
      const said = { comment: "Your comment is posted.", flag: "The passage is flagged.", suggest: "Your suggestion is a card now." }[act];
      if (op !== this.under) return problem ? window.rfc.toast(problem, { bad: true }) : window.rfc.announce(said);
      this.sending = false;
      if (problem) { this.problem = problem; this.adrift = true; this.$nextTick(() => { this.place(); this.$refs.text.focus(); }); return; }
      this.lastSent = undefined;
      const away = !this.$el.contains(document.activeElement), elsewhere = away && typing(document.activeElement);
      const others = away && this.selected();
      if (elsewhere || others) this.back = null;
      this.close();
      if (others) getSelection().addRange(others); // one selected other words meanwhile
      window.rfc.announce(said);
      if (thread) this.mark(thread);
      if (elsewhere) return; // one went on writing in another box, which is not taken away
      document.dispatchEvent(thread
        ? new CustomEvent("rfc:thread", { detail: { id: thread, focus: false } })
        : new CustomEvent("rfc:show-talk", { detail: { tab: "changes" } }));
    },
    close() {
      this.writing = this.under = "";
      this.sending = false;
      this.light(null);
      getSelection().removeAllRanges();
      this.hide();
      if (this.back?.isConnected) this.back.focus({ preventScroll: true });
      this.back = null;
    },
    // the words stay visible while one writes about them
    light(range) {
      if (!CSS.highlights) return;
      if (range) CSS.highlights.set("r-composing", new Highlight(range)); else CSS.highlights.delete("r-composing");
    },

    // keyboard
    key(event) {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (this.writing) return event.key === "Escape" ? this.$refs.text.focus() : undefined; // what is written is not thrown away from afar
      if (!this.open) return this.aboutChange(event);
      if (event.key === "Escape") return this.escape(event);
      if (event.key === "Tab" && !event.shiftKey && !this.$refs.tool.contains(event.target)) {
        event.preventDefault();
        this.$refs.tool.querySelector("button, a")?.focus();
      } else if (event.key === "c" && window.rfc.keysOn() && !this.off) {
        event.preventDefault();
        this.begin("comment");
      }
    },
    // of a difference, c is about the paragraph of the change one went to
    aboutChange(event) {
      if (event.key !== "c" || this.off || this.writing || !window.rfc.keysOn() || document.querySelector("dialog[open]")) return;
      const here = this.article()?.querySelector("[data-current]");
      if (!here) return;
      const inside = this.blocks().filter((block) => here.contains(block) || block.contains(here));
      const block = inside.find((one) => one.querySelector("[data-chg]") || one.closest("[data-chg]")) ?? inside[0] ?? here;
      event.preventDefault();
      this.paragraph(block, false);
    },
    escape(event) {
      if (!this.writing && !this.open) return;
      event.stopPropagation();
      event.preventDefault();
      this.close();
    },
    along(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const buttons = [...this.$refs.tool.querySelectorAll("button")];
      buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length)?.focus();
    },

    // a paragraph as a whole
    addButton() {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "r-margin r-margin--add";
      button.dataset.testid = "margin-comment";
      button.setAttribute("aria-label", "Comment on this paragraph. Up and down lead to others.");
      button.innerHTML = '<i class="i i-plus i-14" aria-hidden="true"></i>';
      button.addEventListener("click", (event) => { event.stopPropagation(); this.paragraph(button.parentElement, event.detail === 0); });
      button.addEventListener("keydown", (event) => this.step(event));
      button.addEventListener("blur", () => button.removeAttribute("data-here"));
      return button;
    },
    hover(event) {
      const block = blockOf(this.article(), event.target);
      if (block && !this.off && this.add !== document.activeElement && !this.writing) this.beside(block);
    },
    beside(block) {
      if (this.add.parentElement === block || block.tagName === "TR" || block.tagName === "PRE") return;
      block.classList.add("r-p");
      block.append(this.add);
    },
    blocks() {
      return [...this.article().querySelectorAll("p[data-line], li[data-line], [data-side=before] p, .r-blk--del :is(p, li), h2, h3, h4, h5, h6, dd, dt")].filter((block) => block.offsetParent && !block.closest(".r-aside") && wholeOf(block) && !block.querySelector(":scope > p"));
    },
    enter() {
      const blocks = this.blocks(), top = this.article().closest(".r-scroll")?.getBoundingClientRect().top ?? 0;
      this.stepTo(blocks.find((block) => block.getBoundingClientRect().top >= top) ?? blocks[0]);
    },
    stepTo(block) {
      if (!block) return;
      this.beside(block);
      this.add.dataset.here = "";
      this.add.focus({ preventScroll: true });
      block.scrollIntoView({ block: "nearest", behavior: "instant" });
    },
    step(event) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) {
        event.preventDefault();
        const blocks = this.blocks();
        this.stepTo(blocks[Math.max(0, Math.min(blocks.length - 1, blocks.indexOf(this.add.parentElement) + by))]);
      } else if (event.key === "c" && window.rfc.keysOn()) {
        event.preventDefault();
        event.stopPropagation();
        this.paragraph(this.add.parentElement, false);
      } else if (event.key === "Escape") this.$refs.walk.focus();
    },
    // with Enter all four are offered; a press or c comments at once
    paragraph(block, choose) {
      const range = wholeOf(block);
      if (!range) return;
      this.back = choose || document.activeElement === this.add ? this.add : null;
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      this.take(range);
      if (!choose) return this.begin("comment");
      clearTimeout(this.settling);
      this.$nextTick(() => this.$refs.tool.querySelector("button, a")?.focus());
    },
  },
};
