// What is selected in a document, as the server is told: the block it begins in, how far into it, and its words.

import { countOf, isAside, runs, squeezed } from "./shown.js";

const AROUND = 32; // characters kept on either side
const BLOCKS = "p, li, h2, h3, h4, h5, h6, dd, dt, blockquote, tr, pre";

// the block of a document that a node stands in: what one comments on as a whole
export function blockOf(article, node) {
  const element = node?.nodeType === 1 ? node : node?.parentElement;
  const block = element?.closest(BLOCKS);
  return block && block !== article && article.contains(block) ? block : null;
}

// a range that holds the words of a block, and nothing that is drawn beside them
export function wholeOf(block) {
  const nodes = [...runs(block)].filter((node) => squeezed(node.data) && ownText(block, node));
  if (!nodes.length) return null;
  const range = document.createRange();
  range.setStart(nodes[0], nodes[0].data.length - nodes[0].data.trimStart().length);
  range.setEnd(nodes.at(-1), nodes.at(-1).data.trimEnd().length);
  return range;
}

// of a list item only its own text, not that of the lists inside it
const ownText = (block, node) => block.tagName !== "LI" || !node.parentElement.closest("ul, ol, li") || node.parentElement.closest("li") === block;

export function selectionOf(article, range) {
  const words = shownIn(article, range);
  if (!words) return null;
  const first = firstShown(article, range);
  const block = first?.parentElement.closest("[data-line]");
  if (!block || !article.contains(block)) return null;
  const ahead = document.createRange();
  ahead.setStart(block, 0);
  ahead.setEnd(range.startContainer, range.startOffset);
  const behind = document.createRange();
  behind.setStart(range.endContainer, range.endOffset);
  behind.setEnd(article, article.childNodes.length);
  const before = shownIn(article, ahead); // nothing where the range begins above the block
  return {
    line: Number(block.dataset.line), before: countOf(before), quote: words,
    prefix: squeezed(before).slice(-AROUND), suffix: squeezed(shownIn(article, behind, AROUND * 2)).slice(0, AROUND),
  };
}

function firstShown(article, range) {
  for (const node of runs(article)) if (part(node, range)) return node;
  return null;
}

// the shown words of a range
function shownIn(article, range, most = Infinity) {
  const root = range.commonAncestorContainer;
  const scope = root.nodeType === 1 ? root : root.parentElement;
  if (isAside(scope)) return "";
  const words = [];
  let size = 0;
  for (const node of runs(article.contains(scope) ? scope : article)) {
    const text = part(node, range, true);
    if (text === null) { if (size) break; continue; }
    words.push(text);
    size += text.length;
    if (size >= most) break;
  }
  return words.join("").trim() ? words.join("") : "";
}

// what of a text node lies in a range; null when nothing that counts does
function part(node, range, spaces = false) {
  if (!range.intersectsNode(node)) return null;
  const from = node === range.startContainer ? range.startOffset : 0;
  const to = node === range.endContainer ? range.endOffset : node.data.length;
  const text = node.data.slice(from, to);
  return spaces || squeezed(text) ? text : null;
}
