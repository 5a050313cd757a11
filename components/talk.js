// The tabs of the conversation column. Chat and Changes are two looks at one list, Threads is a place of its own.

const TABS = [["chat", "Chat"], ["threads", "Threads"], ["changes", "Changes"]];

export default {
  props: { label: String, changes: Number, open: Number },
  template: `
    <div class="r-talktabs" :data-tab="tab">
      <div class="r-tabs r-talkhead" role="tablist" :aria-label="label" @keydown="key">
        <button v-for="[name, words] in tabs" :key="name" type="button" class="r-tab" role="tab" :id="'r-tab-' + name" :data-testid="'talk-' + name"
          :aria-selected="String(tab === name)" :aria-controls="name === 'threads' ? 'r-panel-threads' : 'r-panel-chat'" :tabindex="tab === name ? 0 : -1" @click="turn(name)">
          {{ words }}<b v-if="number(name)" class="r-count r-count--quiet">{{ number(name) }}<span class="r-sr">{{ name === "changes" ? " to decide" : " open" }}</span></b></button>
      </div>
      <div v-show="tab !== 'threads'" class="r-talkpanel" id="r-panel-chat" role="tabpanel" :aria-labelledby="'r-tab-' + (tab === 'changes' ? 'changes' : 'chat')"><slot></slot></div>
      <div v-show="tab === 'threads'" class="r-talkpanel" id="r-panel-threads" role="tabpanel" aria-labelledby="r-tab-threads"><slot name="threads"></slot></div>
    </div>`,
  data() {
    return { tab: "chat", tabs: TABS };
  },
  watch: {
    changes() { this.badge(); },
    open() { this.badge(); },
  },
  mounted() {
    // asked by a mark in the text, or by whatever else leads to a card or a thread
    this.onShow = (event) => this.bring(event.detail.tab);
    document.addEventListener("rfc:show-talk", this.onShow);
    this.badge();
  },
  unmounted() {
    document.removeEventListener("rfc:show-talk", this.onShow);
  },
  methods: {
    number(name) {
      return { changes: this.changes, threads: this.open }[name] ?? 0;
    },
    turn(name) {
      if (this.tab === name) return;
      document.dispatchEvent(new CustomEvent("rfc:talk-tab", { detail: { tab: name } }));
      this.tab = name;
    },
    // a card can be shown in Changes as well as in Chat
    bring(name) {
      if (name !== "chat" || this.tab === "threads") this.turn(name);
      const root = document.documentElement;
      if ("talkRail" in root.dataset) document.querySelector('[data-col="talk"] [data-act="toggle-talk"]')?.click();
      if (matchMedia("(max-width: 759px)").matches) window.rfc.show("talk");
    },
    key(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const at = TABS.findIndex(([name]) => name === this.tab);
      const [name] = TABS[(at + step + TABS.length) % TABS.length];
      this.turn(name);
      this.$nextTick(() => this.$el.querySelector(`#r-tab-${name}`).focus());
    },
    // on a phone the column is a tab of its own
    badge() {
      const tab = document.querySelector('.r-tabbar [data-show="talk"]'), number = this.changes + this.open;
      tab?.querySelector(".r-count")?.remove();
      if (tab && number) tab.insertAdjacentHTML("beforeend", `<b class="r-count">${number}</b>`);
    },
  },
};
