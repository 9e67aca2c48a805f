// Where the keys lead in a transcript: to the next step, question or error that is not folded away in a group.

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
// been laid out for the first time.
function bring(node, box, block, frames = SETTLING) {
  const frame = node.closest(".left");
  const view = frame?.getBoundingClientRect();
  if (!view) return;
  const { top, bottom } = box.getBoundingClientRect();
  if (frames === SETTLING) node.scrollIntoView({ block });
  else if (bottom < view.top || top > view.bottom || (block === "start" && Math.abs(top - view.top) > 40)) frame.scrollTop += top - view.top - (block === "start" ? 4 : view.height / 2);
  if (frames > 0) requestAnimationFrame(() => bring(node, box, block, frames - 1));
}
