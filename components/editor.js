// CodeMirror on a text that others edit at the same time. The server is the authority; it rebases late changes.
import * as CM from "nicegui-codemirror";
import { collab, getSyncedVersion, rebaseUpdates, receiveUpdates, sendableUpdates } from "@codemirror/collab";
import { Channel, barGutter, bars, peers, removePeer, replacement, setPeer, showBars, unsent, wellFormed, wholeCharacters } from "rfc-editor-parts";

const CONTEXT = 32; // characters either side of a reported selection
const CURSOR_PAUSE = 80, SELECTION_PAUSE = 200, BARS_PAUSE = 250, STATUS_PAUSE = 150, KEEP_PAUSE = 200, LINE_PAUSE = 60, RELOAD_PAUSE = 5000; // ms

// Markdown in the design's voice: weight and slant tell, colour is kept for what means something.
const inkOnPaper = CM.HighlightStyle.define(
  CM.defaultHighlightStyle.specs.map(({ tag, color, fontWeight, fontStyle, textDecoration }) => ({
    tag,
    ...(color && { color: "var(--ink-2)" }),
    ...(fontWeight && { fontWeight: "700" }),
    ...(fontStyle && { fontStyle }),
    ...(textDecoration && !fontWeight && { textDecoration }),
  })),
);

