// Where the keys lead in a transcript: to the next step, question or error that is not folded away in a group.

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
