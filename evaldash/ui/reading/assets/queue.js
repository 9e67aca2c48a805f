// The saves of the desk that wait for the server, and the drafts beside them.

class SaveQueue extends EventQueue {
  constructor({ project, coder, send, changed, idle }) {
    super({ prefix: `evaldash:${JSON.stringify([project, coder])}:`, send, changed, idle });
  }

  // The newest save of a trace that no answer has come for yet, and that was not taken back since.
  pending(trace) {
    return this.byTrace.get(trace)?.save;
  }

  // What the server knows of a trace is behind what was said here.
  concerns(trace) {
    return this.byTrace.has(trace);
  }

  // What waits, by trace, made when it is asked for after a change: each trace of a batch is asked about at every key.
  get byTrace() {
    if (this.known) return this.known;
    const undone = new Set(this.events.map((event) => event.takes_back));
    this.known = new Map();
    for (const event of this.events) {
      const save = event.kind === "save" && !undone.has(event.id) ? event : this.known.get(event.trace)?.save;
      this.known.set(event.trace, { save });
    }
    return this.known;
  }

  store() {
    this.known = null;
    super.store();
  }

  draft(trace) {
    return readJson(`${this.prefix}draft:${trace}`);
  }

  keepDraft(trace, content) {
    if (content) writeJson(`${this.prefix}draft:${trace}`, content);
    else localStorage.removeItem(`${this.prefix}draft:${trace}`);
  }

  moveDrafts(other) {
    for (const key of storageKeys(`${this.prefix}draft:`)) {
      writeJson(`${other.prefix}${key.slice(this.prefix.length)}`, readJson(key));
      localStorage.removeItem(key);
    }
  }
}
