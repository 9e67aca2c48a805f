// What is looked up beside the form: my last saves, similar traces, the codebook. Arrows move, Enter opens, Esc leaves.

class Lookup {
  constructor({ onOpen, onClose }) {
    this.onOpen = onOpen;
    this.onClose = onClose;
    this.kind = null;
    this.node = el("section", { class: "lookup", hidden: true });
    this.entries = new Roving(this.node, ".entry, summary");
  }

  // Show a list or the codebook; the same key again puts it away.
  toggle(kind, title, ...content) {
    if (this.kind === kind) this.close();
    else this.show(kind, title, ...content);
  }

  // Content that comes later takes the focus only where it still is in here: somebody may be writing a note by then.
  show(kind, title, ...content) {
    const held = focusedIn(this.node);
    const goesOn = this.kind === kind;
    if (!held && !goesOn) this.before = this.node.getRootNode().querySelector("button:focus-visible");
    this.kind = kind;
    this.node.hidden = false;
    this.node.setAttribute("aria-label", title);
    const close = el("button", { type: "button", class: "plain", "aria-label": `Close: ${title}`, onclick: () => this.close() }, "close");
    replaceChildren(this.node, el("div", { class: "row" }, el("strong", {}, title), close), ...content);
    const first = this.entries.settle() ?? close;
    if (goesOn && !held) return;
    first.focus({ preventScroll: true });
    this.node.scrollIntoView({ block: "nearest" });
  }

  // Who came by a button and key is at it again; false where nothing was open.
  close() {
    if (!this.kind) return false;
    this.kind = null;
    this.node.hidden = true;
    replaceChildren(this.node);
    if (this.before) focusAgain(this.before);
    else this.onClose();
    return true;
  }

  // A line that opens a trace.
  entry({ trace, name, verdict, words }) {
    const mark = { pass: "✓", fail: "✗", deferred: "◷" }[verdict] ?? "·";
    return el("button", { type: "button", class: `entry ${verdict ?? ""}`, onclick: () => { this.before = null; this.close(); this.onOpen(trace); } },
      el("span", { class: "mark", "aria-label": verdict ?? "not read" }, mark), " ", el("bdi", {}, name), " ", el("span", { class: "hint", dir: "auto" }, words ?? ""));
  }
}

// Definitions with when a mode applies, when not, and what was noted; above them the project's own guidelines.
function codebookParts({ guidelines, modes }) {
  const rule = (title, text) => (text ? el("p", {}, el("strong", {}, `${title}: `), text) : null);
  const book = modes.map((mode, place) => el("details", { class: "mode-entry", open: modes.length <= 3 },
    el("summary", {}, place < 9 ? el("kbd", {}, String(place + 1)) : null, ` ${mode.name}`),
    rule("Definition", mode.definition), rule("Applies when", mode.applies_when), rule("Not when", mode.not_when),
    mode.examples.length ? el("ul", {}, ...mode.examples.map((text) => el("li", {}, text))) : el("p", { class: "hint" }, "No notes yet.")));
  const none = modes.length ? null : el("p", { class: "hint" }, "There are no failure modes yet. Note what goes wrong in your own words; they are grouped later, on the page Taxonomy.");
  return [guidelines ? el("div", { class: "guidelines" }, ...fromNodes(guidelines)) : null, ...book, none].filter(Boolean);
}
