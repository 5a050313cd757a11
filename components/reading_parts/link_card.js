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
      [home, "mouseout", () => this.go()], [home, "focusout", () => this.go()],
      [this.card, "mouseenter", () => clearTimeout(this.going)], [this.card, "mouseleave", () => this.go()],
      [document, "keydown", (event) => { if (event.key === "Escape") this.hide(); }],
      [home, "scroll", () => this.hide(), { passive: true }],
    ];
    for (const [target, ...listener] of this.listeners) target.addEventListener(...listener);
  }

  end() {
    for (const [target, ...listener] of this.listeners) target.removeEventListener(...listener);
    clearTimeout(this.coming);
    this.card.remove();
  }

  come(event, delay) {
    const link = event.target.closest?.("article.r-doc a[href^='/rfc/']");
    const slug = link && RFC.exec(link.getAttribute("href"))?.[1];
    if (!slug || location.pathname === `/rfc/${slug}`) return;
    clearTimeout(this.going);
    if (link === this.link) return;
    clearTimeout(this.coming);
    if (event.type === "focusin" && !link.matches(":focus-visible")) return;
    this.coming = setTimeout(() => this.show(link, slug), delay);
  }

  go() {
    clearTimeout(this.coming);
    this.going = setTimeout(() => this.hide(), UNTIL);
  }

  async show(link, slug) {
    this.hide();
    this.link = link;
    const html = await this.read(slug);
    if (this.link !== link || !html || !link.isConnected) return;
    this.card.innerHTML = html;
    this.card.showPopover();
    link.setAttribute("aria-describedby", this.card.id);
    const at = link.getClientRects()[0] ?? link.getBoundingClientRect();
    const above = at.top - this.card.offsetHeight - 6;
    this.card.style.top = `${above > 8 ? above : at.bottom + 6}px`;
    this.card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - this.card.offsetWidth - 8))}px`;
  }

  hide() {
    this.link?.removeAttribute("aria-describedby");
    this.link = null;
    if (this.card.matches(":popover-open")) this.card.hidePopover();
  }

  read(slug) {
    if (!this.known.has(slug)) {
      const asked = fetch(`/api/catalog/cards/${slug}`).then((answer) => (answer.ok ? answer.text() : null), () => { this.known.delete(slug); return null; });
      this.known.set(slug, asked);
    }
    return this.known.get(slug);
  }
}
