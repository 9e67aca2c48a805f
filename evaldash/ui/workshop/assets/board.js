// The board. The browser moves notes at once; the changes follow in their queue, and the server answers each.

const HELP_MS = 1200; // quiet after which the modes are looked at for what seems odd
const BOARD_HELD = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "h", "j", "k", "l"]); // keys that repeat
const BOARD_KEYS = [
  ["↑ ↓ / k j", "note above, below"], ["← → / h l", "mode to the left, right"], ["x / Space", "choose this note"], ["Shift+↑ ↓", "choose on the way"],
  ["* / Esc", "choose all of this mode / none"], ["m", "move to …"], ["1 … 9", "move to that mode"], ["0", "take out of its mode"],
  ["n", "new mode of these notes (a split, inside a mode)"], ["a / A", "accept the likely mode / all likely modes"],
  ["g", "merge this mode into …"], ["r / e", "name / definition, severity, owner of this mode"], ["t", "retire this mode"],
  ["f", "find a mode"], ["/", "search the notes"], ["Enter", "read the note in full, open its trace"], ["u", "undo, as often as you like"], ["p", "publish this version"], ["?", "this sheet"],
];

class Board {
  constructor(root, component) {
    this.root = root;
    this.model = new BoardModel();
    this.selected = new Set();
    this.at = { column: LOOSE, note: null };
    this.order = "taxonomy";
    this.columns = new Columns({
      onFocus: (column, note) => this.go(column, note), onSelect: (note, how) => this.select(note, how), onDrop: (column) => this.move(column),
      onOpen: () => this.read(), onEdit: (column) => { this.go(column, null); if (column !== LOOSE) this.panel.focus("name"); },
    });
    this.palette = new Palette();
    this.panel = new Panel({ onSave: (mode, words) => this.add({ kind: "describe", mode, ...words }), onAction: (name) => this.act(name), onDone: () => this.refocus() });
    this.build();
    this.listeners = [["keydown", (event) => this.key(event), true], ["evaldash:notes", () => this.takeNotes(), false]];
    this.take(component);
  }

