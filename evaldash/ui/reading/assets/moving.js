// Where the keys lead in a transcript: to the next step, question or error that is not folded away in a group.

const MOST_FOLDS = 500; // opened at once; a record may hold thousands
const SETTLING = 4; // frames in which what was out of sight may still take its real height

function stepAfter(transcript, current, by, wanted = () => true) {
  const shown = [...(transcript?.querySelectorAll("[data-step]") ?? [])].filter((step) => !step.closest("details.group:not([open])"));
  const ahead = (step) => (Number(step.dataset.step) - current) * by > 0;
  return (by > 0 ? shown : shown.reverse()).find((step) => ahead(step) && wanted(step)) ?? null;
}

function isQuestion(step) {
  return step.dataset.kind === "message" && step.dataset.role === "user";
}

function isError(step) {
  return step.classList.contains("failed");
}

// Scroll a node into sight so that `box` (the node itself, or a range in it) is seen, also once the steps around it have
// been laid out for the first time, unless one has gone elsewhere by then: `leave`, or the next `bring`.
function bring(node, box, block, frames = SETTLING) {
  const frame = node.closest(".left");
  const view = frame?.getBoundingClientRect();
  if (!view || (frames < SETTLING && frame.evaldashBrought !== box)) return;
  frame.evaldashBrought = box;
  const { top, bottom } = box.getBoundingClientRect();
  if (frames === SETTLING) node.scrollIntoView({ block });
  else if (bottom < view.top || top > view.bottom || (block === "start" && Math.abs(top - view.top) > 40)) frame.scrollTop += top - view.top - (block === "start" ? 4 : view.height / 2);
  if (frames > 0) requestAnimationFrame(() => bring(node, box, block, frames - 1));
}

function leave(frame) {
  frame.evaldashBrought = null;
}

// The number of the step one is at: `current` while it is in sight, else the first that begins in sight or fills it.
function stepInSight(frame, transcript, current) {
  const view = frame.getBoundingClientRect();
  const seen = (card) => {
    const { top, bottom, height } = card?.getBoundingClientRect() ?? {};
    return height > 0 && bottom > view.top + 20 && top < view.bottom - 20;
  };
  const cards = [...(transcript?.cards ?? [])];
  if (!cards.length || seen(transcript.card(current))) return current;
  const inSight = cards.filter(([, { card }]) => seen(card));
  const begins = inSight.find(([, { card }]) => card.getBoundingClientRect().top > view.top - 20);
  return (begins ?? inSight[0] ?? cards[0])[0];
}

// Open all folds of a step, also those within; where all are open, close them. False where there are none.
function foldAll(card) {
  const closed = () => [...card.querySelectorAll("details:not([open])")];
  const clips = [...card.querySelectorAll(".clip > .more input")];
  if (!card.querySelector("details") && !clips.length) return false;
  const opens = closed().length > 0 || clips.some((box) => !box.checked);
  for (const box of clips) box.checked = opens;
  if (!opens) for (const fold of card.querySelectorAll("details")) fold.open = false;
  for (let left = MOST_FOLDS, found = opens ? closed() : []; found.length && left > 0; found = closed()) {
    for (const fold of found.slice(0, left)) {
      fold.open = true;
      fold.evaldashBuild?.();
    }
    left -= found.length;
  }
  return true;
}
