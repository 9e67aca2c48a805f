// Who is coding is asked at the first save: whoever only looks needs no name.

class WhoDialog {
  constructor() {
    this.name = el("input", { type: "text", maxlength: "100", autocomplete: "name", "aria-label": "Your name", placeholder: "your name" });
    this.node = el("dialog", { class: "sheet asking", "aria-label": "Who is coding?" }, el("h3", {}, "Who is coding?"),
      el("p", {}, "Your name stands beside each verdict, so that two people can read the same traces without mixing them up."), this.name,
      el("div", { class: "row" }, el("button", { type: "button", class: "plain", onclick: () => this.node.close() }, "not now (Esc)"), el("button", { type: "button", class: "plain strong", onclick: () => this.done() }, "Save (Enter)")));
  }

  // Keys pressed while the dialog is open; the desk hands them on.
  key(event) {
    if (event.key !== "Enter" || event.composedPath()[0] !== this.name) return;
    event.preventDefault();
    this.done();
  }

  get isOpen() {
    return this.node.open;
  }

  ask(then) {
    this.onName = then;
    this.node.showModal();
    this.name.focus();
  }

  done() {
    const name = this.name.value.trim().split(/\s+/).join(" ");
    if (!name) return;
    this.node.close();
    this.onName(name);
  }
}
