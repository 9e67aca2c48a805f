// Suggested changes as cards with the notes they rest on. Nothing holds before a person accepts; a rejected card stays away.

const SHOWN_NOTES = 6; // notes of a card shown at first
const REVIEW_KEYS = [
  ["↓ ↑ / j k", "next, previous card"], ["a", "accept this card as it reads now"], ["x", "reject it, for good"], ["A", "accept all cards"], ["X", "reject all cards"],
  ["e", "edit its name (Tab: definition, when, when not)"], ["Enter", "show all its notes; a tick taken away leaves a note out"], ["u", "undo the last change"], ["?", "this sheet"],
];
const CARD_FIELDS = [
  ["name", "Name", "input"], ["definition", "Definition, a yes-or-no question about a trace", "textarea"],
  ["applies_when", "Applies when", "textarea"], ["not_when", "Does not apply when", "textarea"],
];

class Review {
  constructor(root, component) {
    this.root = root;
    this.model = new BoardModel();
    this.made = new Map(); // the cards with what is typed into them
    this.cards = new Map(); // those of them that are to be decided on
    this.here = null;
    this.build();
    this.listeners = [["keydown", (event) => this.key(event), true], ["evaldash:notes", () => this.takeNotes(), false]];
    this.take(component);
  }

  build() {
    const button = (label, key, action, kind = "plain") => el("button", { type: "button", class: kind, onclick: action }, `${label} `, el("kbd", {}, key));
    this.count = el("span", { class: "progress" });
    this.saved = el("span", { class: "saved", role: "status", "aria-live": "polite" });
    this.notice = el("div", { class: "notice", role: "alert" });
    this.list = el("div", { class: "review-cards" });
    this.left = el("details", { class: "left-over" });
    this.sheet = el("dialog", { class: "sheet", "aria-label": "Keys of the review" }, el("h3", {}, "Keys"), el("table", {}, el("tbody", {},
      ...REVIEW_KEYS.map(([key, what]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, what))))));
    this.sheet.addEventListener("click", () => this.sheet.close());
    this.all = button("Accept all", "A", () => this.accept([...this.cards.values()]), "plain primary");
    this.none = button("Reject all", "X", () => this.rejectAll());
    this.node = el("section", { class: "review", "data-testid": "review", tabindex: "-1", "aria-label": "Suggested changes" },
      el("div", { class: "bar" }, this.count, this.saved, this.all, this.none, button("Undo", "u", () => this.undo()), button("Keys", "?", () => this.sheet.showModal())),
      this.notice, this.list, this.left, this.sheet);
    this.root.appendChild(this.node);
  }

  take(component) {
    this.component = component;
    const { data } = component;
    if (this.key_ !== data.key) {
      this.queue?.close();
      this.key_ = data.key;
      this.queue = new EventQueue({ prefix: `evaldash:board:${JSON.stringify([data.project, data.who])}:`, send: () => this.send(), changed: () => this.draw() });
    }
    this.data = data;
    this.takeNotes();
  }

  takeNotes() {
    const notes = window.evaldashBoardNotes;
    if (!notes || notes.key !== this.data.notes) return; // the notes of this state are on their way
    if (this.model.notesKey !== notes.key) this.model.setNotes(notes);
    const sent = [...this.queue.events];
    const refused = this.queue.answered(this.data.answers);
    const open = new Set([...this.queue.events, ...refused].map((event) => event.id));
    // A card that was taken over and comes back by undo is a new one; a refused one keeps what was typed.
    for (const event of sent) if (!open.has(event.id)) for (const key of cardsOf(event)) this.made.delete(key);
    if (refused.length) this.say(`Not done: ${refused[0].error}`, true);
    this.draw();
    if (!this.opened) {
      this.opened = true;
      this.queue.flush();
      if (!isTyping(document.activeElement)) this.go(this.waiting()[0]);
    }
  }

  send() {
    this.component.setTriggerValue("events", [...this.queue.events]);
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
    const nodes = [...this.cards.values()].map((card) => card.node);
    if (nodes.length !== this.list.children.length || nodes.some((node, place) => this.list.children[place] !== node)) this.list.replaceChildren(...nodes);
    const notes = [...this.cards.values()].reduce((sum, card) => sum + card.codes().length, 0);
    this.count.textContent = wanted.length ? `${wanted.length} suggestions for ${notes} notes, ${this.data.method}` : "Nothing is left to decide on.";
    for (const button of [this.all, this.none]) button.hidden = !wanted.length;
    this.saved.textContent = this.queue.waiting ? `${this.queue.waiting} waiting` : "saved ✓";
    this.saved.classList.toggle("waiting", this.queue.waiting > 0);
    Object.assign(this.node.dataset, { waiting: String(this.queue.waiting), cards: String(wanted.length) });
    this.drawLeft();
    if (!this.cards.has(this.here)) this.here = wanted[0] ?? null;
    for (const [key, card] of this.cards) card.node.classList.toggle("here", key === this.here);
  }

  drawLeft() {
    const entries = this.data.left_over.map(([code, reason]) => [this.model.byId.get(code), reason]).filter(([note]) => note);
    this.left.hidden = !entries.length;
    replaceChildren(this.left, el("summary", {}, `Set apart, with the reason: ${entries.length} ${entries.length === 1 ? "note" : "notes"}`),
      el("ul", {}, ...entries.slice(0, 300).map(([note, reason]) => el("li", {}, el("span", { dir: "auto" }, note.text), el("span", { class: "hint" }, reason ? ` · ${reason}` : "")))));
  }

  say(words, failed = false) {
    this.notice.textContent = words;
    this.notice.classList.toggle("failed", failed);
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
    const chosen = cards.filter((card) => card.codes().length);
    if (!chosen.length) return this.say("Without a note there is nothing to accept.");
    this.next(chosen.map((card) => card.key));
    this.queue.add({ id: newId(), kind: "accept", suggestion: chosen[0].given.suggestion, cards: chosen.map((card) => card.content()) });
    this.say(chosen.length === 1 ? `Accepted ${chosen[0].name()}.` : `Accepted ${chosen.length} suggestions.`);
    this.go(this.here);
  }

  reject(card) {
    this.next([card.key]);
    this.queue.add({ id: newId(), kind: "reject", suggestion: card.given.suggestion, card: card.given.card });
    this.say(`Rejected ${card.name()}; it will not be suggested again.`);
    this.go(this.here);
  }

  rejectAll() {
    for (const card of [...this.cards.values()]) this.reject(card);
  }

  next(gone) {
    const keys = [...this.cards.keys()];
    const place = keys.indexOf(gone[0]);
    this.here = [...keys.slice(place), ...keys.slice(0, place).reverse()].find((key) => !gone.includes(key)) ?? null;
  }

  undo() {
    this.queue.add({ id: newId(), kind: "undo" });
    this.say("Taking the last change back.");
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
      a: () => card && this.accept([card]), x: () => card && this.reject(card), e: () => card?.edit(), Enter: () => card?.showAll(),
      A: () => this.accept([...this.cards.values()]), X: () => this.rejectAll(), u: () => this.undo(), "?": () => this.sheet.showModal(),
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

  listen() {
    window.evaldashKeys = this;
    for (const [name, listener, capture] of this.listeners) window.addEventListener(name, listener, capture);
  }

  unlisten() {
    for (const [name, listener, capture] of this.listeners) window.removeEventListener(name, listener, capture);
  }

  close() {
    this.unlisten();
    this.queue.close();
    this.node.remove();
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
