// The line to the server: requests with answers, messages without, and patient reconnecting.
const FIRST_PAUSE = 500, LONGEST_PAUSE = 8000, ANSWER_WITHIN = 20000, HEARTBEAT = 15000; // ms

export class Channel {
  constructor({ key, onOpen, onClose, onMessage, onRefused }) {
    Object.assign(this, { key, onOpen, onClose, onMessage, onRefused, requests: new Map(), next: 1, pause: FIRST_PAUSE, closed: false });
    this.connect();
    this.onOnline = () => this.retryNow();
    this.onOffline = () => this.drop();
    window.addEventListener("online", this.onOnline);
    window.addEventListener("offline", this.onOffline);
  }

  connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ key: this.key }));
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.socket && this.lost(event.code);
  }

  take(message) {
    if (message.type === "welcome") {
      this.pause = FIRST_PAUSE;
      this.beat = setInterval(() => this.request({ type: "pull", version: this.version?.() ?? 0 }).catch(() => {}), HEARTBEAT);
      return this.onOpen();
    }
    const request = this.requests.get(message.replyTo);
    if (!request) return this.onMessage(message);
    this.requests.delete(message.replyTo);
    clearTimeout(request.timer);
    request.resolve(message);
  }

  request(message) {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) return reject(new Error("not connected"));
      const id = this.next++;
      // An answer that does not come means a dead line that nobody has noticed yet.
      const timer = setTimeout(() => this.drop(), ANSWER_WITHIN);
      this.requests.set(id, { resolve, reject, timer });
      this.socket.send(JSON.stringify({ id, ...message }));
    });
  }

  lost(code) {
    clearInterval(this.beat);
    for (const { reject, timer } of this.requests.values()) clearTimeout(timer), reject(new Error("connection lost"));
    this.requests.clear();
    this.onClose();
    if (this.closed) return;
    if (code === 4401 || code === 4404) return this.onRefused(code);
    this.timer = setTimeout(() => this.connect(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  // A dead line answers no goodbye either: the browser would wait for it for a minute.
  drop() {
    const { socket } = this;
    if (this.closed || socket.readyState > WebSocket.OPEN) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.lost(1006);
  }

  retryNow() {
    if (this.closed || this.socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.timer);
    this.pause = FIRST_PAUSE;
    this.connect();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.onOnline);
    window.removeEventListener("offline", this.onOffline);
    this.socket.close();
  }
}
