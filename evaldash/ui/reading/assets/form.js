// The right side: verdict, note, step, modes, comment. It holds what is typed for one trace and gives it out as values.

class ReadingForm {
  constructor({ keys, onChange, onVerdict, onTyping, onQuote }) {
    Object.assign(this, { keys, onChange, modes: [], mode: null });
    this.checks = new Checks({ onChange: () => this.changed() });
    this.note = el("textarea", {
      "data-testid": "note", rows: "4", dir: "auto", "aria-label": "What went wrong first", "aria-autocomplete": "list", placeholder: "In your own words: what went wrong first?",
    });
    this.comment = el("textarea", { rows: "2", dir: "auto", class: "comment", "aria-label": "Comment", placeholder: "Comment (also on a pass)" });
    this.stepLabel = el("span", { class: "where" });
    this.codeList = el("ol", { class: "codes", "aria-label": "Failures noted so far" });
    this.modeButtons = new ModeButtons({ keys, choose: (mode) => this.choose(this.mode === mode ? null : mode) });
    this.message = el("div", { class: "notice", role: "status", "aria-live": "polite" });
    this.likely = new LikelyMode({
      keys, modes: () => this.modes, chosen: () => this.mode, choose: (mode, offer) => this.choose(mode, offer), say: (words) => this.say(words), leave: () => this.note.focus(),
    });
    const verdict = (name, words, action) => el("button", { type: "button", class: `verdict ${name}`, onclick: () => onVerdict(name) }, `${words} `, this.keyCap(action));
    this.buttons = { pass: verdict("pass", "✓ Pass", "pass"), fail: verdict("fail", "✗ Fail", "fail"), deferred: verdict("deferred", "◷ Defer", "defer") };
    for (const field of [this.note, this.comment]) field.addEventListener("input", () => this.changed());
    this.note.addEventListener("input", onTyping);
    this.another = el("button", { type: "button", class: "plain", onclick: () => this.addAnother() }, "+ another failure ", this.keyCap("another"));
    const quote = el("button", { type: "button", class: "plain", title: "Quote the marked text", onclick: onQuote }, "quote");
    quote.addEventListener("mousedown", (event) => event.preventDefault()); // what is marked stays marked
    this.similarPlace = el("div", {});
    this.node = el("div", { class: "form" },
      el("div", { class: "verdicts" }, this.buttons.pass, this.buttons.fail, this.buttons.deferred),
      el("label", { class: "heading" }, "What went wrong first ", this.stepLabel),
      this.codeList, this.note, this.similarPlace, this.likely.node, el("div", { class: "row" }, this.another, quote, el("span", { class: "hint grow" }, this.keyCap("save"), " saves")),
      this.modeButtons.node, this.checks.node, this.comment, this.message);
    this.clear();
  }

  // The key of an action beside what it does; it follows when the coder changes the key.
  keyCap(action) {
    return el("kbd", { "data-key": action }, shownKey(this.keys.keyOf(action)));
  }

  clear() {
    this.codes = [];
    this.beginCode();
    this.comment.value = "";
    this.checks.fill([]);
    this.say("");
    this.draw();
  }

  // A failure that nothing is written of yet.
  beginCode() {
    this.step = null;
    this.mode = null;
    this.offered = null; // the mode that was offered and weighed when one was chosen: { mode, confidence }
    this.codeId = newId();
    this.note.value = "";
    this.likely.clear();
  }

  placeSimilar(node) {
    this.similarPlace.replaceWith(node);
  }

  // Fill in what was said of the trace before, and over it what was half typed.
  fill(reading, draft) {
    this.clear();
    if (reading) {
      this.codes = reading.codes.map((code) => ({ ...code }));
      this.comment.value = reading.comment ?? "";
      this.checks.fill(reading.checks);
    }
    if (draft) {
      this.codes = draft.codes ?? this.codes;
      this.note.value = draft.text ?? "";
      this.comment.value = draft.comment ?? this.comment.value;
      this.step = draft.step ?? null;
      this.mode = draft.mode ?? null;
      this.offered = draft.offered ?? null;
      this.codeId = draft.codeId ?? this.codeId;
      if (draft.checks) this.checks.fill(draft.checks);
    }
    this.draw();
  }

  setModes(modes) {
    this.modes = modes;
    this.draw();
  }

  get typed() {
    return this.note.value.trim() !== "" || this.mode !== null;
  }

