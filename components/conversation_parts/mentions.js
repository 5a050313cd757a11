// Completes @login in a text box: those who took part first, then whom the server knows.

const TYPED = /(?:^|[\s(])@([A-Za-z0-9._-]{0,39})$/;
const MOST = 6;

export class Mentions {
  // `ask` wants people whose name begins with a text; the answer comes to `found`
  constructor(box, list, { near, ask, change }) {
    Object.assign(this, { box, list, near, ask, change, known: new Map(), at: 0, options: [] });
  }

  // the text or the caret moved
  follow() {
    const before = this.box.value.slice(0, this.box.selectionStart), typed = before.match(TYPED);
    this.typed = typed ? typed[1] : null;
    if (this.typed === null) return this.close();
    if (!this.known.has(this.typed)) this.ask(this.typed);
    this.offer();
  }

  found(text, people) {
    this.known.set(text, people);
    if (text === this.typed) this.offer();
  }

  offer() {
    const wanted = this.typed.toLowerCase();
    const fits = (one) => one.login.toLowerCase().startsWith(wanted) || one.name.toLowerCase().split(/\s+/).some((word) => word.startsWith(wanted));
    const all = [...this.near(), ...[...this.known.values()].flat()].filter(fits);
    this.options = [...new Map(all.map((one) => [one.login, one])).values()].slice(0, MOST);
    this.at = 0;
    this.draw();
  }

  draw() {
    if (!this.options.length) return this.hide(); // somebody may still be found
    this.list.replaceChildren(...this.options.map((one, index) => this.option(one, index)));
    this.list.hidden = false;
    this.box.setAttribute("aria-activedescendant", this.list.children[this.at].id);
  }

  option(one, index) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.className = "r-menu__item";
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(index === this.at));
    option.dataset.testid = "mention-option";
    const login = document.createElement("b"), name = document.createElement("span");
    login.textContent = `@${one.login}`;
    name.className = "r-muted r-clip";
    name.textContent = one.name === one.login ? "" : one.name;
    option.append(login, name);
    option.addEventListener("mousedown", (event) => { event.preventDefault(); this.take(index); });
    return option;
  }

  // true when the key was for the list
  key(event) {
    if (this.list.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { this.at = (this.at + step + this.options.length) % this.options.length; this.draw(); }
    else if (event.key === "Enter" || event.key === "Tab") this.take(this.at);
    else if (event.key === "Escape") { event.stopPropagation(); this.close(); }
    else return false;
    event.preventDefault();
    return true;
  }

  take(index) {
    const { login } = this.options[index], end = this.box.selectionStart, start = end - this.typed.length;
    this.box.setRangeText(`${login} `, start, end, "end");
    this.close();
    this.change();
  }

  close() {
    this.typed = null;
    this.hide();
  }

  hide() {
    this.list.hidden = true;
    this.box.removeAttribute("aria-activedescendant");
  }
}
