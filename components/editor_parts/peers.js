// The others' carets and selections, in their colours.
import * as CM from "nicegui-codemirror";

class Caret extends CM.WidgetType {
  constructor(peer) {
    super();
    this.peer = peer;
  }
  eq(other) {
    return other.peer.id === this.peer.id && other.peer.name === this.peer.name;
  }
  toDOM() {
    const caret = document.createElement("span");
    caret.className = "r-caret";
    caret.dataset.peer = this.peer.colour;
    caret.dataset.name = this.peer.name; // shown by the stylesheet, so that it is in no copied or searched text
    caret.setAttribute("aria-hidden", "true");
    return caret;
  }
}

export const setPeer = CM.StateEffect.define(); // {id, name, colour, cursor: [anchor, head] | null}
export const removePeer = CM.StateEffect.define(); // id, or null for all

export const peers = CM.StateField.define({
  create: () => new Map(),
  update(present, tr) {
    if (!tr.docChanged && !tr.effects.some((effect) => effect.is(setPeer) || effect.is(removePeer))) return present;
    const next = new Map();
    for (const [id, peer] of present) next.set(id, { ...peer, cursor: peer.cursor?.map((at) => tr.changes.mapPos(at, 1)) });
    for (const effect of tr.effects) {
      if (effect.is(setPeer)) next.set(effect.value.id, { ...next.get(effect.value.id), ...effect.value });
      if (effect.is(removePeer)) effect.value === null ? next.clear() : next.delete(effect.value);
    }
    return next;
  },
  provide: (field) => CM.EditorView.decorations.from(field, (present) => CM.Decoration.set(marks(present), true)),
});

function marks(present) {
  const ranges = [];
  for (const peer of present.values()) {
    if (!peer.cursor) continue;
    const [from, to] = [Math.min(...peer.cursor), Math.max(...peer.cursor)];
    const selection = { class: "r-peer-selection", attributes: { "data-peer": String(peer.colour) } };
    if (from < to) ranges.push(CM.Decoration.mark(selection).range(from, to));
    ranges.push(CM.Decoration.widget({ widget: new Caret(peer), side: 1 }).range(peer.cursor[1]));
  }
  return ranges;
}