  content() {
    const empty = !this.note.value && !this.comment.value && this.mode === null && this.step === null && !this.codes.length && !this.checks.given.size;
    if (empty) return null;
    return {
      text: this.note.value, comment: this.comment.value, step: this.step, mode: this.mode, offered: this.offered, codeId: this.codeId, codes: this.codes,
      checks: this.checks.answers(),
    };
  }

  // All codes as they would be saved: those noted, and the one being written; a mode that was retired since is left out.
  allCodes(mode = this.mode) {
    const text = this.note.value.trim();
    const name = this.modes.find((item) => item.id === mode)?.name ?? "";
    const written = text || name ? [{ id: this.codeId, text: text || name, step: this.step, mode, offered: this.likely.weighed ?? this.offered }] : [];
    const there = new Set(this.modes.map((item) => item.id));
    return [...this.codes, ...written].map((code) => ({ ...code, mode: there.has(code.mode) ? code.mode : null }));
  }

  addAnother() {
    if (!this.typed) {
      this.say("Write down this failure first.");
      this.note.focus();
      return;
    }
    this.codes = this.allCodes();
    this.beginCode();
    this.changed();
    this.note.focus();
  }

  markStep(step) {
    this.step = this.step === step ? null : step;
    this.changed();
  }

  // Take over the words of an earlier note, and its mode; a mode alone leaves what is typed unless that only named it.
  takeNote({ text, mode, isMode }) {
    if (!isMode || text.toLowerCase().includes(this.note.value.trim().toLowerCase())) this.note.value = text;
    if (mode) this.choose(mode);
    else this.changed();
  }

  quote(text, step) {
    const note = this.note.value;
    this.note.value = `${note}${note && !/\s$/.test(note) ? " " : ""}“${text}” `;
    if (this.step === null) this.step = step;
    this.changed();
    this.note.focus();
  }

  // Choose a mode, or none; the offer that was taken or weighed at that moment stays with it, so that it can be counted.
  choose(mode, taken = null) {
    this.offered = mode === null ? null : (taken ?? this.likely.weighed ?? this.offered);
    this.mode = mode;
    this.changed();
  }

  chooseNumber(digit) {
    const mode = this.modes[digit - 1];
    if (mode) this.choose(this.mode === mode.id ? null : mode.id);
    else this.say(this.modes.length ? `There is no mode ${digit}.` : "There are no failure modes yet; your words are enough.");
  }

  say(words, failed = false) {
    this.message.textContent = words;
    this.message.classList.toggle("failed", failed);
  }

  changed() {
    this.draw();
    this.onChange();
  }

  draw() {
    this.stepLabel.textContent = this.step === null ? "(click a step, or s)" : `(step ${this.step})`;
    replaceChildren(this.codeList, ...this.codes.map((code, place) => this.codeItem(code, place)));
    this.codeList.hidden = !this.codes.length;
    this.modeButtons.draw(this.modes, this.mode);
    if (!this.note.value.trim()) this.likely.clear(); // nothing is written any more
    this.likely.draw();
    for (const cap of this.node.querySelectorAll("[data-key]")) cap.textContent = shownKey(this.keys.keyOf(cap.dataset.key));
  }

  codeItem(code, place) {
    const mode = this.modes.find((item) => item.id === code.mode);
    const where = code.step ? ` step ${code.step}` : "";
    const edit = el("button", { type: "button", class: "plain", title: "Edit", "aria-label": `Edit failure ${place + 1}`, onclick: () => this.edit(place) }, "edit");
    const remove = el("button", { type: "button", class: "plain", title: "Remove", "aria-label": `Remove failure ${place + 1}`, onclick: () => this.remove(place) }, "remove");
    return el("li", {}, el("bdi", {}, code.text), el("span", { class: "hint" }, `${where}${mode && mode.name !== code.text ? ` · ${mode.name}` : ""} `), edit, remove);
  }

  edit(place) {
    if (this.typed) this.codes = this.allCodes();
    const [code] = this.codes.splice(place, 1);
    this.beginCode();
    this.note.value = code.text;
    this.step = code.step;
    this.mode = code.mode ?? null;
    this.offered = code.offered ?? null;
    this.codeId = code.id;
    this.changed();
    this.note.focus();
  }

  remove(place) {
    this.codes.splice(place, 1);
    this.changed();
    (this.codeList.querySelector(`li:nth-child(${place + 1}) button:last-child`) ?? this.another).focus();
  }
}
