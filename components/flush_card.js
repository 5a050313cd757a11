// What is typed and not committed yet: the touched paragraphs, and how long until they are. The ring runs down by itself.

export default {
  props: { html: String, who: String, where: String, left: Number, whole: Number, may: Boolean },
  template: `
    <section v-if="html" class="r-card r-card--manual r-flush" data-testid="flush-card" aria-label="Edits that are not committed yet">
      <header class="r-card__head"><i class="r-count-ring" :style="{ '--p': ring }" aria-hidden="true"></i>
        <span class="r-clip" :title="who + where"><b>{{ who }}</b>{{ where }}</span><time>{{ until }}</time></header>
      <div class="r-card__diff" tabindex="0" role="group" aria-label="What was typed" v-html="html"></div>
      <footer v-if="may" class="r-card__acts"><span class="r-grow"></span>
        <button type="button" class="r-btn r-btn--small" data-testid="flush-now" :data-busy="busy ? '' : null" :aria-disabled="busy ? 'true' : null" @click="save">Save now</button></footer>
    </section>`,
  data() {
    return { passed: 0, busy: false };
  },
  computed: {
    rest() { return Math.max(0, Math.round(this.left) - this.passed); },
    ring() { return Math.round((100 * this.rest) / Math.max(1, this.whole)); },
    until() { return this.rest ? `commits in ${Math.floor(this.rest / 60)}:${String(this.rest % 60).padStart(2, "0")}` : "commits now"; },
  },
  watch: { left: "begin", html: "begin" },
  mounted() {
    this.begin();
    this.timer = setInterval(() => { this.passed = Math.round((performance.now() - this.since) / 1000); }, 1000);
  },
  unmounted() { clearInterval(this.timer); },
  methods: {
    begin() {
      this.since = performance.now();
      this.passed = 0;
    },
    save() {
      if (this.busy) return;
      this.busy = true;
      this.$emit("save");
    },
    // called by the server
    settle() { this.busy = false; },
  },
};
