// When each step ran: a bar for each, over the time that the trace took; a click leads to the step.

const LEAST_SHARE = 0.4; // per cent of the width: a bar that can be seen

function timelineOf(bars, onStep) {
  const end = Math.max(1, ...bars.map((bar) => bar.start + bar.ms));
  const rows = bars.map((bar) => el("button", {
    type: "button", class: `bar-row ${bar.kind}${bar.failed ? " failed" : ""}`, "data-of": bar.i, onclick: () => onStep(bar.i),
    "aria-label": `Step ${bar.i}, ${bar.name}: after ${lasting(bar.start)}, took ${lasting(bar.ms)}`,
  }, el("span", { class: "bar-name" }, `${bar.i} ${bar.name}`), track(bar, end), el("span", { class: "bar-time" }, lasting(bar.ms))));
  return el("div", { class: "timeline", role: "group", "aria-label": `Timeline, ${lasting(end)} in all` },
    el("div", { class: "hint" }, `${bars.length} steps over ${lasting(end)}; a click leads to the step.`), ...rows);
}

function track(bar, end) {
  const share = Math.max(LEAST_SHARE, (bar.ms / end) * 100);
  const from = Math.min(100 - share, (bar.start / end) * 100);
  return el("span", { class: "track" }, el("span", { class: "span", style: `margin-left:${from.toFixed(2)}%;width:${share.toFixed(2)}%` }));
}

function lasting(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}
