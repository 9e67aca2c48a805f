// A newcomer's first three traces, each with one thing to learn; then the hints are gone.

const HINTS = [
  (key) => `Read the conversation as its user would. Did they get what they needed? ${key("pass")} passes it and shows the next; ${key("fail")} fails it and asks what went wrong first.`,
  (key) => `Note the first thing that went wrong, in your own words: no categories yet. Click the number of the step where it shows, or go there with ${key("step-down")} and press ${key("mark")}. ${key("save")} saves.`,
  (key) => `Not sure? ${key("defer")} defers, ${key("undo")} takes back what you said, also later. ${key("sheet")} shows all keys, and you can change them.`,
];

class Hints {
  constructor({ keys, onHide }) {
    this.keys = keys;
    this.onHide = onHide;
    this.node = el("aside", { class: "hints", "aria-label": "For a start", hidden: true });
  }

  // All three lie on one another, and one is seen: the buttons below stay where they are from trace to trace.
  draw(saves, hidden) {
    this.node.hidden = hidden || saves >= HINTS.length;
    const words = HINTS.map((hint) => hint((action) => shownKey(this.keys.keyOf(action))));
    const now = JSON.stringify([saves, words]);
    if (this.node.hidden || this.now === now) return; // the button that one is on, or pressing, stays
    this.now = now;
    replaceChildren(this.node, ...words.map((said, place) => el("div", { class: place === saves ? "" : "unseen" },
      el("strong", {}, `${place + 1} of ${HINTS.length}`), ` ${said} `,
      el("button", { type: "button", class: "plain", onclick: this.onHide }, "no more hints"))));
  }
}
