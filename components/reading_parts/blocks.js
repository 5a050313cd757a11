// A document as a list of blocks, so that a newer version of it replaces only the blocks that read otherwise: what is selected,
// marked or under the eye elsewhere stays as it is. Two blocks that differ only in their line numbers are the same block.

const NUMBERED = / data-line="([0-9]{1,9})"/g; // the server counts in the same way (html_patch.py)
const AHEAD = 64; // blocks looked at on either side for where both versions go on alike

export class Blocks {
  constructor(article, html) {
    this.article = article;
    this.html = html;
    this.keys = keysOf(parsed(html));
    this.nodes = [...article.children];
  }

  // the whole as one string again, from what the server says has changed; null when it does not fit what is here
  patched({ pieces, length }) {
    const html = pieces.map((piece) => (typeof piece === "string" ? piece : this.kept(...piece))).join("");
    return html.length === length ? html : null;
  }

  kept(from, to, shift) {
    const html = this.html.slice(from, to);
    return shift ? html.replace(NUMBERED, (_, line) => ` data-line="${Number(line) + shift}"`) : html;
  }

  // show another version: only blocks that read otherwise are replaced
  show(html) {
    const fresh = parsed(html), keys = keysOf(fresh), nodes = [];
    let old = 0, now = 0;
    while (old < this.keys.length || now < keys.length) {
      if (old < this.keys.length && this.keys[old] === keys[now]) {
        renumber(this.nodes[old], fresh[now++]);
        nodes.push(this.nodes[old++]);
        continue;
      }
      const [toOld, toNow] = nextShared(this.keys, keys, old, now);
      const next = this.nodes[old] ?? null, before = next?.parentNode === this.article ? next : null;
      for (; now < toNow; now++) {
        this.article.insertBefore(fresh[now], before);
        nodes.push(fresh[now]);
      }
      for (; old < toOld; old++) this.nodes[old].remove();
    }
    Object.assign(this, { html, keys, nodes });
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

const keysOf = (nodes) => nodes.map((node) => node.outerHTML.replace(NUMBERED, ""));

// the block that stays gets the line numbers of its newer self
function renumber(node, fresh) {
  const [here, there] = [numbered(node), numbered(fresh)];
  if (here.length === there.length) here.forEach((one, index) => { one.dataset.line = there[index].dataset.line; });
}

function numbered(node) {
  const inside = [...node.querySelectorAll("[data-line]")];
  return node.matches("[data-line]") ? [node, ...inside] : inside;
}

// the nearest place where both versions go on with the same block
function nextShared(before, after, old, now) {
  const places = new Map();
  for (let at = Math.min(now + AHEAD, after.length) - 1; at >= now; at--) places.set(after[at], at);
  let nearest = null;
  for (let at = old; at < Math.min(old + AHEAD, before.length); at++) {
    const place = places.get(before[at]);
    if (place !== undefined && (!nearest || at + place < nearest[0] + nearest[1])) nearest = [at, place];
  }
  if (nearest) return nearest;
  // None near: what has come at the end is put there, and otherwise one block stands for one.
  return [Math.min(old + 1, before.length), Math.min(now + 1, after.length)];
}
