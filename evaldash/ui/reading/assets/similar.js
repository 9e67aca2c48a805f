// While a note is typed: earlier notes that mean nearly the same, and modes whose name begins so. ↓ and Enter take one.

const NOTE_PAUSE_MS = 120; // of typing, after which the server is asked
const MODEL_PAUSE_MS = 1500; // while the server loads its model; then the same is asked again
const LEAST_CHARS = 3;
const MOST = 6;

class SimilarNotes {
  constructor({ note, ask, take }) {
    this.note = note;
    this.ask = ask;
    this.take = take;
    this.modes = [];
    this.found = [];
    this.picked = -1;
    this.node = el("div", { class: "similar", role: "listbox", id: "evaldash-similar", "aria-label": "Earlier notes that are similar" });
    note.setAttribute("aria-controls", "evaldash-similar");
  }

  clear() {
    clearTimeout(this.timer);
    this.asked = null;
    this.answers = [];
    this.show([]);
  }

  typed() {
    const text = this.note.value.trim();
    clearTimeout(this.timer);
    if (text.length < LEAST_CHARS) {
      this.clear();
      return;
    }
    this.show([...this.modesLike(text), ...(this.answers ?? [])]);
    this.timer = setTimeout(() => this.askNow(text), NOTE_PAUSE_MS);
  }

  askNow(text) {
    this.asked = text;
    this.ask(text);
  }

  modesLike(text) {
    const low = text.toLowerCase();
    return this.modes.filter((mode) => mode.name.toLowerCase().split(/\s+/).some((_, at, words) => words.slice(at).join(" ").startsWith(low)))
      .slice(0, 3).map((mode) => ({ text: mode.name, mode: mode.id, isMode: true }));
  }

  // False for an answer that comes too late: its note was saved, or is another by now.
  answered({ text, notes, complete }) {
    if (text !== this.asked) return false;
    this.asked = null;
    this.answers = notes;
    if (!complete) this.timer = setTimeout(() => this.askNow(text), MODEL_PAUSE_MS);
    const now = this.note.value.trim();
    this.show([...this.modesLike(now), ...notes.filter((item) => item.text !== now)]);
    return true;
  }

  show(found) {
    const kept = this.found[this.picked]?.text;
    this.found = found.slice(0, MOST);
    this.picked = kept === undefined ? -1 : this.found.findIndex((item) => item.text === kept);
    this.draw();
  }

  // Keys in the note; true for those that were meant for the list.
  key(event) {
    if (!this.found.length || event.ctrlKey || event.altKey || event.metaKey) return false;
    if (event.key === "ArrowDown" && (this.picked >= 0 || !this.note.value.slice(this.note.selectionEnd).includes("\n"))) return this.move(1);
    if (this.picked < 0) return false;
    if (event.key === "ArrowUp") return this.move(-1);
    if (event.key === "Enter") return this.choose(this.picked);
    if (event.key === "Escape") return this.move(-1 - this.picked);
    return false;
  }

  move(by) {
    this.picked = Math.min(this.found.length - 1, Math.max(-1, this.picked + by));
    this.draw();
    return true;
  }

  choose(place) {
    const item = this.found[place];
    this.clear();
    this.take(item);
    return true;
  }

  draw() {
    replaceChildren(this.node, ...this.found.map((item, place) => this.option(item, place)));
    if (this.picked >= 0) this.note.setAttribute("aria-activedescendant", `evaldash-similar-${this.picked}`);
    else this.note.removeAttribute("aria-activedescendant");
  }

  option(item, place) {
    const name = this.modes.find((mode) => mode.id === item.mode)?.name;
    const about = item.isMode ? "failure mode" : [name, item.times > 1 ? `${item.times} times` : null].filter(Boolean).join(" · ");
    const node = el("div", { class: `option${place === this.picked ? " picked" : ""}`, id: `evaldash-similar-${place}`, role: "option", "aria-selected": String(place === this.picked), onclick: () => { this.choose(place); this.note.focus(); } },
      el("bdi", {}, item.text), about ? el("span", { class: "hint" }, ` ${about}`) : null);
    node.addEventListener("mousedown", (event) => event.preventDefault()); // the note keeps the focus
    return node;
  }
}
