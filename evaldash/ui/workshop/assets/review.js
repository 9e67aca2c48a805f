// Suggested changes as cards with the notes they rest on. Nothing holds before a person accepts; a rejected card stays away.

const SHOWN_NOTES = 6; // notes of a card shown at first
const REVIEW_KEYS = [
  ["↓ ↑ / j k", "next, previous card"], ["a", "accept this card as it reads now"], ["x", "reject it, for good"], ["A", "accept all cards but those that contradict each other"], ["X", "reject all cards"],
  ["e", "edit its name (Tab: definition, when, when not)"], ["Enter", "show all its notes; a tick taken away leaves a note out"], ["u / U", "undo the last change or rejection / bring it back"], ["?", "this sheet"],
];
const CARD_FIELDS = [
  ["name", "Name", "input"], ["definition", "Definition, a yes-or-no question about a trace", "textarea"],
  ["applies_when", "Applies when", "textarea"], ["not_when", "Does not apply when", "textarea"],
];

class Review extends Workbench {
  constructor(root) {
    super(root, { keys: REVIEW_KEYS, sheetLabel: "Keys of the review" });
    this.made = new Map(); // the cards with what is typed into them
    this.cards = new Map(); // those of them that are to be decided on
    this.here = null;
    this.done = []; // what u takes back, the last at the end: the rejected cards of one key, or null for a version
    this.undone = []; // what U brings back
    this.build();
  }

  build() {
    this.list = el("div", { class: "review-cards" });
    this.left = el("details", { class: "left-over" });
    this.unusable = el("ul", { class: "hint" });
    this.all = keyButton("Accept all", "A", () => this.acceptAll(), "plain primary");
    this.none = keyButton("Reject all", "X", () => this.reject([...this.cards.values()]));
    this.node = el("section", { class: "review", "data-testid": "review", tabindex: "-1", "aria-label": "Suggested changes" },
      el("div", { class: "bar" }, this.count, this.saved, this.all, this.none, keyButton("Undo", "u", () => this.undo()), keyButton("Keys", "?", () => this.sheet.showModal())),
      this.notice, this.list, this.left, this.unusable, this.sheet);
    this.root.appendChild(this.node);
  }

  takeState() {
    const sent = [...this.queue.events];
    const refused = this.takeAnswers();
    const open = new Set([...this.queue.events, ...refused].map((event) => event.id));
    // A card that was taken over and comes back by undo is a new one; a refused one keeps what was typed.
    for (const event of sent) if (!open.has(event.id)) for (const key of cardsOf(event)) this.made.delete(key);
    this.draw();
  }

  open(isBusyElsewhere) {
    if (!isBusyElsewhere) this.go(this.waiting()[0]);
  }

  changed() {
    this.draw();
  }

  // The cards that neither the server nor a change on its way has decided on.
  waiting() {
    const gone = new Set(this.queue.events.flatMap(cardsOf));
    return this.data.cards.map(cardKey).filter((key) => !gone.has(key));
  }

  draw() {
    if (!this.model.notesKey) return;
    const wanted = this.waiting();
    const given = new Map(this.data.cards.map((card) => [cardKey(card), card]));
    for (const key of wanted) if (!this.made.has(key)) this.made.set(key, new ReviewCard(this, key, given.get(key)));
    this.cards = new Map(wanted.map((key) => [key, this.made.get(key)]));
    arrange(this.list, [...this.cards.values()].map((card) => card.node)); // one may be writing in a card while another comes back
    const counts = [...this.cards.values()].filter((card) => !card.isChange).map((card) => card.codes().length);
    const changes = wanted.length - counts.length;
    const parts = [counts.length ? `${countOf(counts.length, "suggestion")} for ${countOf(counts.reduce((sum, count) => sum + count, 0), "note")}` : null,
      changes ? `${countOf(changes, "change")} to modes there are` : null].filter(Boolean);
    this.count.textContent = parts.length ? `${parts.join(", ")}, ${this.data.method}` : "Nothing is left to decide on.";
    for (const button of [this.all, this.none]) button.hidden = !wanted.length;
    this.drawSaved();
    this.node.dataset.cards = String(wanted.length);
    this.drawLeft();
    if (!this.cards.has(this.here)) this.here = wanted[0] ?? null;
    for (const [key, card] of this.cards) card.node.classList.toggle("here", key === this.here);
  }

  drawLeft() {
    replaceChildren(this.unusable, ...this.data.unusable.map((words) => el("li", {}, `Proposed and of no use: ${words}`)));
    const entries = this.data.left_over.map(([code, reason]) => [this.model.byId.get(code), reason]).filter(([note]) => note);
    this.left.hidden = !entries.length;
    replaceChildren(this.left, el("summary", {}, `Set apart, with the reason: ${countOf(entries.length, "note")}`),
      el("ul", {}, ...entries.slice(0, 300).map(([note, reason]) => el("li", {}, el("span", { dir: "auto" }, note.text), el("span", { class: "hint" }, reason ? ` · ${reason}` : "")))));
  }

