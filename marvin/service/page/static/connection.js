// The connection to Marvin. A ticket is fetched first: its answer says why it is refused, and a
// browser cannot send a key with a websocket.

const KEY = "marvin-key";
const WAITS_S = [1, 2, 5, 10, 30];
const REFUSED = 1008;
const BUSY = 1013;

export class KeyNeeded extends Error {}

async function fetched(path, method) {
  const key = sessionStorage.getItem(KEY);
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const response = await fetch(path, { method, headers });
  if (response.ok) return response.json();
  const body = await response.json().catch(() => ({}));
  const why = body.error?.message ?? `Marvin answered ${response.status}`;
  throw response.status === 401 ? new KeyNeeded(why) : new Error(why);
}

export function keepKey(key) {
  sessionStorage.setItem(KEY, key);
}

export function hasKey() {
  return sessionStorage.getItem(KEY) !== null;
}

export function settings() {
  return fetched("/page/settings", "GET");
}

export class Connection {
  // `on` has the functions ready, event, audio, lost(why) and keyNeeded(why).
  constructor(on) {
    this.on = on;
    this.socket = null;
    this.tries = 0;
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  async connect() {
    let ticket;
    try {
      ({ ticket } = await fetched("/page/ticket", "POST"));
    } catch (error) {
      if (error instanceof KeyNeeded) this.on.keyNeeded(error.message);
      else this.#again(error instanceof TypeError ? "Marvin cannot be reached." : error.message);
      return;
    }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/page/session?ticket=${ticket}`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => {
      this.socket = null;
      if (code === REFUSED && reason) this.on.lost(`Marvin closed the connection: ${reason}`);
      else if (code === BUSY) this.#again(reason);
      else this.#again(reason || "The connection to Marvin is lost.");
    };
    this.socket = socket;
  }

  send(command, value) {
    if (!this.open) return;
    this.socket.send(JSON.stringify(value === undefined ? { command } : { command, value }));
  }

  sendAudio(samples) {
    if (this.open) this.socket.send(samples);
  }

  #receive(data) {
    if (typeof data !== "string") {
      const position = Number(new DataView(data).getBigUint64(0, true));
      this.on.audio(position, new Int16Array(data, 8));
      return;
    }
    const event = JSON.parse(data);
    if (event.event === "ready") {
      this.tries = 0;
      this.on.ready(event);
    } else this.on.event(event);
  }

  #again(why) {
    this.on.lost(why);
    const wait = WAITS_S[Math.min(this.tries, WAITS_S.length - 1)];
    this.tries += 1;
    setTimeout(() => this.connect(), 1000 * wait);
  }
}
