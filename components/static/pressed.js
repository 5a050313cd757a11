// Nothing changes under a finger: what the server says while something is being pressed is shown right after. A button that
// is drawn anew between press and release would lose the click, and another one that took its place would get it.

const MOST = 5000; // ms: who drags over a text for longer sees what others do meanwhile
const TAP = 60; // ms: a touch becomes a click a moment after it ended
const KEYED = "button, summary, [role=button], [role=tab], [role=menuitem], [type=checkbox], [type=radio]"; // the space bar acts when it is let go

let held = false, timer;
const waiting = [];

function hold(event) {
  if (event.button > 0) return; // the menu of another button may swallow its end
  held = true;
  clearTimeout(timer);
  timer = setTimeout(release, MOST);
}

function release() {
  held = false;
  clearTimeout(timer);
  while (!held && waiting.length) waiting.shift()();
}

function releaseSoon(event) {
  if (!held) return;
  clearTimeout(timer);
  timer = setTimeout(release, event.pointerType === "touch" ? TAP : 0); // the click comes before
}

// Does it now, or after what is being pressed; in the order in which it was asked for.
export function afterPress(act) {
  if (held || waiting.length) waiting.push(act);
  else act();
}

export function watchPresses() {
  addEventListener("pointerdown", hold, true);
  addEventListener("keydown", (event) => { if (event.key === " " && event.target.matches?.(KEYED)) hold(event); }, true);
  for (const end of ["pointerup", "pointercancel", "dragstart", "keyup"]) addEventListener(end, releaseSoon, true);
  addEventListener("blur", releaseSoon); // of the window: its end goes to another one
}
