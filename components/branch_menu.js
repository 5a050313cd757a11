// Where one is, and the way to main, to the other branches and to the pull requests: a button and a list of links, with a filter
// when there are many.

export default {
  props: { label: String, items: String, many: Boolean, name: String },
  template: `
    <nav class="r-crumbs" aria-label="Breadcrumb" @keydown="key">
      <button ref="button" type="button" class="r-btn r-btn--quiet r-crumb" data-testid="rfc-breadcrumb" aria-haspopup="true"
        :aria-expanded="String(open)" :title="name" @click="toggle" v-html="label"></button>
      <div ref="menu" class="r-menu r-branches" popover role="group" aria-label="Branches and pull requests" @toggle="toggled">
        <div v-if="many" class="r-branches__find"><input ref="find" class="r-input r-input--quiet" type="search" autocomplete="off" spellcheck="false"
          placeholder="Filter branches and PRs" aria-label="Filter branches and PRs" data-testid="branch-filter" @input="filter"></div>
        <div class="r-branches__list" v-html="items"></div>
        <p v-if="none" class="r-menu__head r-muted" role="status">Nothing is called that.</p>
      </div>
    </nav>`,
  data() {
    return { open: false, none: false };
  },
  beforeUpdate() {
    this.at = this.$refs.menu.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  },
  updated() {
    if (this.at) this.items_().find((item) => item.getAttribute("href") === this.at)?.focus({ preventScroll: true });
    if (this.open && this.$refs.find?.value) this.filter();
  },
  methods: {
    isOpen() {
      return this.$refs.menu.matches(":popover-open");
    },
    toggle() {
      this.$refs.menu.togglePopover();
      if (!this.isOpen()) return;
      this.place();
      if (this.many) this.$refs.find.focus(); else (this.$refs.menu.querySelector("[aria-current]") ?? this.items_()[0])?.focus();
    },
    toggled(event) {
      this.open = event.newState === "open";
      if (!this.open && this.$refs.menu.contains(document.activeElement)) this.$refs.button.focus();
    },
    place() {
      const at = this.$refs.button.getBoundingClientRect(), { menu } = this.$refs;
      menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
      menu.style.top = `${at.bottom + 4}px`;
      menu.style.maxHeight = `${Math.max(160, innerHeight - at.bottom - 16)}px`;
    },
    items_() {
      return [...this.$refs.menu.querySelectorAll(".r-menu__item")].filter((item) => item.checkVisibility());
    },
    filter() {
      const words = this.$refs.find.value.trim().toLowerCase().split(/\s+/);
      const options = [...this.$refs.menu.querySelectorAll("[data-find]")];
      for (const option of options) option.hidden = !words.every((word) => option.dataset.find.includes(word));
      for (const group of this.$refs.menu.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("[data-find]:not([hidden])");
      const folded = this.$refs.menu.querySelector("details");
      if (folded) folded.open = words[0] !== "";
      this.none = options.every((option) => option.hidden);
    },
    key(event) {
      if (!this.isOpen() || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
      if (event.target === this.$refs.find && (event.key === "Home" || event.key === "End")) return;
      event.preventDefault();
      event.stopPropagation();
      const items = this.items_(), here = items.indexOf(document.activeElement);
      const next = { ArrowDown: here + 1, ArrowUp: here < 0 ? items.length - 1 : here - 1, Home: 0, End: items.length - 1 }[event.key];
      if (next < 0) return (this.$refs.find ?? items.at(-1)).focus();
      items[next % items.length]?.focus();
    },
  },
};
