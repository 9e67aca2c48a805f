// From key events to the desk's actions: nothing fires while one writes but its chords, nothing at all while one composes.

// Elsewhere on the page these have keys of their own.
const CONTROLS = "a, button, summary, label, [role=button], [role=tab], [role=option], [role=radio], [role=slider], [role=menuitem], [role=dialog]";

const WITHOUT_TRACE = new Set(["next", "previous", "undo", "recent", "back", "filter", "codebook", "sheet"]); // need none on the screen
const WRITING = new Set(["fail", "note", "comment"]); // lead to a field

class KeyListener {
  constructor(desk) {
    this.desk = desk;
  }

  key(event) {
    const { desk } = this;
    if (!desk.node.isConnected || event.isComposing || event.keyCode === 229) return;
    const target = event.composedPath()[0];
    if (desk.sheet.isOpen) {
      event.stopImmediatePropagation();
      desk.sheet.key(event);
    } else if (desk.who.isOpen) {
      event.stopImmediatePropagation();
      desk.who.key(event);
    } else if (isTyping(target)) {
      if (desk.node.contains(target)) this.writing(event, target);
    } else {
      this.reading(event, target);
    }
  }

  reading(event, target) {
    const { desk } = this;
    if (this.savesNoted(event, target)) return;
    if (event.ctrlKey || event.metaKey || (event.altKey && !event.shiftKey)) return;
    if (this.isElsewhere(target)) return;
    if (event.key.length === 1) event.stopImmediatePropagation(); // Streamlit's own shortcuts do not fire at the desk
    const action = desk.keys.find(event, false);
    if (event.repeat && action && !HELD.has(action)) return;
    if (this.isEarly(event, action)) event.preventDefault();
    else if (action) desk.act(action);
    else if (event.key === "Escape") desk.closeOpened();
    else if (!this.scrolls(event, target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // Before the trace has come, what is about it is not done. Who goes to write is led to the field when it comes: what is
  // typed until then means no keys, or the words of a note would undo what was saved before.
  isEarly(event, action) {
    const { desk } = this;
    if (desk.shown) return false;
    if (WRITING.has(action)) desk.writesSoon = action;
    else if (event.key.length > 1) desk.writesSoon = null;
    return Boolean(desk.writesSoon) || (action && !WITHOUT_TRACE.has(action));
  }

  isElsewhere(target) {
    return !this.desk.node.contains(target) && target instanceof Element && Boolean(target.closest(CONTROLS));
  }

  // The chord that saves also saves what was noted when one has gone back to reading.
  savesNoted(event, target) {
    const { desk } = this;
    const noted = desk.form.codes.length > 0 || desk.form.typed;
    if (!noted || event.repeat || desk.keys.find(event, true) !== "save" || this.isElsewhere(target)) return false;
    event.preventDefault();
    event.stopImmediatePropagation();
    desk.act("save", desk.form.note);
    return true;
  }

  // The keys that scroll, scroll the trace from wherever they would do nothing.
  scrolls(event, target) {
    const { desk } = this;
    const elsewhere = target !== desk.node && target instanceof Element && target.closest(`${CONTROLS}, .left, .panel, .side`);
    return !elsewhere && desk.reader.scrollBy(keyName(event));
  }

  writing(event, target) {
    const { desk } = this;
    const action = desk.keys.find(event, true);
    if (target === desk.form.note && desk.similar.key(event)) event.preventDefault();
    else if (action) this.chord(event, action, target);
  }

  chord(event, action, target) {
    event.preventDefault();
    this.desk.act(action, target);
  }
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}
