// One trace as its user saw it. Python lays the steps out; here they become elements, as soon as they are needed.

const GROUPED = 3; // that many lines of plumbing in a row and more become one
const AT_ONCE_MS = 8; // of building before the first paint, at most; the rest follows while the browser is idle
const AT_ONCE_LINES = 90; // of text that are built before it, more than a high screen shows
const LINE_CHARS = 100;
const SOON = "2000px"; // from the screen: stubs that are so near fetch their steps
const FIRST_SEEN = 6; // steps of a first screen; they are built however slow the machine is just then
const FRAMED_AT_ONCE = 60; // steps that have their frame before the first paint
const FRAMED_TOGETHER = 40; // steps that get theirs between two looks at the clock
const LARGE = 40; // steps; longer transcripts leave the layout of what is out of sight to later

class Transcript {
  // `ask(part, then, failed)` fetches what was not sent; `onStep(number)` is a click on a step's number; `link(number)` its address.
  constructor(trace, { ask, onStep, onLink }) {
    this.trace = trace;
    this.ask = ask;
    this.onStep = onStep;
    this.onLink = onLink;
    this.whole = null; // what to do once nothing is missing: it is told whether all came
    this.near = new Set(); // numbers of stubs that are in sight, or nearly
    this.asking = false; // one question at a time
    this.cards = new Map(); // number -> { step, card, body, built }
    this.list = el("div", { class: "steps", role: "list" });
    this.node = el("div", {
      class: `transcript${trace.steps.length > LARGE ? " large" : ""}`, "data-testid": "transcript", "data-trace": trace.id, tabindex: "-1",
    }, this.list);
    this.unframed = runs(trace.steps).reverse(); // the next one at the end
    this.frameMore(FRAMED_AT_ONCE);
    this.seen = new IntersectionObserver((entries) => this.inSight(entries), { rootMargin: SOON });
    this.buildFirst();
    if (!trace.steps.length) this.list.append(el("p", { class: "hint" }, "This record holds no steps; its fields and the record itself stand below."));
    this.node.append(allFields(trace), rawRecord((then) => ask({ what: "raw" }, then)));
  }

  group(run) {
    const cards = run.map((step) => this.frame(step));
    if (run.length < GROUPED) return cards;
    const isAll = run.length === this.trace.steps.length; // there is nothing else to read
    return [el("details", { class: "group", open: isAll }, el("summary", {}, groupTitle(run)), ...cards)];
  }

  // Frames for so many more steps, in their order.
  frameMore(count) {
    const wanted = this.cards.size + count;
    while (this.unframed.length && this.cards.size < wanted) this.list.append(...this.group(this.unframed.pop()));
  }

  // Who looks for a step by its number, or among all, finds its frame.
  frameAll() {
    this.frameMore(Infinity);
  }

  // The frame of a step stands before its body is built: keys, links and marks need no more.
  frame(step) {
    const body = el("div", { class: "body" });
    const number = this.onStep
      ? el("button", { class: "number", type: "button", tabindex: "-1", title: "It first went wrong here (s)", "aria-pressed": "false", "aria-label": `Step ${step.i}: it first went wrong here`, onclick: () => this.onStep(step.i) }, String(step.i))
      : el("span", { class: "number" }, String(step.i));
    const link = button("#", `Copy a link to step ${step.i}`, () => this.onLink(step.i), "link");
    link.tabIndex = -1; // of all steps one is a stop, see StepStops
    const card = el("article", {
      class: `step ${step.kind} ${step.role}${step.inner ? " line" : ""}${step.failed ? " failed" : ""}`,
      "data-step": step.i, "data-kind": step.kind, "data-role": step.role, role: "listitem", "data-depth": step.depth || null,
    }, el("div", { class: "margin" }, number, link), body);
    this.cards.set(step.i, { step, card, body, built: false });
    return card;
  }

  buildFirst() {
    const until = performance.now() + AT_ONCE_MS;
    let lines = 0;
    for (const [number, { body }] of this.cards) {
      if ((number > FIRST_SEEN && performance.now() > until) || lines > AT_ONCE_LINES) break;
      this.build(number);
      lines += 3 + shownChars(body) / LINE_CHARS;
    }
    this.later();
  }

  later() {
    const waiting = [...this.cards.values()].filter((item) => !item.built);
    if (!waiting.length && !this.unframed.length) return;
    idle((left) => {
      if (this.gone) return;
      do { // once at least: a busy browser has no idle time at all
        if (this.unframed.length) this.frameMore(FRAMED_TOGETHER);
        else this.build(waiting.shift().step.i);
      } while ((this.unframed.length || waiting.length) && left() > 2);
      this.later();
    });
  }

  build(number) {
    const item = this.cards.get(number);
    if (!item || item.built) return;
    item.built = true;
    const { step, body } = item;
    if (step.body) {
      replaceChildren(body, ...fromNodes(step.body), step.cut ? this.wholeStep(step) : null);
    } else {
      replaceChildren(body, el("div", { class: "who" }, step.label), el("div", { class: "stub" }, step.stub, " …"));
      this.seen.observe(item.card);
    }
  }

