// What looks odd, as sentences with a way to follow each and a way to put it away for good.

function adviceFor(board) {
  const { help, at, model } = board;
  if (!help) return board.data.canHelp ? [el("p", { class: "hint" }, "Looking at the modes …")] : [];
  const here = help.advice.filter((item) => item.modes.every((mode) => model.mode(mode)) && (at.column === LOOSE || item.modes.includes(at.column)));
  const cards = here.slice(0, 20).map((item) => adviceCard(board, item));
  const heading = cards.length ? [el("h3", {}, at.column === LOOSE ? "Worth a look" : "Worth a look here")] : [];
  const trust = at.column === LOOSE && help.trust ? [el("p", { class: "hint" }, help.trust)] : [];
  return [...trust, ...heading, ...cards];
}

function adviceCard(board, item) {
  const button = (label, action) => el("button", { type: "button", class: "plain", onclick: action }, label);
  const ways = {
    merge: () => button("Merge", () => { board.decide(item.about, item.subject, "accepted"); board.merge(item.modes[0], item.modes[1]); }),
    split: () => button("Choose these notes", () => { board.selected = new Set(item.codes); board.go(item.modes[0], item.codes[0]); board.draw(); board.say("Chosen: n makes a mode of them."); }),
    far: () => button("Go to the note", () => board.go(item.modes[0], item.codes[0])),
    thin: () => button("Go there", () => board.go(item.modes[0], null)),
  };
  return el("div", { class: "advice-card" }, el("p", { dir: "auto" }, item.text), el("p", { class: "hint" }, item.reason),
    el("div", { class: "row" }, ways[item.about]?.() ?? null, button("Put away for good", () => board.decide(item.about, item.subject, "rejected"))));
}
