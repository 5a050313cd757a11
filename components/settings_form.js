// The notification settings: one HTML string; each switch, choice and small form is sent as soon as it is made.

export default {
  props: { html: String },
  template: `<div v-html="html" @change="changed" @submit="sent" @click="pressed" @input="typed"></div>`,
  beforeUpdate() {
    const stops = this.stops(), at = stops.indexOf(document.activeElement);
    this.stop = at < 0 ? null : { name: nameOf(stops[at]), at };
    this.kept = [...this.$el.querySelectorAll("input[id]:not([type=checkbox])")]
      .filter((field) => field.value !== field.defaultValue)
      .map((field) => ({ id: field.id, value: field.value, caret: [field.selectionStart, field.selectionEnd], sent: formOf(field) === this.gone?.form && this.gone[field.name] === field.value }));
    this.gone = null;
  },
  // what is typed and not sent, or refused, stays; whoever goes by keyboard stays where they were, at the next control where theirs is gone
  updated() {
    for (const { id, value, caret, sent } of this.kept) {
      const field = document.getElementById(id);
      if (!field || !this.$el.contains(field) || (sent && !field.closest("[data-refused]"))) continue;
      field.value = value;
      field.setSelectionRange(...caret);
      if (sent) field.form.nextElementSibling?.scrollIntoView({ block: "nearest" }); // why it was refused
    }
    if (!this.stop) return;
    const stops = this.stops();
    (stops.find((one) => nameOf(one) === this.stop.name) ?? stops[Math.min(this.stop.at, stops.length - 1)])?.focus({ preventScroll: true });
    this.stop = null;
  },
  methods: {
    stops() {
      return [...this.$el.querySelectorAll("a[href], button, input:not(:disabled), select")];
    },
    changed(event) {
      const field = event.target.closest("[data-set]");
      if (field) this.$emit("set", { name: field.dataset.set, value: field.type === "checkbox" ? field.checked : field.value });
    },
    typed(event) {
      const field = event.target.closest("[data-find]"), text = field && wanted(field);
      if (text) this.$emit("find", text);
    },
    // called by the server: the people whose login or name begins with a text
    found(text, people) {
      const field = this.$el.querySelector("[data-find]");
      if (!field || wanted(field) !== text) return;
      field.list.replaceChildren(...people.map((one) => Object.assign(document.createElement("option"), { value: one.login, label: one.name })));
    },
    sent(event) {
      event.preventDefault();
      const form = event.target.closest("[data-set-form]");
      if (!form) return;
      const value = Object.fromEntries(new FormData(form));
      this.gone = { ...value, form: form.dataset.setForm };
      this.$emit("set", { name: form.dataset.setForm, value });
    },
    pressed(event) {
      const button = event.target.closest("[data-do]");
      if (button) this.$emit("set", { name: button.dataset.do, value: true });
    },
  },
};

// whose name or login begins so; never with half a character
const wanted = (field) => field.value.trim().replace(/^@/, "").slice(0, 40).replace(/[\ud800-\udbff]$/, "");
const formOf = (field) => field.closest("[data-set-form]")?.dataset.setForm;
const nameOf = (one) => one.id || one.dataset.do || one.dataset.testid || one.getAttribute("href");