  go(key) {
    if (!key || !this.cards.has(key)) return this.node.focus({ preventScroll: true });
    this.here = key;
    for (const [other, card] of this.cards) card.node.classList.toggle("here", other === key);
    const card = this.cards.get(key);
    card.node.focus({ preventScroll: true });
    card.node.scrollIntoView({ block: "nearest" });
  }

  step(by) {
    const keys = [...this.cards.keys()];
    const place = Math.max(0, Math.min(keys.length - 1, keys.indexOf(this.here) + by));
    this.go(keys[place]);
  }

  // Accepting several is one change.
  accept(cards) {
    const chosen = cards.filter((card) => card.isChange ? !card.given.takes || card.codes().length : card.codes().length);
    if (!chosen.length) return this.say("Without a note there is nothing to accept.");
    this.next(chosen.map((card) => card.key));
    this.did(null);
    this.add({ kind: "accept", suggestion: chosen[0].given.suggestion, cards: chosen.map((card) => card.content()) });
    this.say(chosen.length === 1 ? `Accepted ${chosen[0].name()}.` : `Accepted ${chosen.length} suggestions.`);
    this.go(this.here);
  }

  // What contradicts another card waits for a choice.
  acceptAll() {
    const cards = [...this.cards.values()];
    const clear = cards.filter((card) => !card.given.against?.length);
    if (cards.length && !clear.length) return this.say("These cards contradict each other: accept one of them.");
    this.accept(clear);
    if (clear.length < cards.length) this.say(`Accepted ${clear.length} of ${cards.length}: the rest contradict each other and wait for your choice.`);
  }

  reject(cards) {
    if (!cards.length) return;
    this.next(cards.map((card) => card.key));
    const rejected = cards.map(({ given }) => ({ suggestion: given.suggestion, card: given.card }));
    this.did(rejected);
    for (const card of rejected) this.add({ kind: "reject", ...card });
    this.say(cards.length === 1 ? `Rejected ${cards[0].name()}; it will not be suggested again.` : `Rejected ${countOf(cards.length, "suggestion")}; they will not be made again.`);
    this.go(this.here);
  }

  did(what) {
    this.done.push(what);
    this.undone = [];
  }

  next(gone) {
    const keys = [...this.cards.keys()];
    const place = keys.indexOf(gone[0]);
    this.here = [...keys.slice(place), ...keys.slice(0, place).reverse()].find((key) => !gone.includes(key)) ?? null;
  }

  // A rejection changes no taxonomy, so it is no version: the card is opened again.
  undo() {
    const last = this.done.pop() ?? null;
    this.undone.push(last);
    if (last) {
      for (const card of last) this.add({ kind: "reopen", ...card });
      return this.say(last.length === 1 ? "The rejected card is back." : "The rejected cards are back.");
    }
    this.add({ kind: "undo" });
    this.say("Taking the last change back.");
  }

  redo() {
    const last = this.undone.pop() ?? null;
    this.done.push(last);
    if (last) {
      for (const card of last) this.add({ kind: "reject", ...card });
      return this.say(last.length === 1 ? "Rejected again." : "Rejected them again.");
    }
    this.add({ kind: "redo" });
    this.say("Bringing back what was taken back last.");
  }

  key(event) {
    if (window.evaldashKeys !== this || !this.node.isConnected || isComposing(event)) return;
    const target = event.composedPath()[0];
    if (this.sheet.open) {
      event.stopImmediatePropagation();
      if (event.key === "?") this.sheet.close();
      return;
    }
    if (isTyping(target) && target.type !== "checkbox") {
      if (this.node.contains(target)) this.writingKey(event);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || hasOwnKeys(this.node, target)) return;
    if (target instanceof Element && target.closest("button, summary, input") && ["Enter", " "].includes(event.key)) return;
    if (event.key.length === 1) event.stopImmediatePropagation(); // Streamlit's own shortcuts do not fire here
    const card = this.cards.get(this.here);
    const actions = {
      ArrowDown: () => this.step(1), j: () => this.step(1), ArrowUp: () => this.step(-1), k: () => this.step(-1),
      a: () => card && this.accept([card]), x: () => card && this.reject([card]), e: () => card?.edit(), Enter: () => card?.showAll(),
      A: () => this.acceptAll(), X: () => this.reject([...this.cards.values()]), u: () => this.undo(), U: () => this.redo(), "?": () => this.sheet.showModal(),
    };
    if (!actions[event.key] || (event.repeat && !["ArrowDown", "ArrowUp", "j", "k"].includes(event.key))) return;
    actions[event.key]();
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  writingKey(event) {
    event.stopImmediatePropagation(); // Streamlit's own shortcuts do not fire while one writes
    const accepts = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (event.key !== "Escape" && !accepts) return;
    event.preventDefault();
    if (accepts) this.accept([this.cards.get(this.here)]);
    else this.go(this.here);
  }
}

function cardKey(card) {
  return `${card.suggestion}:${card.card}`;
}

// The cards that a change on its way decides on.
function cardsOf(event) {
  if (event.kind === "reject") return [cardKey(event)];
  return (event.cards ?? []).map((card) => `${event.suggestion}:${card.card}`);
}
