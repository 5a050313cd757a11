// One tab of the admin pages as an HTML string with one listener. data-do acts at a press; data-ask asks for words first;
// a select with data-change acts at once and shows again what the server says.

export default {
  props: { html: String },
  template: `
    <div class="r-scroll" @click="press" @change="changed"><div class="r-page r-page--wide" v-html="html" ref="body"></div>
      <dialog class="r-modal" ref="dialog" aria-labelledby="admin-ask"><form class="r-dialog" method="dialog" @submit.prevent="confirm">
        <div class="r-dialog__head"><h2 id="admin-ask">{{ ask }}</h2></div>
        <div class="r-dialog__body r-field"><label for="admin-reason">Reason, for the record</label>
          <textarea id="admin-reason" class="r-input" rows="3" maxlength="500" v-model="words" data-testid="admin-reason"></textarea></div>
        <div class="r-dialog__foot r-card__acts"><span class="r-grow"></span>
          <button type="button" class="r-btn r-btn--quiet" @click="$refs.dialog.close()">Cancel</button>
          <button type="submit" class="r-btn r-btn--primary" data-testid="admin-confirm">{{ label }}</button></div>
      </form></dialog></div>`,
  data() {
    return { ask: "", label: "", act: "", words: "" };
  },
  mounted() {
    for (const tab of document.querySelectorAll(".r-tabs--admin [aria-current]")) tab.scrollIntoView({ block: "nearest", inline: "center" });
  },
  beforeUpdate() {
    const focused = this.$refs.body.contains(document.activeElement) ? document.activeElement : null;
    this.focusOn = focused?.dataset.do || focused?.dataset.change;
    // What is typed into the filters stays when something new comes in meanwhile.
    this.typed = [...this.$refs.body.querySelectorAll("form [name]")].map((field) => [field.name, field.value]);
    this.caret = focused?.name ? { name: focused.name, start: focused.selectionStart ?? null, end: focused.selectionEnd } : null;
  },
  updated() {
    for (const [name, value] of this.typed ?? []) {
      const field = this.$refs.body.querySelector(`form [name="${name}"]`);
      if (field) field.value = value;
    }
    const field = this.caret && this.$refs.body.querySelector(`form [name="${this.caret.name}"]`);
    if (field) {
      field.focus({ preventScroll: true });
      if (this.caret.start !== null) field.setSelectionRange(this.caret.start, this.caret.end);
    }
    this.typed = this.caret = null;
    if (!this.focusOn) return;
    const same = [...this.$refs.body.querySelectorAll("[data-do],[data-change]")].find((el) => (el.dataset.do || el.dataset.change) === this.focusOn);
    same?.focus({ preventScroll: true });
    this.focusOn = null;
  },
  methods: {
    press(event) {
      const button = event.target.closest("[data-do]");
      if (!button || button.dataset.busy !== undefined) return;
      if (button.dataset.ask) {
        Object.assign(this, { ask: button.dataset.ask, label: button.textContent.trim(), act: button.dataset.do, words: "" });
        return this.$refs.dialog.showModal();
      }
      button.dataset.busy = "";
      this.$emit("act", { act: button.dataset.do, value: "" });
    },
    confirm() {
      this.$refs.dialog.close();
      this.$emit("act", { act: this.act, value: this.words });
    },
    changed(event) {
      const field = event.target.closest("[data-change]");
      if (field) this.$emit("act", { act: field.dataset.change, value: field.value });
    },
    // called by the server when an act is over: what was chosen and refused goes back to what is so
    settle() {
      for (const button of this.$refs.body.querySelectorAll("[data-busy]")) delete button.dataset.busy;
      for (const field of this.$refs.body.querySelectorAll("[data-change]")) field.value = field.dataset.was;
    },
  },
};
