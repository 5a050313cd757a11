// A piece of a page as one HTML string: replaced as a whole when it changes, with one listener for everything in it.
// Buttons carry data-do. A pressed one is busy until the server says that it is over, or sends the region anew.

export default {
  props: { html: String, tag: { type: String, default: "div" } },
  template: `<component :is="tag" v-html="html" @click="press"></component>`,
  beforeUpdate() {
    const focused = this.$el.contains(document.activeElement) ? document.activeElement : null;
    this.focusOn = focused?.dataset.do;
  },
  updated() {
    this.busy = false;
    if (!this.focusOn) return;
    const same = this.$el.querySelector(`[data-do="${this.focusOn}"]`);
    (same ?? document.querySelector('main[data-col="document"]'))?.focus({ preventScroll: true });
  },
  methods: {
    press(event) {
      const button = event.target.closest("[data-do]");
      if (!button || this.busy || button.disabled || button.getAttribute("aria-disabled") === "true") return;
      if (button.dataset.do === "show-ideas") return showIdeas();
      if (button.dataset.do === "contents") return document.dispatchEvent(new CustomEvent("rfc:contents"));
      if ("wait" in button.dataset) {
        this.busy = true;
        button.dataset.busy = "";
        button.setAttribute("aria-busy", "true");
      }
      this.$emit("act", button.dataset.do);
    },
    settle() {
      this.busy = false;
      for (const button of this.$el.querySelectorAll("[data-busy]")) {
        delete button.dataset.busy;
        button.removeAttribute("aria-busy");
      }
    },
  },
};

function showIdeas() {
  const ideas = document.querySelector('details[data-testid="pending-ideas"]');
  if (!ideas) return location.assign("/catalog");
  window.rfc.show("catalog");
  if (ideas.offsetParent === null) document.querySelector("[data-act=open-catalog]")?.click();
  ideas.open = true;
  ideas.querySelector("summary").focus();
}