  build() {
    const button = (label, key, action) => el("button", { type: "button", class: "plain", onclick: action }, `${label} `, el("kbd", {}, key));
    this.count = el("span", { class: "progress" });
    this.saved = el("span", { class: "saved", role: "status", "aria-live": "polite" });
    this.notice = el("div", { class: "notice", role: "alert" });
    this.search = el("input", { type: "search", class: "search", placeholder: "search the notes", "aria-label": "Search the notes" });
    this.search.addEventListener("input", () => this.draw());
    const orders = [["taxonomy", "as made"], ["size", "largest first"], ["name", "by name"]];
    this.sorting = el("select", { class: "sorting", "aria-label": "Order of the modes" }, ...orders.map(([value, label]) => el("option", { value }, label)));
    this.sorting.addEventListener("change", () => { this.order = this.sorting.value; this.draw(); this.refocus(); });
    this.sheet = el("dialog", { class: "sheet", "aria-label": "Keys of the board" }, el("h3", {}, "Keys"), el("table", {}, el("tbody", {},
      ...BOARD_KEYS.map(([key, what]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, what))))));
    this.sheet.addEventListener("click", () => this.sheet.close());
    this.reader = el("dialog", { class: "sheet reader", "aria-label": "The note in full" });
    const bar = el("div", { class: "bar" }, this.count, this.saved, this.search, this.sorting,
      button("Undo", "u", () => this.undo()), button("Publish", "p", () => this.publish()), button("Keys", "?", () => this.sheet.showModal()));
    this.node = el("section", { class: "board", "data-testid": "board", tabindex: "-1", "aria-label": "Board of failure modes" },
      bar, this.notice, el("div", { class: "desk-of-modes" }, this.columns.node, this.panel.node), this.palette.node, this.sheet, this.reader);
    this.root.appendChild(this.node);
  }

  take(component) {
    this.component = component;
    const { data } = component;
    if (this.key_ !== data.key) {
      this.queue?.close();
      this.key_ = data.key;
      this.queue = new EventQueue({ prefix: `evaldash:board:${JSON.stringify([data.project, data.who])}:`, send: () => this.send(), changed: () => this.changed() });
    }
    this.data = data;
    this.takeNotes();
  }

  takeNotes() {
    const notes = window.evaldashBoardNotes;
    if (!notes || notes.key !== this.data.notes) return; // the notes of this state are on their way
    if (this.model.notesKey !== notes.key) this.model.setNotes(notes);
    this.model.setBase(this.data);
    const refused = this.queue.answered(this.data.answers);
    if (refused.length) this.say(`Not done: ${refused[0].error}`, true);
    if (this.data.help) this.takeHelp(this.data.help);
    if (this.data.note && this.data.note.id === this.reading) this.showNote(this.data.note);
    this.changed();
    this.askForHelp();
    if (!this.opened) {
      this.opened = true;
      this.queue.flush();
      this.at.note = this.shown(LOOSE)[0]?.id ?? null;
      if (!isTyping(document.activeElement)) this.refocus();
    }
  }

  takeHelp(help) {
    this.help = help;
    this.model.likely = new Map(help.places.map((place) => [place.code, place]));
  }

  // All that goes to the server goes in one message: of two sent close together one may be lost.
  send(extra = []) {
    this.component.setTriggerValue("events", [...this.queue.events, ...extra]);
  }

  askForHelp() {
    clearTimeout(this.helpTimer);
    if (this.help?.version === this.data.version) return;
    this.helpTimer = setTimeout(() => {
      if (!this.queue.waiting) this.send([{ kind: "help" }]);
      this.askForHelp(); // it is worked out in the background, so it may take several questions
    }, HELP_MS);
  }

  add(event) {
    this.say("");
    this.queue.add({ id: newId(), ...event });
  }

  changed() {
    if (!this.model.notesKey) return;
    this.model.rebuild(this.queue.events);
    this.draw();
  }

  // Drawing ---------------------------------------------------------------------------------------------------------

  shown(column) {
    return this.model.matching(column, this.search.value.toLowerCase().split(/\s+/).filter(Boolean));
  }

  draw() {
    const { model, queue } = this;
    const within = () => this.columns.node.contains(this.node.getRootNode().activeElement);
    const focused = within();
    this.list = model.columns(this.order);
    if (!this.list.includes(this.at.column)) this.at = { column: LOOSE, note: null };
    const numbers = new Map(this.list.slice(1, 10).map((id, place) => [id, place + 1]));
    this.columns.draw({ model, order: this.list, notes: (id) => this.shown(id), selected: this.selected, numbers });
    const loose = model.held.get(LOOSE).length;
    const published = this.data.published && !queue.waiting ? `, published as ${this.data.published}` : "";
    this.count.textContent = `${model.modes.length} modes hold ${model.notes.length - loose} of ${model.notes.length} notes · version ${this.data.version}${published}${this.selected.size ? ` · ${this.selected.size} chosen` : ""}`;
    this.saved.textContent = queue.waiting ? `${queue.waiting} waiting` : "saved ✓";
    this.saved.classList.toggle("waiting", queue.waiting > 0);
    Object.assign(this.node.dataset, { waiting: String(queue.waiting), version: String(this.data.version), chosen: String(this.selected.size) });
    this.panel.draw(model.mode(this.at.column), adviceFor(this));
    if (focused && !within()) this.refocus(); // the card that had it was built anew
  }

  say(words, failed = false) {
    this.notice.textContent = words;
    this.notice.classList.toggle("failed", failed);
  }

  // Where one is ----------------------------------------------------------------------------------------------------

  go(column, note) {
    this.at = { column, note: note ?? this.shown(column)[0]?.id ?? null };
    this.panel.draw(this.model.mode(column), adviceFor(this));
    this.refocus();
  }

  refocus() {
    this.columns.focus(this.at.column, this.at.note);
  }

  step(by, choosing = false) {
    const notes = this.shown(this.at.column);
    const place = notes.findIndex((note) => note.id === this.at.note);
    const next = notes[Math.max(0, Math.min(notes.length - 1, place + by))];
    if (!next) return;
    if (choosing) for (const id of [this.at.note, next.id]) this.selected.add(id);
    this.at.note = next.id;
    if (choosing) this.draw();
    this.refocus();
  }

  side(by) {
    const place = this.list.indexOf(this.at.column) + by;
    if (place >= 0 && place < this.list.length) this.go(this.list[place], null);
  }

  select(note, how) {
    if (!note) return;
    if (how === "toggle" && this.selected.has(note)) this.selected.delete(note);
    else if (how === "range") this.range(note);
    else if (how !== "drag" || !this.selected.has(note)) {
      if (how === "drag") this.selected.clear();
      this.selected.add(note);
    }
    this.draw();
  }

  range(note) {
    const ids = this.shown(this.at.column).map((item) => item.id);
    const [from, to] = [ids.indexOf(this.at.note), ids.indexOf(note)].sort((a, b) => a - b);
    for (const id of from < 0 ? [note] : ids.slice(from, to + 1)) this.selected.add(id);
  }

  // The notes that a command is about: those chosen, else the one in focus.
  chosen() {
    const there = [...this.selected].filter((id) => this.model.byId.has(id));
    return there.length ? there : [this.at.note].filter(Boolean);
  }

  // Changes ---------------------------------------------------------------------------------------------------------

  // After a move the note that stood below is the present one, so that a key held to its rhythm goes on.
  leave(codes, make) {
    const before = this.shown(this.at.column);
    const place = before.findIndex((note) => note.id === this.at.note);
    const next = [...before.slice(Math.max(place, 0)), ...before.slice(0, Math.max(place, 0)).reverse()].find((note) => !codes.includes(note.id));
    this.selected.clear();
    this.at.note = next?.id ?? null;
    make();
    if (!this.shown(this.at.column).some((note) => note.id === this.at.note)) this.at.note = this.shown(this.at.column)[0]?.id ?? null;
    this.refocus();
  }

  likelyOf(codes) {
    return Object.fromEntries(codes.filter((code) => this.model.likely.get(code)?.mode && this.model.places[this.model.byId.get(code).place] === LOOSE).map((code) => [code, this.model.likely.get(code)]));
  }

  move(to) {
    const codes = this.chosen().filter((id) => this.model.places[this.model.byId.get(id).place] !== to);
    if (!codes.length) return;
    this.leave(codes, () => this.add({ kind: "move", codes, to: to || null, likely: this.likelyOf(codes) }));
    this.say(`${codes.length === 1 ? "1 note" : `${codes.length} notes`} to ${this.model.name(to)}.`);
  }

  choices(but) {
    return this.model.modes.filter((mode) => mode.id !== but).map((mode) => ({ id: mode.id, name: mode.name, note: String(this.model.held.get(mode.id).length) }));
  }

  async askMove() {
    const codes = this.chosen();
    if (!codes.length) return;
    const likely = codes.length === 1 ? this.model.likely.get(codes[0])?.mode : null;
    const choices = this.choices().sort((a, b) => Number(b.id === likely) - Number(a.id === likely));
    const answer = await this.palette.ask({ title: `Move ${codes.length === 1 ? "this note" : `${codes.length} notes`} to`, choices, newName: "New mode" });
    if (answer?.id) this.move(answer.id);
    else if (answer?.name) this.make(codes, answer.name);
    this.refocus();
  }

  async askNew() {
    const codes = this.chosen();
    const answer = await this.palette.ask({ title: codes.length ? `New mode of ${codes.length === 1 ? "this note" : `${codes.length} notes`}` : "New mode", newName: "Call it", hint: "In a few words: what goes wrong?" });
    if (answer?.name) this.make(codes, answer.name);
    this.refocus();
  }

  // Part of the notes of one mode: a split, and the history says so.
  make(codes, name) {
    const from = new Set(codes.map((id) => this.model.places[this.model.byId.get(id).place]));
    const [source] = from;
    const part = from.size === 1 && source !== LOOSE && codes.length < this.model.held.get(source).length;
    const mode = newId();
    this.leave(codes, () => this.add(part ? { kind: "split", source, mode, name, codes } : { kind: "create", mode, name, codes, likely: this.likelyOf(codes) }));
    this.say(`Made ${name}.`);
  }

  async askMerge() {
    const mode = this.model.mode(this.at.column);
    if (!mode) return this.say("Go to a mode first (→), then g merges it into another.");
    const answer = await this.palette.ask({ title: `Merge ${mode.name} into`, choices: this.choices(mode.id), hint: "Its notes go there; its definition stays in the history." });
    if (answer?.id) this.merge(mode.id, answer.id);
    this.refocus();
  }

  merge(mode, into) {
    this.at = { column: into, note: null };
    this.add({ kind: "merge", modes: [mode], into });
    this.go(into, null);
  }

  retire() {
    const mode = this.model.mode(this.at.column);
    if (!mode) return;
    this.side(-1);
    this.add({ kind: "retire", mode: mode.id });
    this.say(`Retired ${mode.name}; its notes are without a mode. u brings it back.`);
  }

  place(all) {
    const codes = all ? this.shown(LOOSE).map((note) => note.id) : this.chosen();
    const likely = this.likelyOf(codes);
    const places = Object.fromEntries(Object.entries(likely).map(([code, found]) => [code, found.mode]).filter(([, mode]) => this.model.mode(mode)));
    const count = Object.keys(places).length;
    if (!count) return this.say(all ? "No note without a mode has a likely one." : "This note has no likely mode: choose one (m), or make a new one (n).");
    this.leave(Object.keys(places), () => this.add({ kind: "place", places, likely }));
    this.say(`${count === 1 ? "1 note" : `${count} notes`} to the likely mode. u takes it back.`);
  }

  undo() {
    this.selected.clear();
    this.add({ kind: "undo" });
    this.say("Taking the last change back.");
  }

  async publish() {
    const answer = await this.palette.ask({ title: `Publish version ${this.data.version} as`, newName: "Publish as", hint: "A published version never changes; the board goes on with the next one." });
    if (answer?.name) this.add({ kind: "publish", name: answer.name });
    this.refocus();
  }

  async find() {
    const answer = await this.palette.ask({ title: "Go to a mode", choices: this.choices() });
    if (answer?.id) this.go(answer.id, null);
    else this.refocus();
  }

  decide(about, subject, outcome) {
    this.add({ kind: "decide", about, subject, outcome, suggester: "local" });
    this.help.advice = this.help.advice.filter((item) => item.subject !== subject || item.about !== about);
    this.draw();
  }

  act(name) {
    ({ merge: () => this.askMerge(), split: () => this.askNew(), retire: () => this.retire() })[name]();
  }

  // Reading a note in full ------------------------------------------------------------------------------------------

  read() {
    const note = this.model.byId.get(this.at.note);
    if (!note) return;
    this.reading = note.id;
    this.showNote({ id: note.id, text: note.text });
    this.reader.showModal();
    if (note.cut) this.send([{ kind: "note", note: note.id }]);
  }

  showNote({ id, text }) {
    const note = this.model.byId.get(id);
    const url = new URL("code", new URL(".", window.location.href));
    for (const [name, value] of [["project", this.data.project], ["coder", this.data.who], ["trace", note.trace]]) url.searchParams.set(name, value);
    replaceChildren(this.reader, el("h3", {}, `${note.coder}${note.step ? `, step ${note.step}` : ""}`), el("pre", { dir: "auto", tabindex: "0" }, text),
      el("div", { class: "row" }, el("a", { href: url.href, target: "_self" }, "Open its trace"), el("button", { type: "button", class: "plain", onclick: () => this.reader.close() }, "Close ", el("kbd", {}, "Esc"))));
  }

  listen() {
    window.evaldashKeys = this;
    for (const [name, listener, capture] of this.listeners) window.addEventListener(name, listener, capture);
  }

  unlisten() {
    for (const [name, listener, capture] of this.listeners) window.removeEventListener(name, listener, capture);
  }

  close() {
    this.unlisten();
    clearTimeout(this.helpTimer);
    this.queue.close();
    this.columns.close();
    this.node.remove();
  }
}
