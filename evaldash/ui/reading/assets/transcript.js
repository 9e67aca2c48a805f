// One trace as its user saw it: bubbles, tool calls as cards, errors in red, long content and the plumbing folded.

const FOLD_CHARS = 1600; // longer messages are folded; about a screen of text
const FOLD_RESULT = 700; // longer tool results are folded
const GROUPED = 3; // that many lines of plumbing in a row and more become one
const WHO = { user: "User", assistant: "Assistant", system: "System prompt", tool: "Tool" };

function transcript(trace, { onStep, onRaw } = {}) {
  const list = el("div", { class: "steps", role: "list" });
  for (const run of runs(trace.steps)) {
    const cards = run.map((step) => (isPlumbing(step) ? stepLine(step, onStep) : stepCard(step, onStep)));
    if (run.length < GROUPED) list.append(...cards);
    else list.append(el("details", { class: "group" }, el("summary", {}, groupTitle(run)), ...cards));
  }
  const node = el("div", { class: "transcript", "data-testid": "transcript", "data-trace": trace.id, tabindex: "-1" }, list);
  if (trace.fields) node.append(allFields(trace));
  if (onRaw) node.append(rawRecord(onRaw));
  return node;
}

// What a model was sent and what a chain passed on, where nothing went wrong: one click away, not in the way.
function isPlumbing(step) {
  return (step.kind === "model_call" || step.kind === "event") && !step.error;
}

// Steps one by one, plumbing that stands in a row together.
function runs(steps) {
  const found = [];
  for (const step of steps) {
    const last = found.at(-1);
    if (isPlumbing(step) && last && isPlumbing(last[0])) last.push(step);
    else found.push([step]);
  }
  return found;
}

function groupTitle(steps) {
  const names = [...new Set(steps.map(label))];
  const shown = names.slice(0, 4).join(", ");
  return `${steps.length} inner steps: ${shown}${names.length > 4 ? " …" : ""}`;
}

function label(step) {
  return step.name || step.kind.replace("_", " ");
}

function numbered(step, onStep, classes, ...children) {
  const number = el("button", {
    class: "number", type: "button", title: "It first went wrong here (s)", "aria-label": `Step ${step.i}: it first went wrong here`,
    onclick: () => onStep?.(step.i),
  }, String(step.i));
  return el("article", {
    class: `step ${step.kind} ${step.role}${classes}`, "data-step": step.i, "data-kind": step.kind, "data-role": step.role,
    role: "listitem", "data-depth": step.depth || null,
  }, number, el("div", { class: "body" }, ...children));
}

function stepCard(step, onStep) {
  return numbered(step, onStep, step.error ? " failed" : "", ...stepBody(step));
}

function stepLine(step, onStep) {
  const title = [el("span", {}, label(step)), step.facts ? el("span", { class: "facts" }, ` · ${step.facts}`) : null];
  const inner = [
    step.nodes.length ? el("div", { class: "text" }, ...fromNodes(step.nodes)) : null,
    ...values(step), step.rest ? el("pre", { class: "arguments" }, step.rest) : null,
  ].filter(Boolean);
  const line = inner.length ? el("details", {}, el("summary", {}, ...title), ...inner) : el("div", {}, ...title);
  return numbered(step, onStep, " line", line);
}

function values(step) {
  return [
    step.arguments ? el("pre", { class: "arguments" }, step.arguments) : null,
    step.result ? el("pre", { class: "result" }, step.result) : null,
  ].filter(Boolean);
}

function stepBody(step) {
  if (step.kind === "tool_call" || step.kind === "retrieval") return toolBody(step);
  if (step.kind === "message" || step.kind === "reasoning") return messageBody(step);
  return [who(step, label(step)), ...textOf(step), errorLine(step.error), ...folded(step, values(step))];
}

function messageBody(step) {
  const speaker = step.name || WHO[step.role] || step.kind;
  const parts = [who(step, step.kind === "message" ? speaker : `${speaker} · ${step.kind}`)];
  const content = el("div", { class: "text" }, ...fromNodes(step.nodes));
  if (step.role === "system" || step.kind === "reasoning") parts.push(details(`show ${amount(step.chars)}`, content));
  else if (step.chars > FOLD_CHARS) parts.push(...clipped(content, step.chars));
  else parts.push(content);
  if (step.result) parts.push(el("pre", {}, step.result));
  if (step.error) parts.push(errorLine(step.error));
  return parts;
}

function toolBody(step) {
  const verb = step.kind === "retrieval" ? "⌕" : "⚙";
  const parts = [who(step, `${verb} ${label(step)}`), ...textOf(step)];
  if (step.arguments) parts.push(el("pre", { class: "arguments" }, step.arguments));
  if (step.error) parts.push(errorLine(step.error));
  if (step.result && step.result !== step.error) {
    const result = el("pre", { class: "result" }, step.result);
    parts.push(step.result.length > FOLD_RESULT ? details(`result, ${amount(step.result.length)}`, result) : result);
  }
  return parts;
}

function who(step, words) {
  return el("div", { class: "who" }, words, step.facts ? el("span", { class: "facts" }, ` · ${step.facts}`) : null);
}

function textOf(step) {
  return step.nodes.length ? [el("div", { class: "text" }, ...fromNodes(step.nodes))] : [];
}

function folded(step, content) {
  return content.length ? [details("what went in and came out", content)] : [];
}

function errorLine(message) {
  return el("div", { class: "error" }, el("strong", {}, "✗ error "), message);
}

function details(summary, content) {
  return el("details", {}, el("summary", {}, summary), ...[content].flat());
}

function allFields(trace) {
  const rows = trace.fields.map(([name, value]) => el("tr", {}, el("th", {}, name), el("td", {}, el("pre", {}, value))));
  const said = trace.feedback.map((words) => el("div", { class: "feedback" }, words));
  return el("details", { class: "about-trace" }, el("summary", {}, `All fields (${trace.fields.length})`), ...said, el("table", {}, el("tbody", {}, ...rows)));
}

// Asked for when it is opened: a record may be long, and few look at it.
function rawRecord(onRaw) {
  const content = el("pre", { class: "raw" }, "Loading …");
  const node = el("details", { class: "about-trace", "data-testid": "raw" }, el("summary", {}, "Raw record"), content);
  node.addEventListener("toggle", () => node.open && onRaw((text) => { content.textContent = text; }));
  return node;
}

function clipped(content, chars) {
  content.classList.add("clipped");
  const more = el("button", { class: "more", type: "button" }, `show all ${amount(chars)}`);
  more.addEventListener("click", () => {
    content.classList.remove("clipped");
    more.remove();
  });
  return [content, more];
}

function amount(chars) {
  return `${chars.toLocaleString("en")} characters`;
}
