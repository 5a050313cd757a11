// Runs while the page is being read, after its columns and before the first paint, so that going from page to page doesn't
// blink: times as people say them, and the catalog column as it stood on the page before. The modules do the same again
// when they have their data.
(() => {
  const MINUTE = 60, HOUR = 3600, DAY = 86400;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  // "12 min", "2 h", "3 d", then "18 Nov"; long: "12 minutes ago"
  function ago(seconds, now = Date.now() / 1000, long = false) {
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

  function sayTimes() {
    const now = Date.now() / 1000;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const seconds = Date.parse(time.dateTime) / 1000;
      if (Number.isNaN(seconds)) continue;
      const text = ago(seconds, now, time.dataset.ago === "long");
      if (time.textContent !== text) time.textContent = text;
    }
  }

  function catalogAsItWas() {
    const nav = document.querySelector('[data-col="catalog"]');
    if (!nav) return;
    nav.querySelector("details").open = localStorage.getItem("rfc-ideas-open") === "yes";
    const seen = JSON.parse(sessionStorage.getItem("rfc-catalog-seen") || "null");
    if (!seen) return;
    const list = nav.querySelector("[data-rows]"), rows = list.querySelector("ul");
    rows.innerHTML = seen.rows;
    rows.style.height = seen.height;
    nav.querySelector(".r-idealist").innerHTML = seen.ideas;
    nav.querySelector("input").value = seen.text;
    nav.querySelector(".r-states").innerHTML = seen.states;
    nav.querySelector(".r-listhead").innerHTML = seen.head;
    for (const row of nav.querySelectorAll("a.r-row"))
      if (`${location.pathname}/`.startsWith(`${row.pathname}/`)) row.setAttribute("aria-current", "page"); else row.removeAttribute("aria-current");
    list.scrollTop = seen.scroll;
  }

  window.rfcTimes = { ago, sayTimes };
  sayTimes();
  try { catalogAsItWas(); } catch { /* storage is blocked, or what was kept doesn't fit any more */ }
})();
