// A conversation: messages are HTML strings that are appended, and a box to write in. The view follows new messages only if
// the reader was at the end; what is typed is kept until it is sent.

const SOON = 48; // px from the end that still count as the end

export default {
  props: { items: Array, empty: String, placeholder: String, draft: String, blocked: String },
  template: `
    <div class="r-talkbox">
      <div class="r-scroll" ref="scroll" @scroll.passive="noteEnd" tabindex="0" role="log" aria-label="Messages" aria-live="off">
        <div class="r-talk" ref="list"></div>
        <div v-if="!count" class="r-empty" v-html="empty"></div>
      </div>
      <button v-if="below" type="button" class="r-below" @click="toEnd">{{ below === 1 ? "1 new message" : below + " new messages" }}</button>
      <div v-if="blocked" class="r-say r-say--off" data-testid="chat-blocked" v-html="blocked"></div>
      <form v-else class="r-say" @submit.prevent="send">
        <p v-if="problem" class="r-hint r-hint--bad" role="alert">{{ problem }}</p>
        <textarea ref="box" class="r-input" rows="1" data-testid="chat-input" aria-label="Message" aria-keyshortcuts="Enter"
          :placeholder="placeholder" :data-draft="draft" :aria-invalid="problem ? 'true' : null" :readonly="sending"
          @input="typed" @keydown.enter="enter"></textarea>
        <button class="r-btn r-send" data-testid="chat-send" aria-label="Send" :data-busy="sending ? '' : null" :aria-disabled="sending || !text.trim() ? 'true' : null">
          <i v-if="!sending" class="i i-arrow-up"></i></button>
      </form>
    </div>`,
  data() {
    return { count: 0, below: 0, text: "", sending: false, problem: "" };
  },
  mounted() {
    this.atEnd = true;
    this.add(this.items);
    this.$nextTick(() => this.toEnd());
    this.resized = new ResizeObserver(() => { if (this.atEnd) this.toEnd(); });
    this.resized.observe(this.$refs.scroll);
    this.onFront = (event) => { if (event.detail.column === "talk" && this.atEnd) requestAnimationFrame(() => this.toEnd()); };
    document.addEventListener("rfc:front", this.onFront);
  },
  unmounted() {
    this.resized.disconnect();
    document.removeEventListener("rfc:front", this.onFront);
  },
  methods: {
    // called by the server with what it has not sent yet; a message that is here already is left alone
    append(items) {
      const fresh = this.add(items);
      if (!fresh.length) return;
      const others = fresh.filter((item) => !item.mine);
      if (this.atEnd || fresh.some((item) => item.mine)) this.$nextTick(() => this.toEnd());
      else this.below += fresh.length;
      if (others.length) window.rfc?.announce(others.map((item) => item.say).join(" "));
    },
    add(items) {
      const fresh = items.filter((item) => !this.$refs.list.querySelector(`[data-message="${Number(item.id)}"]`));
      for (const item of fresh) this.$refs.list.insertAdjacentHTML("beforeend", item.html);
      this.count += fresh.length;
      return fresh;
    },
    noteEnd() {
      const el = this.$refs.scroll;
      this.atEnd = el.scrollHeight - el.scrollTop - el.clientHeight < SOON;
      if (this.atEnd) this.below = 0;
    },
    toEnd() {
      const el = this.$refs.scroll;
      if (!el) return;
      el.scrollTop = el.scrollHeight;
      this.atEnd = true;
      this.below = 0;
    },
    typed(event) {
      this.text = event.target.value;
      this.problem = "";
      this.grow();
    },
    grow() {
      const box = this.$refs.box;
      box.style.height = "auto";
      box.style.height = `${Math.min(box.scrollHeight + 2, innerHeight * 0.4)}px`;
    },
    enter(event) {
      if (event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    },
    send() {
      const text = this.$refs.box.value;
      if (this.sending || !text.trim()) return;
      this.sending = true;
      this.problem = "";
      this.$emit("send", { text, op: this.operation(text) });
    },
    // the same words sent again, after a lost answer too, are the same operation: the server posts them once
    operation(text) {
      const key = `rfc-op-${this.draft}`;
      const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
      if (kept?.text === text) return kept.op;
      const op = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem(key, JSON.stringify({ text, op }));
      return op;
    },
    // called by the server: no problem means that it is posted
    answered(problem, final) {
      this.sending = false;
      if (!problem || final) sessionStorage.removeItem(`rfc-op-${this.draft}`);
      if (problem) { this.problem = problem; this.$nextTick(() => this.$refs.box.focus()); return; }
      this.text = this.$refs.box.value = "";
      window.rfc?.clearDraft(this.draft);
      this.$nextTick(() => { this.grow(); this.$refs.box.focus(); });
    },
  },
};
