// The dialog in which an RFC is proposed. Everything typed is kept in this tab until the idea is opened: over a reload, a lost
// connection, a sign-in. A suggested slug never replaces one that was written by hand, and a late answer never a newer one.

const EMPTY = { title: "", slug: "", pitch: "", tags: "" };
const CHECK_AFTER = 250; // ms without typing
const FIELDS = ["title", "slug", "pitch", "tags"];
const HELP_PENDING = 75_000; // ms: a little longer than a model is waited for
const PENDING = 4000; // ms until a check that has no answer says so

export default {
  props: { keep: String, longest: Object, helper: String, sign: Object },
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
              :aria-invalid="errors.slug || slug.state === 'taken' ? 'true' : null" aria-describedby="propose-slug-hint" @input="edit('slug', $event)" @blur="left">
            <span class="r-hint" id="propose-slug-hint" role="status" :data-state="errors.slug ? 'taken' : slug.state" :class="{ 'r-hint--ok': !errors.slug && slug.state === 'free', 'r-hint--bad': errors.slug || slug.state === 'taken' }"><i v-if="!errors.slug && slug.state === 'free'" class="i i-check"></i>{{ errors.slug || slugWords }}</span></div>
          <div class="r-field"><div class="r-line"><label class="r-fieldlabel r-grow" for="propose-pitch">Pitch</label>
              <button v-if="helper" type="button" class="r-btn r-btn--quiet r-btn--small" data-testid="propose-sharpen" :title="helper + ' suggests a sharper wording; yours stays until you take it'" :data-busy="help.pitch.asking ? '' : null" :aria-disabled="help.pitch.asking ? 'true' : null" @click="ask('pitch')">{{ help.pitch.asking ? "Sharpening…" : "Sharpen" }}</button>
              <div class="r-seg" role="group" aria-label="Pitch"><button type="button" :aria-pressed="String(!previewing)" data-testid="propose-write" @click="write">Write</button><button type="button" :aria-pressed="String(previewing)" data-testid="propose-preview" @click="preview">Preview</button></div></div>
            <textarea ref="pitch" v-show="!previewing" class="r-input r-sourcebox" id="propose-pitch" data-testid="propose-pitch" rows="8" :value="form.pitch" :readonly="busy"
              :aria-invalid="errors.pitch ? 'true' : null" aria-describedby="propose-pitch-hint" @input="edit('pitch', $event)" @keydown.enter.ctrl.prevent="submit" @keydown.enter.meta.prevent="submit"></textarea>
            <div v-if="previewing" class="r-preview r-doc r-doc--preview" data-testid="propose-preview-text" tabindex="0" aria-label="Preview" v-html="shown"></div>
            <div v-if="help.pitch.html" class="r-suggested" data-testid="propose-sharper" role="region" aria-label="A sharper pitch">
              <div class="r-line r-line--wrap"><span class="r-badge r-badge--small" :data-model="sign.family" aria-hidden="true">{{ sign.symbol }}</span><span class="r-grow">{{ helper }} would write</span>
                <button ref="take" type="button" class="r-btn r-btn--small" data-testid="propose-take" @click="take">Use this</button>
                <button type="button" class="r-btn r-btn--quiet r-btn--small" data-testid="propose-leave" @click="leave">Keep mine</button></div>
              <div class="r-preview r-doc r-doc--preview" tabindex="0" aria-label="The suggested pitch against yours" v-html="help.pitch.html"></div></div>
            <div v-else-if="help.pitch.mine !== null" class="r-line"><span class="r-hint r-grow" role="status">The pitch is {{ helper }}'s wording now.</span>
              <button type="button" class="r-btn r-btn--quiet r-btn--small" data-testid="propose-untake" @click="untake"><i class="i i-undo-2"></i>Back to mine</button></div>
            <span class="r-hint" id="propose-pitch-hint" :class="{ 'r-hint--bad': errors.pitch }" :role="errors.pitch ? 'alert' : null">{{ errors.pitch || help.pitch.note || "Markdown. What should it settle, and why now?" }}</span></div>
          <div class="r-field"><div class="r-line"><label class="r-fieldlabel r-grow" for="propose-tags">Tags</label>
              <button v-if="helper" type="button" class="r-btn r-btn--quiet r-btn--small" data-testid="propose-suggest-tags" :data-busy="help.tags.asking ? '' : null" :aria-disabled="help.tags.asking ? 'true' : null" @click="ask('tags')">{{ help.tags.asking ? "Looking for tags…" : "Suggest tags" }}</button></div>
            <input ref="tags" class="r-input" id="propose-tags" data-testid="propose-tags" autocomplete="off" placeholder="core, law" :value="form.tags" :readonly="busy"
              :aria-invalid="errors.tags ? 'true' : null" aria-describedby="propose-tags-hint" @input="edit('tags', $event)">
            <div v-if="help.tags.found.length" class="r-line r-line--wrap" role="group" :aria-label="'Tags that ' + helper + ' suggests'">
              <button v-for="tag in help.tags.found" :key="tag" type="button" class="r-filter" data-testid="propose-tag" @click="add(tag)"><i class="i i-plus"></i>{{ tag }}</button></div>
            <span class="r-hint" id="propose-tags-hint" :class="{ 'r-hint--bad': errors.tags }" :role="errors.tags ? 'alert' : null">{{ errors.tags || help.tags.note || "Separated by commas." }}</span></div>
          <p v-if="problem" class="r-note r-note--bad" role="alert" data-testid="propose-problem"><i class="i i-triangle-alert"></i><span>{{ problem }}</span></p>
        </div>
        <footer class="r-dialog__foot"><span class="r-hint r-grow" id="propose-told">{{ busy ? "Opening the idea on Gitea…" : "You will be watching it. An admin decides whether it becomes a super-draft." + (notifies ? " Will notify " + notifies.toLocaleString("en") + "." : "") }}</span>
          <button type="button" class="r-btn r-btn--quiet" @click="close">Cancel</button>
          <button class="r-btn r-btn--primary" data-testid="propose-submit" aria-describedby="propose-told" :data-busy="busy ? '' : null" :aria-disabled="busy ? 'true' : null">Propose</button></footer>
      </form>
    </dialog>`,
  data() {
    return { form: { ...EMPTY }, byHand: false, errors: {}, problem: "", slug: { state: "", words: "" }, previewing: false, shown: "", busy: false, notifies: 0, help: { pitch: { asking: false, html: "", text: "", mine: null, note: "" }, tags: { asking: false, found: [], note: "" } } };
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
    this.onPropose = (event) => { event.preventDefault(); this.open(event.detail?.title, event.detail?.words); };
    document.addEventListener("rfc:propose", this.onPropose);
    this.onBack = () => { if (this.$refs.dialog.open) this.check(); };
    document.addEventListener("rfc:back", this.onBack);
    const kept = this.kept();
    if (kept?.open) this.open();
    document.dispatchEvent(new CustomEvent("rfc:may-propose"));
  },
  unmounted() {
    document.removeEventListener("rfc:propose", this.onPropose);
    document.removeEventListener("rfc:back", this.onBack);
  },
  methods: {
    open(title, words) {
      const kept = this.kept();
      if (kept) Object.assign(this, { form: { ...EMPTY, ...kept.form }, byHand: Boolean(kept.byHand), op: kept.op });
      if (words) this.fill(words);
      else if (title && !this.form.title) this.form.title = title;
      if (!this.$refs.dialog.open) this.$refs.dialog.showModal();
      this.keepAll();
      this.$emit("count", {});
      if (this.form.title || this.form.slug) this.check();
      this.$nextTick(() => this.$refs.title.focus());
    },
    // an earlier idea's words, unless something else is being written
    fill(words) {
      this.problem = FIELDS.some((name) => this.form[name] && this.form[name] !== words[name])
        ? "What you typed for another proposal is still here. Propose it or empty the fields, then propose the earlier idea again."
        : "";
      if (!this.problem && FIELDS.some((name) => this.form[name] !== words[name])) Object.assign(this, { form: { ...words }, byHand: true, op: undefined, errors: {} });
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
      if (name === "title" && !this.byHand) this.errors.slug = ""; // another is suggested
      this.problem = "";
      if (this.help[name]) this.help[name].note = "";
      if (name === "pitch") this.help.pitch.mine = null; // one's own words again
      if (name === "slug") this.byHand = this.form.slug !== "";
      this.keepAll();
      if (name === "title" ? !this.byHand : name === "slug") {
        this.turn += 1; // whatever is still under way is about an older text
        this.slug = { state: this.form.title || this.form.slug ? "checking" : "", words: "" };
        clearTimeout(this.soon);
        if (this.form.slug || name === "title") this.soon = setTimeout(this.check, CHECK_AFTER);
        else this.slug = { state: "", words: "" }; // nothing is put under the fingers of whoever writes another
      }
    },
    left() { if (!this.form.slug && !this.busy) this.check(); },
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
      if (!this.byHand) {
        window.rfc.suggest(this, "slug", slug);
        if (slug) this.errors = { ...this.errors, slug: "" };
        this.keepAll();
      }
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
    // asks the model for tags or a sharper pitch; nothing is changed until the person takes it
    ask(what) {
      if (this.help[what].asking || this.busy) return;
      this.errors = { ...this.errors, [what]: "" };
      const turn = this.helpTurn = (this.helpTurn ?? 0) + 1;
      Object.assign(this.help[what], { asking: true, turn });
      const { title, pitch, tags } = this.form;
      this.$emit("help", { what, turn, title, pitch, tags });
      setTimeout(() => this.helped(what, turn, null, "No answer came. Ask again."), HELP_PENDING);
    },
    // called by the server: what the model says, or why it says nothing
    helped(what, turn, found, words, calm = false) {
      const help = this.help[what];
      if (!help.asking || help.turn !== turn) return;
      Object.assign(help, { asking: false, note: calm ? words : "" });
      if (calm) return;
      if (words) this.errors = { ...this.errors, [what]: words };
      else if (what === "tags") help.found = found;
      else {
        Object.assign(help, { html: found.html, text: found.text, mine: null });
        this.previewing = false;
        this.$nextTick(() => this.$refs.take?.scrollIntoView({ block: "nearest" }));
      }
    },
    take() {
      const { pitch } = this.help;
      Object.assign(pitch, { mine: this.form.pitch, html: "" });
      this.form.pitch = pitch.text;
      this.write();
      this.keepAll();
    },
    leave() {
      this.help.pitch.html = "";
      this.write();
    },
    untake() {
      this.form.pitch = this.help.pitch.mine;
      this.help.pitch.mine = null;
      this.write();
      this.keepAll();
    },
    add(tag) {
      const tags = this.form.tags.split(",").map((one) => one.trim()).filter(Boolean);
      this.form.tags = [...tags, tag].join(", ");
      this.help.tags.found = this.help.tags.found.filter((one) => one !== tag);
      this.errors = { ...this.errors, tags: "" };
      this.keepAll();
      this.$nextTick(() => { if (!this.help.tags.found.length) this.$refs.tags.focus(); });
    },
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
        if (field === "slug") this.byHand = this.form.slug !== "";
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
