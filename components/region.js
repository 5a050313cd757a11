// A piece of a page as one HTML string: replaced as a whole when it changes, with one listener for everything in it.
// Buttons carry data-do; with data-with, what stands in the fields of these ids follows, each after a colon. Fields, choices and folds with
// an id and data-keep stay as the person left them. What data-ask says is asked before anything is done. A pressed one is busy until the server says that it is over, or sends the region anew.
// With data-seen follows which version of the text this browser shows: parts that show one carry data-version.

export default {
  props: { html: String, tag: { type: String, default: "div" } },
  template: `<component :is="tag" v-html="html" @click="press"></component>`,
  beforeUpdate() {
    const focused = this.$el.contains(document.activeElement) ? document.activeElement : null;
    this.focusOn = focused?.dataset.do;
    this.focusLink = focused?.matches("a[href]") && !this.focusOn ? placeOf(focused, this.$el) : null;
    this.focusIn = focused && "keep" in focused.dataset ? { id: focused.id, start: focused.selectionStart, end: focused.selectionEnd } : null;
    this.kept = [...this.$el.querySelectorAll("[id][data-keep]")].map(({ id, open, value, defaultValue, checked, defaultChecked }) => ({ id, open, value, typed: value !== defaultValue, checked, chosen: checked !== defaultChecked }));
  },
  updated() {
    this.busy = false;
    for (const { id, open, value, typed, checked, chosen } of this.kept) {
      const now = document.getElementById(id);
      if (!now || !this.$el.contains(now)) continue;
      if (open !== undefined) now.open = open;
      if (typed) now.value = value;
      if (chosen) now.checked = checked;
    }
    const field = this.focusIn && document.getElementById(this.focusIn.id);
    if (field) {
      field.focus({ preventScroll: true });
      if (this.focusIn.start !== null) field.setSelectionRange?.(this.focusIn.start, this.focusIn.end); // a choice has no selection
    }
    if (this.focusLink) linksLike(this.focusLink.href, this.$el).at(this.focusLink.at)?.focus({ preventScroll: true });
    if (!this.focusOn) return;
    const same = this.$el.querySelector(`[data-do="${this.focusOn}"]`);
    (same ?? document.querySelector('main[data-col="document"]'))?.focus({ preventScroll: true });
  },
  methods: {
    async press(event) {
      if (event.detail > 1 && this.begun) return event.preventDefault(); // the second press of a double click, wherever it lands by now
      if (event.detail < 2 && !this.busy) this.begun = false;
      const button = event.target.closest("[data-do]");
      if (!button || this.busy || button.disabled || button.getAttribute("aria-disabled") === "true" || "busy" in button.dataset) return;
      if (button.dataset.ask && (!(await isMeant(button)) || this.busy)) return;
      this.begun = "wait" in button.dataset;
      if (button.dataset.do === "show-ideas") return showIdeas();
      if (button.dataset.do === "contents") return document.dispatchEvent(new CustomEvent("rfc:contents"));
      if ("wait" in button.dataset) {
        this.busy = true;
        button.dataset.busy = "";
        button.setAttribute("aria-busy", "true");
      }
      const fields = (button.dataset.with ?? "").split(" ").map((id) => id && document.getElementById(id)).filter(Boolean);
      const seen = "seen" in button.dataset ? [versions()] : [];
      this.$emit("act", [button.dataset.do, ...fields.map((field) => field.value), ...seen].join(":"));
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

// of several links that lead to one page, which it is: counted from the last one, because what is new stands on top
const linksLike = (href, root) => [...root.querySelectorAll("a[href]")].filter((link) => link.getAttribute("href") === href);
function placeOf(link, root) {
  const href = link.getAttribute("href"), links = linksLike(href, root);
  return { href, at: links.indexOf(link) - links.length };
}

// Asks once, in a dialog that gives the focus back.
function isMeant(button) {
  const { ask, askMore, askLabel } = button.dataset;
  const dialog = document.createElement("dialog");
  dialog.className = "r-modal";
  dialog.setAttribute("aria-labelledby", "region-ask");
  dialog.setAttribute("aria-describedby", "region-ask-more");
  dialog.innerHTML = `<form class="r-dialog" method="dialog"><header class="r-dialog__head"><h2 id="region-ask"></h2></header>
    <div class="r-dialog__body"><p id="region-ask-more"></p></div>
    <footer class="r-dialog__foot"><span class="r-grow"></span><button class="r-btn r-btn--quiet" value="" data-testid="ask-cancel">Cancel</button>
      <button class="r-btn r-btn--primary r-btn--danger" value="yes" data-testid="ask-confirm"></button></footer></form>`;
  dialog.querySelector("h2").textContent = ask;
  dialog.querySelector("p").textContent = askMore ?? "";
  dialog.querySelector("[value=yes]").textContent = askLabel ?? button.textContent.trim();
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "yes"); }));
}

// where parts of the page show different versions, no version is called like all of them
function versions() {
  return [...new Set([...document.querySelectorAll("[data-version]")].map((part) => part.dataset.version))].join("+");
}

function showIdeas() {
  const ideas = document.querySelector('details[data-testid="pending-ideas"]');
  if (!ideas) return location.assign("/catalog");
  window.rfc.show("catalog");
  if (ideas.offsetParent === null) document.querySelector("[data-act=open-catalog]")?.click();
  ideas.open = true;
  ideas.querySelector("summary").focus();
}
