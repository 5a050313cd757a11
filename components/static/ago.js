// Times as people say them, kept fresh; early.js knows how and has said them once before the first paint.

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }); // making one takes a millisecond

export const exact = (seconds) => EXACT.format(seconds * 1000);
export const ago = (seconds, now, long) => window.rfcTimes.ago(seconds, now, long);

function freshen() {
  window.rfcTimes.sayTimes();
  for (const time of document.querySelectorAll("time[data-ago]:not([title])")) {
    const seconds = Date.parse(time.dateTime) / 1000;
    if (!Number.isNaN(seconds)) time.title = exact(seconds);
  }
}

export function startClock() {
  freshen();
  setInterval(freshen, 30_000);
  // what NiceGUI or a patch puts in later; one pass per batch of changes
  let asked = false;
  new MutationObserver((changes) => {
    if (asked || !changes.some((change) => change.addedNodes.length)) return;
    asked = true;
    queueMicrotask(() => { asked = false; freshen(); });
  }).observe(document.body, { childList: true, subtree: true });
}
