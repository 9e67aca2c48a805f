// Asking: which mode (type a few letters), or a name. One dialog, closed by Esc, answered by Enter.

class Palette {
  constructor() {
    this.title = el("h3", { id: "palette-title" });
    this.input = el("input", { type: "text", "aria-labelledby": "palette-title", autocomplete: "off", maxlength: "120", dir: "auto" });
    this.list = el("div", { class: "choices", role: "listbox", "aria-label": "Choices" });
    this.hint = el("p", { class: "hint" });
    this.node = el("dialog", { class: "sheet palette", "aria-labelledby": "palette-title" }, this.title, this.input, this.list, this.hint);
    this.input.addEventListener("input", () => this.draw());
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("close", () => this.open || this.done(null)); // it comes late: the next question may stand already
    this.node.addEventListener("click", (event) => event.target === this.node && this.put(null));
  }

  // Resolves to { id } of a choice, { name } for a new one, null when put away.
  ask({ title, choices = [], newName = null, value = "", hint = "" }) {
    this.resolve?.(null);
    Object.assign(this, { choices, newName, place: 0 });
    this.title.textContent = title;
    this.hint.textContent = hint;
    this.input.value = value;
    this.draw();
    this.node.showModal();
    this.input.focus();
    this.input.select();
    return new Promise((resolve) => { this.resolve = resolve; });
  }

  get open() {
    return this.node.open;
  }

  found() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = this.choices.filter((choice) => words.every((word) => choice.name.toLowerCase().includes(word)));
    const typed = this.input.value.trim();
    return this.newName && typed ? [...hits, { id: null, name: `${this.newName} “${typed}”` }] : hits;
  }

  draw() {
    const found = this.found();
    this.place = Math.max(0, Math.min(this.place, found.length - 1));
    replaceChildren(this.list, ...found.slice(0, 200).map((choice, place) => el("div", {
      role: "option", class: `choice${place === this.place ? " here" : ""}`, "aria-selected": String(place === this.place), dir: "auto",
      onclick: () => this.take(choice),
    }, choice.name, choice.note ? el("span", { class: "hint" }, ` ${choice.note}`) : null)));
    this.list.hidden = !found.length;
    this.list.children[this.place]?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    event.stopPropagation();
    if (isComposing(event)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.place += step;
      this.draw();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.put(null); // at once: when `close` comes, one may be writing elsewhere
    } else if (event.key === "Enter") {
      event.preventDefault();
      const choice = this.found()[this.place];
      if (choice) this.take(choice);
    }
  }

  take(choice) {
    this.put(choice.id === null ? { name: this.input.value.trim() } : { id: choice.id });
  }

  put(answer) {
    this.node.close();
    this.done(answer);
  }

  done(answer) {
    const resolve = this.resolve;
    this.resolve = null;
    resolve?.(answer);
  }
}
