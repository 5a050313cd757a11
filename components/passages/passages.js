// Passages marked in a document: threads in amber, what changed since the last visit in blue. Marks are put around text and nothing
// else, so that the layout stays; when the document is drawn anew they are put in again, and they may overlap each other and any other
// mark. Buttons in the margin say how much is said beside a paragraph.

import { Shown } from "./shown.js";

const MARGIN = "p, li, h2, h3, h4, h5, h6, dd, dt, .r-code";
const known = new WeakMap();

export function passagesOf(article) {
  if (!known.has(article)) known.set(article, new Passages(article));
  return known.get(article);
}

export class Passages {
  constructor(article) {
    this.article = article;
    this.lists = new Map();
    this.places = new Map(); // "kind:id" -> its mark elements
  }

  // each passage: { id, line, before, length, quote, look, count, side }
  set(kind, list) {
    const drawn = JSON.stringify(list);
    if (this.lists.get(kind)?.drawn === drawn) return;
    this.lists.set(kind, { list, drawn });
    this.draw();
  }

  elements(kind, id) {
    return (this.places.get(`${kind}:${id}`) ?? []).filter((one) => one.isConnected);
  }

  // the passages of a kind that are in the text, in its order
  shown(kind) {
    return (this.lists.get(kind)?.list ?? []).filter((one) => this.elements(kind, one.id).length);
  }

  draw() {
    const held = this.hold();
    this.clear();
    if ([...this.lists.values()].some(({ list }) => list.length)) this.put();
    this.restore(held);
  }

  put() {
    const texts = {}, cuts = new Map();
    for (const [kind, { list }] of this.lists)
      for (const passage of list) {
        const text = (texts[passage.side] ??= new Shown(this.article, passage.side));
        const place = text.find(passage);
        if (!place) continue;
        this.places.set(`${kind}:${passage.id}`, []);
        for (const [node, from, to] of text.pieces(...place)) {
          if (!cuts.has(node)) cuts.set(node, []);
          cuts.get(node).push({ kind, passage, from, to });
        }
      }
    for (const [node, marks] of cuts) this.wrap(node, marks);
    this.margins();
  }

  clear() {
    for (const button of this.article.querySelectorAll("button.r-margin[data-threads]")) button.remove();
    const parents = new Set();
    for (const mark of this.article.querySelectorAll("mark[data-passage]")) {
      parents.add(mark.parentNode);
      mark.replaceWith(...mark.childNodes);
    }
    for (const parent of parents) parent.normalize();
    this.places.clear();
  }

  // cut a text node where marks begin and end, and put each piece into those that cover it
  wrap(node, marks) {
    const edges = [...new Set(marks.flatMap(({ from, to }) => [from, to]))].sort((one, other) => one - other);
    for (let index = edges.length - 2; index >= 0; index--) {
      const [from, to] = [edges[index], edges[index + 1]];
      const covering = marks.filter((mark) => mark.from <= from && mark.to >= to);
      if (!covering.length) continue;
      if (to < node.data.length) node.splitText(to);
      let inner = from > 0 ? node.splitText(from) : node;
      for (const { kind, passage } of covering) {
        const mark = element(kind, passage);
        inner.replaceWith(mark);
        mark.append(inner);
        inner = mark;
        this.places.get(`${kind}:${passage.id}`).unshift(mark);
      }
    }
  }

  margins() {
    const beside = new Map();
    for (const passage of this.lists.get("thread")?.list ?? []) {
      const block = this.elements("thread", passage.id)[0]?.closest(MARGIN);
      if (block) beside.set(block, [...(beside.get(block) ?? []), passage]);
    }
    for (const [block, passages] of beside) {
      const count = passages.reduce((sum, one) => sum + one.count, 0);
      block.classList.add("r-p");
      block.insertAdjacentHTML("beforeend", `<button type="button" class="r-margin" data-threads="${passages.map((one) => Number(one.id)).join(" ")}"
        aria-label="${count === 1 ? "1 message" : `${count} messages`} on this paragraph"><i class="i i-message-square i-14" aria-hidden="true"></i>${count}</button>`);
    }
  }

  // what is selected stays selected
  hold() {
    const { rangeCount, isCollapsed, anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
    if (!rangeCount || isCollapsed || anchorNode.nodeType !== 3 || focusNode.nodeType !== 3) return null;
    if (!this.article.contains(anchorNode) || !this.article.contains(focusNode)) return null;
    return [this.lengthBefore(anchorNode) + anchorOffset, this.lengthBefore(focusNode) + focusOffset];
  }

  restore(held) {
    const [anchor, focus] = (held ?? []).map((length) => this.placeAt(length));
    if (anchor && focus) getSelection().setBaseAndExtent(...anchor, ...focus);
  }

  *texts() {
    const walker = document.createTreeWalker(this.article, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".r-margin")) yield walker.currentNode;
  }

  lengthBefore(wanted) {
    let length = 0;
    for (const node of this.texts()) { if (node === wanted) break; length += node.length; }
    return length;
  }

  placeAt(length) {
    let left = length;
    for (const node of this.texts()) { if (left <= node.length) return [node, left]; left -= node.length; }
    return null;
  }
}

function element(kind, passage) {
  const mark = document.createElement("mark");
  mark.className = kind;
  mark.dataset.passage = kind;
  mark.dataset[kind] = passage.id;
  if (passage.look) mark.dataset.look = passage.look;
  return mark;
}
