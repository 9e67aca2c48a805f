// What looks odd, as sentences with a way to follow each and a way to put it away for good.

function adviceFor(board) {
  const { help, at, model } = board;
  if (!help) return model.modes.length ? [el("p", { class: "hint" }, "Looking at the modes …")] : [];
  const here = help.advice.filter((item) => item.modes.every((mode) => model.mode(mode)) && (at.column === LOOSE || item.modes.includes(at.column)));
  const cards = here.slice(0, 20).map((item) => adviceCard(board, item));
  const heading = cards.length ? [el("h3", {}, at.column === LOOSE ? "Worth a look" : "Worth a look here")] : [];
  return [...(at.column === LOOSE ? placing(board) : []), ...heading, ...cards];
}

// New notes find their place: how many have a likely mode, one key to follow, and how often that was right so far.
function placing(board) {
  const { model, help } = board;
  const loose = model.held.get(LOOSE);
  const likely = loose.filter((note) => model.mode(model.likely.get(note.id)?.mode));
  const said = likely.length ? [el("p", {}, `${likely.length} of ${countOf(loose.length, "note")} ${likely.length === 1 ? "has" : "have"} a likely mode${likely.length < loose.length ? "; what is new is marked “new?”" : ""}.`),
    el("button", { type: "button", class: "plain", onclick: () => board.place(true) }, "Put them there ", el("kbd", {}, "A"))] : [];
  const trust = help.trust.length ? [el("p", { class: "hint" }, "How often people agreed so far:"), el("ul", { class: "hint" }, ...help.trust.map((line) => el("li", {}, line)))] : [];
  return [...said, ...trust];
}

const ADVICE = { merge: "Two names for one failure?", split: "Two failures in one mode?", far: "In the wrong mode?", thin: "Few examples" };

function adviceCard(board, item) {
  const button = (label, action) => el("button", { type: "button", class: "plain", onclick: action }, label);
  const ways = {
    merge: () => button("Merge", () => { board.decide(item.about, item.subject, "accepted"); board.merge(item.modes[0], item.modes[1]); }),
    split: () => button(`Split off ${item.codes.length}`, () => { board.decide(item.about, item.subject, "accepted"); board.make(item.codes, item.name); }),
    far: () => button("Move it", () => { board.decide(item.about, item.subject, "accepted"); board.add({ kind: "move", codes: item.codes, to: item.modes[1] }); }),
    thin: () => button("Go there", () => board.go(item.modes[0], null)),
  };
  const names = item.modes.map((mode) => board.model.name(mode)).join(" · ");
  const quoted = item.codes.length && item.about !== "merge" ? el("p", { class: "words", dir: "auto" }, board.model.byId.get(item.codes[0])?.text ?? "") : null;
  const about = [...item.modes, ...item.codes].join(" "); // the same words about other notes are another card
  return el("div", { class: "advice-card", "data-about": about }, el("p", {}, el("strong", {}, ADVICE[item.about] ?? item.about), ` ${names}`), quoted, el("p", { class: "hint" }, item.reason),
    el("div", { class: "row" }, ways[item.about]?.() ?? null, button("Put away for good", () => board.decide(item.about, item.subject, "rejected"))));
}
