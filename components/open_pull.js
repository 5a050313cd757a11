// The dialog in which a branch's pull request is opened. The draft comes while it is open and never replaces what was typed;
// everything typed is kept in this tab until the pull request is there.

export default {
  props: { keep: String, private: Boolean, longest: Object },
  template: `
    <dialog ref="dialog" class="r-modal" aria-labelledby="pull-heading" @close="keepAll" @cancel="cancel" data-testid="pull-dialog">
      <form class="r-dialog" @submit.prevent="submit" novalidate>
        <header class="r-dialog__head"><h2 id="pull-heading">Open a pull request</h2>
          <button type="button" class="r-icon r-icon--small" aria-label="Close" @click="close"><i class="i i-x"></i></button></header>
        <div class="r-dialog__body">
          <p v-if="private" class="r-note r-note--warn" data-testid="pull-makes-public"><i class="i i-lock"></i><span><b>This branch is private.</b> Opening a pull request makes it public: everyone can read its text and its conversation from then on.</span></p>
          <div class="r-field"><label for="pull-title">Title</label>
            <input ref="title" class="r-input" id="pull-title" data-testid="pr-title" autocomplete="off" :value="form.title" :readonly="busy" :placeholder="drafting ? 'Drafting…' : ''"
              :aria-invalid="errors.title ? 'true' : null" aria-describedby="pull-title-hint" @input="edit('title', $event)">
            <span class="r-hint" id="pull-title-hint" :class="{ 'r-hint--bad': errors.title }" :role="errors.title ? 'alert' : null">{{ errors.title || "What changes for a reader, in one line." }}</span></div>
          <div class="r-field"><label for="pull-description">Description</label>
            <textarea ref="description" class="r-input r-sourcebox" id="pull-description" data-testid="pr-description" rows="9" :value="form.description" :readonly="busy" :placeholder="drafting ? 'Drafting…' : ''"
              :aria-invalid="errors.description ? 'true' : null" aria-describedby="pull-description-hint" @input="edit('description', $event)" @keydown.enter.ctrl.prevent="submit" @keydown.enter.meta.prevent="submit"></textarea>
            <span class="r-hint" id="pull-description-hint" role="status" :class="{ 'r-hint--bad': errors.description }">{{ errors.description || said }}</span></div>
          <p v-if="problem" class="r-note r-note--bad" role="alert" data-testid="pull-problem"><i class="i i-triangle-alert"></i><span>{{ problem }}</span></p>
        </div>
        <footer class="r-dialog__foot"><span class="r-hint r-grow" id="pull-told">{{ busy ? "Committing what is typed, and opening it on Gitea…" : "Arbiters decide whether it becomes part of main." + (notifies ? " Will notify " + notifies.toLocaleString("en") + "." : "") }}</span>
          <button type="button" class="r-btn r-btn--quiet" @click="close">Cancel</button>
          <button class="r-btn r-btn--primary" data-testid="pr-submit" aria-describedby="pull-told" :data-busy="busy ? '' : null" :aria-disabled="busy ? 'true' : null">{{ private ? "Make public and open" : "Open PR" }}</button></footer>
      </form>
    </dialog>`,
  data() {
    return { form: { title: "", description: "" }, touched: {}, errors: {}, problem: "", busy: false, drafting: false, by: "", notifies: 0 };
  },
  computed: {
    said() {
      if (this.drafting) return "A draft is being written; type if you would rather not wait.";
      if (this.by && !this.touched.description) return `Drafted by ${this.by} from the changes and the conversation. Change it as you like.`;
      return "Markdown. What should an arbiter know?";
    },
  },
  methods: {
    // called by the server
    open() {
      const kept = this.kept();
      if (kept) Object.assign(this, { form: kept.form, touched: kept.touched, op: kept.op });
      if (!this.$refs.dialog.open) this.$refs.dialog.showModal();
      this.$emit("count", {});
      if (!this.touched.title || !this.touched.description) {
        this.drafting = true;
        this.$emit("draft", {});
      }
      this.$nextTick(() => this.$refs.title.focus());
    },
    close() { this.$refs.dialog.close(); },
    cancel(event) { if (this.busy) event.preventDefault(); },
    kept() {
      try { return JSON.parse(sessionStorage.getItem(this.keep)); } catch { return null; }
    },
    keepAll() {
      const { form, touched, op } = this;
      if (touched.title || touched.description) sessionStorage.setItem(this.keep, JSON.stringify({ form, touched, op }));
    },
    edit(name, event) {
      this.form[name] = event.target.value;
      this.touched = { ...this.touched, [name]: true };
      this.errors = { ...this.errors, [name]: "" };
      this.problem = "";
      this.keepAll();
    },
    // called by the server: how many people are told when it is opened
    counted(people) { this.notifies = people; },
    // called by the server
    drafted(title, description, by) {
      this.drafting = false;
      this.by = by;
      for (const [name, words] of Object.entries({ title, description })) {
        if (!this.touched[name] && words) window.rfc.suggest(this, name, words);
      }
    },
    submit() {
      if (this.busy) return;
      if (!this.form.title.trim()) return this.refuse("A title is needed.", "title");
      this.op ??= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      this.busy = true;
      this.errors = {};
      this.problem = "";
      this.keepAll();
      this.$emit("send", { ...this.form, op: this.op });
    },
    // called by the server: what is final can't succeed later, so the next try is another operation
    refuse(words, field, final = false) {
      this.busy = false;
      if (final) this.op = undefined;
      if (field === "title" || field === "description") {
        this.errors = { [field]: words };
        this.$nextTick(() => this.$refs[field].focus());
      } else this.problem = words;
      this.keepAll();
    },
    // called by the server: the pull request is open
    opened(path) {
      sessionStorage.removeItem(this.keep);
      location.assign(path);
    },
  },
};
