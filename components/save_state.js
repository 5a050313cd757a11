// How safe what one types is, in words that stay true by themselves: every second, and when the connection goes or comes.

const PENDING = 2500; // ms: what is not confirmed by then is worth saying

const span = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

function ago(seconds) {
  if (seconds < 60) return `${Math.max(1, seconds)} s ago`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
}

export default {
  props: { dirty: Boolean, age: Number, left: Number, commit: String, shown: Boolean },
  template: `<span v-show="shown" class="r-state r-hide-s" :class="look" data-testid="save-state" :title="words" v-text="words"></span>`,
  data() {
    return { words: "", kind: "" };
  },
  computed: {
    look() { return this.kind ? `r-state--${this.kind}` : ""; },
  },
  watch: {
    dirty: "begin", age: "begin", left: "begin", commit: "begin",
  },
  mounted() {
    this.begin();
    this.timer = setInterval(() => this.say(), 1000);
    this.seen = new MutationObserver(() => this.say());
    this.seen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-connection"] });
    this.onState = () => this.say();
    document.addEventListener("rfc:editor-state", this.onState);
  },
  unmounted() {
    clearInterval(this.timer);
    this.seen.disconnect();
    document.removeEventListener("rfc:editor-state", this.onState);
  },
  methods: {
    begin() {
      this.sent = 0;
      this.since = performance.now();
      this.say();
    },
    editor() {
      return document.querySelector('[data-testid="editor"]')?.dataset.state ?? "saved";
    },
    say() {
      const [kind, words, brief] = this.now();
      if (kind === "bad" && this.kind !== "bad") window.rfc?.announce(words);
      Object.assign(this, { kind, words });
      document.dispatchEvent(new CustomEvent("rfc:save-state", { detail: { kind, words, brief } }));
    },
    now() {
      const state = this.editor();
      if (document.documentElement.dataset.connection === "lost" || state === "offline")
        return ["bad", "Not saved: no connection. What you type is kept here.", "Not saved: no connection"];
      if (state === "error") return ["bad", "Not saved, trying again. What you type is kept here.", "Not saved, trying again"];
      if (state !== "saving") this.pending = 0;
      else if (performance.now() - (this.pending ||= performance.now()) > PENDING) return ["", "Not saved yet, sending", "Not saved yet"];
      if (state === "saving") this.sent = performance.now();
      // between the editor's confirmation and word of what is uncommitted, it is not committed yet
      const fresh = Boolean(this.sent) && performance.now() - this.sent < PENDING;
      if (!this.dirty && !fresh) return this.commit ? ["ok", `Committed ${this.commit}`, `Committed ${this.commit}`] : ["ok", "Nothing to commit", "Nothing to commit"];
      const passed = Math.round((performance.now() - this.since) / 1000), left = Math.max(0, Math.round(this.left) - passed);
      const until = left ? `commits in ${span(left)}` : "commits now";
      return ["", `Saved ${ago(Math.round(this.age) + passed)}, ${until}`, until];
    },
  },
};
