// Never send half a character. CodeMirror compares what is on the page by UTF-16 unit, so exchanging one emoji for a
// similar one may come as a change of its second half; half a pair can't be written as JSON. Such changes are widened.
import * as CM from "nicegui-codemirror";

const isLow = (text, at) => (text.charCodeAt(at) & 0xfc00) === 0xdc00;
const isHigh = (text, at) => (text.charCodeAt(at) & 0xfc00) === 0xd800;

function splitsAPair(doc, at) {
  const around = at > 0 && at < doc.length ? doc.sliceString(at - 1, at + 1) : "";
  return around.length === 2 && isHigh(around, 0) && isLow(around, 1);
}

export function wellFormed(text) {
  return text.toWellFormed ? text.toWellFormed() : text;
}

export const wholeCharacters = CM.EditorState.transactionFilter.of((tr) => {
  if (!tr.docChanged) return tr;
  const doc = tr.startState.doc, changes = [];
  let widened = false;
  tr.changes.iterChanges((fromA, toA, _fromB, _toB, inserted) => {
    let text = inserted.toString(), from = fromA, to = toA;
    if (splitsAPair(doc, from)) text = doc.sliceString(--from, fromA) + text;
    if (splitsAPair(doc, to)) text += doc.sliceString(to, ++to);
    const whole = wellFormed(text);
    if (from !== fromA || to !== toA || whole !== text) widened = true;
    changes.push({ from, to, insert: CM.Text.of(whole.split("\n")) });
  });
  if (!widened) return tr;
  return { changes, effects: tr.effects, scrollIntoView: tr.scrollIntoView, userEvent: tr.annotation(CM.Transaction.userEvent) };
});

// One replacement that turns `before` into `after`, keeping what both begin and end with.
export function replacement(before, after) {
  let from = 0, endA = before.length, endB = after.length;
  while (from < endA && from < endB && before[from] === after[from]) from++;
  while (endA > from && endB > from && before[endA - 1] === after[endB - 1]) endA--, endB--;
  if (from && isLow(before, from)) from--;
  if (isLow(before, endA)) endA++, endB++;
  return CM.ChangeSet.of({ from, to: endA, insert: after.slice(from, endB) }, before.length);
}
