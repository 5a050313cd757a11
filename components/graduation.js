// Graduation on an entry's page: what everybody sees while it runs, and the dialog in which it is begun and followed.
// The five steps stand once on the page: in the dialog while that is open, else above the text.

const FIELDS = ["number", "repo", "owners"];
const NUMBER = /^\s*(?:rfc-)?0*(\d{1,9})\s*$/i;
const CHECK_AFTER = 250; // ms without typing
const PENDING = 5000; // ms until a check that has no answer says so
const HINTS = { number: "The next free one is suggested.", repo: "", owners: "Logins, separated by commas." };
const FREE = { number: "Free.", repo: "Free on Gitea.", owners: "Everybody exists." };

const STEPS = `<ol class="r-steps" aria-label="Steps"><li v-for="step in run.steps" :key="step.number" class="r-step" :data-state="step.state" :data-testid="'graduate-step-' + step.number">
  <span class="dot"><i v-if="step.state === 'done'" class="i i-check i-12" aria-hidden="true"></i><i v-else-if="step.state === 'fail'" class="i i-x i-12" aria-hidden="true"></i><template v-else-if="step.state !== 'run'">{{ step.number }}</template></span>
  <div><b>{{ step.label }}</b><span class="r-sr"> {{ step.spoken }}</span><p v-html="step.detail"></p></div><time>{{ step.time }}</time></li></ol>`;

