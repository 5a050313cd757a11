// Which source line stands at the top of a rendered document, and where a line stands: between two blocks it is estimated.

const numbered = (article) => [...article.querySelectorAll("[data-line]")].filter((one) => one.offsetParent);

// the last block that begins at or before the place, and the one after it
function around(blocks, before) {
  let low = 0, high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(blocks[middle])) low = middle + 1; else high = middle;
  }
  return [blocks[low - 1], blocks[low]];
}

const topOf = (block) => block.getBoundingClientRect().top;
const lineOf = (block) => Number(block.dataset.line);

// the line at the top edge of the box that scrolls; 1 above the first block
export function lineAt(article, scroller) {
  const edge = scroller.getBoundingClientRect().top + 1;
  const [here, next] = around(numbered(article), (block) => topOf(block) <= edge);
  if (!here) return 1;
  if (!next || lineOf(next) <= lineOf(here)) return lineOf(here);
  const part = (edge - topOf(here)) / Math.max(1, topOf(next) - topOf(here));
  return lineOf(here) + part * (lineOf(next) - lineOf(here));
}

// how far the box has to scroll for the line to stand at its top
export function topOfLine(article, scroller, line) {
  const [here, next] = around(numbered(article), (block) => lineOf(block) <= line);
  const zero = scroller.getBoundingClientRect().top - scroller.scrollTop;
  if (!here) return 0;
  const top = topOf(here) - zero;
  if (!next || lineOf(next) <= lineOf(here)) return top;
  return top + ((line - lineOf(here)) / (lineOf(next) - lineOf(here))) * (topOf(next) - topOf(here));
}
