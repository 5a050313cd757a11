// The banner under the header: amber while the socket is gone, green for two seconds when it is back (§14).
// NiceGUI replays what was missed if its client is still there; after a restart of the server the page is loaded anew.

import { announce } from "./notice.js";
import { afterPress, watchPresses } from "./pressed.js";

const PATIENCE = 400; // ms: a blink of the network is not worth a banner
const RELOADED = "rfc-reloaded-after-loss";

let socket, lostTimer, goodTimer, leaving = false, lost = false;
const banner = () => document.querySelector(".r-banner");

function show(kind, say, more) {
  const el = banner();
  el.classList.toggle("r-banner--good", kind === "good");
  el.querySelector("[data-say]").textContent = say;
  el.querySelector("[data-more]").textContent = more;
  el.querySelector("[data-act]").hidden = kind === "good";
  el.hidden = false;
  clearTimeout(goodTimer);
  announce(`${say}. ${more}`);
}

function onLost() {
  if (leaving || lost || lostTimer) return;
  lostTimer = setTimeout(() => {
    lostTimer = undefined;
    lost = true;
    document.documentElement.dataset.connection = "lost";
    show("lost", "Connection lost", "What you type stays in this window. Trying again every few seconds.");
  }, PATIENCE);
}

function onBack() {
  clearTimeout(lostTimer);
  lostTimer = undefined;
  if (!lost) return;
  lost = false;
  delete document.documentElement.dataset.connection;
  showBack("Connected again", "What happened meanwhile is on the page.");
  document.dispatchEvent(new CustomEvent("rfc:back"));
}

function showBack(say, more) {
  show("good", say, more);
  goodTimer = setTimeout(() => { banner().hidden = true; }, 2000);
}

function reload() {
  sessionStorage.setItem(RELOADED, "1");
  location.reload();
}

export function tryNow() {
  if (!socket || socket.connected) return;
  const query = socket.io.opts.query;
  if (query) query.next_message_id = window.nextMessageId; // as NiceGUI does on its own attempts
  socket.disconnect();
  socket.connect();
}

function attach(fresh) {
  socket = fresh;
  socket.on("disconnect", onLost);
  socket.on("connect", onBack);
  // NiceGUI would reload on a time-out too, and show the browser's error page while the server is away
  socket.off("connect_error");
  socket.on("connect_error", (error) => {
    if (error.message === "Implicit handshake failed") reload();
    else onLost();
  });
  const deliver = socket.onevent;
  if (deliver) socket.onevent = (packet) => afterPress(() => deliver.call(fresh, packet));
}

export function watchConnection() {
  addEventListener("pagehide", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("online", tryNow);
  addEventListener("offline", onLost);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && lost) tryNow(); });
  watchPresses();
  let current = window.socket;
  if (current) attach(current);
  Object.defineProperty(window, "socket", {
    configurable: true,
    get: () => current,
    set: (fresh) => { current = fresh; queueMicrotask(() => attach(fresh)); }, // after NiceGUI's own handlers
  });
  if (sessionStorage.getItem(RELOADED)) {
    sessionStorage.removeItem(RELOADED);
    showBack("Connected again", "The server was restarted; this page is fresh.");
  }
}
