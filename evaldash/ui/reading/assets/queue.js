// The saves of the desk that wait for the server, and the drafts beside them.

class SaveQueue extends EventQueue {
  constructor({ project, coder, send, changed, idle }) {
    super({ prefix: `evaldash:${JSON.stringify([project, coder])}:`, send, changed, idle });
  }

  // The newest save of a trace that no answer has come for yet, and that was not taken back since.
  pending(trace) {
    const undone = new Set(this.events.map((event) => event.takes_back));
    return this.events.findLast((event) => event.kind === "save" && event.trace === trace && !undone.has(event.id));
  }

  // What the server knows of a trace is behind what was said here.
  concerns(trace) {
    return this.events.some((event) => event.trace === trace);
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
