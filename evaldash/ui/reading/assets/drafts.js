// What is half typed: kept in the browser at once, sent to the server at each pause.

const DRAFT_MS = 400; // pause in typing after which a draft goes to the server

class Drafts {
  constructor(desk) {
    this.desk = desk;
    this.sent = null;
    this.unanswered = new Map(); // trace -> event: of two messages close together the first may be lost
  }

  get waiting() {
    return [...this.unanswered.values()];
  }

  answered(changes) {
    const ids = new Set(changes.flatMap((change) => change.answers.map((answer) => answer.id)));
    for (const [trace, event] of this.unanswered) if (ids.has(event.id)) this.unanswered.delete(trace);
  }

  typed() {
    const { desk } = this;
    const trace = desk.flow.current;
    const content = desk.form.content();
    desk.queue.keepDraft(trace, content && { ...content, at: Date.now() });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), DRAFT_MS);
  }

  forget(trace) {
    clearTimeout(this.timer);
    this.unanswered.delete(trace);
    this.desk.known.forgetDraft(trace);
  }

  send() {
    const { desk } = this;
    clearTimeout(this.timer);
    if (!desk.shown || !desk.coder) return;
    const trace = desk.flow.current;
    const content = desk.queue.draft(trace);
    const now = JSON.stringify([trace, content]);
    if (now === this.sent || (!content && !this.sent?.includes(trace))) return;
    this.sent = now;
    this.unanswered.set(trace, { kind: "draft", id: newId(), trace, content });
    desk.talk.send();
  }
}
