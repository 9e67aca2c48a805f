// The sheet of all keys, on which each can be changed.

class KeySheet {
  constructor({ keys, onChange }) {
    this.keys = keys;
    this.onChange = onChange;
    this.waitsFor = null;
    this.words = el("p", { class: "notice", role: "status", "aria-live": "polite" });
    this.tables = el("div", { class: "tables" });
    const reset = el("button", { type: "button", class: "plain", onclick: () => this.reset() }, "all as at first");
    const close = el("button", { type: "button", class: "plain", onclick: () => this.node.close() }, "close (Esc)");
    this.node = el("dialog", { class: "sheet", "aria-label": "Keys" }, el("h3", {}, "Keys"),
      el("p", { class: "hint" }, "Press a key's button, then the key you would rather have. Your keys stay with your name."), this.tables, this.words, el("div", { class: "row" }, reset, close));
    this.node.addEventListener("close", () => { if (!this.isOpen) this.waitsFor = null; }); // it comes late
  }

  open() {
    this.words.textContent = "";
    this.draw();
    this.node.showModal();
  }

  get isOpen() {
    return this.node.open;
  }

  // Keys pressed while the sheet is open.
  key(event) {
    if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    if (this.waitsFor) {
      event.preventDefault();
      this.take(keyName(event));
    } else if (this.keys.find(event, false) === "sheet") {
      event.preventDefault();
      this.node.close();
    }
  }

  take(name) {
    const action = this.waitsFor;
    this.waitsFor = null;
    const escaped = name === "Escape" && !ACTIONS[action].writing;
    const refusal = escaped ? "" : this.keys.change(action, name);
    this.words.textContent = refusal || (escaped ? "" : `${shownKey(name)}: ${ACTIONS[action].what}.`);
    this.words.classList.toggle("failed", Boolean(refusal));
    this.draw(action);
    if (!refusal && !escaped) this.onChange();
  }

  reset() {
    this.keys.changed = {};
    this.words.textContent = "All keys are as at first.";
    this.draw();
    this.onChange();
  }

  draw(focused = null) {
    replaceChildren(this.tables, this.table("While reading", false), this.table("While writing", true));
    this.tables.querySelector(`[data-action="${focused}"]`)?.focus();
  }

  table(title, writing) {
    const names = Object.keys(ACTIONS).filter((action) => Boolean(ACTIONS[action].writing) === writing);
    const groups = Map.groupBy(names, (action) => ACTIONS[action].group ?? ACTIONS[action].what);
    const fixed = FIXED.filter(([, , inWriting]) => inWriting === writing);
    return el("table", {}, el("caption", {}, title), el("tbody", {}, ...[...groups].map(([what, actions]) => this.row(what, actions)),
      el("tr", {}, el("td", { colspan: "2", class: "hint" }, "Fixed, as everywhere in a browser:")),
      ...fixed.map(([key, what]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, what)))));
  }

  // One action, or the nine of the modes, which stand in one line.
  row(what, actions) {
    const buttons = actions.map((action) => this.keyButton(action));
    if (actions.length > 1) return el("tr", {}, el("td", { colspan: "2" }, el("div", {}, `${what}, number 1 to ${actions.length}`), el("div", { class: "digits" }, ...buttons)));
    return el("tr", {}, el("td", {}, ...buttons), el("td", {}, what));
  }

  keyButton(action) {
    const waits = this.waitsFor === action;
    const change = () => { this.waitsFor = action; this.words.textContent = "Press the new key (Esc leaves it)."; this.draw(action); };
    return el("button", { type: "button", class: "plain key", "data-action": action, "aria-label": `${ACTIONS[action].what}: ${shownKey(this.keys.keyOf(action))}, change`, onclick: change },
      waits ? "press …" : shownKey(this.keys.keyOf(action)));
  }
}
