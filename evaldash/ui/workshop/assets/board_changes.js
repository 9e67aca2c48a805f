// What is done to the taxonomy on the board: each change shows at once and goes to the server as one event.

Object.assign(Board.prototype, {
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
  },

  likelyOf(codes) {
    return Object.fromEntries(codes.filter((code) => this.model.likely.get(code)?.mode && this.model.places[this.model.byId.get(code).place] === LOOSE).map((code) => [code, this.model.likely.get(code)]));
  },

  move(to) {
    const codes = this.chosen().filter((id) => this.model.places[this.model.byId.get(id).place] !== to);
    if (!codes.length) return;
    this.leave(codes, () => this.add({ kind: "move", codes, to: to || null, likely: this.likelyOf(codes) }));
    this.say(`${countOf(codes.length, "note")} to ${this.model.name(to)}.`);
  },

  choices(but) {
    return this.model.modes.filter((mode) => mode.id !== but).map((mode) => ({ id: mode.id, name: mode.name, note: String(this.model.held.get(mode.id).length) }));
  },

  async askMove() {
    const codes = this.chosen();
    if (!codes.length) return;
    const likely = codes.length === 1 ? this.model.likely.get(codes[0])?.mode : null;
    const choices = this.choices().sort((a, b) => Number(b.id === likely) - Number(a.id === likely));
    const answer = await this.palette.ask({ title: `Move ${codes.length === 1 ? "this note" : countOf(codes.length, "note")} to`, choices, newName: "New mode" });
    if (answer?.id) this.move(answer.id);
    else if (answer?.name) this.make(codes, answer.name);
    this.refocus();
  },

  async askNew() {
    const codes = this.chosen();
    const answer = await this.palette.ask({ title: codes.length ? `New mode of ${codes.length === 1 ? "this note" : countOf(codes.length, "note")}` : "New mode", newName: "Call it", hint: "In a few words: what goes wrong?" });
    if (answer?.name) this.make(codes, answer.name);
    this.refocus();
  },

  // Part of the notes of one mode: a split, and the history says so.
  make(codes, name) {
    const from = new Set(codes.map((id) => this.model.places[this.model.byId.get(id).place]));
    const [source] = from;
    const part = from.size === 1 && source !== LOOSE && codes.length < this.model.held.get(source).length;
    const mode = newId();
    this.leave(codes, () => this.add(part ? { kind: "split", source, mode, name, codes } : { kind: "create", mode, name, codes, likely: this.likelyOf(codes) }));
    this.say(`Made ${name}.`);
  },

  async askMerge() {
    const mode = this.model.mode(this.at.column);
    if (!mode) return this.say("Go to a mode first (→), then g merges it into another.");
    const answer = await this.palette.ask({ title: `Merge ${mode.name} into`, choices: this.choices(mode.id), hint: "Its notes go there; its definition stays in the history." });
    if (answer?.id) this.merge(mode.id, answer.id);
    this.refocus();
  },

  merge(mode, into) {
    this.at = { column: into, note: null };
    this.add({ kind: "merge", modes: [mode], into });
    this.go(into, null);
  },

  retire() {
    const mode = this.model.mode(this.at.column);
    if (!mode) return;
    this.side(-1);
    this.add({ kind: "retire", mode: mode.id });
    this.say(`Retired ${mode.name}; its notes are without a mode. u brings it back.`);
  },

  place(all) {
    const codes = all ? this.shown(LOOSE).map((note) => note.id) : this.chosen();
    const likely = this.likelyOf(codes);
    const places = Object.fromEntries(Object.entries(likely).map(([code, found]) => [code, found.mode]).filter(([, mode]) => this.model.mode(mode)));
    const count = Object.keys(places).length;
    if (!count) return this.say(all ? "No note without a mode has a likely one." : "This note has no likely mode: choose one (m), or make a new one (n).");
    this.leave(Object.keys(places), () => this.add({ kind: "place", places, likely }));
    this.say(`${countOf(count, "note")} to the likely mode. u takes it back.`);
  },

  undo() {
    this.selected.clear();
    this.add({ kind: "undo" });
    this.say("Taking the last change back.");
  },

  redo() {
    this.selected.clear();
    this.add({ kind: "redo" });
    this.say("Bringing back what was taken back last.");
  },

  async publish() {
    const answer = await this.palette.ask({ title: `Publish version ${this.data.version} as`, newName: "Publish as", hint: "A published version never changes; the board goes on with the next one." });
    if (answer?.name) this.add({ kind: "publish", name: answer.name });
    this.refocus();
  },

  async find() {
    const answer = await this.palette.ask({ title: "Go to a mode", choices: this.choices() });
    if (answer?.id) this.go(answer.id, null);
    else this.refocus();
  },

  decide(about, subject, outcome) {
    this.add({ kind: "decide", about, subject, outcome, suggester: "local" });
    this.help.advice = this.help.advice.filter((item) => item.subject !== subject || item.about !== about);
    this.draw();
  },

  act(name) {
    ({ merge: () => this.askMerge(), split: () => this.askNew(), retire: () => this.retire() })[name]();
  },
});