export default {
  template: `<div class="r-source" data-testid="editor"></div>`,
  props: { sessionKey: String, documentKey: String, mayEdit: Boolean, label: String },
  emits: ["selection", "status", "line", "unsent", "save"],
  mounted() {
    // Not reactive on purpose: proxies around CodeMirror's objects break identity checks.
    Object.assign(this, { view: null, online: false, pushing: false, early: [], timers: {}, baseline: null, editable: new CM.Compartment(), may: this.mayEdit, error: null });
    this.channel = new Channel({
      key: this.sessionKey,
      onOpen: () => this.join(),
      onClose: () => this.setOnline(false),
      onMessage: (message) => (this.online ? this.handle(message) : this.early.push(message)),
      // Signed out, or the server forgot this window; what is unsent is kept. No hurry while nothing can be stored.
      onRefused: () => this.later("reload", this.error ? RELOAD_PAUSE : 0, () => location.reload()),
    });
    this.channel.version = () => (this.view ? getSyncedVersion(this.view.state) : 0);
    this.onLeave = () => this.keepUnsent();
    window.addEventListener("pagehide", this.onLeave);
    this.onScrollTo = (event) => this.scrollToLine(event.detail.line);
    document.addEventListener("rfc:editor-scroll", this.onScrollTo);
  },
  beforeUnmount() {
    window.removeEventListener("pagehide", this.onLeave);
    document.removeEventListener("rfc:editor-scroll", this.onScrollTo);
    this.keepUnsent();
    Object.values(this.timers).forEach(clearTimeout);
    this.channel.close();
    this.view?.destroy();
  },
  methods: {
    later(name, pause, action) {
      clearTimeout(this.timers[name]);
      this.timers[name] = setTimeout(action, pause);
    },
    // Steady typing must not put it off for ever.
    soon(name, pause, action) {
      this.timers[name] ??= setTimeout(() => {
        this.timers[name] = undefined;
        action();
      }, pause);
    },

    // ---- joining and coming back ---------------------------------------------------------------------------------
    async join() {
      const kept = this.view ? null : unsent.read(this.documentKey);
      const known = this.view ? { epoch: this.epoch, version: getSyncedVersion(this.view.state) } : { epoch: kept?.epoch, version: kept?.version };
      const reply = await this.channel.request({ type: "join", text: !this.view, ...known }).catch(() => null);
      if (!reply) return; // the channel opens again
      if (reply.error) return this.fail(reply.error);
      this.epoch = reply.epoch;
      this.allow(reply.mayEdit);
      if (!this.view) this.openFirst(reply, kept);
      else if (reply.text === undefined) this.receive(reply);
      else this.reopen(reply);
      this.view.dispatch({ effects: [removePeer.of(null), ...reply.peers.map((peer) => setPeer.of(this.localPeer(peer)))] });
      this.setBaseline(reply.baseline);
      this.setOnline(true);
      for (const message of this.early.splice(0)) this.handle(message);
      this.push();
    },
    openFirst(reply, kept) {
      const mine = (kept?.updates ?? []).map((json) => ({ clientID: kept.clientID, changes: CM.ChangeSet.fromJSON(json) }));
      const wanted = mine.length ? mine.reduce((doc, { changes }) => changes.apply(doc), CM.Text.of(kept.base.split("\n"))).toString() : "";
      const over = reply.updates?.map(parsed) ?? (mine.length ? [{ clientID: "", changes: replacement(kept.base, reply.text) }] : []);
      if (wanted === reply.text) mine.length = 0; // it had arrived, and only the answer was lost
      let pending = [];
      try {
        pending = rebaseUpdates(mine, over);
      } catch {
        pending = [];
      }
      this.open(reply, pending);
      this.keepUnsent();
      // The text changed beyond recognition: the person gets what they typed to copy it.
      if (mine.length && !pending.length && !confirmed(mine, over)) this.$emit("unsent", { text: wanted });
    },
    // The server no longer knows our version: our unconfirmed changes go on top of its text.
    reopen(reply) {
      const over = [{ clientID: "", changes: replacement(this.confirmed.toString(), reply.text) }];
      const arrived = this.view.state.doc.toString() === reply.text; // and only the answer was lost
      this.open(reply, arrived ? [] : rebaseUpdates(sendableUpdates(this.view.state), over));
    },
    open({ text, version, clientID }, pending) {
      this.clientID = clientID;
      const state = CM.EditorState.create({ doc: text, extensions: this.extensions(version, clientID) });
      this.confirmed = state.doc; // the server's text at our version
      if (this.view) this.view.setState(state);
      else this.view = new CM.EditorView({ state, parent: this.$el });
      for (const { changes } of pending) this.view.dispatch({ changes });
      this.loadLanguage();
    },
    extensions(startVersion, clientID) {
      this.language = new CM.Compartment();
      return [
        barGutter,
        CM.basicSetup,
        CM.keymap.of([{ key: "Mod-s", preventDefault: true, run: () => (this.$emit("save"), true) }, { key: "Tab", run: (view) => !this.leaving && CM.indentWithTab.run(view), shift: (view) => !this.leaving && CM.indentWithTab.shift(view) }]),
        CM.EditorView.lineWrapping,
        CM.EditorView.contentAttributes.of({ "aria-label": this.label, spellcheck: "true", autocapitalize: "sentences" }),
        collab({ startVersion, clientID }),
        this.editable.of(this.editing()),
        this.language.of([]),
        CM.syntaxHighlighting(inkOnPaper),
        wholeCharacters, peers, bars,
        CM.EditorView.updateListener.of((update) => this.onUpdate(update)),
        CM.EditorView.domEventObservers({ scroll: () => this.soon("line", LINE_PAUSE, () => this.reportLine()), keydown: (event) => this.leaveByTab(event), blur: () => (this.leaving = false) }),
      ];
    },
    async loadLanguage() {
      const support = await CM.languages.find((language) => language.name === "Markdown").load();
      this.view?.dispatch({ effects: this.language.reconfigure(support) });
    },
    // Esc, then Tab leaves the editor (WCAG 2.1.2), also where Esc closes something else first, which handlers of events
    // would not be told of; any other key ends that.
    leaveByTab(event) {
      this.leaving = event.key === "Escape" || (this.leaving && /^(Tab|Shift|Control|Alt|Meta)$/.test(event.key));
    },

    // ---- the text -------------------------------------------------------------------------------------------------
    handle(message) {
      if (message.type === "updates") this.receive(message);
      else if (message.type === "left") this.view.dispatch({ effects: removePeer.of(message.id) });
      else if (message.type === "baseline") this.setBaseline(message.text);
      else if (message.type === "access") this.allow(message.mayEdit);
      else if (message.type === "rejoin") this.fail("not stored"); // the connection ends with it
      else if (message.type === "cursor" && message.id !== this.clientID && (!message.cursor || message.version === getSyncedVersion(this.view.state)))
        this.view.dispatch({ effects: setPeer.of(this.localPeer(message)) });
    },
    receive({ from, updates, cursors }) {
      const known = getSyncedVersion(this.view.state);
      if (from > known) return this.pull(); // something was missed
      const transactions = [];
      let state = this.view.state;
      try {
        // One at a time, as the server rebases, so that both arrive at identical changes.
        for (const update of updates.slice(known - from).map(parsed)) {
          this.confirmed = (update.clientID === this.clientID ? sendableUpdates(state)[0] : update).changes.apply(this.confirmed);
          transactions.push(receiveUpdates(state, [update]));
          state = transactions.at(-1).state;
        }
      } catch (error) {
        console.warn("the text is out of step and is read again", error);
        this.epoch = null;
        this.online = false;
        return this.join();
      }
      if (transactions.length) this.view.dispatch(transactions);
      const others = (cursors ?? []).filter(({ id }) => id !== this.clientID);
      if (others.length && from + updates.length === getSyncedVersion(this.view.state)) this.view.dispatch({ effects: others.map((peer) => setPeer.of(this.localPeer(peer))) });
      this.reportStatus(); // what was confirmed brings no change of the text with it
      this.push();
    },
    // A caret counts in the server's text; ours has the unconfirmed changes on top.
    localPeer(peer) {
      const cursor = peer.cursor?.map((at) => sendableUpdates(this.view.state).reduce((place, update) => update.changes.mapPos(place, 1), at));
      return { ...peer, cursor };
    },
    async pull() {
      const reply = await this.channel.request({ type: "pull", version: getSyncedVersion(this.view.state) }).catch(() => null);
      if (!reply) return;
      if (reply.updates) this.receive(reply);
      else await this.join();
    },
    async push() {
      const pending = this.view ? sendableUpdates(this.view.state) : [];
      if (this.pushing || !this.online || !pending.length || !this.may) return;
      this.pushing = true; // what is typed meanwhile goes with the next one
      const { anchor, head } = this.view.state.selection.main;
      const updates = pending.map(({ changes }) => changes.toJSON());
      const reply = await this.channel.request({ type: "push", version: getSyncedVersion(this.view.state), updates, cursor: [anchor, head] }).catch(() => null);
      this.pushing = false;
      if (!reply) return; // join() sends it again; the server drops what it has
      if (reply.error === "too old") return this.join();
      if (reply.error) return this.fail(reply.error, reply.message);
      this.error = null;
      if (reply.version > getSyncedVersion(this.view.state)) return this.pull(); // the announcement is late or lost
      this.push();
    },

    // ---- reports --------------------------------------------------------------------------------------------------
    onUpdate(update) {
      const remote = update.transactions.some((tr) => tr.annotation(CM.Transaction.remote));
      if (update.docChanged) {
        if (!remote) queueMicrotask(() => this.push());
        this.soon("keep", KEEP_PAUSE, () => this.keepUnsent());
        this.later("bars", BARS_PAUSE, () => showBars(this.view, this.baseline));
        this.reportStatus();
      } else if (update.selectionSet) this.later("cursor", CURSOR_PAUSE, () => this.sendCursor());
      if (update.selectionSet || (update.docChanged && !update.state.selection.main.empty)) this.later("selection", SELECTION_PAUSE, () => this.reportSelection());
      if (!remote && (update.docChanged || update.selectionSet || update.focusChanged)) this.later("caret", LINE_PAUSE, () => this.reportCaret());
    },
    sendCursor() {
      const { state } = this.view;
      if (!this.online || this.pushing || sendableUpdates(state).length) return; // it goes with the push
      const { anchor, head } = state.selection.main;
      this.channel.request({ type: "cursor", version: getSyncedVersion(state), cursor: [anchor, head] }).catch(() => {});
    },
    reportSelection() {
      const { doc, selection } = this.view.state, { from, to } = selection.main, quote = doc.sliceString(from, to);
      if (!quote && !this.hadSelection) return;
      this.hadSelection = Boolean(quote);
      const around = (start, end) => wellFormed(doc.sliceString(Math.max(0, start), Math.min(doc.length, end))).replace(/^\ufffd|\ufffd$/g, "");
      this.$emit("selection", { quote, prefix: around(from - CONTEXT, from), suffix: around(to, to + CONTEXT), from, to, line: doc.lineAt(from).number });
    },
    // The line one writes in, 1-based.
    reportCaret() {
      if (!this.view?.hasFocus) return;
      const { doc, selection } = this.view.state;
      document.dispatchEvent(new CustomEvent("rfc:caret", { detail: { line: doc.lineAt(selection.main.head).number } }));
    },
    // The first visible line, so that the preview can follow; 1-based, with the part of it that is scrolled away.
    reportLine() {
      const block = this.view.lineBlockAtHeight(this.view.scrollDOM.scrollTop - this.view.documentPadding.top);
      document.dispatchEvent(new CustomEvent("rfc:editor-line", { detail: { line: this.view.state.doc.lineAt(block.from).number } }));
    },
    scrollToLine(line) {
      if (!this.view) return;
      const { doc } = this.view.state, from = doc.line(Math.min(Math.max(1, line), doc.lines)).from;
      this.view.dispatch({ effects: CM.EditorView.scrollIntoView(from, { y: "start" }) });
    },
    status() {
      return { online: this.online, unsent: Boolean(this.view && sendableUpdates(this.view.state).length), error: this.error };
    },
    // What the page shows is true at once; what it is told waits for more.
    reportStatus() {
      const { online, unsent: waiting, error } = this.status();
      this.$el.dataset.state = error ? "error" : !online ? "offline" : waiting ? "saving" : "saved";
      this.soon("status", STATUS_PAUSE, () => {
        const status = this.status();
        if (JSON.stringify(status) === this.lastStatus) return;
        this.lastStatus = JSON.stringify(status);
        document.dispatchEvent(new CustomEvent("rfc:editor-state"));
        this.$emit("status", status);
      });
    },
    fail(error, message) {
      this.error = message ?? error;
      this.reportStatus();
      if (error === "read only") this.allow(false);
    },
    setOnline(online) {
      this.online = online;
      this.pushing = false;
      this.reportStatus();
    },
    setBaseline(text) {
      this.baseline = text ?? null;
      showBars(this.view, this.baseline);
    },
    allow(may) {
      this.may = may;
      this.view?.dispatch({ effects: this.editable.reconfigure(this.editing()) });
    },
    editing() {
      return [CM.EditorState.readOnly.of(!this.may), CM.EditorView.editable.of(this.may)];
    },
    keepUnsent() {
      if (!this.view) return;
      const updates = sendableUpdates(this.view.state).map(({ changes }) => changes.toJSON());
      unsent.keep(this.documentKey, { epoch: this.epoch, version: getSyncedVersion(this.view.state), clientID: this.clientID, updates, base: updates.length ? this.confirmed.toString() : "" });
    },
  },
};

function parsed({ clientID, changes }) {
  return { clientID, changes: CM.ChangeSet.fromJSON(changes) };
}

// Whether the server had taken these changes already, so that nothing of them is pending.
function confirmed(mine, over) {
  return Boolean(over) && over.filter((update) => update.clientID === mine[0].clientID).length >= mine.length;
}
