// The columns: a mode each, its notes as cards. Only what is near the screen and what changed is built.

const PORTION = 40; // cards of a column built at a time
const THIN = 5; // examples below which a mode is not well known yet (STATISTICS 1.8)
const SEVERITY_MARK = { critical: "▲", major: "◆", minor: "▽" }; // a shape each, not a colour alone

class Columns {
  constructor({ onFocus, onSelect, onDrop, onOpen, onEdit }) {
    this.on = { focus: onFocus, select: onSelect, drop: onDrop, open: onOpen, edit: onEdit };
    this.node = el("div", { class: "strip", role: "group", "aria-label": "Failure modes and their notes" });
    this.columns = new Map();
    this.watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) this.see(entry.target.dataset.mode, entry.isIntersecting);
    }, { root: this.node, rootMargin: "0px 400px" });
  }

  // Build what differs from what stands there; `order` are mode ids, `notes(id)` the notes to show of each.
  draw({ model, order, notes, selected, numbers }) {
    const wanted = order.map((id) => this.column(id));
    for (const [id, column] of this.columns) if (!order.includes(id)) this.remove(id, column);
    arrange(this.node, wanted.map((column) => column.node));
    order.forEach((id) => {
      const column = this.columns.get(id);
      Object.assign(column, { notes: notes(id), all: model.held.get(id)?.length ?? 0, mode: model.mode(id), number: numbers.get(id), likely: model.likely, selected, model });
      this.drawHead(column);
      this.drawCards(column);
    });
  }

  column(id) {
    if (this.columns.has(id)) return this.columns.get(id);
    const head = el("div", { class: "head" });
    const list = el("div", { class: "cards", tabindex: "0" });
    const node = el("section", { class: "column", "data-mode": id }, head, list);
    const column = { id, head, list, node, shown: PORTION, live: false, cards: new Map() };
    list.addEventListener("scroll", () => {
      if (list.scrollTop + list.clientHeight > list.scrollHeight - 400) this.more(column);
    }, { passive: true });
    list.addEventListener("click", (event) => this.clicked(event, column));
    list.addEventListener("dblclick", (event) => event.target.closest(".card") && this.on.open());
    list.addEventListener("dragstart", (event) => this.drag(event));
    node.addEventListener("dragover", (event) => { event.preventDefault(); node.classList.add("over"); });
    node.addEventListener("dragleave", (event) => node.contains(event.relatedTarget) || node.classList.remove("over"));
    node.addEventListener("drop", (event) => { event.preventDefault(); node.classList.remove("over"); this.on.drop(id); });
    this.columns.set(id, column);
    this.watcher.observe(node);
    return column;
  }

  remove(id, column) {
    this.watcher.unobserve(column.node);
    column.node.remove();
    this.columns.delete(id);
  }

  see(id, live) {
    const column = this.columns.get(id);
    if (!column || column.live || !live) return;
    column.live = true;
    if (column.notes) this.drawCards(column);
  }

  drawHead(column) {
    const { mode, all, notes, number, id } = column;
    const count = notes.length === all ? String(all) : `${notes.length} of ${all}`;
    const looks = JSON.stringify([mode?.name, mode?.severity, mode?.owner, Boolean(mode?.definition), count, number]);
    if (column.looks === looks) return;
    column.looks = looks;
    const name = id === LOOSE ? "Without a mode" : mode.name;
    column.node.setAttribute("aria-label", `${name}, ${notes.length === all ? countOf(all, "note") : `${notes.length} of ${countOf(all, "note")}`}`);
    const marks = [
      mode?.severity ? el("span", { class: `severity ${mode.severity}`, title: `${mode.severity} severity` }, `${SEVERITY_MARK[mode.severity]} ${mode.severity}`) : null,
      mode?.owner ? el("span", { class: "hint", title: `Owner: ${mode.owner}` }, mode.owner) : null,
      mode && all < THIN ? el("span", { class: "hint", title: `Fewer than ${THIN} examples: not well known yet` }, "thin") : null,
      mode && !mode.definition ? el("span", { class: "hint", title: "Could a stranger tell whether a trace has it?" }, "no definition") : null,
    ];
    const title = el("button", { type: "button", class: "name", dir: "auto", tabindex: "-1", title: name, onclick: () => this.on.edit(id) }, name);
    replaceChildren(column.head, el("div", { class: "titles" }, number ? el("kbd", {}, String(number)) : null, title, el("span", { class: "count" }, count)),
      el("div", { class: "marks" }, ...marks.filter(Boolean)));
  }

  drawCards(column) {
    if (!column.live) return;
    const shown = column.notes.slice(0, column.shown);
    column.cards = new Map(shown.map((note) => [note.id, this.card(column, note, column.cards.get(note.id))]));
    const cards = [...column.cards.values()].map((card) => card.node);
    const rest = column.notes.length - shown.length;
    const more = rest > 0 ? [el("div", { class: "hint more-cards", "aria-hidden": "true" }, `${rest} more below`)] : [];
    if (cards.length) {
      column.list.setAttribute("role", "listbox");
      column.list.setAttribute("aria-multiselectable", "true");
    } else {
      column.list.setAttribute("role", "group");
      column.list.removeAttribute("aria-multiselectable");
    }
    column.list.setAttribute("aria-label", `Notes of ${column.model.name(column.id)}`);
    arrange(column.list, cards.length ? [...cards, ...more] : [el("p", { class: "hint empty" }, column.all ? "None holds these words." : column.id === LOOSE ? "Every note has a failure mode." : "Drop notes here.")]);
  }

  likelyWords(column, note) {
    if (column.id !== LOOSE) return "";
    const found = column.likely.get(note.id);
    if (!found) return "";
    const share = `${Math.round(found.confidence * 100)} %`;
    return found.mode && column.model.mode(found.mode) ? `→ ${column.model.name(found.mode)} ${share}` : "new?";
  }

  // The card of a note: the one there is where nothing about it changed, as somebody may be clicking or dragging it.
  card(column, note, before) {
    const chosen = column.selected.has(note.id);
    const likely = this.likelyWords(column, note);
    if (before?.note === note && before.chosen === chosen && before.likely === likely) return before;
    const where = [note.coder, note.step ? `step ${note.step}` : ""].filter(Boolean).join(" · ");
    const node = el("div", {
      class: `card${chosen ? " chosen" : ""}`, role: "option", "aria-selected": String(chosen), tabindex: "-1", draggable: "true", "data-note": note.id,
    }, el("div", { class: "words", dir: "auto" }, note.text || "(no words)"), likely ? el("div", { class: "likely" }, likely) : null, el("div", { class: "by" }, where));
    return { note, chosen, likely, node };
  }

  clicked(event, column) {
    const card = event.target.closest?.(".card");
    if (!card) return;
    const note = card.dataset.note;
    if (event.ctrlKey || event.metaKey) this.on.select(note, "toggle");
    else if (event.shiftKey) this.on.select(note, "range");
    this.on.focus(column.id, note);
  }

  drag(event) {
    const card = event.target.closest?.(".card");
    if (!card) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.note);
    this.on.select(card.dataset.note, "drag");
  }

  more(column) {
    if (column.shown >= column.notes.length) return;
    column.shown += PORTION;
    this.drawCards(column);
  }

  // Bring a note on the screen; it may stand further down than was built.
  cardOf(id, noteId) {
    const column = this.columns.get(id);
    if (!column) return null;
    column.live = true;
    const place = column.notes.findIndex((note) => note.id === noteId);
    if (place < 0) return null;
    if (place >= column.shown) column.shown = place + PORTION;
    this.drawCards(column);
    return column.list.children[place] ?? null;
  }

  focus(id, noteId) {
    const column = this.columns.get(id);
    if (!column) return;
    for (const other of this.columns.values()) other.node.classList.toggle("here", other === column);
    const target = (noteId && this.cardOf(id, noteId)) || column.list;
    target.focus({ preventScroll: true });
    column.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (target !== column.list) target.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.watcher.disconnect();
  }
}
