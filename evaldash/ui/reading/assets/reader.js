// The trace on the screen with all that one does while reading: what stands above it, search, moves, copies, panels.
// A page mounts `reader.node`, gives it traces with `show`, carries `reader.asked` to the server and answers to `answered`.

const SIZES = [12, 13, 14, 15, 16, 17, 18, 20, 22]; // pixels of the text, kept for this browser
const USUAL_SIZE = 15;
const SIZE_KEY = "evaldash:size";
const ASK_PART_AGAIN_MS = 2500; // a question may get lost with its connection
const ABOUT = 8; // facts above a trace; the others are in its table of fields
const LINE = 60; // pixels that an arrow key scrolls
const MAX_QUOTE = 500; // characters of marked text that go into a note

class Reader {
  // `send()` is called when `asked` has grown; `say(words, failed)` shows a line; `onStep(number)` marks the first failure.
  constructor({ send, say, onStep, onTemplate, link, onSkip }) {
    Object.assign(this, { send, say, onStep, onTemplate, link, onSkip });
    this.step = 0;
    this.times = 0;
    this.wrong = new Set();
    this.marked = new Set(); // steps that carry a mark now
    this.questions = new Map(); // key -> { trace, part, takers }
    this.search = new TraceSearch({ transcript: () => this.transcript, onHit: (step) => this.select(step) });
    this.head = el("div", { class: "about" });
    this.scroll = el("div", { class: "left", tabindex: "0", role: "region", "aria-label": "The trace" });
    this.scrolled = false;
    this.scroll.addEventListener("scroll", () => { this.scrolled = true; }, { passive: true });
    this.stops = new StepStops(this);
    this.panels = new Panels(this);
    this.menu = this.makeMenu();
    this.node = el("div", { class: "column reader" }, this.head,
      el("div", { class: "bar tools" }, this.search.node, el("span", { class: "space" }), ...this.panels.buttons, this.menu,
        onSkip ? el("button", { type: "button", class: "plain skip", onclick: onSkip }, "skip the trace, to the verdict") : null),
      this.panels.node, this.scroll);
    this.node.addEventListener("pointerdown", (event) => { if (!this.menu.contains(event.target)) this.menu.open = false; });
    this.resize(Number(readJson(SIZE_KEY)) || USUAL_SIZE);
    this.timer = setInterval(() => this.questions.size && this.send(), ASK_PART_AGAIN_MS);
  }

  makeMenu() {
    const item = (label, action) => el("button", { type: "button", class: "item", onclick: () => { this.closeMenu(); action(); } }, label);
    const menu = el("details", { class: "menu" }, el("summary", { class: "plain" }, "more"), el("div", { class: "items" },
      item("Copy as Markdown", () => copyTrace(this, "markdown")), item("Copy as JSON", () => copyTrace(this, "json")),
      item("Copy a link", () => copyLink(this, this.step)), item("Save as one HTML file to send", () => saveTrace(this)),
      item("Larger text (+)", () => this.larger(1)), item("Smaller text (-)", () => this.larger(-1)),
      this.onTemplate ? item("How traces look in this project …", () => this.onTemplate()) : null));
    menu.addEventListener("focusout", ({ relatedTarget }) => { if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false; });
    return menu;
  }

  closeMenu() {
    this.menu.open = false;
    this.menu.firstElementChild.focus();
  }

  get isOpened() {
    return this.menu.open || Boolean(this.panels.opened);
  }

  // By Esc: what lies over the trace; false where nothing does.
  closeOpened() {
    const was = this.isOpened;
    if (this.menu.open) this.closeMenu();
    else this.panels.close();
    return was;
  }

  // Traces ----------------------------------------------------------------------------------------------------------

  show(trace) {
    const held = focusedIn(this.scroll);
    this.transcript?.close();
    this.trace = trace;
    this.step = 0;
    this.marked.clear();
    this.panels.close();
    this.transcript = new Transcript(trace, {
      ask: (part, take, failed) => this.ask(part, take, failed), onStep: this.onStep, onLink: (step) => copyLink(this, step),
    });
    replaceChildren(this.scroll, this.transcript.node);
    if (this.scrolled) this.scroll.scrollTop = 0; // has all of it laid out at once
    this.scrolled = false;
    if (this.search.words) this.search.clear();
    this.drawHead();
    this.drawMarks();
    this.panels.offer(trace);
    this.open(stepOfAddress(trace.id));
    if (held) this.scroll.focus({ preventScroll: true });
  }

  wait(words) {
    this.transcript?.close();
    this.transcript = null;
    this.trace = null;
    this.panels.close();
    replaceChildren(this.head);
    replaceChildren(this.scroll, el("div", { class: "hint" }, words));
  }

  drawHead() {
    const { trace } = this;
    const about = Object.entries(trace.about).slice(0, ABOUT).map(([name, value]) => el("span", { title: name }, el("span", { class: "name" }, name), ` ${value}`));
    replaceChildren(this.head, el("strong", {}, trace.name), ...about, trace.facts ? el("span", {}, trace.facts) : null,
      ...trace.feedback.slice(0, 3).map((said) => el("span", { class: "feedback" }, said)));
  }

  // Steps -----------------------------------------------------------------------------------------------------------

  // Go to a step that a link names.
  open(step) {
    const card = this.transcript.card(step);
    if (!card) return;
    this.select(step);
    openFolds(card);
    bring(card, card, "start");
  }

