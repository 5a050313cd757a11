// What is selected in a document, as the server is told: the block it begins in, how far into it, and its words.

import { countOf, isAside, lined, lineOf, runs, Shown, squeezed, STRUCK } from "./shown.js";

const AROUND = 32; // characters kept on either side
const BLOCKS = "p, li, h2, h3, h4, h5, h6, dd, dt, blockquote, tr, pre";

// the block of a document that a node stands in: what one comments on as a whole
export function blockOf(article, node) {
  const element = node?.nodeType === 1 ? node : node?.parentElement;
  const block = element?.closest(BLOCKS);
  return block && block !== article && article.contains(block) && !block.closest(".r-aside") ? block : null; // what is said beside it is no text
}

// a range that holds the words of a block, and nothing that is drawn beside them; of one that is struck its struck words
export function wholeOf(block) {
  const own = (side) => [...runs(block, side)].filter((node) => squeezed(node.data) && ownText(block, node));
  const kept = own("after"), nodes = kept.length || !block.closest("[data-testid='diff-view']") ? kept : own("before");
  if (!nodes.length) return null;
  const range = document.createRange();
  range.setStart(nodes[0], nodes[0].data.length - nodes[0].data.trimStart().length);
  range.setEnd(nodes.at(-1), nodes.at(-1).data.trimEnd().length);
  return range;
}

// of a list item only its own text, not that of the lists inside it
const ownText = (block, node) => block.tagName !== "LI" || !node.parentElement.closest("ul, ol, li") || node.parentElement.closest("li") === block;

// of a difference the older text is meant where the selection begins and ends with what only that one has
function sideOf(article, range) {
  if (!article.matches("[data-testid='diff-view']")) return "after";
  const isStruck = (node) => Boolean(node.parentElement.closest(STRUCK));
  const nodes = [...new Set([...inRange(article, range, "before"), ...inRange(article, range, "after")])];
  nodes.sort((one, other) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  return nodes.length && isStruck(nodes[0]) && isStruck(nodes.at(-1)) ? "before" : "after";
}

export function selectionOf(article, range) {
  const side = sideOf(article, range), words = shownIn(article, range, side);
  if (!words) return null;
  const [first] = inRange(article, range, side);
  const block = first?.parentElement.closest(lined(side));
  if (!block || !article.contains(block)) return null;
  const ahead = document.createRange();
  ahead.setStart(block, 0);
  ahead.setEnd(range.startContainer, range.startOffset);
  const behind = document.createRange();
  behind.setStart(range.endContainer, range.endOffset);
  behind.setEnd(article, article.childNodes.length);
  const before = shownIn(article, ahead, side); // nothing where the range begins above the block
  const prefix = squeezed(before).slice(-AROUND), suffix = squeezed(shownIn(article, behind, side, AROUND * 2)).slice(0, AROUND);
  return {
    side, written: article.matches(".r-srcdiff"), line: lineOf(block, side), before: countOf(before), quote: whole(words),
    prefix: whole(prefix), suffix: whole(suffix),
  };
}

// where the words that were selected stand in a text that was drawn anew; null where they don't, or more than once
export function againIn(article, chosen, range) {
  const quote = squeezed(chosen.quote);
  if (article.contains(range.commonAncestorContainer) && squeezed(shownIn(article, range, chosen.side)) === quote) return range;
  const text = new Shown(article, chosen.side), place = text.find({ ...chosen, quote, length: countOf(quote) });
  return place && text.range(...place);
}

// half a character, where a text was cut, can't be sent
const whole = (text) => text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");

function* inRange(article, range, side) {
  for (const node of runs(article, side)) if (part(node, range)) yield node;
}

// the shown words of a range
function shownIn(article, range, side, most = Infinity) {
  const root = range.commonAncestorContainer;
  const scope = root.nodeType === 1 ? root : root.parentElement;
  if (isAside(scope, side)) return "";
  const words = [];
  let size = 0;
  for (const node of runs(article.contains(scope) ? scope : article, side)) {
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
