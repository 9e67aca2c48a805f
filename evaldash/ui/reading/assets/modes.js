// The failure modes under the note, one chosen at most; a list that Tab stops at once.

class ModeButtons {
  constructor({ keys, choose }) {
    Object.assign(this, { keys, choose });
    this.node = el("div", { class: "modes", role: "toolbar", "aria-label": "Failure modes", "aria-orientation": "vertical" });
    this.roving = new Roving(this.node, ".mode");
  }

  // Buttons stay as long as their modes do: the one that was pressed keeps the focus.
  draw(modes, chosen) {
    const now = JSON.stringify([modes, modes.slice(0, 9).map((_, place) => this.keyOf(place))]);
    if (now !== this.now) replaceChildren(this.node, ...modes.map((mode, place) => this.button(mode, place)));
    this.now = now;
    this.node.hidden = !modes.length;
    for (const button of this.node.children) {
      button.classList.toggle("chosen", button.dataset.mode === chosen);
      button.setAttribute("aria-pressed", String(button.dataset.mode === chosen));
    }
    if (!focusedIn(this.node)) this.roving.settle(this.node.querySelector(".chosen"));
  }

  keyOf(place) {
    return shownKey(this.keys.keyOf(`mode-${place + 1}`));
  }

  button(mode, place) {
    const key = place < 9 ? el("kbd", {}, this.keyOf(place)) : null;
    return el("button", { type: "button", class: "mode", "data-mode": mode.id, title: mode.definition || mode.name, onclick: () => this.choose(mode.id) }, key, ` ${mode.name}`);
  }
}