  select(step) {
    this.step = step;
    this.transcript?.build(step);
    this.drawMarks();
  }

  // The step one is at; who has scrolled away from it is at the first that is seen.
  get here() {
    return stepInSight(this.scroll, this.transcript, this.step);
  }

  // Scroll as a browser would whose page the trace is; false for a key that does not scroll.
  scrollBy(key) {
    const box = this.panels.covering ?? this.scroll;
    const page = box.clientHeight * 0.85;
    const by = { PageDown: page, " ": page, PageUp: -page, "Shift+ ": -page, ArrowDown: LINE, ArrowUp: -LINE, End: box.scrollHeight, Home: -box.scrollHeight }[key];
    if (by === undefined) return false;
    leave(this.scroll);
    const before = box.scrollTop;
    box.scrollTop += by;
    if (box === this.scroll && box.scrollTop === before && ["Home", "End"].includes(key)) this.toEdge(key === "End" ? -1 : 1);
    return true;
  }

  // To the first step or, by -1, to the last: where there is nothing to scroll, that is what Home and End can mean.
  toEdge(by) {
    const edge = stepAfter(this.transcript?.node, by * -Infinity, by);
    if (!edge) return;
    this.select(Number(edge.dataset.step));
    this.stops.follow();
  }

  toggleFolds() {
    const card = this.transcript?.card(this.here);
    if (!card) return;
    this.select(Number(card.dataset.step));
    if (!foldAll(card)) this.say("Nothing is folded in this step.");
  }

  // To the next step above or below that is wanted; says `none` where there is none.
  move(by, wanted, none) {
    this.transcript?.frameAll();
    const { here } = this;
    const from = here === this.step ? here : here - Math.sign(by) * 0.5; // scrolled away: the step in sight is the next one
    const next = stepAfter(this.transcript?.node, from, by, wanted);
    if (!next) {
      if (none) this.say(none);
      return;
    }
    this.select(Number(next.dataset.step));
    bring(next, next, "nearest");
    this.stops.follow();
  }

  // Steps of the failures in the order in which they were noted; null where one has no step.
  markWrong(steps) {
    this.first = steps[0];
    this.wrong = new Set(steps);
    this.drawMarks();
  }

  // Only what has changed: a long trace has hundreds of steps.
  drawMarks() {
    const marked = new Set([...this.marked, this.step, ...this.wrong]);
    for (const number of marked) {
      const card = this.transcript?.card(number);
      if (!card) continue;
      const wrong = this.wrong.has(number);
      card.classList.toggle("here", number === this.step);
      card.classList.toggle("wrong", wrong);
      card.classList.toggle("further", wrong && number !== this.first);
      if (this.onStep) card.querySelector(".number").setAttribute("aria-pressed", String(wrong));
    }
    this.marked = new Set([this.step, ...this.wrong]);
    this.stops.settle();
  }

  // What is marked with the mouse in the transcript: { text, step }, null where nothing is.
  quote() {
    const root = this.node.getRootNode();
    const selection = root.getSelection?.() ?? document.getSelection();
    const text = selection?.toString().replace(/\s+/g, " ").trim();
    const start = selection?.anchorNode;
    if (!text || !start || !this.scroll.contains(start)) return null;
    const card = (start instanceof Element ? start : start.parentElement).closest("[data-step]");
    const shown = text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE)} …` : text;
    return { text: shown, step: card ? Number(card.dataset.step) : null };
  }

  // Questions to the server ------------------------------------------------------------------------------------------

  // All that is not answered yet, as events for the server.
  get asked() {
    this.times += 1; // asked again, it is another message: one that equals the last may be taken for it
    return [...this.questions.values()].map(({ trace, part }) => ({ kind: "part", trace, part, times: this.times }));
  }

  ask(part, take, failed) {
    const { id } = this.trace;
    const key = questionKey(id, part);
    const asked = this.questions.get(key); // the same is asked already: both get the answer
    if (asked) asked.takers.push({ take, failed });
    else this.questions.set(key, { trace: id, part, takers: [{ take, failed }] });
    if (!asked) this.send();
  }

  answered(answers) {
    for (const { trace, part, value, error } of answers ?? []) {
      const key = questionKey(trace, part);
      const question = this.questions.get(key);
      this.questions.delete(key);
      if (!question || trace !== this.trace?.id) continue;
      if (error) this.say(error, true);
      for (const { take, failed } of question.takers) {
        if (error) failed?.();
        else take(value);
      }
    }
  }

  larger(by) {
    const place = SIZES.indexOf(this.size) + by;
    this.resize(SIZES[Math.max(0, Math.min(SIZES.length - 1, place))]);
  }

  resize(size) {
    this.size = SIZES.includes(size) ? size : USUAL_SIZE;
    this.node.style.setProperty("--size", `${this.size}px`);
    writeJson(SIZE_KEY, this.size);
  }

  close() {
    clearInterval(this.timer);
    this.transcript?.close();
  }
}

function questionKey(trace, part) {
  return JSON.stringify([trace, Object.entries(part).sort()]);
}

// The step that the address names, for the trace it names; only until another trace was opened.
function stepOfAddress(trace) {
  const parameters = new URL(window.location.href).searchParams;
  const named = parameters.get("trace");
  return named && trace.startsWith(named) ? Number(parameters.get("step")) : 0;
}
