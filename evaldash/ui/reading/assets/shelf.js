// The traces around the one being read. They are asked for before they are wanted, one question at a time, and stand here
// as text until they are shown.

const AHEAD = 24; // traces that are here before they are wanted: keys come faster than answers
const BEHIND = 3;
const LEAST_AHEAD = 16; // with fewer of the next ones here the others are asked for at once
const GROUP = 6; // else this many are asked for together
const FAR = 60; // places from the current one beyond which traces go
const ASK_SHELF_AGAIN_MS = 5000; // a question may get lost with its connection; a busy server takes seconds

class Shelf {
  // `parts()` gives questions about traces that are here; `arrived(parts)` is called when an answer has come.
  constructor({ parts, arrived }) {
    this.parts = parts;
    this.arrived = arrived;
    this.lines = new Map(); // id -> { text, look }
    this.gone = new Set(); // ids that are no trace of this project
    this.need = []; // ids of traces, in the order in which they are wanted
    this.look = null; // how traces are shown today; those of another look are shown until they came anew
    this.number = 0; // of the last question
    this.sentAt = null; // while its answer is awaited
  }

  text(id) {
    return this.lines.get(id)?.text;
  }

  // The trace, undefined while it is not here. The last one read is kept: it is asked for again and again.
  get(id) {
    const text = this.text(id);
    if (this.last?.text !== text) this.last = { text, trace: text && JSON.parse(text) };
    return this.last?.trace;
  }

  // Take what the server sent: a line about the answer, then a line for each trace.
  take() {
    const data = window.evaldashDeskTraces?.data;
    if (!data || data === this.taken) return;
    this.taken = data;
    const [first, ...lines] = new TextDecoder().decode(data).split("\n");
    const about = JSON.parse(first);
    this.look = about.look;
    about.ids.forEach((id, place) => this.lines.set(id, { text: lines[place], look: about.look }));
    for (const id of about.gone) this.gone.add(id);
    if (about.n === this.number) this.sentAt = null;
    this.arrived(about.parts);
  }

  // Forget what is far from `flow`'s current trace, and ask for what will be wanted.
  tend(flow) {
    for (const id of this.lines.keys()) if (flow.far(id, FAR)) this.lines.delete(id);
    this.need = this.missing(flow);
    this.ask();
  }

  missing(flow) {
    const lacks = (id) => id && this.lines.get(id)?.look !== this.look && !this.gone.has(id);
    const ahead = flow.ahead(AHEAD);
    const needed = [...new Set([flow.current, ...ahead, ...flow.behind(BEHIND)])].filter(lacks);
    const soon = lacks(flow.current) || ahead.slice(0, LEAST_AHEAD).some(lacks);
    return soon || needed.length >= GROUP ? needed : [];
  }

  ask() {
    const carrier = window.evaldashDeskTraces;
    const waits = this.sentAt !== null && performance.now() - this.sentAt < ASK_SHELF_AGAIN_MS;
    if (!carrier || waits) return;
    const parts = this.parts();
    if (!parts.length && !this.need.length) return;
    this.number = Math.max(this.number + 1, Date.now());
    this.sentAt = performance.now();
    carry("shelf", () => carrier.setTriggerValue("asked", { n: this.number, need: this.need, parts }));
  }
}
