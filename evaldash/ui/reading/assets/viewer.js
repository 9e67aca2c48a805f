// A transcript to read, without a desk around it.

export default function (component) {
  const { data, parentElement } = component;
  const shown = JSON.stringify(data); // the same trace again: what a reader has opened stays open
  if (parentElement.evaldashShown === shown && parentElement.querySelector(".viewer")) return;
  parentElement.evaldashShown = shown;
  const frame = el("div", { class: "viewer", style: `max-height:${Number(data.height)}px` }, transcript(data.trace));
  for (const old of parentElement.querySelectorAll(".viewer")) old.remove();
  parentElement.appendChild(frame);
}
