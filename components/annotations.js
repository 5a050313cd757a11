// Threads about passages. Each card is HTML from the server with one listener for all; the box to reply in stays when the card changes.
// A card and its passage share the focus: rfc:thread {id} comes from a mark in the text, rfc:passage {id} leads back to it.

const STILL = 4; // more resolved threads than this are folded

const ThreadCard = {
  props: { one: Object, focused: Boolean, busy: Boolean, words: String, mute: Boolean },
  template: `
    <article class="r-thread" :id="'thread-' + one.id" :data-testid="'thread-' + one.id" :data-thread="one.id" :data-state="one.state" :data-focus="focused ? '' : null" :aria-label="one.label" tabindex="-1">
      <div v-html="one.html"></div>
      <div v-if="!mute && one.state === 'open'" class="r-thread__say"><textarea class="r-input" rows="1" data-testid="thread-reply" :aria-label="'Reply to: ' + one.label" aria-keyshortcuts="Enter" placeholder="Reply" :readonly="busy"></textarea></div>
      <p v-if="words" class="r-hint r-hint--bad" role="alert">{{ words }}</p>
      <footer v-if="one.foot" class="r-thread__foot" v-html="one.foot"></footer>
    </article>`,
};

export default {
  components: { ThreadCard },
  props: { items: Array, off: String, empty: String },
  template: `
    <div class="r-talkbox" @click="press" @focusin="follow" @input="grow" @keydown.enter="enter">
      <div class="r-scroll" tabindex="-1">
        <div v-if="!items.length" class="r-empty" v-html="empty"></div>
        <div v-else class="r-talk r-threads">
          <section v-if="orphans.length" class="r-tray" data-testid="orphan-tray" aria-labelledby="r-tray-label">
            <h2 id="r-tray-label" class="r-label">Without a passage <span class="r-count r-count--quiet">{{ orphans.length }}</span></h2>
            <thread-card v-for="one in orphans" :key="one.id" v-bind="look(one)"></thread-card>
          </section>
          <thread-card v-for="one in open" :key="one.id" v-bind="look(one)"></thread-card>
          <details v-if="resolved.length" class="r-fold r-fold--threads" :open="resolved.length <= ${STILL} && !open.length && !orphans.length">
            <summary>{{ resolved.length === 1 ? "1 resolved thread" : resolved.length + " resolved threads" }}</summary>
            <thread-card v-for="one in resolved" :key="one.id" v-bind="look(one)"></thread-card>
          </details>
        </div>
      </div>
      <div v-if="off && items.length" class="r-say r-say--off" v-html="off"></div>
    </div>`,
  data() {
    return { focused: 0, busy: [], problem: { id: 0, words: "" } };
  },
  computed: {
    orphans() { return this.items.filter((one) => one.orphan); },
    open() { return this.items.filter((one) => !one.orphan && one.state === "open"); },
    resolved() { return this.items.filter((one) => one.state === "resolved"); },
  },
  watch: {
    items(now, before) { this.release(now, before); this.tell(now, before); },
  },
  mounted() {
    this.sent = new Map();
    this.acting = new Set(); // the threads whose buttons were pressed
    this.onThread = (event) => this.lead(event.detail);
    this.onHash = () => this.deep();
    document.addEventListener("rfc:thread", this.onThread);
    addEventListener("hashchange", this.onHash);
    this.deep();
  },
  unmounted() {
    document.removeEventListener("rfc:thread", this.onThread);
    removeEventListener("hashchange", this.onHash);
  },
  methods: {
    look(one) {
      return { one, focused: this.focused === one.id, busy: this.busy.includes(one.id), words: this.problem.id === one.id ? this.problem.words : "", mute: Boolean(this.off) };
    },
    card(id) { return this.$el.querySelector(`#thread-${Number(id)}`); },

    // a mark in the text, its button in the margin, or an address leads here; a new thread may still be on its way
    lead({ id, focus }, tries = 40) {
      document.dispatchEvent(new CustomEvent("rfc:show-talk", { detail: { tab: "threads" } }));
      this.focused = id;
      this.$nextTick(() => {
        const card = this.card(id);
        if (!card) { if (tries) setTimeout(() => this.lead({ id, focus }, tries - 1), 50); return; }
        const fold = card.closest("details");
        if (fold) fold.open = true;
        card.scrollIntoView({ block: "nearest", behavior: "instant" });
        if (focus) card.focus({ preventScroll: true });
      });
    },
    deep() {
      const id = Number(/^#thread-(\d+)$/.exec(location.hash)?.[1] ?? 0);
      if (!id || !this.items.some((one) => one.id === id)) return;
      requestAnimationFrame(() => { this.lead({ id, focus: true }); this.passage(id, true); });
    },
    follow(event) {
      const id = Number(event.target.closest("[data-thread]")?.dataset.thread ?? 0);
      if (!id || id === this.focused) return;
      this.focused = id;
      this.passage(id, false);
    },
    passage(id, scroll) {
      document.dispatchEvent(new CustomEvent("rfc:passage", { detail: { id, scroll } }));
    },

    press(event) {
      const button = event.target.closest("[data-do]"), id = Number(event.target.closest("[data-thread]")?.dataset.thread ?? 0);
      if (!button || !id || this.busy.includes(id)) return;
      if (button.dataset.do === "passage") return this.passage(id, true);
      this.begin(id);
      this.acting.add(id);
      this.problem = { id: 0, words: "" };
      button.dataset.busy = "";
      button.setAttribute("aria-busy", "true");
      this.$emit("act", { act: button.dataset.do, thread: id });
    },
    // called by the server
    settled(id, words) {
      this.rest(id);
      for (const button of this.card(id)?.querySelectorAll("[data-busy]") ?? []) { delete button.dataset.busy; button.removeAttribute("aria-busy"); }
      this.problem = { id, words };
      if (!words && document.activeElement === document.body) this.card(id)?.focus({ preventScroll: true }); // its button is gone
    },
    // each thread waits for its own answer only
    begin(id) { this.busy = [...this.busy, id]; },
    rest(id) {
      this.busy = this.busy.filter((one) => one !== id);
      this.acting.delete(id);
    },
    // a thread that has other buttons now is done with what was pressed, also where that is said later
    release(now, before) {
      const known = new Map(before.map((one) => [one.id, one.foot]));
      for (const one of now) if (this.acting.has(one.id) && known.get(one.id) !== one.foot) this.rest(one.id);
    },
    ask(thread, quote, start, end, text) {
      document.dispatchEvent(new CustomEvent("rfc:ask", { detail: { quote, start, end, thread, text } }));
    },

    // replying
    box(id) { return this.card(id)?.querySelector("textarea"); },
    grow(event) {
      const box = event.target;
      this.problem = { id: 0, words: "" };
      box.style.height = "auto";
      box.style.height = `${Math.min(box.scrollHeight + 2, innerHeight * 0.3)}px`;
    },
    enter(event) {
      if (event.target.tagName !== "TEXTAREA" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.reply(Number(event.target.closest("[data-thread]").dataset.thread));
    },
    reply(id) {
      const text = this.box(id).value;
      if (this.busy.includes(id) || !text.trim()) return;
      this.begin(id);
      this.$emit("reply", { thread: id, text, op: this.operation(id, text) });
    },
    // the same words sent again after a lost answer are the same operation
    operation(id, text) {
      if (this.sent.get(id)?.text !== text)
        this.sent.set(id, { text, op: [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("") });
      return this.sent.get(id).op;
    },
    replied(id, words) {
      this.rest(id);
      this.problem = { id, words };
      const box = this.box(id);
      if (!box) return;
      if (!words) { box.value = ""; box.style.height = "auto"; this.sent.delete(id); }
      box.focus();
    },
    // what others wrote is said once
    tell(now, before) {
      const known = new Map(before.map((one) => [one.id, one]));
      const fresh = now.filter((one) => (known.get(one.id)?.count ?? 0) < one.count && !this.busy.includes(one.id));
      if (fresh.length) window.rfc?.announce(fresh.length === 1 ? `New in ${fresh[0].label}.` : `${fresh.length} threads have something new.`);
      const lost = now.filter((one) => one.orphan && known.get(one.id) && !known.get(one.id).orphan);
      if (lost.length) window.rfc?.announce("A thread lost its passage.");
    },
  },
};
