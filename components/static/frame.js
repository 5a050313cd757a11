// The frame of every page: one listener for everything that carries data-act; columns, menus, dialogs, keys, theme.

import { startClock } from "./ago.js";
import { CatalogColumn } from "./catalog.js";
import { Catalog } from "./catalog_data.js";
import { tryNow, watchConnection } from "./connection.js";
import { announce, clearDraft, keepDrafts, stays, toast } from "./notice.js";
import { Palette } from "./palette.js";

const root = document.documentElement;
const app = document.querySelector(".r-app");
const THEMES = ["auto", "light", "dark"];
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

// NiceGUI mounts its application on #app: it becomes the columns beside the catalog
const vue = document.getElementById("app");
if (vue) {
  document.querySelector(".r-cols").append(vue);
  const pictures = [...document.querySelectorAll(".r-first")];
  const built = new MutationObserver(() => {
    if (!vue.querySelector("[data-col]")) return;
    built.disconnect();
    const places = pictures.flatMap((picture) => [...picture.querySelectorAll(".r-scroll")].map((box) => box.scrollTop));
    for (const picture of pictures) picture.remove(); // before the next paint: the real columns are here
    if (!location.hash) vue.querySelectorAll("[data-col] .r-scroll").forEach((box, index) => { if (places[index]) box.scrollTop = places[index]; });
  });
  built.observe(vue, { childList: true, subtree: true });
}

// catalog and palette

const catalog = new Catalog();
const rowsUrl = app.dataset.catalogUrl;
const nav = document.querySelector('[data-col="catalog"]');
const column = nav ? new CatalogColumn(nav, catalog, { rows: rowsUrl, fresh: "/api/catalog", marks: app.dataset.catalogMarks }) : null;
const palette = new Palette(document.getElementById("r-palette"), catalog, { rowsUrl, actions });

function actions(text) {
  const signedIn = app.hasAttribute("data-signed-in");
  const title = "propose new rfc".startsWith(text.trim().toLowerCase()) ? "" : text;
  const propose = { kind: "do", icon: "plus", label: title ? `Propose “${title}” as a new RFC` : "Propose new RFC", always: Boolean(title), run: () => propose_(title) };
  return [
    { kind: "page", icon: "signpost", label: signedIn ? "Your turn" : "Home", href: "/" },
    ...(signedIn ? [
      { kind: "page", icon: "inbox", label: "Inbox", href: "/inbox" },
      { kind: "page", icon: "bell", label: "Settings: notifications", href: "/settings/notifications" },
      { kind: "page", icon: "coins", label: "Settings: funding", href: "/settings/funder" },
    ] : []),
    { kind: "page", icon: "list", label: "Catalog", href: "/catalog" },
    { kind: "page", icon: "search", label: "Search", href: "/search" },
    ...(app.hasAttribute("data-admin") ? ["Users", "Graduation", "Audit", "Permissions", "Branches", "Sync", "Mail", "Models"].map((tab) => (
      { kind: "page", icon: "users", label: `Admin: ${tab.toLowerCase()}`, href: `/admin/${tab.toLowerCase()}` })) : []),
    { kind: "page", icon: "info", label: "About: philosophy", href: "/philosophy" },
    { kind: "do", icon: "sun-moon", label: "Change the theme", note: themeName(), run: nextTheme },
    { kind: "do", icon: "keyboard", label: "Keyboard shortcuts", note: "?", run: showKeys },
    signedIn ? { kind: "do", icon: "log-out", label: "Sign out", run: () => document.querySelector("[data-testid=sign-out]").click() }
      : { kind: "do", icon: "user", label: "Sign in with Gitea", href: `/auth/login?next=${encodeURIComponent(location.pathname)}` },
    ...(app.hasAttribute("data-may-propose") ? [propose] : []),
  ];
}

// theme

const themeName = () => root.dataset.theme ?? "automatic";

function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
  if (theme === "auto") { delete root.dataset.theme; localStorage.removeItem("rfc-theme"); }
  else { root.dataset.theme = theme; localStorage.setItem("rfc-theme", theme); }
  sayTheme();
  announce(`Theme: ${themeName()}`);
}

