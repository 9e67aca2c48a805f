// One trace as its user saw it: bubbles, tool calls as cards, errors in red, long content folded.

const FOLD_CHARS = 1600; // longer messages are folded; about a screen of text
const FOLD_RESULT = 700; // longer tool results are folded
const WHO = { user: "User", assistant: "Assistant", system: "System prompt", tool: "Tool" };

function transcript(trace, { onStep } = {}) {
  const list = el("div", { class: "steps", role: "list" });
  for (const step of trace.steps) list.append(stepCard(step, onStep));
  return el("div", { class: "transcript", "data-testid": "transcript", "data-trace": trace.id, tabindex: "-1" }, list);
}

function stepCard(step, onStep) {
  const card = el("article", {
    class: `step ${step.kind} ${step.role}${step.error ? " failed" : ""}${step.nested ? " nested" : ""}`,
    "data-step": step.i, "data-kind": step.kind, "data-role": step.role, role: "listitem",
  });
  const number = el("button", {
    class: "number", type: "button", title: "It first went wrong here (s)", "aria-label": `Step ${step.i}: it first went wrong here`,
    onclick: () => onStep?.(step.i),
  }, String(step.i));
  card.append(number, el("div", { class: "body" }, ...stepBody(step)));
  return card;
}

function stepBody(step) {
  if (step.kind === "tool_call" || step.kind === "retrieval") return toolBody(step);
  const who = step.name || WHO[step.role] || step.kind;
  const label = step.kind === "message" ? who : `${who} · ${step.kind.replace("_", " ")}`;
  const content = el("div", { class: "text" }, ...fromNodes(step.nodes));
  const folded = step.role === "system" || step.chars > FOLD_CHARS || step.kind === "reasoning";
  const parts = [el("div", { class: "who" }, label)];
  if (step.role === "system" || step.kind === "reasoning") parts.push(details(`show ${amount(step.chars)}`, content));
  else if (folded) parts.push(...clipped(content, step.chars));
  else parts.push(content);
  if (step.result) parts.push(el("pre", {}, step.result));
  if (step.error) parts.push(errorLine(step.error));
  return parts;
}

function toolBody(step) {
  const verb = step.kind === "retrieval" ? "⌕" : "⚙";
  const title = el("div", { class: "who" }, `${verb} ${step.name || step.kind.replace("_", " ")}`);
  const parts = [title];
  if (step.nodes.length) parts.push(el("div", { class: "text" }, ...fromNodes(step.nodes)));
  if (step.arguments) parts.push(el("pre", { class: "arguments" }, step.arguments));
  if (step.error) parts.push(errorLine(step.error));
  if (step.result && step.result !== step.error) {
    const result = el("pre", { class: "result" }, step.result);
    parts.push(step.result.length > FOLD_RESULT ? details(`result, ${amount(step.result.length)}`, result) : result);
  }
  return parts;
}

function errorLine(message) {
  return el("div", { class: "error" }, el("strong", {}, "✗ error "), message);
}

function details(summary, content) {
  return el("details", {}, el("summary", {}, summary), content);
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
