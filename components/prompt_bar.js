// The prompt bar: a text box that grows, who is asked, and how much of the text the question is about. What is typed is kept until it
// is sent, also while the connection is lost. A passage comes by the event rfc:ask {quote, start, end} from wherever it is selected.

const NEAR_TOP = 0.3; // the section in view is the one whose heading stands above this part of the column
const NONE = { quote: "", start: -1, end: -1 };
const LOST = '<i class="i i-wifi-off" aria-hidden="true"></i><span>No model while the connection is lost. Your question stays here.</span>';

export default {
  props: { models: Array, preferred: String, off: String, note: String, answering: Array, draft: String },
  template: `
    <div class="r-promptwrap">
      <div v-if="well" class="r-prompt" data-off data-testid="prompt-off"><p class="r-prompt__why" role="status" v-html="well"></p></div>
      <form v-show="!well" class="r-prompt" aria-label="Ask a model" @submit.prevent="send" :data-model="model.family">
        <p v-if="problem" class="r-hint r-hint--bad r-prompt__problem" role="alert">{{ problem }}</p>
        <div v-if="passage.quote" class="r-prompt__quote" data-testid="prompt-quote"><i class="i i-quote i-12" aria-hidden="true"></i><q class="r-clip r-grow" :title="passage.quote">{{ passage.quote }}</q>
          <button type="button" class="r-icon r-icon--small" aria-label="Remove the quote" @click="forget"><i class="i i-x i-12"></i></button></div>
        <textarea ref="box" rows="1" data-testid="prompt-input" aria-label="Ask a model" aria-keyshortcuts="Enter" :placeholder="placeholder" :data-draft="draft"
          :readonly="sending" @input="typed" @keydown.enter="enter"></textarea>
        <div class="r-prompt__row">
          <button ref="pick" type="button" class="r-btn r-btn--small r-prompt__model" data-testid="prompt-model" aria-haspopup="listbox" :aria-expanded="String(picking)" :aria-label="'Model: ' + model.name" :data-value="model.key" @click="$refs.menu.togglePopover()" @keydown.down.prevent="$refs.menu.showPopover()">
            <span class="r-badge r-badge--small" :data-model="model.family" aria-hidden="true">{{ model.symbol }}</span><span class="r-clip">{{ model.name }}</span><i class="i i-chevron-down i-12 r-hide-s" aria-hidden="true"></i></button>
          <div ref="menu" class="r-menu r-prompt__menu" popover role="listbox" aria-label="Models" @toggle="toggled" @keydown="choose">
            <button v-for="one in models" :key="one.key" type="button" class="r-menu__item" role="option" :data-testid="'prompt-model-' + one.key" :aria-selected="String(one.key === model.key)" @click="take(one)">
              <span class="r-badge r-badge--small" :data-model="one.family" aria-hidden="true">{{ one.symbol }}</span>{{ one.name }}<span class="r-grow"></span><i v-if="one.key === model.key" class="i i-check i-14" aria-hidden="true"></i></button></div>
          <div class="r-seg" role="radiogroup" aria-label="Reach" data-testid="prompt-reach" :data-value="about" @keydown="slide">
            <button v-for="one in reaches" :key="one.key" type="button" role="radio" :aria-checked="String(one.key === about)" :tabindex="one.key === about ? 0 : -1" :data-testid="'prompt-reach-' + one.key"
              :aria-disabled="one.why ? 'true' : null" :title="one.why || null" @click="reach(one)"><span :class="{ 'r-hide-s': one.key === 'section' && section.number }">{{ one.words }}</span><template v-if="one.key === 'section' && section.number">&nbsp;§{{ section.number }}</template></button></div>
          <span class="r-grow"></span>
          <span class="r-hint r-hide-m r-clip">{{ hint }}</span>
          <button v-if="answering.length" type="button" class="r-btn r-btn--small r-prompt__stop" data-testid="prompt-stop" :data-busy="stopping ? '' : null" :aria-label="'Stop ' + answering[0].name" @click="stop"><i v-if="!stopping" class="i i-square i-12"></i> Stop</button>
          <button v-if="!answering.length || text.trim()" class="r-btn r-btn--primary r-send" data-testid="prompt-send" aria-label="Ask" :data-busy="sending ? '' : null" :aria-disabled="sending || !text.trim() ? 'true' : null"><i v-if="!sending" class="i i-arrow-up"></i></button>
        </div>
      </form>
    </div>`,
  data() {
    return { text: "", sending: false, stopping: false, problem: "", lost: false, picking: false, chosen: this.kept(), about: "document", passage: NONE, section: { number: "", anchor: "" } };
  },
  computed: {
    well() { return this.lost ? LOST : this.off; },
    model() {
      return this.models.find((one) => one.key === this.chosen) ?? this.models.find((one) => one.key === this.preferred) ?? { key: "", name: "", symbol: "", family: "other" };
    },
    reaches() {
      return [
        { key: "selection", words: "Selection", why: this.passage.quote ? "" : "Select a passage in the text first" },
        { key: "section", words: "Section", why: this.section.anchor ? "" : "This text has no sections" },
        { key: "document", words: "Document", why: "" },
      ];
    },
    placeholder() {
      if (this.answering.length) return `Ask ${this.model.name} while ${this.answering[0].name === this.model.name ? "it" : this.answering[0].name} answers`;
      return this.passage.quote ? "Ask about this passage, or ask for a change" : "Ask about this document, or ask for a change";
    },
    hint() { return this.answering.length ? `${this.answering[0].name} is answering` : this.note || "Enter sends"; },
  },
  watch: {
    answering() { this.stopping = false; },
  },
  mounted() {
    this.listeners = {
      "rfc:ask": (event) => this.quote(event.detail, true),
      "rfc:caret": (event) => { this.caret = event.detail.line; this.look(); },
      "rfc:editor-line": (event) => { this.topLine = event.detail.line; this.look(); },
      "rfc:text": () => this.look(),
      "rfc:mode": () => { this.caret = this.topLine = 0; this.look(); },
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener);
    this.onScroll = () => { this.asked ??= requestAnimationFrame(() => { this.asked = undefined; this.look(); }); };
    this.column = this.$el.closest("[data-col]") ?? document;
    this.column.addEventListener("scroll", this.onScroll, { capture: true, passive: true });
    this.connection = new MutationObserver(() => { this.lost = document.documentElement.dataset.connection === "lost"; });
    this.connection.observe(document.documentElement, { attributeFilter: ["data-connection"] });
    this.look();
  },
  unmounted() {
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener);
    this.column.removeEventListener("scroll", this.onScroll, { capture: true });
    this.connection.disconnect();
    cancelAnimationFrame(this.asked);
  },
  methods: {
    // a passage to ask about; only an answer to “Ask” takes the focus. The server calls it with what is selected in the editor
    quote({ quote, start = -1, end = -1 }, focus) {
      if (!quote?.trim()) { if (!focus && !this.passage.held) this.forget(); return; }
      this.passage = { quote, start, end, held: focus };
      this.about = "selection";
      if (!focus || this.well) return;
      if (matchMedia("(max-width: 759px)").matches) window.rfc.show("document");
      this.$nextTick(() => this.$refs.box.focus());
    },
    forget() {
      this.passage = NONE;
      if (this.about === "selection") this.about = "document";
    },
    // the section the caret is in or, before one has written anything, the one that one reads
    look() {
      const article = this.column.querySelector("article.r-doc");
      const headings = article ? [...article.querySelectorAll("h2[id], h3[id], h4[id]")] : [];
      const line = this.caret || this.topLine;
      const found = line || !article?.offsetParent ? this.above(headings, line || 1) : this.inView(headings, article);
      this.section = { number: found?.querySelector(".r-secno")?.textContent.trim() ?? "", anchor: found?.id.replace(/^doc-/, "") ?? "" };
      if (!found && this.about === "section") this.about = "document";
    },
    above(headings, line) {
      return headings.filter((heading) => Number(heading.dataset.line) <= line).pop() ?? headings[0];
    },
    inView(headings, article) {
      const box = article?.closest(".r-scroll")?.getBoundingClientRect();
      if (!box) return undefined;
      const line = box.top + box.height * NEAR_TOP;
      const shown = headings.filter((heading) => heading.getClientRects().length); // a folded one stands nowhere
      return shown.filter((heading) => heading.getBoundingClientRect().top <= line).pop() ?? shown[0];
    },
    reach(one) {
      if (!one.why) this.about = one.key;
    },
    slide(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const open = this.reaches.filter((one) => !one.why), at = open.findIndex((one) => one.key === this.about);
      this.about = open[(at + step + open.length) % open.length].key;
      this.$nextTick(() => this.$el.querySelector('[role="radio"][tabindex="0"]').focus());
    },

    // who is asked: the one chosen last, on every page
    kept() { return localStorage.getItem("rfc-model") ?? ""; },
    take(one) {
      this.chosen = one.key;
      localStorage.setItem("rfc-model", one.key);
      this.$refs.menu.hidePopover();
    },
    toggled(event) {
      this.picking = event.newState === "open";
      const { menu, pick } = this.$refs;
      if (!this.picking) { if (menu.contains(document.activeElement)) pick.focus(); return; }
      const at = pick.getBoundingClientRect();
      menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
      menu.style.top = `${Math.max(8, at.top - menu.offsetHeight - 4)}px`;
      (menu.querySelector('[aria-selected="true"]') ?? menu.querySelector("button"))?.focus();
    },
    choose(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const items = [...this.$refs.menu.querySelectorAll("button")];
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    },

    // writing
    typed(event) {
      this.text = event.target.value;
      this.problem = "";
      this.grow();
    },
    grow() {
      const box = this.$refs.box;
      box.style.height = "auto";
      box.style.height = `${Math.min(box.scrollHeight, innerHeight * 0.3)}px`;
    },
    enter(event) {
      if (event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    },
    send() {
      const text = this.$refs.box.value;
      if (this.sending || this.well || !text.trim()) return;
      this.sending = true;
      this.problem = "";
      const { quote, start, end } = this.about === "selection" ? this.passage : NONE;
      const wish = { text, model: this.model.key, about: this.about, quote, start, end, section: this.section.anchor };
      this.$emit("ask", { ...wish, op: this.operation(JSON.stringify([text, wish.model, wish.about, quote])) });
    },
    // the same question sent again, after a lost answer too, is asked once
    operation(wish) {
      const key = `rfc-op-${this.draft}`;
      const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
      if (kept?.wish === wish) return kept.op;
      const op = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem(key, JSON.stringify({ wish, op }));
      return op;
    },
    // called by the server: no problem means that it is asked
    settled(problem, final) {
      const here = window.rfc?.stays(this.$refs.box);
      this.sending = false;
      if (!problem || final) sessionStorage.removeItem(`rfc-op-${this.draft}`);
      if (problem) { this.problem = problem; this.$nextTick(() => here && this.$refs.box.focus()); return; }
      this.text = this.$refs.box.value = "";
      window.rfc?.clearDraft(this.draft);
      this.forget();
      this.$nextTick(() => { this.grow(); if (here) this.$refs.box.focus({ preventScroll: true }); });
    },
    stop() {
      if (this.stopping) return;
      this.stopping = true;
      this.$emit("stop", this.answering[0].id);
    },
    // called by the server
    stopped(problem) {
      this.stopping = false;
      this.problem = problem;
    },
  },
};