function sayTheme() {
  const button = document.querySelector("[data-act=theme]");
  button.setAttribute("aria-label", `Theme: ${themeName()}`);
  button.title = `Theme: ${themeName()}`;
}

addEventListener("storage", (event) => {
  if (event.key !== "rfc-theme") return;
  if (event.newValue) root.dataset.theme = event.newValue; else delete root.dataset.theme;
  sayTheme();
});

// columns

function show(which) {
  app.dataset.front = which;
  for (const tab of document.querySelectorAll("[data-show]"))
    if (tab.dataset.show === which) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
  if (which === "catalog") column?.draw();
  document.dispatchEvent(new CustomEvent("rfc:front", { detail: { column: which } }));
}

function toggleRail(which) {
  const key = `${which}Rail`;
  const closing = !(key in root.dataset);
  if (closing) { root.dataset[key] = ""; localStorage.setItem(`rfc-rail-${which}`, "1"); }
  else { delete root.dataset[key]; localStorage.removeItem(`rfc-rail-${which}`); }
  const side = document.querySelector(`[data-col="${which}"]`);
  side?.querySelector(closing ? ".r-railbtn" : ".r-collapse")?.focus();
  if (which === "catalog") column?.draw();
}

function openDrawer(open = !nav.hasAttribute("data-open")) {
  nav.toggleAttribute("data-open", open);
  document.querySelector("[data-act=open-catalog]")?.setAttribute("aria-expanded", open);
  if (open) { column.draw(); nav.querySelector("input").focus(); }
}

const drawerOpen = () => nav?.hasAttribute("data-open");

// dialogs, menus

/** Opens a native dialog; a click beside it closes it, and the focus goes back by itself. */
function openDialog(dialog) {
  if (!dialog.open) dialog.showModal();
}

// Puts a value that comes by itself into a field of a dialog's form; in the field somebody is in it gives way to what they type next.
function suggest(dialog, name, value) {
  if (dialog.form[name] === value) return;
  dialog.form[name] = value;
  dialog.$nextTick(() => { if (dialog.$refs[name] === document.activeElement) dialog.$refs[name].select(); });
}

function showKeys() {
  openDialog(document.getElementById("r-keys"));
}

function propose_(title = "") {
  const asked = new CustomEvent("rfc:propose", { detail: { title }, cancelable: true });
  if (document.dispatchEvent(asked)) location.assign(`/catalog?propose=${encodeURIComponent(title)}`);
}

