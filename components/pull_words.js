// Title and description of a pull request, to be changed in place. Only what was touched is sent, with what it was made from;
// what somebody else saved meanwhile is shown below what was written here, to be taken or to be replaced knowingly.
// What is written is kept in this tab until it is saved or given up.

export default {
  props: { keep: String },
  template: `
    <section class="r-panel r-pullwords" aria-label="Title and description" v-show="open" @keydown.esc.stop="close">
      <div class="r-panel__body">
        <div class="r-field"><label for="pull-title">Title</label>
          <input ref="title" class="r-input" id="pull-title" data-testid="pr-title" maxlength="200" :readonly="busy" @input="keepAll" @keydown.enter.prevent="save"></div>
        <div v-if="moved.title !== undefined" class="r-note r-note--warn" data-testid="pr-title-now"><div class="r-grow"><b>The title says now:</b> {{ moved.title }}</div>
          <button type="button" class="r-btn r-btn--small" data-testid="pr-title-take" @click="take('title')">Take it</button></div>
        <div class="r-field"><label for="pull-description">Description</label>
          <textarea ref="description" class="r-input" id="pull-description" rows="5" data-testid="pr-description" :readonly="busy"
            @input="keepAll" @keydown.enter.ctrl="save" @keydown.enter.meta="save"></textarea></div>
        <div v-if="moved.description !== undefined" class="r-note r-note--warn" data-testid="pr-description-now"><div class="r-grow"><b>The description says now:</b><p class="r-asis">{{ moved.description || "Nothing." }}</p></div>
          <button type="button" class="r-btn r-btn--small" data-testid="pr-description-take" @click="take('description')">Take it</button></div>
        <p v-if="problem" class="r-hint r-hint--bad" role="alert" data-testid="pr-words-problem">{{ problem }}</p>
      </div>
      <div class="r-card__acts r-panel__acts"><span class="r-grow"></span>
        <button type="button" class="r-btn r-btn--quiet" @click="close">Cancel</button>
        <button type="button" class="r-btn r-btn--primary" data-testid="pr-save" :data-busy="busy ? '' : null" @click="save">Save</button>
      </div>
    </section>`,
  data() {
    return { open: false, busy: false, again: false, problem: "", was: {}, moved: {} };
  },
  mounted() {
    const kept = JSON.parse(sessionStorage.getItem(this.keep) ?? "null");
    if (!kept) return;
    for (const [name, { now, was }] of Object.entries(kept)) {
      this.put(name, was);
      this.$refs[name].value = now;
    }
    this.open = true;
  },
  methods: {
    // called by the server
    begin(title, description) {
      if (this.busy) { this.again = true; return; } // asked for while it is being saved: what is then said decides
      if (!this.open) for (const [name, words] of Object.entries({ title, description })) this.put(name, words);
      this.open = true;
      this.$nextTick(() => { this.$refs.title.focus(); this.$el.scrollIntoView({ block: "nearest" }); });
    },
    put(name, words) {
      this.$refs[name].value = words;
      this.was[name] = { words, shown: this.$refs[name].value }; // a field may show other line ends
    },
    take(name) {
      this.put(name, this.moved[name]);
      delete this.moved[name];
      this.$refs[name].focus();
    },
    keepAll() {
      const kept = ["title", "description"].map((name) => [name, { now: this.$refs[name].value, was: this.was[name].words }]);
      sessionStorage.setItem(this.keep, JSON.stringify(Object.fromEntries(kept)));
    },
    touched(name) {
      return this.$refs[name].value !== this.was[name].shown;
    },
    close() {
      sessionStorage.removeItem(this.keep);
      this.open = false;
      this.problem = "";
      this.moved = {};
      const at = document.activeElement;
      if (at === document.body || this.$el.contains(at)) document.querySelector('[data-testid="pr-edit"]')?.focus(); // who went on elsewhere stays there
    },
    save() {
      if (this.busy) return;
      this.busy = true;
      const [title, description] = ["title", "description"].map((name) => (this.touched(name) ? this.$refs[name].value : null));
      this.$emit("save", { title, description, titleWas: this.was.title.words, descriptionWas: this.was.description.words });
    },
    // called by the server, with what both say now: no problem means that it is saved
    answered(problem, title, description) {
      const again = this.again;
      this.busy = this.again = false;
      this.problem = problem;
      if (!problem) {
        this.close();
        return again ? this.begin(title, description) : undefined;
      }
      for (const [name, words] of Object.entries({ title, description })) {
        if (words === this.was[name].words) continue;
        if (!this.touched(name)) { this.put(name, words); continue; }
        this.moved[name] = words;
        this.was[name] = { words, shown: null };
      }
      this.$refs.title.focus();
    },
  },
};
