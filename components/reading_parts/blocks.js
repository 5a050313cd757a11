// A document as a list of blocks, so that a newer version of it replaces only the blocks that read otherwise: what is selected,
// marked or under the eye elsewhere stays as it is. Two blocks that differ only in their line numbers are the same block.

const LINES = / data-line="\d+"/g;

export class Blocks {
  constructor(article, html) {
    this.article = article;
    this.html = html;
    this.keys = keysOf(parsed(html));
    this.nodes = [...article.children];
  }

  // the whole as one string again, from what the server says has changed; null when it does not fit what is here
  spliced({ at, cut, put, length }) {
    const html = this.html.slice(0, at) + put + this.html.slice(at + cut);
    return html.length === length ? html : null;
  }

  // show another version; returns the blocks that are new
  show(html) {
    const fresh = parsed(html), keys = keysOf(fresh);
    const least = Math.min(keys.length, this.keys.length);
    let start = 0, end = 0;
    while (start < least && keys[start] === this.keys[start]) start++;
    while (end < least - start && keys.at(-1 - end) === this.keys.at(-1 - end)) end++;
    const old = this.nodes.splice(start, this.nodes.length - start - end, ...fresh.slice(start, fresh.length - end));
    const put = fresh.slice(start, fresh.length - end);
    const before = old[0] ?? this.nodes[start + put.length] ?? null;
    for (const node of put) this.article.insertBefore(node, before?.parentNode === this.article ? before : null);
    for (const node of old) node.remove();
    fresh.forEach((node, index) => { if (node !== this.nodes[index]) renumber(this.nodes[index], node); });
    this.html = html;
    this.keys = keys;
    return put;
  }

  // a block was put into a box: the box stands for it
  boxed(node, box) {
    const index = this.nodes.indexOf(node);
    if (index >= 0) this.nodes[index] = box;
  }

  // the first block that reaches below `top`, in window coordinates
  firstBelow(top) {
    let low = 0, high = this.nodes.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.nodes[middle].getBoundingClientRect().bottom > top) high = middle; else low = middle + 1;
    }
    return this.nodes[low] ?? null;
  }
}

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

const keysOf = (nodes) => nodes.map((node) => node.outerHTML.replace(LINES, ""));

// the block that stays gets the line numbers of its newer self
function renumber(node, fresh) {
  const [here, there] = [numbered(node), numbered(fresh)];
  if (here.length === there.length) here.forEach((one, index) => { one.dataset.line = there[index].dataset.line; });
}

function numbered(node) {
  const inside = [...node.querySelectorAll("[data-line]")];
  return node.matches("[data-line]") ? [node, ...inside] : inside;
}
