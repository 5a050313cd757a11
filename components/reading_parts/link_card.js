// The card of a link to another RFC: what it is and how it begins, beside the link one points at or has the focus on. Asked for once.

const AFTER = 300, UNTIL = 200; // ms
const RFC = /^\/rfc\/([a-z0-9-]+)(?:#.*)?$/;

export class LinkCards {
  constructor(home) {
    this.home = home;
    this.known = new Map(); // slug -> promise of HTML, or of null
    this.card = document.createElement("div");
    this.card.className = "r-hover";
    this.card.id = "r-linkcard";
    this.card.popover = "manual";
    this.card.setAttribute("role", "tooltip");
    this.card.dataset.testid = "link-card";
    document.body.append(this.card);
    this.listeners = [
      [home, "mouseover", (event) => this.come(event, AFTER)], [home, "focusin", (event) => this.come(event, 0)],
      [home, "mousemove", (event) => this.come(event, AFTER), { passive: true }], // whatever was missed: moving on the link is enough
      [home, "mouseout", () => this.go()], [home, "focusout", () => this.go()],
      [this.card, "mouseenter", () => clearTimeout(this.going)], [this.card, "mouseleave", () => this.go()],
      [document, "keydown", (event) => { if (event.key === "Escape") this.dismiss(); }],
      [home, "scroll", () => this.wait(), { passive: true }],
    ];
    for (const [target, ...listener] of this.listeners) target.addEventListener(...listener);
  }

  end() {
    for (const [target, ...listener] of this.listeners) target.removeEventListener(...listener);
    this.hide();
    this.card.remove();
  }

  come(event, delay) {
    const link = event.target.closest?.("article.r-doc a[href^='/rfc/']");
    const slug = link && RFC.exec(link.getAttribute("href"))?.[1];
    if (!slug || location.pathname === `/rfc/${slug}`) return;
    clearTimeout(this.going);
    if (link === this.link || link === this.dismissed || (event.type === "focusin" && !link.matches(":focus-visible"))) return;
    this.hide();
    this.link = link; // whose card is to come, or is there
    this.slug = slug;
    this.coming = setTimeout(() => this.show(link, slug), delay);
  }

  dismiss() {
    const { link } = this;
    this.hide();
    this.dismissed = link; // until the pointer or the focus has left it
  }

  go() {
    this.dismissed = null;
    if (!this.card.matches(":popover-open")) return this.hide();
    clearTimeout(this.going);
    this.going = setTimeout(() => this.hide(), UNTIL);
  }

  // The text moved, perhaps by itself while it was laid out: the card comes where the link is when it stands still.
  wait() {
    const { link, slug } = this;
    this.hide();
    if (!link) return;
    this.link = link;
    this.coming = setTimeout(() => (link.matches(":hover, :focus-visible") ? this.show(link, slug) : this.hide()), AFTER);
  }

  async show(link, slug) {
    const html = await this.read(slug);
    if (this.link !== link || !html || !link.isConnected) return;
    this.card.innerHTML = html;
    if (!this.card.matches(":popover-open")) this.card.showPopover();
    link.setAttribute("aria-describedby", this.card.id);
    const at = link.getClientRects()[0] ?? link.getBoundingClientRect();
    const above = at.top - this.card.offsetHeight - 6;
    this.card.style.top = `${above > 8 ? above : at.bottom + 6}px`;
    this.card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - this.card.offsetWidth - 8))}px`;
  }

  hide() {
    clearTimeout(this.coming);
    clearTimeout(this.going);
    this.link?.removeAttribute("aria-describedby");
    this.link = null;
    if (this.card.matches(":popover-open")) this.card.hidePopover();
  }

  read(slug) {
    if (!this.known.has(slug)) {
      const forget = () => { this.known.delete(slug); return null; }; // an answer that there is none is one; trouble is not
      this.known.set(slug, fetch(`/api/catalog/cards/${slug}`).then((answer) => (answer.ok ? answer.text() : answer.status === 404 ? null : forget()), forget));
    }
    return this.known.get(slug);
  }
}
