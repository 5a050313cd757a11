// A document as the server reads it too: its shown characters without white space, numbered. What is drawn beside the text (section
// numbers, notes' numbers, badges, buttons) is not counted; services/domain/quoting counts the same. A difference shows two texts in one:
// of the newer one what is struck is not counted, of the older one what is inserted.

const BESIDE = ".r-secno, sup, button, svg, input, .r-alt, .r-badge, .r-avatar, .r-sr, [aria-label='Back to the text'], .r-aside, .r-srcdiff i";
export const STRUCK = "del, [data-side='before']";
const ASIDE = { after: `${BESIDE}, ${STRUCK}`, before: `${BESIDE}, ins, [data-side='after']` };
const LINE = { after: "data-line", before: "data-old-line" };
const BOXES = "ul, ol, dl, table, thead, tbody, tr, section, article, div, blockquote"; // white space in them is no text
const WHITE = /[\s\u0085\u001c-\u001f\ufeff]+/g;
const ASTRAL = /[\ud800-\udbff]/;

export const squeezed = (text) => text.replace(WHITE, "");
export const countOf = (text) => { const plain = squeezed(text); return ASTRAL.test(plain) ? [...plain].length : plain.length; };

export const isAside = (element, side = "after") => Boolean(element?.closest(ASIDE[side]));
export const lineOf = (element, side) => Number(element.getAttribute(LINE[side]));
export const lined = (side) => `[${LINE[side]}]`;

// the text nodes of one of the texts that are shown, in reading order
export function* runs(root, side = "after") {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
    acceptNode: (node) => node.nodeType === 1 && node.matches(ASIDE[side]) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  });
  while (walker.nextNode()) if (walker.currentNode.nodeType === 3) yield walker.currentNode;
}

// how far into a text node its character number `count` stands, in UTF-16 units; its end when there are fewer
function offsetIn(text, count) {
  let left = count, at = 0;
  for (const character of text) {
    if (squeezed(character)) { if (left === 0) return at; left--; }
    at += character.length;
  }
  return at;
}

export class Shown {
  constructor(article, side = "after") {
    this.article = article;
    this.side = side;
    this.nodes = [];
    this.starts = []; // the number of the first shown character of each node
    const parts = [];
    let count = 0;
    for (const node of runs(article, side)) {
      const plain = squeezed(node.data);
      if (!plain && node.parentElement.matches(BOXES)) continue;
      this.nodes.push(node);
      this.starts.push(count);
      parts.push(plain);
      count += countOf(plain);
    }
    this.text = parts.join("");
    this.length = count;
    this.characters = this.text.length === count ? this.text : [...this.text];
  }

  // the number of the first shown character at or below an element
  numberOf(element) {
    let low = 0, high = this.nodes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const before = this.nodes[middle].compareDocumentPosition(element) & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINS);
      if (before && !element.contains(this.nodes[middle])) low = middle + 1; else high = middle;
    }
    return low < this.nodes.length ? this.starts[low] : this.length;
  }

  slice(start, end) {
    const part = this.characters.slice(Math.max(0, start), end);
    return typeof part === "string" ? part : part.join("");
  }

  // where a passage is shown: as the server says, or at the only place that reads like it; null when it is not there
  find({ line, before, length, quote }) {
    const block = this.article.querySelector(`[${LINE[this.side]}="${Number(line)}"]`);
    const at = block ? this.numberOf(block) + before : -1;
    if (block && this.slice(at, at + length) === quote) return [at, at + length];
    const unit = this.text.indexOf(quote);
    if (unit < 0 || !quote || this.text.indexOf(quote, unit + 1) >= 0) return null;
    const start = countOf(this.text.slice(0, unit));
    return [start, start + length];
  }

  // the pieces of text nodes that hold these characters: [node, from, to]
  pieces(start, end) {
    const found = [];
    for (let index = this.nodeAt(start); index < this.nodes.length && this.starts[index] < end; index++) {
      const node = this.nodes[index], first = this.starts[index];
      const next = index + 1 < this.starts.length ? this.starts[index + 1] : this.length;
      // between two pieces the space belongs to the passage, at its ends it does not
      const from = start < first ? 0 : offsetIn(node.data, start - first);
      const to = end > next ? node.data.length : endOf(node.data, end - first);
      if (from < to) found.push([node, from, to]);
    }
    return found;
  }

  nodeAt(number) {
    let low = 0, high = this.nodes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= number) low = middle + 1; else high = middle;
    }
    return Math.max(0, low - 1);
  }

  range(start, end) {
    const pieces = this.pieces(start, end);
    if (!pieces.length) return null;
    const range = document.createRange();
    range.setStart(pieces[0][0], pieces[0][1]);
    range.setEnd(pieces.at(-1)[0], pieces.at(-1)[2]);
    return range;
  }
}

// where the first `count` shown characters of a text end
function endOf(text, count) {
  const at = offsetIn(text, count - 1);
  return at + String.fromCodePoint(text.codePointAt(at) ?? 0).length;
}
