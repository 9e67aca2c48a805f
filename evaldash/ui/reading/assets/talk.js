// What goes to the server goes in one message: of two sent close together one may be lost. Questions stay until answered.

const ASK_AGAIN_MS = 2000;

class Talk {
  constructor({ events, seen }) {
    this.events = events; // gives what waits in the queue
    this.seen = seen; // gives the number of the last change that is known here: those before need not come again
    this.unsent = false; // there was no way to the server yet
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
    const carrier = window.evaldashDeskTalk;
    this.unsent = !carrier;
    this.askedAt = performance.now();
    if (carrier) carry("talk", () => carrier.setTriggerValue("events", [...this.events(), ...extra, ...this.questions.values(), { kind: "seen", number: this.seen() }]));
  }

  // What was said before there was a way to the server.
  sendUnsent() {
    if (this.unsent && (this.questions.size || this.events().length)) this.send();
    this.unsent = false;
  }

  // A question may get lost with its connection.
  askAgain() {
    if ((this.questions.size || this.events().length) && performance.now() - this.askedAt > ASK_AGAIN_MS) this.send();
  }
}