export default {
  props: { title: String, org: String, run: Object },
  template: `
    <div class="r-graduation">
      <section v-if="run && watched && !open" class="r-progress" aria-label="Graduation" data-testid="graduate-progress">
        <header class="r-line"><i class="i i-award r-muted" aria-hidden="true"></i><b class="r-grow">{{ run.headline }}</b>
          <button v-if="run.over" type="button" class="r-icon r-icon--small" aria-label="Dismiss" @click="watched = false"><i class="i i-x"></i></button>
          <button v-else type="button" class="r-btn r-btn--small r-btn--quiet" data-testid="graduate-follow" @click="show">Details</button></header>
        ${STEPS}
        <p v-if="run.note && run.tone !== 'info'" class="r-note" :class="'r-note--' + run.tone"><i class="i" :class="run.tone === 'bad' ? 'i-triangle-alert' : 'i-info'" aria-hidden="true"></i><span v-html="run.note"></span></p>
      </section>
      <dialog ref="dialog" class="r-modal" aria-labelledby="graduate-heading" @close="open = false">
        <form class="r-dialog" @submit.prevent="submit" novalidate>
          <header class="r-dialog__head"><h2 id="graduate-heading">{{ heading }}</h2>
            <button type="button" class="r-icon r-icon--small" aria-label="Close" @click="close"><i class="i i-x"></i></button></header>
          <div v-if="following" class="r-dialog__body">
            <dl class="r-facts r-facts--dialog"><div><dt>Number</dt><dd class="r-num">{{ run.number }}</dd></div><div><dt>Repository</dt><dd class="r-num">{{ run.name }}</dd></div><div><dt>Owners</dt><dd v-html="run.owners"></dd></div></dl>
            <div v-if="open" aria-live="polite">${STEPS}</div>
            <p v-if="run.note" class="r-note" :class="'r-note--' + run.tone" data-testid="graduate-note" :role="run.tone === 'bad' ? 'alert' : null"><i class="i" :class="run.tone === 'bad' ? 'i-triangle-alert' : 'i-info'" aria-hidden="true"></i><span v-html="run.note"></span></p>
          </div>
          <div v-else class="r-dialog__body">
            <p v-if="run && run.failed" class="r-note r-note--bad" data-testid="graduate-last"><i class="i i-triangle-alert" aria-hidden="true"></i><span v-html="run.note"></span></p>
            <div class="r-two r-two--graduate">
              <div class="r-field"><label for="graduate-number">Number</label>
                <input ref="number" class="r-input r-num" id="graduate-number" data-testid="graduate-number" autocomplete="off" spellcheck="false" v-bind="field('number')" @input="edit('number', $event)">
                <span class="r-hint" id="graduate-number-hint" role="status" v-bind="hint('number')">{{ words("number") }}</span></div>
              <div class="r-field"><label for="graduate-repo">Repository in {{ org }}</label>
                <input ref="repo" class="r-input r-num" id="graduate-repo" data-testid="graduate-repo" autocomplete="off" autocapitalize="none" spellcheck="false" v-bind="field('repo')" @input="edit('repo', $event)">
                <span class="r-hint" id="graduate-repo-hint" role="status" v-bind="hint('repo')">{{ words("repo") }}</span></div></div>
            <div class="r-field"><label for="graduate-owners">Owners</label>
              <input ref="owners" class="r-input" id="graduate-owners" data-testid="graduate-owners" autocomplete="off" autocapitalize="none" spellcheck="false" v-bind="field('owners')" @input="edit('owners', $event)">
              <span class="r-hint" id="graduate-owners-hint" role="status" v-bind="hint('owners')">{{ words("owners") }}</span></div>
            <div v-if="blocking.length" class="r-note r-note--warn" data-testid="graduate-blocking"><i class="i i-triangle-alert" aria-hidden="true"></i><div>
              <p>It can graduate once {{ blocking.length === 1 ? "this pull request is" : "these pull requests are" }} merged or withdrawn:</p>
              <ul class="r-linklist"><li v-for="one in blocking" :key="one.path"><a :href="one.path">{{ one.words }}</a></li></ul></div></div>
            <div v-if="closing.length || others" class="r-note" data-testid="graduate-closing"><i class="i i-git-branch" aria-hidden="true"></i><div>
              <p>Graduating closes {{ closingWords }} with {{ closing.length + others === 1 ? "its" : "their" }} text: it stays readable beside the conversation, and whoever may contribute can carry it to a new branch afterwards, from the page of {{ closing.length + others === 1 ? "that branch" : "each" }}.</p>
              <ul class="r-linklist"><li v-for="one in closing" :key="one.path"><a :href="one.path"><code>{{ one.words }}</code></a></li></ul></div></div>
            <p v-if="problem" class="r-note r-note--bad" role="alert" data-testid="graduate-problem"><i class="i i-triangle-alert" aria-hidden="true"></i><span>{{ problem }}</span></p>
          </div>
          <footer v-if="following" class="r-dialog__foot"><span class="r-grow"></span>
            <button v-if="run.failed && may" type="button" class="r-btn r-btn--quiet" data-testid="graduate-again" @click="again">Try again</button>
            <button type="button" class="r-btn" data-testid="graduate-close" @click="close">{{ run.over ? "Close" : "Close and keep running" }}</button></footer>
          <footer v-else class="r-dialog__foot"><span class="r-hint r-grow" id="graduate-told">{{ busy ? "Checking everything once more…" : "All of it happens, or nothing: what fails before the merge is undone." + (notifies ? " Will notify " + notifies.toLocaleString("en") + "." : "") }}</span>
            <button type="button" class="r-btn r-btn--quiet" @click="close">Cancel</button>
            <button class="r-btn r-btn--primary" data-testid="graduate-start" aria-describedby="graduate-told" :data-busy="busy ? '' : null" :aria-disabled="busy || blocking.length ? 'true' : null">Graduate</button></footer>
        </form>
      </dialog>
    </div>`,
  data() {
    return { open: false, watched: false, asked: false, may: false, form: { number: "", repo: "", owners: "" }, byHand: {}, problems: {}, checks: {}, blocking: [], closing: [], others: 0, notifies: 0, problem: "", busy: false };
  },
  computed: {
    following() { return Boolean(this.run) && !this.asked; },
    heading() {
      if (!this.following) return `Graduate ${this.title}`;
      return this.run.over ? (this.run.failed ? `${this.title} did not graduate` : `${this.title} has graduated`) : `Graduating ${this.title}`;
    },
    closingWords() {
      const count = this.closing.length + this.others;
      const hidden = this.others ? `, ${this.others} of them private` : "";
      return count === 1 ? `one open branch${hidden}` : `${count} open branches${hidden}`;
    },
  },
  watch: {
    run: {
      immediate: true,
      handler(now, before) {
        if (now && !now.over) this.watched = true;
        if (now && now.op !== before?.op) this.asked = this.asked && now.over;
        if (before && !before.over && now?.over) window.rfc?.announce?.(now.headline);
      },
    },
  },
  methods: {
    // called by the server: the button in the bar was pressed
    ask() {
      const asked = new URL(location.href);
      if (asked.searchParams.has("graduate")) { // once: neither a reload nor Back asks again
        asked.searchParams.delete("graduate");
        history.replaceState(history.state, "", asked);
      }
      if (this.run && !this.run.over) return this.show();
      this.may = true;
      this.asked = true;
      this.problem = "";
      this.$emit("offer");
      this.openDialog();
    },
    show() {
      this.asked = false;
      this.openDialog();
    },
    openDialog() {
      this.open = true;
      window.rfc.openDialog(this.$refs.dialog);
    },
    close() { this.$refs.dialog.close(); },
    again() { this.ask(); },
    // called by the server
    offered(offer) {
      for (const name of FIELDS) if (!this.byHand[name]) window.rfc.suggest(this, name, offer[name]);
      Object.assign(this, { blocking: offer.blocking, closing: offer.closing, others: offer.others, notifies: offer.notifies });
      this.check();
      if (!FIELDS.some((name) => this.$refs[name] === document.activeElement)) this.$nextTick(() => this.$refs.number?.focus()); // who writes already goes on
    },
    field(name) {
      return { value: this.form[name], readonly: this.busy, "aria-invalid": this.problems[name] ? "true" : null, "aria-describedby": `graduate-${name}-hint` };
    },
    hint(name) {
      const state = this.problems[name] ? "taken" : this.checks[name] || "";
      return { "data-state": state, class: { "r-hint--bad": state === "taken", "r-hint--ok": state === "free" } };
    },
    words(name) {
      if (this.problems[name]) return this.problems[name];
      if (this.checks[name] === "free") return FREE[name];
      if (this.checks[name] === "checking") return "Checking…";
      if (this.checks[name] === "late") return "Not checked yet; it is checked when you start.";
      return HINTS[name];
    },
    edit(name, event) {
      this.form[name] = event.target.value;
      this.byHand[name] = true;
      const digits = name === "number" && !this.byHand.repo && NUMBER.exec(this.form.number)?.[1];
      if (digits) this.form.repo = this.form.repo.replace(/^rfc-\d+/, `rfc-${digits.padStart(4, "0")}`);
      this.problems = { ...this.problems, [name]: "" };
      this.checks = { ...this.checks, [name]: "checking" };
      this.problem = "";
      clearTimeout(this.soon);
      this.soon = setTimeout(this.check, CHECK_AFTER);
    },
    check() {
      const turn = this.turn = (this.turn || 0) + 1;
      clearTimeout(this.late);
      this.checks = { number: "checking", repo: "checking", owners: "checking" };
      this.late = setTimeout(() => { if (turn === this.turn) this.checks = { number: "late", repo: "late", owners: "late" }; }, PENDING);
      this.$emit("check", { turn, ...this.form });
    },
    // called by the server: what is wrong with each field, or null where that could not be found out
    checked(turn, problems) {
      if (turn !== this.turn) return;
      clearTimeout(this.late);
      if (!problems) { this.checks = { number: "late", repo: "late", owners: "late" }; return; }
      this.problems = problems;
      this.checks = Object.fromEntries(FIELDS.map((name) => [name, problems[name] ? "taken" : "free"]));
    },
    submit() {
      if (this.busy || this.following || this.blocking.length) return;
      this.op ??= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      this.busy = true;
      this.problem = "";
      this.$emit("start", { ...this.form, op: this.op });
    },
    // called by the server: what is final can't succeed later, so the next try is another operation
    refuse(words, field, final = false) {
      this.busy = false;
      if (final) this.op = undefined;
      if (field === "number" && !this.byHand.number) { // nobody chose it: the next free one is suggested
        this.problem = words;
        this.$emit("offer");
      } else if (FIELDS.includes(field)) {
        this.problems = { ...this.problems, [field]: words };
        this.$nextTick(() => this.$refs[FIELDS.find((name) => this.problems[name])]?.focus());
      } else this.problem = words;
    },
    // called by the server: it runs, and the steps come by themselves
    started() {
      Object.assign(this, { busy: false, asked: false, op: undefined, byHand: {} });
    },
  },
};
