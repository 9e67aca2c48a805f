// The keys of the board, and what the component gives to the page.

Board.prototype.key = function key(event) {
  if (window.evaldashKeys !== this || !this.node.isConnected || isComposing(event)) return;
  const target = event.composedPath()[0];
  if (this.palette.open || this.reader.open) {
    event.stopPropagation();
    if (this.palette.open) this.palette.key(event);
    return;
  }
  if (this.sheet.open) {
    event.stopImmediatePropagation();
    if (event.key === "?") this.sheet.close();
    return;
  }
  if (isTyping(target)) {
    if (this.node.contains(target)) this.writingKey(event, target);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || hasOwnKeys(this.node, target)) return;
  const onButton = target instanceof Element && target.closest("button, a");
  if (onButton && ["Enter", " "].includes(event.key)) return;
  if (event.key.length === 1) event.stopImmediatePropagation(); // Streamlit's own shortcuts do not fire on the board
  if (event.repeat && !BOARD_HELD.has(event.key)) return;
  if (this.boardKey(event)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
};

Board.prototype.boardKey = function boardKey(event) {
  const down = () => this.step(1, event.shiftKey);
  const up = () => this.step(-1, event.shiftKey);
  const actions = {
    ArrowDown: down, j: down, ArrowUp: up, k: up, ArrowRight: () => this.side(1), l: () => this.side(1), ArrowLeft: () => this.side(-1), h: () => this.side(-1),
    x: () => this.select(this.at.note, "toggle"), " ": () => this.select(this.at.note, "toggle"),
    "*": () => { for (const note of this.shown(this.at.column)) this.selected.add(note.id); this.draw(); },
    Escape: () => { this.selected.clear(); this.say(""); this.draw(); },
    m: () => this.askMove(), n: () => this.askNew(), 0: () => this.move(LOOSE), a: () => this.place(false), A: () => this.place(true),
    g: () => this.askMerge(), t: () => this.retire(), f: () => this.find(), Enter: () => this.read(), u: () => this.undo(), U: () => this.redo(), p: () => this.publish(),
    r: () => this.edit("name"), e: () => this.edit("definition"), "/": () => this.search.focus(), "?": () => this.sheet.showModal(),
  };
  const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  const target = digit ? this.list[digit] : null;
  const action = target ? () => this.move(target) : actions[event.key];
  if (action) action();
  return Boolean(action);
};

Board.prototype.edit = function edit(field) {
  if (this.at.column === LOOSE) this.say("Go to a mode first (→).");
  else this.panel.focus(field);
};

Board.prototype.writingKey = function writingKey(event, target) {
  event.stopImmediatePropagation(); // Streamlit's own shortcuts do not fire while one writes
  if (this.panel.node.contains(target)) this.panel.key(event);
  else if (event.key === "Escape" || event.key === "Enter") {
    event.preventDefault();
    if (event.key === "Escape" && target === this.search) {
      this.search.value = "";
      this.draw();
    }
    this.at.note = this.shown(this.at.column)[0]?.id ?? null;
    this.refocus();
  }
};

export default mounting("evaldashBoard", (root) => new Board(root));