  buildAll() {
    this.frameAll();
    for (const number of this.cards.keys()) this.build(number);
  }

  wholeStep(step) {
    const more = button("show all of this step", `Show all of step ${step.i}`, () => {
      more.disabled = true;
      more.textContent = "Loading …";
      this.ask({ what: "step", step: step.i }, (whole) => {
        const held = more.matches(":focus");
        this.arrived([whole], true);
        if (held) this.cards.get(step.i).card.querySelector(".margin button")?.focus({ preventScroll: true });
      });
    });
    return more;
  }

  // Stubs that come into sight fetch their steps.
  inSight(entries) {
    for (const { target, isIntersecting } of entries) {
      const number = Number(target.dataset.step);
      if (isIntersecting) this.near.add(number);
      else this.near.delete(number);
    }
    this.fetch();
  }

  // All that is not here yet, piece after piece; `then(complete)` is called when nothing more will come.
  fetchAll(then) {
    this.frameAll();
    this.whole = then;
    this.fetch();
  }

  // What is in sight comes first; then all, where all is wanted: what is missing and what was cut.
  fetch() {
    if (this.asking || this.gone) return;
    const part = this.wanted();
    if (part) {
      this.asking = true;
      this.ask(part, (answer) => this.answered(part, answer), () => this.answered(part, null));
    } else if (this.whole) {
      this.finish(true);
    }
  }

  wanted() {
    const items = [...this.cards.values()];
    const near = items.find(({ step }) => !step.body && this.near.has(step.i));
    if (near) return { what: "steps", from: near.step.i };
    const next = this.whole && items.find((item) => !isThere(item));
    return next ? { what: "steps", from: next.step.i, whole: true } : null;
  }

  answered(part, steps) {
    this.asking = false;
    if (!steps?.length) {
      this.near.clear();
      if (this.whole) this.finish(false);
      return;
    }
    this.arrived(steps, part.whole);
    this.fetch();
  }

  finish(complete) {
    const then = this.whole;
    this.whole = null;
    then(complete);
  }

  arrived(steps, isWhole = false) {
    this.frameAll();
    for (const step of steps) {
      const item = this.cards.get(step.i);
      if (!item || isThere(item)) continue;
      this.seen.unobserve(item.card);
      this.near.delete(step.i);
      Object.assign(item, { step: { ...item.step, ...step }, isWhole, built: false });
      this.build(step.i);
    }
  }

  get complete() {
    this.frameAll();
    return [...this.cards.values()].every(isThere);
  }

  card(number) {
    if (number && !this.cards.has(number)) this.frameAll();
    return this.cards.get(number)?.card ?? null;
  }

  close() {
    this.gone = true;
    this.seen.disconnect();
  }
}

// All of a step is here, or as much of it as a browser is given.
function isThere({ step, isWhole }) {
  return Boolean(step.body) && (!step.cut || Boolean(isWhole));
}

// Characters that are seen without opening a fold, roughly: of a fold the line that opens it.
function shownChars(node) {
  let count = 0;
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) count += child.length;
    else count += child.tagName === "DETAILS" && !child.open ? LINE_CHARS : shownChars(child);
  }
  return count;
}

function idle(work) {
  if (window.requestIdleCallback) window.requestIdleCallback((deadline) => work(() => deadline.timeRemaining()), { timeout: 300 });
  else setTimeout(() => {
    const until = performance.now() + AT_ONCE_MS;
    work(() => until - performance.now());
  }, 16);
}

// Steps one by one, plumbing that stands in a row together.
function runs(steps) {
  const found = [];
  for (const step of steps) {
    const last = found.at(-1);
    if (step.inner && last?.[0].inner) last.push(step);
    else found.push([step]);
  }
  return found;
}

function groupTitle(steps) {
  const names = [...new Set(steps.map((step) => step.label))];
  const shown = names.slice(0, 4).join(", ");
  return `${steps.length} inner steps: ${shown}${names.length > 4 ? " …" : ""}`;
}

function allFields(trace) {
  const rows = trace.fields.map(([name, value]) => el("tr", {}, el("th", {}, name), el("td", {}, el("pre", {}, value))));
  const said = trace.feedback.map((words) => el("div", { class: "feedback" }, words));
  const asides = trace.asides.map((words) => el("div", { class: "aside" }, words));
  return el("details", { class: "about-trace" }, el("summary", {}, `All fields (${trace.fields.length})`), ...said, ...asides, el("table", {}, el("tbody", {}, ...rows)));
}

// Asked for when it is opened: a record may be long, and few look at it.
function rawRecord(onRaw) {
  const content = el("pre", { class: "raw" }, "Loading …");
  const node = el("details", { class: "about-trace", "data-testid": "raw" }, el("summary", {}, "Raw record"), content);
  node.addEventListener("toggle", () => node.open && onRaw((text) => { content.textContent = text; }));
  return node;
}
