// Saves that wait for the server. They stand in local storage until they are answered, and are sent until they are.

const RESEND_MS = 2500;

class SaveQueue {
  constructor({ project, coder, send, changed, idle }) {
    this.prefix = `evaldash:${project}:${coder}:`;
    this.key = `${this.prefix}queue:${tabId()}`;
    this.send = send;
    this.changed = changed;
    this.events = this.adopted();
    this.failed = new Map(); // id -> the server's sentence
    this.timer = setInterval(() => {
      this.flush();
      idle();
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
    if (this.events.length) this.send(this.events);
  }

  answered(answers) {
    const ids = new Set(answers.map((answer) => answer.id));
    if (!this.events.some((event) => ids.has(event.id))) return;
    for (const answer of answers) if (answer.error) this.failed.set(answer.id, answer.error);
    this.events = this.events.filter((event) => !ids.has(event.id));
    for (const key of storageKeys(`${this.prefix}queue:`)) {
      if (key === this.key) continue;
      const left = (readJson(key) ?? []).filter((event) => !ids.has(event.id));
      if (left.length) writeJson(key, left);
      else localStorage.removeItem(key);
    }
    this.store();
  }

  store() {
    if (this.events.length) writeJson(this.key, this.events);
    else localStorage.removeItem(this.key);
    this.changed();
  }

  // The newest save of a trace that no answer has come for yet.
  pending(trace) {
    return this.events.findLast((event) => event.kind === "save" && event.trace === trace);
  }

  get waiting() {
    return this.events.length;
  }

  draft(trace) {
    return readJson(`${this.prefix}draft:${trace}`);
  }

  keepDraft(trace, content) {
    if (content) writeJson(`${this.prefix}draft:${trace}`, content);
    else localStorage.removeItem(`${this.prefix}draft:${trace}`);
  }

  close() {
    clearInterval(this.timer);
  }
}

function tabId() {
  let id = sessionStorage.getItem("evaldash:tab");
  if (!id) {
    id = newId();
    sessionStorage.setItem("evaldash:tab", id);
  }
  return id;
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

function writeJson(key, value) {
  localStorage.setItem(key, JSON.stringify(value));
}
