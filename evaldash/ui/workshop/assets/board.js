// The board. The browser moves notes at once; the changes follow in their queue, and the server answers each.

const HELP_MS = 1200; // quiet after which the modes are looked at for what seems odd
const BOARD_HELD = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "h", "j", "k", "l"]); // keys that repeat
const BOARD_KEYS = [
  ["↑ ↓ / k j", "note above, below"], ["← → / h l", "mode to the left, right"], ["x / Space", "choose this note"], ["Shift+↑ ↓", "choose on the way"],
  ["* / Esc", "choose all of this mode / none"], ["m", "move to …"], ["1 … 9", "move to that mode"], ["0", "take out of its mode"],
  ["n", "new mode of these notes (a split, inside a mode)"], ["a / A", "accept the likely mode / all likely modes"],
  ["g", "merge this mode into …"], ["r / e", "name / definition, severity, owner of this mode"], ["t", "retire this mode"],
  ["f", "find a mode"], ["/", "search the notes"], ["Enter", "read the note in full, open its trace"], ["u / U", "undo, as often as you like / bring it back"], ["p", "publish this version"], ["?", "this sheet"],
];

class Board extends Workbench {
  constructor(root) {
    super(root, { keys: BOARD_KEYS, sheetLabel: "Keys of the board" });
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
  }

  build() {
    this.search = el("input", { type: "search", class: "search", placeholder: "search the notes", "aria-label": "Search the notes" });
    this.search.addEventListener("input", () => this.draw());
    const orders = [["taxonomy", "as made"], ["size", "largest first"], ["name", "by name"]];
    this.sorting = el("select", { class: "sorting", "aria-label": "Order of the modes" }, ...orders.map(([value, label]) => el("option", { value }, label)));
    this.sorting.addEventListener("change", () => { this.order = this.sorting.value; this.draw(); this.refocus(); });
    this.reader = el("dialog", { class: "sheet reader", "aria-label": "The note in full" });
    const bar = el("div", { class: "bar" }, this.count, this.saved, this.search, this.sorting,
      keyButton("Undo", "u", () => this.undo()), keyButton("Publish", "p", () => this.publish()), keyButton("Keys", "?", () => this.sheet.showModal()));
    this.node = el("section", { class: "board", "data-testid": "board", tabindex: "-1", "aria-label": "Board of failure modes" },
      bar, this.notice, el("div", { class: "desk-of-modes" }, this.columns.node, this.panel.node), this.palette.node, this.sheet, this.reader);
    this.root.appendChild(this.node);
  }

  takeState() {
    this.model.setBase(this.data);
    this.takeAnswers();
    if (this.data.help) this.takeHelp(this.data.help);
    if (this.data.note && this.data.note.id === this.reading) {
      this.asked = null;
      this.showNote(this.data.note);
    }
    this.changed();
    this.askForHelp();
  }

  open(isBusyElsewhere) {
    this.at.note = this.shown(LOOSE)[0]?.id ?? null;
    if (!isBusyElsewhere) this.refocus();
  }

  takeHelp(help) {
    this.help = help;
    this.model.likely = new Map(help.places.map((place) => [place.code, place]));
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
    super.add(event);
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
    this.count.textContent = `${countOf(model.modes.length, "mode")} ${model.modes.length === 1 ? "holds" : "hold"} ${model.notes.length - loose} of ${countOf(model.notes.length, "note")} · version ${this.data.version}${published}${this.selected.size ? ` · ${this.selected.size} chosen` : ""}`;
    this.drawSaved();
    Object.assign(this.node.dataset, { version: String(this.data.version), chosen: String(this.selected.size) });
    this.panel.draw(model.mode(this.at.column), adviceFor(this));
    if (focused && !within()) this.refocus(); // the card that had it was built anew
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

  // Reading a note in full ------------------------------------------------------------------------------------------

  read() {
    const note = this.model.byId.get(this.at.note);
    if (!note) return;
    this.reading = note.id;
    this.asked = note.cut ? note.id : null;
    this.showNote({ id: note.id, text: note.text });
    this.reader.showModal();
    if (this.asked) this.send();
  }

  questions() {
    return this.asked && this.reader.open ? [{ kind: "note", note: this.asked }] : [];
  }

  showNote({ id, text }) {
    const note = this.model.byId.get(id);
    const url = new URL("code", new URL(".", window.location.href));
    for (const [name, value] of [["project", this.data.project], ["coder", this.data.who], ["trace", note.trace]]) url.searchParams.set(name, value);
    replaceChildren(this.reader, el("h3", {}, `${note.coder}${note.step ? `, step ${note.step}` : ""}`), el("pre", { dir: "auto", tabindex: "0" }, text),
      el("div", { class: "row" }, el("a", { href: url.href, target: "_self" }, "Open its trace"), el("button", { type: "button", class: "plain", onclick: () => this.reader.close() }, "Close ", el("kbd", {}, "Esc"))));
  }

  close() {
    clearTimeout(this.helpTimer);
    this.columns.close();
    super.close();
  }
}