function openMenu(button) {
  const menu = document.getElementById(button.dataset.menu);
  if (menu.matches(":popover-open")) return menu.hidePopover();
  if (menu.id === "r-more") column.fillMore();
  menu.showPopover();
  const at = button.getBoundingClientRect(), width = menu.offsetWidth;
  menu.style.left = `${Math.max(8, Math.min(at.left - 8, innerWidth - width - 8))}px`;
  const below = innerHeight - at.bottom - 12;
  menu.style.top = `${below > Math.min(menu.offsetHeight, 160) ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
  menu.style.maxHeight = `${Math.max(160, below)}px`;
  button.setAttribute("aria-expanded", "true");
  menu.addEventListener("toggle", () => button.setAttribute("aria-expanded", String(menu.matches(":popover-open"))));
  menu.querySelector("button")?.focus({ preventScroll: true });
}

function menuKey(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const menu = event.target.closest?.(".r-menu[popover]") ?? event.target.popoverTargetElement; // inside, or on the button that opened it
  if (!menu?.matches(".r-menu:popover-open")) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll(".r-menu__item")], at = items.indexOf(document.activeElement);
  const next = event.key === "ArrowDown" ? at + 1 : (at < 0 ? items.length : at) - 1;
  items.at(next % items.length)?.focus();
}

// one listener for all of it

const ACTS = {
  palette: () => palette.open(),
  theme: nextTheme,
  keys: () => { document.querySelector("#r-user")?.hidePopover(); showKeys(); },
  close: (el) => el.closest("dialog").close(),
  propose: (el) => propose_(el.dataset.title),
  show: (el) => show(el.dataset.show),
  "open-catalog": () => openDrawer(),
  "toggle-catalog": () => drawerOpen() ? openDrawer(false) : toggleRail("catalog"),
  "toggle-talk": () => toggleRail("talk"),
  "try-now": tryNow,
};

document.addEventListener("click", (event) => {
  if (event.target.matches?.("dialog.r-modal")) event.target.close(); // the backdrop counts as the dialog itself
  if (drawerOpen() && !nav.contains(event.target) && !event.target.closest("[data-act=open-catalog]")) openDrawer(false);
  const menu = event.target.closest?.("[data-menu]");
  if (menu) return openMenu(menu);
  const el = event.target.closest?.("[data-act]");
  if (el && ACTS[el.dataset.act]) ACTS[el.dataset.act](el);
});

// keys

const keysKept = () => localStorage.getItem("rfc-keys") !== "off";
const keysOn = () => keysKept() && !document.querySelector(".r-compose"); // a letter is never taken from what one writes about a passage
const typing = (el) => el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName);

function focusFilter() {
  if (!nav) return palette.open();
  if (nav.offsetParent === null && matchMedia("(max-width: 759px)").matches) show("catalog");
  else if (nav.offsetParent === null) openDrawer(true);
  else if ("catalogRail" in root.dataset) toggleRail("catalog");
  nav.querySelector("input").focus();
  nav.querySelector("input").select();
}

document.addEventListener("keydown", (event) => {
  menuKey(event);
  const mod = event.ctrlKey || event.metaKey;
  if (mod && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) palette.open();
    return;
  }
  if (event.key === "Escape" && drawerOpen()) {
    openDrawer(false);
    document.querySelector("[data-act=open-catalog]")?.focus();
  }
  if (mod || event.altKey || event.defaultPrevented || !keysOn() || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "/") { event.preventDefault(); focusFilter(); }
  else if (event.key === "?") { event.preventDefault(); showKeys(); }
});

const keysSwitch = document.querySelector("[data-keys-switch]");
keysSwitch.checked = keysKept();
keysSwitch.addEventListener("change", () => localStorage.setItem("rfc-keys", keysSwitch.checked ? "on" : "off"));
if (MAC) for (const kbd of document.querySelectorAll("[data-mod]")) kbd.textContent = kbd.textContent.replace("Ctrl", "⌘");

// whoever uses this tab next finds nothing of the person who signed out
document.querySelector('form[action="/auth/logout"]')?.addEventListener("submit", () => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("rfc-")) sessionStorage.removeItem(key);
  column?.forget();
});

// what the server and other modules call

function bell(count) {
  const number = document.querySelector("[data-testid=inbox-count]");
  if (!number) return;
  number.textContent = count > 99 ? "99+" : count || "";
  number.hidden = !count;
  number.parentElement.setAttribute("aria-label", count ? `Inbox, ${count} unread` : "Inbox");
}

window.rfc = {
  bell,
  toast, announce, clearDraft, stays, openDialog, suggest, keysOn, show, palette: () => palette.open(),
  propose: propose_,
  patchCatalog: (change) => column ? column.patch(change) : catalog.patch(change),
  signedOut: () => location.assign("/"),
  reload: () => location.reload(),
};

document.addEventListener("rfc:back", () => {
  if (column && !catalog.loaded) location.reload();
});

sayTheme();
startClock();
keepDrafts();
watchConnection();

const asked = new URLSearchParams(location.search).get("propose");
if (asked !== null) {
  const query = new URLSearchParams(location.search);
  query.delete("propose");
  history.replaceState(history.state, "", location.pathname + (query.size ? `?${query}` : "") + location.hash);
  const ask = () => document.dispatchEvent(new CustomEvent("rfc:propose", { detail: { title: asked }, cancelable: true }));
  if (ask()) document.addEventListener("rfc:may-propose", ask, { once: true }); // the dialog is not there yet: it says when it listens
}
