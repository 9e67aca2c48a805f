// What each action of the desk does, and what happens with the answers to its questions.

const DESK_ACTIONS = {
  pass: (desk) => desk.judge.press("pass"),
  fail: (desk) => desk.form.note.focus(),
  defer: (desk) => desk.judge.press("deferred"),
  "defer-why": (desk) => desk.judge.askReason(),
  note: (desk) => desk.form.note.focus(),
  comment: (desk) => desk.form.comment.focus(),
  mark: (desk) => desk.mark(),
  quote: (desk) => desk.quote(),
  "check-yes": (desk) => answerCheck(desk, true),
  "check-no": (desk) => answerCheck(desk, false),
  "step-down": (desk) => desk.reader.move(1),
  "step-up": (desk) => desk.reader.move(-1),
  "question-down": (desk) => desk.reader.move(1, isQuestion, "No question below."),
  "question-up": (desk) => desk.reader.move(-1, isQuestion, "No question above."),
  "error-down": (desk) => desk.reader.move(1, isError, "No error below."),
  "error-up": (desk) => desk.reader.move(-1, isError, "No error above."),
  next: (desk) => desk.go(1),
  previous: (desk) => desk.go(-1),
  undo: (desk) => desk.judge.undo(),
  recent: (desk) => showRecent(desk),
  similar: (desk) => askSimilarTraces(desk),
  back: (desk) => desk.back(),
  filter: (desk) => desk.filter.focus(),
  codebook: (desk) => askCodebook(desk),
  search: (desk) => desk.reader.search.field.focus(),
  timeline: (desk) => desk.reader.panels.toggle("timeline"),
  versions: (desk) => desk.reader.panels.toggle("versions"),
  folds: (desk) => desk.reader.toggleFolds(),
  larger: (desk) => desk.reader.larger(1),
  smaller: (desk) => desk.reader.larger(-1),
  "copy-link": (desk) => copyLink(desk.reader, desk.reader.step),
  sheet: (desk) => desk.sheet.open(),
  save: (desk, target) => desk.judge.saveWritten(target),
  another: (desk) => desk.form.addAnother(),
  leave: (desk) => desk.leaveWriting(),
  "mark-writing": (desk) => desk.mark(),
  "quote-writing": (desk) => desk.quote(),
  likely: (desk) => desk.form.likely.take(),
  "pass-writing": (desk) => desk.judge.press("pass"),
};
for (const digit of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
  DESK_ACTIONS[`mode-${digit}`] = (desk) => desk.judge.failWith(digit);
  DESK_ACTIONS[`choose-${digit}`] = (desk) => desk.form.chooseNumber(digit);
}

const ANSWERS = {
  similar: (desk, answer) => {
    if (desk.similar.answered(answer)) desk.form.likely.answered(answer);
  },
  neighbours: (desk, answer) => showSimilarTraces(desk, answer),
  codebook: (desk, answer) => {
    if (desk.lookup.kind === "codebook") desk.lookup.show("codebook", "Codebook", ...codebookParts(answer)); // else it was put away meanwhile
  },
};

function sameQuestion(question, answer) {
  return question.trace === answer.trace && question.text === answer.asked;
}

function answerCheck(desk, passed) {
  if (!desk.form.checks.answerNext(passed)) desk.form.say(desk.form.checks.defined.length ? "All sub-checks are answered; click one to change it." : "This project has no sub-checks; they are set on the page Code, under Set up.");
}

function showRecent(desk) {
  const saves = desk.known.recent.slice(0, 20);
  const lines = saves.map((save) => desk.lookup.entry({ trace: save.trace, name: save.name, verdict: save.verdict, words: save.words ?? save.content?.codes?.[0]?.text ?? save.content?.text ?? "" }));
  desk.lookup.toggle("recent", "My last saves", ...(lines.length ? lines : [el("p", { class: "hint" }, "Nothing is saved yet.")]));
}

function askSimilarTraces(desk) {
  if (desk.lookup.kind === "similar") {
    desk.lookup.close();
    return;
  }
  desk.lookup.show("similar", "Similar traces", el("p", { class: "hint" }, "Looking …"));
  desk.talk.ask("neighbours", { trace: desk.flow.current });
}

function showSimilarTraces(desk, answer) {
  if (desk.lookup.kind !== "similar") return;
  const lines = answer.items.map((item) => desk.lookup.entry({ ...item, words: [item.said, item.query].filter(Boolean).join(" · ") }));
  desk.lookup.show("similar", "Similar traces", ...(lines.length ? lines : [el("p", { class: "hint" }, answer.why)]));
}

function askCodebook(desk) {
  if (desk.lookup.kind === "codebook") {
    desk.lookup.close();
    return;
  }
  desk.lookup.show("codebook", "Codebook", el("p", { class: "hint" }, "Loading …"));
  desk.talk.ask("codebook", {});
}
