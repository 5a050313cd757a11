// The panel in which a reason for declining is written. The reason is kept over a reload until it is sent.

export default {
  props: { proposer: String, what: String, opener: String, limit: Number, draft: String },
  template: `
    <section class="r-panel" :aria-label="'Decline this ' + what" v-show="open" @keydown.esc.stop="close">
      <div class="r-field r-panel__body">
        <label :for="draft">Why is this declined?</label>
        <textarea ref="box" class="r-input" :id="draft" rows="3" data-testid="decline-comment" :data-draft="draft" :readonly="busy"
          :aria-invalid="problem ? 'true' : null" :aria-describedby="draft + '-hint'" @input="typed" @keydown.enter.ctrl="confirm" @keydown.enter.meta="confirm"></textarea>
        <span class="r-hint" :id="draft + '-hint'" :class="{ 'r-hint--bad': problem || left < 0 }" :role="problem ? 'alert' : null">
          {{ problem || proposer + " reads this, and it stays on the page with the discussion. " + count }}</span>
      </div>
      <div class="r-card__acts r-panel__acts">
        <span class="r-grow"></span>
        <button type="button" class="r-btn r-btn--quiet" @click="close">Cancel</button>
        <button type="button" class="r-btn r-btn--danger r-btn--primary" data-testid="decline-confirm" @click="confirm"
          :data-busy="busy ? '' : null" :aria-disabled="busy ? 'true' : null">Decline {{ what }}</button>
      </div>
    </section>`,
  data() {
    return { open: false, text: "", busy: false, problem: "" };
  },
  computed: {
    left() { return this.limit - [...this.text].length; },
    count() {
      const n = Math.abs(this.left).toLocaleString("en");
      return this.left < 0 ? `${n} characters too many.` : `${n} characters left.`;
    },
  },
  methods: {
    // called by the server
    toggle(open) {
      this.open = open;
      if (open) this.$nextTick(() => { this.$refs.box.focus(); this.$el.scrollIntoView({ block: "nearest" }); });
    },
    typed(event) {
      this.text = event.target.value;
      this.problem = "";
    },
    close() {
      this.problem = "";
      this.$emit("close");
      document.querySelector(`[data-testid="${this.opener}"]`)?.focus();
    },
    confirm() {
      if (this.busy) return;
      const comment = this.$refs.box.value;
      if (!comment.trim()) return this.refuse("Say why: a reason is needed.");
      if (this.left < 0) return this.refuse(`${this.count} Make it shorter.`);
      this.busy = true;
      this.$emit("confirm", comment);
    },
    refuse(problem) {
      this.problem = problem;
      this.$refs.box.focus();
    },
    // called by the server: no problem means that the idea is declined
    answered(problem) {
      this.busy = false;
      if (problem) return this.refuse(problem);
      this.text = this.$refs.box.value = "";
      window.rfc?.clearDraft(this.draft);
      this.open = false;
    },
  },
};
