// The dialog in which an RFC is proposed. Everything typed is kept in this tab until the idea is opened: over a reload, a lost
// connection, a sign-in. A suggested slug never replaces one that was written by hand, and a late answer never a newer one.

const EMPTY = { title: "", slug: "", pitch: "", tags: "" };
const CHECK_AFTER = 250; // ms without typing
const FIELDS = ["title", "slug", "pitch", "tags"];
const PENDING = 4000; // ms until a check that has no answer says so

export default {
  props: { keep: String, longest: Object },
  template: `
    <dialog ref="dialog" class="r-modal" aria-labelledby="propose-heading" @close="closed" @cancel="cancel">
      <form class="r-dialog" @submit.prevent="submit" novalidate>
        <header class="r-dialog__head"><h2 id="propose-heading">Propose a new RFC</h2>
          <button type="button" class="r-icon r-icon--small" aria-label="Close" @click="close"><i class="i i-x"></i></button></header>
        <div class="r-dialog__body">
          <div class="r-field"><label for="propose-title">Title</label>
            <input ref="title" class="r-input" id="propose-title" data-testid="propose-title" autocomplete="off" :value="form.title" :readonly="busy"
              :aria-invalid="errors.title ? 'true' : null" aria-describedby="propose-title-hint" @input="edit('title', $event)">
            <span class="r-hint" id="propose-title-hint" :class="{ 'r-hint--bad': errors.title }" :role="errors.title ? 'alert' : null">{{ errors.title || "One word if you can. Up to 200 characters." }}</span></div>
          <div class="r-field"><label for="propose-slug">Slug</label>
            <input ref="slug" class="r-input r-num r-small" id="propose-slug" data-testid="propose-slug" autocomplete="off" autocapitalize="none" spellcheck="false" :value="form.slug" :readonly="busy"
              :aria-invalid="errors.slug || slug.state === 'taken' ? 'true' : null" aria-describedby="propose-slug-hint" @input="edit('slug', $event)">
            <span class="r-hint" id="propose-slug-hint" role="status" :data-state="errors.slug ? 'taken' : slug.state" :class="{ 'r-hint--ok': !errors.slug && slug.state === 'free', 'r-hint--bad': errors.slug || slug.state === 'taken' }"><i v-if="!errors.slug && slug.state === 'free'" class="i i-check"></i>{{ errors.slug || slugWords }}</span></div>
          <div class="r-field"><div class="r-line"><label class="r-fieldlabel r-grow" for="propose-pitch">Pitch</label>
              <div class="r-seg" role="group" aria-label="Pitch"><button type="button" :aria-pressed="String(!previewing)" data-testid="propose-write" @click="write">Write</button><button type="button" :aria-pressed="String(previewing)" data-testid="propose-preview" @click="preview">Preview</button></div></div>
            <textarea ref="pitch" v-show="!previewing" class="r-input r-sourcebox" id="propose-pitch" data-testid="propose-pitch" rows="8" :value="form.pitch" :readonly="busy"
              :aria-invalid="errors.pitch ? 'true' : null" aria-describedby="propose-pitch-hint" @input="edit('pitch', $event)" @keydown.enter.ctrl.prevent="submit" @keydown.enter.meta.prevent="submit"></textarea>
            <div v-if="previewing" class="r-preview r-doc r-doc--preview" data-testid="propose-preview-text" tabindex="0" aria-label="Preview" v-html="shown"></div>
            <span class="r-hint" id="propose-pitch-hint" :class="{ 'r-hint--bad': errors.pitch }" :role="errors.pitch ? 'alert' : null">{{ errors.pitch || "Markdown. What should it settle, and why now?" }}</span></div>
          <div class="r-field"><label for="propose-tags">Tags</label>
            <input ref="tags" class="r-input" id="propose-tags" data-testid="propose-tags" autocomplete="off" placeholder="core, law" :value="form.tags" :readonly="busy"
              :aria-invalid="errors.tags ? 'true' : null" aria-describedby="propose-tags-hint" @input="edit('tags', $event)">
            <span class="r-hint" id="propose-tags-hint" :class="{ 'r-hint--bad': errors.tags }" :role="errors.tags ? 'alert' : null">{{ errors.tags || "Separated by commas." }}</span></div>
          <p v-if="problem" class="r-note r-note--bad" role="alert" data-testid="propose-problem"><i class="i i-triangle-alert"></i><span>{{ problem }}</span></p>
        </div>
        <footer class="r-dialog__foot"><span class="r-hint r-grow" id="propose-told">{{ busy ? "Opening the idea on Gitea…" : "You will be watching it. An admin decides whether it becomes a super-draft." + (notifies ? " Will notify " + notifies.toLocaleString("en") + "." : "") }}</span>
          <button type="button" class="r-btn r-btn--quiet" @click="close">Cancel</button>
          <button class="r-btn r-btn--primary" data-testid="propose-submit" aria-describedby="propose-told" :data-busy="busy ? '' : null" :aria-disabled="busy ? 'true' : null">Propose</button></footer>
      </form>
    </dialog>`,
  data() {
    return { form: { ...EMPTY }, byHand: false, errors: {}, problem: "", slug: { state: "", words: "" }, previewing: false, shown: "", busy: false, notifies: 0 };
  },
  computed: {
    slugWords() {
      if (this.slug.state === "free") return "Free. It is kept for this idea while the idea is open.";
      if (this.slug.state === "checking") return "Checking whether it is free…";
      if (this.slug.state === "late") return "Not checked yet: no answer from the server. It is checked when you propose.";
      return this.slug.words || "Its permanent name in addresses. Suggested from the title.";
    },
  },
  mounted() {
    this.turn = 0;
    this.onPropose = (event) => { event.preventDefault(); this.open(event.detail?.title); };
    document.addEventListener("rfc:propose", this.onPropose);
    this.onBack = () => { if (this.$refs.dialog.open) this.check(); };
    document.addEventListener("rfc:back", this.onBack);
    const kept = this.kept();
    if (kept?.open) this.open();
  },
  unmounted() {
    document.removeEventListener("rfc:propose", this.onPropose);
    document.removeEventListener("rfc:back", this.onBack);
  },
  methods: {
    open(title) {
      const kept = this.kept();
      if (kept) Object.assign(this, { form: { ...EMPTY, ...kept.form }, byHand: Boolean(kept.byHand), op: kept.op });
      if (title && !this.form.title) this.form.title = title;
      if (!this.$refs.dialog.open) this.$refs.dialog.showModal();
      this.keepAll();
      this.$emit("count", {});
      if (this.form.title || this.form.slug) this.check();
      this.$nextTick(() => this.$refs.title.focus());
    },
    close() { this.$refs.dialog.close(); },
    cancel(event) { if (this.busy) event.preventDefault(); },
    closed() { this.previewing = false; this.keepAll(); },
    kept() {
      try { return JSON.parse(sessionStorage.getItem(this.keep)); } catch { return null; }
    },
    keepAll() {
      const { form, byHand, op } = this;
      if (FIELDS.some((name) => form[name])) sessionStorage.setItem(this.keep, JSON.stringify({ form, byHand, op, open: this.$refs.dialog.open }));
      else sessionStorage.removeItem(this.keep);
    },
    edit(name, event) {
      this.form[name] = event.target.value;
      this.errors = { ...this.errors, [name]: "" };
      this.problem = "";
      if (name === "slug") this.byHand = this.form.slug !== "";
      this.keepAll();
      if (name === "title" ? !this.byHand : name === "slug") {
        this.turn += 1; // whatever is still under way is about an older text
        this.slug = { state: this.form.title || this.form.slug ? "checking" : "", words: "" };
        clearTimeout(this.soon);
        this.soon = setTimeout(this.check, CHECK_AFTER);
      }
    },
    check() {
      const turn = this.turn += 1;
      clearTimeout(this.late);
      if (!this.form.title && !this.form.slug) return;
      this.slug = { state: "checking", words: "" };
      this.late = setTimeout(() => { if (turn === this.turn) this.slug = { state: "late", words: "" }; }, PENDING);
      this.$emit("check", { turn, title: this.form.title, slug: this.byHand ? this.form.slug : null });
    },
    // called by the server: how many people are told when it is proposed
    counted(people) { this.notifies = people; },
    // called by the server
    checked(turn, slug, problem) {
      if (turn !== this.turn) return;
      clearTimeout(this.late);
      if (!this.byHand) { this.form.slug = slug; this.keepAll(); }
      if (!this.byHand && !slug) this.slug = { state: "", words: "The title has no letters a slug could be made of. Write one." };
      else this.slug = problem ? { state: "taken", words: problem } : { state: "free", words: "" };
    },
    write() {
      this.previewing = false;
      this.$nextTick(() => this.$refs.pitch.focus());
    },
    preview() {
      if (this.previewing) return;
      this.previewing = true;
      this.shown = '<p class="r-muted">…</p>';
      this.$emit("preview", this.form.pitch.slice(0, 200000).replace(/[\ud800-\udbff]$/, "")); // never half a character
    },
    // called by the server
    previewed(html) { this.shown = html; },
    submit() {
      if (this.busy) return;
      const missing = this.missing();
      if (missing) return this.refuse(missing[1], missing[0]);
      this.op ??= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      this.busy = true;
      this.errors = {};
      this.problem = "";
      this.keepAll();
      this.$emit("propose", { ...this.form, op: this.op });
    },
    missing() {
      const { title, slug, pitch } = this.form;
      if (!title.trim()) return ["title", "A title is needed."];
      if (!slug.trim()) return ["slug", "A slug is needed."];
      if (!pitch.trim()) return ["pitch", "A pitch is needed."];
      const size = [...pitch.trim()].length;
      if (size > this.longest.pitch) return ["pitch", `A pitch has at most ${this.longest.pitch.toLocaleString("en")} characters; this has ${size.toLocaleString("en")}.`];
      return null;
    },
    // called by the server: what is final can't succeed later, so the next try is another operation
    refuse(words, field, final = false) {
      this.busy = false;
      if (final) this.op = undefined;
      if (field === "pitch") this.previewing = false;
      if (FIELDS.includes(field)) {
        this.errors = { [field]: words };
        if (field === "slug") this.byHand = true;
        this.$nextTick(() => this.$refs[field].focus());
      } else this.problem = words;
      this.keepAll();
    },
    // called by the server: the idea is open
    proposed(path) {
      sessionStorage.removeItem(this.keep);
      Object.assign(this, { form: { ...EMPTY }, byHand: false, op: undefined });
      location.assign(path);
    },
  },
};
