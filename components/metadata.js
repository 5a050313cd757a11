// The metadata pane: each save opens a metadata PR. What is typed is kept in this tab until it is sent; fields that nobody
// touched follow what others change, and a touched one says so.

const FIELDS = ["title", "tags", "owners", "arbiters", "models", "funder", "withdrawal"];
const LINES = [
  { name: "title", label: "Title", hint: "One word if you can. Up to 200 characters." },
  { name: "tags", label: "Tags", hint: "Separated by commas." },
  { name: "owners", label: "Owners", hint: "Logins, separated by commas. They look after metadata, branches and graduation." },
  { name: "arbiters", label: "Arbiters", hint: "Logins, separated by commas. They merge; without any, the owners do." },
  { name: "funder", label: "Funder", hint: "One login; it gives them no say. Once they agree under “Funding”, this RFC’s models run on their keys." },
];
const NAMES = { withdrawal: "state" };

export default {
  props: { keep: String, now: Object, merges: Array, pending: Object, enabled: Array, who: Object, start: Boolean },
  template: `
    <dialog ref="dialog" class="r-modal" aria-labelledby="metadata-heading" data-testid="metadata-pane" @close="closed" @cancel="cancel">
      <form class="r-dialog" @submit.prevent="send(mayMerge)" novalidate>
        <header class="r-dialog__head"><h2 id="metadata-heading">Metadata</h2>
          <button type="button" class="r-icon r-icon--small" aria-label="Close" @click="close"><i class="i i-x"></i></button></header>
        <div class="r-dialog__body">
          <div v-for="line in lines" :key="line.name" class="r-field"><div class="r-line"><label class="r-fieldlabel r-grow" :for="'metadata-' + line.name">{{ line.label }}</label><span class="r-hint" v-if="others(line.name)">{{ others(line.name) }}</span></div>
            <input class="r-input" :ref="line.name" :id="'metadata-' + line.name" :data-testid="'metadata-' + line.name" autocomplete="off" :autocapitalize="line.name === 'title' ? null : 'none'" spellcheck="false" :value="shown(line.name)" :readonly="!!busy"
              :aria-invalid="errors[line.name] ? 'true' : null" :aria-describedby="'metadata-' + line.name + '-hint'" @input="edit(line.name, $event.target.value)">
            <span class="r-hint" :id="'metadata-' + line.name + '-hint'" :class="{ 'r-hint--bad': errors[line.name] }" :role="errors[line.name] ? 'alert' : null">{{ errors[line.name] || said(line.name) || line.hint }}</span></div>
          <fieldset class="r-field r-plainset" :disabled="!!busy"><div class="r-line"><span class="r-fieldlabel r-grow" id="metadata-models-label">Models</span><span class="r-hint" v-if="others('models')">{{ others("models") }}</span></div>
            <div class="r-radios" role="radiogroup" aria-labelledby="metadata-models-label">
              <label class="r-check"><input type="radio" name="metadata-models" value="all" data-testid="metadata-models-all" :checked="mode === 'all'" @change="edit('models', 'all')"><span>Every model this site offers</span></label>
              <label class="r-check" v-if="choices.length"><input type="radio" name="metadata-models" value="some" data-testid="metadata-models-some" :checked="mode === 'some'" @change="only(choices.map((one) => one.key))"><span>Only these; the first is the default</span></label>
              <div v-if="mode === 'some'" class="r-models"><label v-for="one in choices" :key="one.key" class="r-check"><input type="checkbox" :value="one.key" :data-testid="'metadata-model-' + one.key" :checked="picked.includes(one.key)" @change="toggle(one.key)"><span>{{ one.name }}<small v-if="picked[0] === one.key">default</small><small v-else-if="!one.enabled">not offered here</small></span></label></div>
              <label class="r-check"><input type="radio" name="metadata-models" value="none" data-testid="metadata-models-none" :checked="mode === 'none'" @change="edit('models', 'none')"><span>No AI on this RFC<small>Not even the copy-editor.</small></span></label>
            </div><span v-if="errors.models || said('models')" class="r-hint" :class="{ 'r-hint--bad': errors.models }" :role="errors.models ? 'alert' : null">{{ errors.models || said("models") }}</span></fieldset>
          <div class="r-setline"><div><label class="r-fieldlabel" for="metadata-withdrawal">Withdrawn</label><p class="r-hint">{{ said("withdrawal") || others("withdrawal") || "It stays readable, and nobody starts contributing any more." }}</p></div>
            <input type="checkbox" class="r-switch" id="metadata-withdrawal" data-testid="metadata-withdrawal" :checked="shown('withdrawal') === 'withdrawn'" :disabled="!!busy" @change="edit('withdrawal', $event.target.checked ? 'withdrawn' : '')"></div>
          <div class="r-field"><label for="metadata-reason">{{ withdraws ? "Why is it withdrawn?" : "Why" }}</label>
            <textarea class="r-input" ref="reason" id="metadata-reason" rows="2" data-testid="metadata-reason" :value="reason" :readonly="!!busy" :aria-invalid="errors.reason ? 'true' : null" aria-describedby="metadata-reason-hint" @input="explain($event.target.value)"></textarea>
            <span class="r-hint" id="metadata-reason-hint" :class="{ 'r-hint--bad': errors.reason }" :role="errors.reason ? 'alert' : null">{{ errors.reason || (withdraws ? "The reason stays on the RFC’s page." : "Optional; whoever decides reads it.") }}</span></div>
          <p v-if="problem" class="r-note r-note--bad" role="alert" data-testid="metadata-problem"><i class="i i-triangle-alert"></i><span>{{ problem }}</span></p>
        </div>
        <footer class="r-dialog__foot"><span class="r-hint r-grow" role="status">{{ footing }}</span>
          <button type="button" class="r-btn r-btn--quiet r-hide-s" @click="close">Cancel</button>
          <button type="button" class="r-btn" :class="{ 'r-btn--primary': !mayMerge }" data-testid="metadata-save" :data-busy="busy === 'open' ? '' : null" :aria-disabled="busy || !dirty.length ? 'true' : null" @click="send(false)">Open PR</button>
          <button v-if="mayMerge" class="r-btn r-btn--primary" data-testid="metadata-merge" :data-busy="busy === 'merge' ? '' : null" :aria-disabled="busy ? 'true' : null">Save and merge</button></footer>
      </form>
    </dialog>`,
  data() {
    return { edits: {}, reason: "", errors: {}, problem: "", busy: "", lines: LINES };
  },
  computed: {
    dirty() { return FIELDS.filter((name) => name in this.edits && this.edits[name].value !== this.now[name]); },
    mayMerge() { return this.dirty.length > 0 && this.dirty.every((name) => this.merges.includes(name)); },
    withdraws() { return this.shown("withdrawal") === "withdrawn" && this.now.withdrawal !== "withdrawn"; },
    mode() { const value = this.shown("models"); return ["all", "none"].includes(value) ? value : "some"; },
    picked() { return this.mode === "some" ? this.shown("models").split(", ").filter(Boolean) : []; },
    choices() {
      const known = this.enabled.map((one) => ({ ...one, enabled: true }));
      const more = this.picked.filter((key) => !known.some((one) => one.key === key));
      return [...known, ...more.map((key) => ({ key, name: key, enabled: false }))];
    },
    footing() {
      if (this.busy) return this.busy === "merge" ? "Opening the PR on Gitea and merging it…" : "Opening the PR on Gitea…";
      if (!this.dirty.length) return "Each save opens a metadata PR.";
      if (this.mayMerge) return "You may merge this yourself.";
      const name = this.dirty.find((one) => !this.merges.includes(one));
      return `${this.who[name]} what is done with the ${NAMES[name] ?? name}.`;
    },
  },
  mounted() {
    const kept = this.kept();
    if (kept) { this.edits = kept.edits; this.reason = kept.reason; this.op = kept.op; }
    if (kept?.open) this.open();
  },
  methods: {
    // called by the server
    open() {
      window.rfc.openDialog(this.$refs.dialog);
      this.keepAll();
    },
    close() { this.$refs.dialog.close(); },
    cancel(event) { if (this.busy) event.preventDefault(); },
    closed() { this.keepAll(); },
    kept() {
      try { return JSON.parse(sessionStorage.getItem(this.keep)); } catch { return null; }
    },
    keepAll() {
      const { edits, reason, op } = this;
      if (this.dirty.length || reason) sessionStorage.setItem(this.keep, JSON.stringify({ edits, reason, op, open: this.$refs.dialog.open }));
      else sessionStorage.removeItem(this.keep);
    },
    shown(name) { return this.edits[name]?.value ?? this.now[name]; },
    others(name) { return this.merges.includes(name) ? "" : `${this.who[name]} this`; },
    // what others do about a field now
    said(name) {
      const edit = this.edits[name];
      if (edit && edit.value !== this.now[name] && edit.seen !== this.now[name]) return `It is “${this.now[name] || "empty"}” by now; what you save replaces that.`;
      return this.pending[name] ? `${this.pending[name]} changes this too; of two, the first that is merged counts.` : "";
    },
    edit(name, value) {
      this.edits = { ...this.edits, [name]: { value, seen: this.edits[name]?.seen ?? this.now[name] } };
      this.errors = { ...this.errors, [name]: "" };
      this.problem = "";
      this.op = undefined;
      this.keepAll();
    },
    explain(text) {
      this.reason = text;
      this.errors = { ...this.errors, reason: "" };
      this.op = undefined;
      this.keepAll();
    },
    only(keys) { this.edit("models", keys.join(", ")); },
    toggle(key) {
      const picked = this.picked.includes(key) ? this.picked.filter((one) => one !== key) : [...this.picked, key];
      this.edit("models", picked.length ? picked.join(", ") : "none");
    },
    send(merge) {
      if (this.busy) return;
      if (!this.dirty.length) { this.problem = "Nothing is different from what stands there now."; return; }
      if (this.withdraws && !this.reason.trim()) return this.refuse("Say why it is withdrawn: a reason is needed.", "reason");
      this.op ??= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      this.busy = merge ? "merge" : "open";
      this.errors = {};
      this.problem = "";
      this.keepAll();
      const wanted = Object.fromEntries(this.dirty.map((name) => [name, this.edits[name].value]));
      const seen = Object.fromEntries(this.dirty.map((name) => [name, this.now[name]]));
      this.$emit("save", { wanted, seen, reason: this.reason, op: this.op, merge });
    },
    // called by the server: what is final can't succeed later, so the next try is another operation
    refuse(words, field, final = false) {
      this.busy = "";
      if (final) this.op = undefined;
      const box = this.$refs[field];
      if (FIELDS.includes(field) || field === "reason") {
        this.errors = { [field]: words };
        this.$nextTick(() => (Array.isArray(box) ? box[0] : box)?.focus());
      } else this.problem = words;
      this.keepAll();
    },
    // called by the server: the PR is open, or merged
    saved(path) {
      sessionStorage.removeItem(this.keep);
      Object.assign(this, { edits: {}, reason: "", op: undefined, busy: "" });
      if (path) location.assign(path);
      else this.close();
    },
  },
};
