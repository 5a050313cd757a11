// Runs while the page is being read, right after the catalog column: puts back what the column showed on the page before,
// so that going from row to row doesn't blink. catalog.js draws the same again as soon as it has its data.
(() => {
  try {
    const nav = document.querySelector('[data-col="catalog"]');
    const fold = nav.querySelector("details");
    fold.open = localStorage.getItem("rfc-ideas-open") === "yes";
    const seen = JSON.parse(sessionStorage.getItem("rfc-catalog-seen") || "null");
    if (!seen) return;
    const list = nav.querySelector("[data-rows]");
    const rows = list.querySelector("ul");
    rows.innerHTML = seen.rows;
    rows.style.height = seen.height;
    nav.querySelector(".r-idealist").innerHTML = seen.ideas;
    nav.querySelector("input").value = seen.text;
    nav.querySelector(".r-states").innerHTML = seen.states;
    nav.querySelector(".r-listhead").innerHTML = seen.head;
    for (const row of nav.querySelectorAll("[aria-current]")) row.removeAttribute("aria-current");
    for (const row of nav.querySelectorAll("a.r-row"))
      if (row.pathname === location.pathname) row.setAttribute("aria-current", "page");
    list.scrollTop = seen.scroll;
  } catch { /* nothing kept, or it doesn't fit any more */ }
})();
