// Events that wait for the server. They stand in local storage until they are answered, and are sent until they are.

const RESEND_MS = 2500;

class EventQueue {
  constructor({ prefix, send, changed, idle }) {
    this.prefix = prefix;
    this.key = `${this.prefix}queue:${tabId()}`;
    this.send = send;
    this.changed = changed;
    this.events = this.adopted();
    this.timer = setInterval(() => {
      this.flush();
      idle?.();
    }, RESEND_MS);
  }

  // What other tabs of this project and coder left behind is sent as well: ids make that harmless.
  adopted() {
    const found = new Map();
    for (const key of storageKeys(`${this.prefix}queue:`)) {
      for (const event of readJson(key) ?? []) found.set(event.id, event);
    }
    return [...found.values()].sort((a, b) => a.made - b.made);
  }

  add(event) {
    this.events.push({ ...event, made: Date.now() });
    this.store();
    this.flush();
  }

  flush() {
    if (this.events.length) this.send();
  }

  // Take the answered events out; return those that the server refused, with its sentence.
  answered(answers) {
    const ids = new Map(answers.map((answer) => [answer.id, answer.error]));
    const done = this.events.filter((event) => ids.has(event.id));
    if (!done.length) return [];
    this.events = this.events.filter((event) => !ids.has(event.id));
    for (const key of storageKeys(`${this.prefix}queue:`)) {
      if (key === this.key) continue;
      const left = (readJson(key) ?? []).filter((event) => !ids.has(event.id));
      if (left.length) writeJson(key, left);
      else localStorage.removeItem(key);
    }
    this.store();
    return done.filter((event) => ids.get(event.id)).map((event) => ({ ...event, error: ids.get(event.id) }));
  }

  store() {
    if (this.events.length) writeJson(this.key, this.events);
    else localStorage.removeItem(this.key);
    this.changed();
  }

  get waiting() {
    return this.events.length;
  }

  close() {
    clearInterval(this.timer);
  }
}

// A name of this page as it was loaded: a duplicated tab has the same session storage, and must not share a queue.
function tabId() {
  window.evaldashTab ??= newId();
  return window.evaldashTab;
}

// crypto.randomUUID is there on https and localhost only.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID().replaceAll("-", "");
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function storageKeys(prefix) {
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
}

function readJson(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

// Where the browser has no room left, saves still wait in memory and are sent from there.
function writeJson(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    console.warn("evaldash: the browser's storage is full or closed", error);
  }
}
