// What the board and the review share: notes that come once, changes that wait for the server, the sheet of keys.

// "1 note", "2 notes"; a word that goes with a count is chosen beside it.
function countOf(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

class Workbench {
  constructor(root, { keys, sheetLabel }) {
    this.root = root;
    this.model = new BoardModel();
    this.count = el("span", { class: "progress" });
    this.saved = el("span", { class: "saved", role: "status", "aria-live": "polite" });
    this.notice = el("div", { class: "notice", role: "alert" });
    this.sheet = el("dialog", { class: "sheet", "aria-label": sheetLabel }, el("h3", {}, "Keys"), el("table", {}, el("tbody", {},
      ...keys.map(([key, what]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, what))))));
    this.sheet.addEventListener("click", () => this.sheet.close());
    this.listeners = [["keydown", (event) => this.key(event), true], ["evaldash:notes", () => this.takeNotes(), false]];
    for (const [name, listener, capture] of this.listeners) window.addEventListener(name, listener, capture);
    window.evaldashKeys = this;
  }

  take(component) {
    this.component = component;
    const { data } = component;
    if (this.key_ !== data.key) {
      this.queue?.close();
      this.key_ = data.key;
      this.queue = new EventQueue({ prefix: `evaldash:board:${JSON.stringify([data.project, data.who])}:`, send: () => this.send(), changed: () => this.changed(), idle: () => this.questions().length && this.send() });
    }
    this.data = data;
    this.takeNotes();
  }

  takeNotes() {
    const notes = window.evaldashBoardNotes;
    if (!notes || notes.key !== this.data.notes) return; // the notes of this state are on their way
    if (this.model.notesKey !== notes.key) this.model.setNotes(notes);
    this.takeState();
    if (this.opened) return;
    this.opened = true;
    this.queue.flush();
    this.open(isTyping(focusedNow()));
  }

  // What the server answered is off the queue; a change that it refused is said.
  takeAnswers() {
    const refused = this.queue.answered(this.data.answers);
    if (refused.length) this.say(`Not done: ${refused[0].error}`, true);
    return refused;
  }

  // All that goes to the server goes in one message: of two sent close together one may be lost.
  send(extra = []) {
    this.component.setTriggerValue("events", [...this.queue.events, ...this.questions(), ...extra]);
  }

  // What one waits for an answer to; asked with every message until it has come.
  questions() {
    return [];
  }

  add(event) {
    this.queue.add({ id: newId(), ...event });
  }

  drawSaved() {
    this.saved.textContent = this.queue.waiting ? `${this.queue.waiting} waiting` : "saved ✓";
    this.saved.classList.toggle("waiting", this.queue.waiting > 0);
    this.node.dataset.waiting = String(this.queue.waiting);
  }

  say(words, failed = false) {
    this.notice.textContent = words;
    this.notice.classList.toggle("failed", failed);
  }

  close() {
    for (const [name, listener, capture] of this.listeners) window.removeEventListener(name, listener, capture);
    this.queue?.close();
    this.node.remove();
  }
}

function keyButton(label, key, action, kind = "plain") {
  return el("button", { type: "button", class: kind, onclick: action }, `${label} `, el("kbd", {}, key));
}
