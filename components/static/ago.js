// Times as people say them: "12 min", "2 h", "3 d", then "18 Nov". Kept fresh once a minute.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function ago(seconds, now = Date.now() / 1000, long = false) {
  const past = Math.max(0, now - seconds);
  const say = (n, short, word) => long ? `${n} ${word}${n === 1 ? "" : "s"} ago` : `${n} ${short}`;
  if (past < MINUTE) return long ? "just now" : "now";
  if (past < HOUR) return say(Math.floor(past / MINUTE), "min", "minute");
  if (past < DAY) return say(Math.floor(past / HOUR), "h", "hour");
  if (past < 7 * DAY) return say(Math.floor(past / DAY), "d", "day");
  const date = new Date(seconds * 1000);
  const day = `${date.getDate()} ${MONTHS[date.getMonth()]}`;
  return date.getFullYear() === new Date(now * 1000).getFullYear() ? day : `${day} ${date.getFullYear()}`;
}

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }); // making one takes a millisecond

export const exact = (seconds) => EXACT.format(seconds * 1000);

function freshen(root) {
  const now = Date.now() / 1000;
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const seconds = Date.parse(time.dateTime) / 1000;
    if (Number.isNaN(seconds)) continue;
    const text = ago(seconds, now, time.dataset.ago === "long");
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = exact(seconds);
  }
}

export function startClock() {
  freshen(document);
  setInterval(() => freshen(document), 30_000);
  // what NiceGUI or a patch puts in later; one pass per batch of changes
  let asked = false;
  new MutationObserver((changes) => {
    if (asked || !changes.some((change) => change.addedNodes.length)) return;
    asked = true;
    queueMicrotask(() => { asked = false; freshen(document); });
  }).observe(document.body, { childList: true, subtree: true });
}
