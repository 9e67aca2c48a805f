// Where the note that is being written likely belongs: a mode with its confidence, or "new?"; one key takes it.

class LikelyMode {
  constructor({ keys, modes, chosen, choose, say }) {
    Object.assign(this, { keys, modes, chosen, choose, say });
    this.node = el("div", { class: "likely", role: "status", "aria-live": "polite" });
    this.clear();
  }

  clear() {
    this.place = null; // { mode, confidence, is_new } of the last answer
    this.waits = false; // for the model, which loads when the desk opens
  }

  answered({ place, complete }) {
    this.place = place;
    this.waits = !complete;
    this.draw();
  }

  // What is offered: nothing while a mode is chosen, and none that was merged or retired since.
  get offer() {
    const name = this.nameOf(this.place?.mode);
    return name && !this.place.is_new && this.chosen() === null ? { mode: this.place.mode, confidence: this.place.confidence } : null;
  }

  nameOf(mode) {
    return this.modes().find((item) => item.id === mode)?.name;
  }

  // One key takes what is offered, and the nearest mode also where the note may be something new.
  take() {
    const mode = this.nameOf(this.place?.mode) ? this.place.mode : null;
    if (this.chosen() !== null) this.say("A mode is chosen already.");
    else if (mode) this.choose(mode);
    else this.say("No mode is near what is written; write on, or choose one.");
  }

  draw() {
    this.node.hidden = !this.modes().length;
    replaceChildren(this.node, ...this.words());
  }

  words() {
    const chosen = this.nameOf(this.chosen());
    if (chosen) return ["Mode: ", el("strong", {}, chosen)];
    if (this.waits) return [el("span", { class: "hint" }, "The model that compares notes is loading …")];
    if (!this.place) return [el("span", { class: "hint" }, "The likely mode appears here as you write.")];
    const nearest = this.nameOf(this.place.mode);
    const sure = el("span", { class: "hint" }, `${Math.round(100 * this.place.confidence)} % sure`);
    const nearer = nearest ? [el("button", { type: "button", class: `mode${this.place.is_new ? "" : " offered"}`, onclick: () => this.take() }, nearest, " ", el("kbd", {}, shownKey(this.keys.keyOf("likely")))), sure] : [];
    if (!this.place.is_new) return ["Likely", ...nearer];
    return [el("strong", {}, "New?"), ...(nearest ? ["nearest", ...nearer] : [])];
  }
}
