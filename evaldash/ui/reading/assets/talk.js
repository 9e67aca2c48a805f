// What goes to the server goes in one message: of two sent close together one may be lost. Questions stay until answered.

const ASK_AGAIN_MS = 2000;

class Talk {
  constructor({ component, events }) {
    this.component = component;
    this.events = events; // gives what waits in the queue
    this.questions = new Map(); // kind -> question
    this.askedAt = 0;
  }

  ask(kind, question, { quietly = false } = {}) {
    this.questions.set(kind, { kind, ...question });
    if (!quietly) this.send();
  }

  asks(kind) {
    return this.questions.get(kind);
  }

  answered(kind) {
    this.questions.delete(kind);
  }

  send(extra = []) {
    this.askedAt = performance.now();
    this.component.setTriggerValue("events", [...this.events(), ...extra, ...this.questions.values()]);
  }

  // A question may get lost with its connection.
  askAgain() {
    if ((this.questions.size || this.events().length) && performance.now() - this.askedAt > ASK_AGAIN_MS) this.send();
  }
}
