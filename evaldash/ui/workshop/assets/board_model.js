// What the board shows: the taxonomy as the server knows it, with the changes that it has not answered yet on top.

const LOOSE = ""; // the id of the column of notes without a mode

class BoardModel {
  constructor() {
    this.notes = [];
    this.places = []; // mode id of each note, LOOSE for none
    this.modes = [];
    this.base = { modes: [], places: [] };
    this.likely = new Map(); // note id -> { mode, confidence, suggester }
  }

  setNotes({ key, ids, texts, cut, coders, steps, traces }) {
    this.notesKey = key;
    this.notes = ids.map((id, place) => ({
      id, place, text: texts[place], cut: cut.includes(place), coder: coders[place], step: steps[place], trace: traces[place], words: null,
    }));
    this.byId = new Map(this.notes.map((note) => [note.id, note]));
  }

  setBase(base) {
    this.base = base;
  }

  rebuild(pending) {
    this.modes = this.base.modes.map((mode) => ({ ...mode }));
    this.places = this.base.places.map((place) => (place < 0 ? LOOSE : this.base.modes[place].id));
    pending.forEach((event, place) => this.apply(event, pending[place - 1]));
    this.held = new Map([[LOOSE, []], ...this.modes.map((mode) => [mode.id, []])]);
    for (const note of this.notes) (this.held.get(this.places[note.place]) ?? this.held.get(LOOSE)).push(note);
  }

  apply(event) {
    const mode = this.modes.find((item) => item.id === event.mode);
    if (event.kind === "move") this.put(event.codes, event.to ?? LOOSE);
    else if (event.kind === "place") for (const [code, to] of Object.entries(event.places)) this.put([code], to);
    else if (event.kind === "create" || event.kind === "split") this.make(event);
    else if (event.kind === "merge") this.merge(event);
    else if (event.kind === "describe" && mode) Object.assign(mode, changedFields(event));
    else if (event.kind === "retire") this.drop(event.mode, LOOSE);
  }

  put(codes, to) {
    for (const code of codes) {
      const note = this.byId.get(code);
      if (note) this.places[note.place] = to;
    }
  }

  make(event) {
    if (!this.modes.some((mode) => mode.id === event.mode)) this.modes.push({ ...EMPTY_MODE, id: event.mode, name: event.name });
    this.put(event.codes, event.mode);
  }

  merge(event) {
    for (const mode of event.modes) if (mode !== event.into) this.drop(mode, event.into);
  }

  drop(gone, to) {
    this.modes = this.modes.filter((mode) => mode.id !== gone);
    this.places = this.places.map((place) => (place === gone ? to : place));
  }

  mode(id) {
    return this.modes.find((mode) => mode.id === id);
  }

  name(id) {
    return id === LOOSE ? "Without a mode" : (this.mode(id)?.name ?? "");
  }

  // Columns in the order asked for; the notes without a mode stand first.
  columns(order) {
    const size = (mode) => this.held.get(mode.id).length;
    const sorted = [...this.modes];
    if (order === "size") sorted.sort((a, b) => size(b) - size(a));
    if (order === "name") sorted.sort((a, b) => a.name.localeCompare(b.name));
    return [LOOSE, ...sorted.map((mode) => mode.id)];
  }

  matching(column, words) {
    const notes = this.held.get(column) ?? [];
    if (!words.length) return notes;
    return notes.filter((note) => {
      note.words ??= `${note.text} ${note.coder}`.toLowerCase();
      return words.every((word) => note.words.includes(word));
    });
  }
}

const EMPTY_MODE = { definition: "", applies_when: "", not_when: "", severity: "", owner: "" };

function changedFields(event) {
  const fields = ["name", ...Object.keys(EMPTY_MODE)];
  return Object.fromEntries(fields.filter((field) => field in event).map((field) => [field, event[field]]));
}
