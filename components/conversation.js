// A conversation: pieces of HTML under keys of their own (messages, and change cards below them), and a box to write in. The view
// follows what is new only if the reader was at the end; what is typed is kept until it is sent.

import { Answers, Cards, Mentions } from "rfc-conversation-parts";

const SOON = 48; // px from the end that still count as the end

export default {
  props: { pieces: Array, answers: Array, empty: String, placeholder: String, draft: String, blocked: String, completes: Boolean },
  template: `
    <div class="r-talkbox">
      <div class="r-scroll" ref="scroll" @scroll.passive="noteEnd" tabindex="0" role="log" aria-label="Messages" aria-live="off">
        <div class="r-talk" ref="list" @click="cards.click($event)" @input="cards.input($event)"></div>
        <div v-if="!count" class="r-empty" v-html="empty"></div>
      </div>
      <button v-if="below" type="button" class="r-below" @click="toEnd">{{ below === 1 ? "1 new message" : below + " new messages" }}</button>
      <slot></slot>
      <div v-if="blocked" class="r-say r-say--off" data-testid="chat-blocked" v-html="blocked"></div>
      <form v-else class="r-say" @submit.prevent="send">
        <p v-if="problem" class="r-hint r-hint--bad" role="alert">{{ problem }}</p>
        <ul ref="names" class="r-menu r-names" :id="draft + '-names'" role="listbox" aria-label="People" hidden></ul>
        <textarea ref="box" class="r-input" rows="1" data-testid="chat-input" aria-label="Message" aria-keyshortcuts="Enter" aria-autocomplete="list"
          :aria-controls="draft + '-names'" :placeholder="placeholder" :data-draft="draft" :aria-invalid="problem ? 'true' : null" :readonly="sending"
          @input="typed" @keydown="key" @click="mentions?.follow()" @blur="mentions?.close()"></textarea>
        <button class="r-btn r-send" data-testid="chat-send" aria-label="Send" :data-busy="sending ? '' : null" :aria-disabled="sending || !text.trim() ? 'true' : null">
          <i v-if="!sending" class="i i-arrow-up"></i></button>
      </form>
    </div>`,
  data() {
    return { count: 0, below: 0, text: "", sending: false, problem: "" };
  },
  created() {
    this.mentions = null;
    this.cards = { click() {}, input() {} }; // not reactive on purpose; there is nothing to press before it is mounted
  },
  mounted() {
    this.atEnd = true;
    this.cards = new Cards(this.$refs.list, (wish) => this.$emit("press", wish));
    this.streams = new Answers((key) => this.find(key));
    this.place(this.pieces);
    for (const answer of this.answers) this.streams.take(answer);
    this.complete();
    this.$nextTick(() => this.arrive());
    this.resized = new ResizeObserver(() => { if (this.atEnd) this.toEnd(); });
    this.resized.observe(this.$refs.scroll);
    this.listeners = {
      "rfc:front": (event) => { if (event.detail.column === "talk" && this.atEnd) requestAnimationFrame(() => this.toEnd()); },
      "rfc:answer": (event) => this.stream(event.detail),
      "rfc:talk-tab": (event) => this.turn(event.detail.tab),
      visibilitychange: () => this.noteSeen(),
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener);
  },
  updated() {
    if (this.$refs.box !== this.mentions?.box) this.complete();
  },
  unmounted() {
    this.resized.disconnect();
    this.cards.end();
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener);
  },
  methods: {
    // called by the server: pieces that are new or read otherwise now, and keys of those that are gone
    patch(pieces, gone) {
      const fresh = pieces.filter((piece) => !piece.home && !this.find(piece.key) && piece.key !== "unread");
      this.steady(() => {
        for (const key of gone) this.find(key)?.remove();
        this.place(pieces);
      });
      if (fresh.some((piece) => piece.mine)) this.$nextTick(() => this.toEnd());
      else if (!this.atEnd) this.below += fresh.length;
      const said = pieces.filter((piece) => !piece.mine && piece.say).map((piece) => piece.say);
      if (said.length) window.rfc?.announce(said.slice(0, 3).join(" "));
    },
    place(pieces) {
      for (const piece of pieces) this.put(piece);
      this.count = this.$refs.list.childElementCount;
    },
    put({ key, home, before, html }) {
      const box = home ? this.find(home)?.querySelector("[data-cards]") : this.$refs.list;
      const fresh = parsed(html), old = this.find(key);
      if (!box) return;
      if (old) this.swap(old, fresh); else box.insertBefore(fresh, before ? this.find(before) : null);
      if (key[0] === "c") this.cards.dress(fresh);
      if (key[0] === "m") this.streams.draw(Number(key.slice(1)));
    },
    swap(old, fresh) {
      const cards = old.querySelector("[data-cards]"), place = fresh.querySelector("[data-cards]");
      if (cards && place) return renewAround(cards, old, fresh, place);
      old.height = old.offsetHeight;
      const after = old.matches(".r-card") ? this.cards.carry(old, fresh) : null;
      old.replaceWith(fresh);
      after?.();
    },
    find(key) {
      return this.$refs.list?.querySelector(`[data-key="${key}"]`);
    },
    // an answer grows
    stream(part) {
      let complete;
      this.steady(() => { complete = this.streams.take(part); });
      if (!complete) this.$emit("lost");
    },
    // called by the server with all that the answers say so far
    catchUp(parts) {
      this.steady(() => { for (const part of parts) this.streams.take(part); });
    },
    // called by the server about what was pressed
    settled(key, problem, final) {
      this.cards.settled(this.find(key), problem, final);
    },
    // changes the list without moving what the reader looks at
    steady(change) {
      const el = this.$refs.scroll;
      const seen = this.atEnd ? null : this.firstBelow(el.getBoundingClientRect().top);
      const top = seen?.getBoundingClientRect().top, key = seen?.dataset.key;
      change();
      if (this.atEnd) return this.toEnd();
      const now = key && this.find(key);
      if (now) el.scrollTop += now.getBoundingClientRect().top - top;
    },
    firstBelow(top) {
      return [...this.$refs.list.children].find((one) => one.getBoundingClientRect().bottom > top);
    },
    arrive() {
      const unread = this.find("unread");
      this.toEnd();
      if (unread) { this.$refs.scroll.scrollTop = Math.min(this.$refs.scroll.scrollTop, unread.offsetTop - 48); this.noteEnd(); }
    },
    // Chat and Changes are two looks at one list; each keeps its place
    turn(tab) {
      const el = this.$refs.scroll;
      this.places = { ...this.places, [this.tab ?? "chat"]: this.atEnd ? null : el.scrollTop };
      this.tab = tab;
      this.$nextTick(() => {
        const place = this.places[tab];
        if (tab === "changes") el.scrollTop = place ?? 0; else if (place == null) this.toEnd(); else el.scrollTop = place;
        this.noteEnd();
      });
    },
    noteEnd() {
      const el = this.$refs.scroll;
      this.atEnd = el.scrollHeight - el.scrollTop - el.clientHeight < SOON;
      if (this.atEnd) this.below = 0;
      this.noteSeen();
    },
    // the last message was in view of somebody
    noteSeen() {
      if (!this.atEnd || document.hidden || !this.$refs.scroll?.offsetParent) return;
      const last = [...this.$refs.list.querySelectorAll("[data-message]")].pop()?.dataset.message;
      if (!last || last === this.seen) return;
      this.seen = last;
      this.$emit("seen", Number(last));
    },
    toEnd() {
      const el = this.$refs.scroll;
      if (!el) return;
      el.scrollTop = el.scrollHeight;
      this.atEnd = true;
      this.below = 0;
      this.noteSeen();
    },

    // writing
    complete() {
      const { box, names } = this.$refs;
      this.mentions = box && this.completes ? new Mentions(box, names, { near: () => this.near(), ask: (text) => this.$emit("find", text), change: () => this.typed() }) : null;
    },
    // who took part
    near() {
      const heads = this.$refs.list.querySelectorAll(".r-msg__head b[title^='@']");
      return [...heads].reverse().map((head) => ({ login: head.title.slice(1), name: head.textContent }));
    },
    // called by the server
    found(text, people) {
      this.mentions?.found(text, people);
    },
    typed() {
      this.text = this.$refs.box.value;
      this.problem = "";
      this.grow();
      this.mentions?.follow();
    },
    grow() {
      const box = this.$refs.box;
      box.style.height = "auto";
      box.style.height = `${Math.min(box.scrollHeight + 2, innerHeight * 0.4)}px`;
    },
    key(event) {
      if (this.mentions?.key(event) || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    },
    send() {
      const text = this.$refs.box.value;
      if (this.sending || !text.trim()) return;
      this.sending = true;
      this.problem = "";
      this.$emit("send", { text, op: this.operation(text) });
    },
    // the same words sent again, after a lost answer too, are the same operation: the server posts them once
    operation(text) {
      const key = `rfc-op-${this.draft}`;
      const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
      if (kept?.text === text) return kept.op;
      const op = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem(key, JSON.stringify({ text, op }));
      return op;
    },
    // called by the server: no problem means that it is posted
    answered(problem, final) {
      const here = window.rfc?.stays(this.$refs.box);
      this.sending = false;
      if (!problem || final) sessionStorage.removeItem(`rfc-op-${this.draft}`);
      if (problem) { this.problem = problem; this.$nextTick(() => here && this.$refs.box?.focus()); return; }
      window.rfc?.clearDraft(this.draft);
      if (!this.$refs.box) return; // one may not write any more
      this.text = this.$refs.box.value = "";
      this.$nextTick(() => { this.grow(); if (here) this.$refs.box.focus(); });
    },
  },
};

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// an answer that goes on or has ended keeps its cards where they are: taken out and put in again, the one that has the focus would lose it
function renewAround(cards, old, fresh, place) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
  for (const one of [...old.childNodes]) if (one !== cards) one.remove();
  const parts = [...fresh.childNodes], at = parts.indexOf(place);
  cards.before(...parts.slice(0, at));
  cards.after(...parts.slice(at + 1));
}
