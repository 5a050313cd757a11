// Title and description of a pull request, to be changed in place.

export default {
  template: `
    <section class="r-panel r-pullwords" aria-label="Title and description" v-show="open" @keydown.esc.stop="close">
      <div class="r-panel__body">
        <div class="r-field"><label for="pull-title">Title</label>
          <input ref="title" class="r-input" id="pull-title" data-testid="pr-title" maxlength="200" :readonly="busy" @keydown.enter.prevent="save"></div>
        <div class="r-field"><label for="pull-description">Description</label>
          <textarea ref="description" class="r-input" id="pull-description" rows="5" data-testid="pr-description" :readonly="busy"
            @keydown.enter.ctrl="save" @keydown.enter.meta="save"></textarea></div>
        <p v-if="problem" class="r-hint r-hint--bad" role="alert">{{ problem }}</p>
      </div>
      <div class="r-card__acts r-panel__acts"><span class="r-grow"></span>
        <button type="button" class="r-btn r-btn--quiet" @click="close">Cancel</button>
        <button type="button" class="r-btn r-btn--primary" data-testid="pr-save" :data-busy="busy ? '' : null" @click="save">Save</button>
      </div>
    </section>`,
  data() {
    return { open: false, busy: false, problem: "" };
  },
  methods: {
    // called by the server
    begin(title, description) {
      if (!this.open) { this.$refs.title.value = title; this.$refs.description.value = description; }
      this.open = true;
      this.$nextTick(() => { this.$refs.title.focus(); this.$el.scrollIntoView({ block: "nearest" }); });
    },
    close() {
      this.open = false;
      this.problem = "";
      document.querySelector('[data-testid="pr-edit"]')?.focus();
    },
    save() {
      if (this.busy) return;
      this.busy = true;
      this.$emit("save", { title: this.$refs.title.value, description: this.$refs.description.value });
    },
    // called by the server: no problem means that it is saved
    answered(problem) {
      this.busy = false;
      this.problem = problem;
      if (problem) this.$refs.title.focus(); else this.close();
    },
  },
};
