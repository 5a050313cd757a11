// Bars beside the lines that are not committed yet.
import * as CM from "nicegui-codemirror";

const MOST_EDITS = 800;

class Bar extends CM.GutterMarker {
  constructor(kind) {
    super();
    this.elementClass = `r-bar-line r-bar-line--${kind}`;
  }
}
const BARS = { changed: new Bar("changed"), added: new Bar("added"), removed: new Bar("removed") };
const setBars = CM.StateEffect.define();

export const bars = CM.StateField.define({
  create: () => CM.RangeSet.empty,
  update(present, tr) {
    present = present.map(tr.changes);
    for (const effect of tr.effects) if (effect.is(setBars)) present = effect.value;
    return present;
  },
});

export const barGutter = CM.gutter({ class: "r-uncommitted", markers: (view) => view.state.field(bars) });

export function showBars(view, baseline) {
  const { doc } = view.state;
  const found = baseline === null ? [] : differingLines(baseline.split("\n"), doc.toString().split("\n"));
  const ranges = found.map(([line, kind]) => BARS[kind].range(doc.line(line + 1).from));
  view.dispatch({ effects: setBars.of(CM.RangeSet.of(ranges)) });
}

// Lines of `after` that differ from `before`, as [index, kind], by Myers' shortest edit script.
export function differingLines(before, after) {
  let start = 0, endA = before.length, endB = after.length;
  while (start < endA && start < endB && before[start] === after[start]) start++;
  while (endA > start && endB > start && before[endA - 1] === after[endB - 1]) endA--, endB--;
  const old = before.slice(start, endA), now = after.slice(start, endB);
  const trace = shortestScript(old, now);
  if (!trace) return now.map((_, index) => [start + index, "changed"]);
  return gaps(old.length, now.length, trace).flatMap((gap) => kindsOf(gap, start, after.length)).sort((a, b) => a[0] - b[0]);
}

function shortestScript(old, now) {
  const limit = Math.min(old.length + now.length, MOST_EDITS), offset = limit + 1;
  const reach = new Int32Array(2 * limit + 3), trace = [];
  for (let edits = 0; edits <= limit; edits++) {
    trace.push(reach.slice());
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && reach[offset + k - 1] < reach[offset + k + 1]);
      let x = down ? reach[offset + k + 1] : reach[offset + k - 1] + 1;
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) x++;
      reach[offset + k] = x;
      if (x >= old.length && x - k >= now.length) return { rows: trace, edits, offset };
    }
  }
  return null;
}

// Walk back from the end; collect what was removed and added between equal lines.
function gaps(x, y, { rows, edits, offset }) {
  const found = [];
  let gap = null;
  for (let step = edits; step > 0; step--) {
    const row = rows[step], k = x - y;
    const down = k === -step || (k !== step && row[offset + k - 1] < row[offset + k + 1]);
    const fromX = row[offset + (down ? k + 1 : k - 1)], fromY = fromX - (down ? k + 1 : k - 1);
    const untouched = x - (down ? fromX : fromX + 1) > 0;
    if (!gap || untouched) found.push((gap = { removed: 0, added: [], at: 0 }));
    if (down) gap.added.unshift(fromY);
    else gap.removed++;
    gap.at = fromY;
    [x, y] = [fromX, fromY];
  }
  return found;
}

function kindsOf({ removed, added, at }, start, lines) {
  if (!added.length) return [[Math.min(start + at, lines - 1), "removed"]];
  return added.map((line, index) => [start + line, index < removed ? "changed" : "added"]);
}
