// Where the note that is being written likely belongs: a mode with its confidence, or "new?"; one key takes it.

const WEIGHED_MS = 1000; // an offer that stood for less when the note was saved came too late to be weighed
const NEAR = 0.3; // confidence from which a mode is named beside "New?"; below it another would do as well

class LikelyMode {
  constructor({ keys, modes, chosen, choose, say, leave }) {
    Object.assign(this, { keys, modes, chosen, choose, say, leave });
    this.node = el("div", { class: "likely", role: "status", "aria-live": "polite" });
    this.clear();
  }

  clear() {
    this.place = null; // { mode, confidence, is_new } of the last answer
    this.waits = false; // for the model, which loads when the desk opens
    this.stand();
  }

  answered({ place, complete }) {
    this.place = place;
    this.waits = !complete && !place;
    this.draw();
  }

  // What is offered: nothing while a mode is chosen, and none that was merged or retired since.
  get offer() {
    const name = this.nameOf(this.place?.mode);
    return name && !this.place.is_new && this.chosen() === null ? { mode: this.place.mode, confidence: this.place.confidence } : null;
  }

  // The offer that a choice, or a save without one, answers: it stood long enough, and in sight.
  get weighed() {
    const { offer } = this;
    return offer && this.node.dataset.weighed === offer.mode && isWhollySeen(this.node) ? offer : null;
  }

  // Another offer than before, or none, is weighed anew.
  stand() {
    const mode = this.offer?.mode ?? null;
    if (mode === this.standing) return;
    clearTimeout(this.timer);
    this.standing = mode;
    this.node.dataset.weighed = "";
    if (mode) this.timer = setTimeout(() => { this.node.dataset.weighed = mode; }, WEIGHED_MS);
  }

  nameOf(mode) {
    return this.modes().find((item) => item.id === mode)?.name;
  }

  // The mode that one key takes: the likely one, or one that is near though the note may be something new.
  get near() {
    return this.place && (!this.place.is_new || this.place.confidence >= NEAR) && this.nameOf(this.place.mode) ? this.place.mode : null;
  }

  take() {
    if (this.chosen() !== null) this.say("A mode is chosen already.");
    else if (this.near) this.choose(this.near, this.offer);
    else this.say("No mode is near what is written; write on, or choose one.");
  }

  draw() {
    this.stand();
    this.node.hidden = !this.modes().length;
    const held = focusedIn(this.node);
    replaceChildren(this.node, ...this.words());
    if (held) (this.node.querySelector("button") ?? { focus: this.leave }).focus();
  }

  words() {
    const chosen = this.nameOf(this.chosen());
    if (chosen) return ["Mode: ", el("strong", {}, chosen)];
    if (this.waits) return [el("span", { class: "hint" }, "The model that compares notes is loading …")];
    if (!this.place) return [el("span", { class: "hint" }, "The likely mode appears here as you write.")];
    const { near } = this;
    const chip = near && el("button", { type: "button", class: `mode${this.place.is_new ? "" : " offered"}`, onclick: () => this.take() }, this.nameOf(near), " ", el("kbd", {}, shownKey(this.keys.keyOf("likely"))));
    const sure = el("span", { class: "hint" }, `${Math.round(100 * this.place.confidence)} %`);
    if (!near) return [el("strong", {}, "New?"), el("span", { class: "hint" }, "No mode is near.")];
    return this.place.is_new ? [el("strong", {}, "New?"), "or", chip, sure] : ["Likely", chip, sure];
  }
}

function isWhollySeen(node) {
  const { top, bottom, height } = node.getBoundingClientRect();
  const side = node.closest(".side")?.getBoundingClientRect();
  const frame = side?.height ? side : { top: 0, bottom: Infinity }; // in a narrow window the page scrolls, not the side
  return height > 0 && top >= Math.max(0, frame.top) - 1 && bottom <= Math.min(window.innerHeight, frame.bottom) + 1;
}
