// The reading desk. The browser owns the current trace: a key shows the next one at once, saves follow in their queue.

const DRAFT_MS = 400; // pause in typing after which a draft goes to the server
const ASK_AGAIN_MS = 2000; // a question for more traces may get lost with its connection
const LONGEST_S = 600; // of one reading; who leaves the desk for longer was not reading
const KEYS = [
  ["p", "pass, saved, next"], ["f", "fail: write the note"], ["d / Shift+D", "defer with the last reason / ask for one"],
  ["j / k", "next, previous step"], ["s", "this step is where it first went wrong"], ["1 … 9", "fail with that mode, saved, next"],
  ["n / c", "note, comment"], ["→ / ←", "next, previous trace, nothing saved"], ["u", "undo the last save"], ["/", "search in the trace"],
  ["?", "this sheet"], ["Ctrl+Enter", "in a note: save the failure, next"], ["Esc", "back to reading, the draft is kept"],
  ["Alt+1 … 9", "in a note: mode"], ["Alt+s", "in a note: this step"],
];

class Desk {
  constructor(root, component) {
    this.root = root;
    this.traces = new Map();
    this.readings = new Map();
    this.serverDrafts = {};
    this.saves = []; // ids of saves of this tab, for undo
    this.deferring = null; // the trace whose reason is asked for
    this.lastReason = sessionStorage.getItem("evaldash:reason") ?? "";
    this.step = 0;
    this.form = new ReadingForm({
      onChange: () => this.typed(), onVerdict: (verdict) => this.press(verdict), onMode: (mode) => this.form.chooseMode(mode),
    });
    this.build();
    this.take(component);
    this.listeners = [
      ["keydown", (event) => this.key(event), true],
      ["evaldash:state", () => this.news(), false],
      ["pagehide", () => this.sendDraft(), false],
    ];
  }

  build() {
    this.left = el("div", { class: "left" });
    this.head = el("div", { class: "about" });
    this.progress = el("div", { class: "progress" });
    this.saved = el("span", { class: "saved", role: "status", "aria-live": "polite" });
    this.search = el("input", { type: "search", class: "search", placeholder: "search in this trace", "aria-label": "Search in this trace" });
    this.search.addEventListener("input", () => this.find());
    this.sheet = el("dialog", { class: "sheet" }, el("h3", {}, "Keys"), el("table", {}, el("tbody", {},
      ...KEYS.map(([key, what]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, what))))));
    this.sheet.addEventListener("click", () => this.sheet.close());
    const button = (label, name, action) => el("button", { type: "button", class: "plain", "aria-label": name, title: name, onclick: action }, label);
    const bar = el("div", { class: "bar" }, this.progress, this.saved,
      button("←", "Previous trace (←)", () => this.go(-1)), button("→", "Next trace (→)", () => this.go(1)),
      button("undo", "Undo the last save (u)", () => this.undo()), button("?", "All keys (?)", () => this.sheet.showModal()));
    this.node = el("section", { class: "desk", "data-testid": "desk", tabindex: "-1", "aria-label": "Reading desk" },
      el("div", { class: "column" }, el("div", { class: "bar" }, this.head, this.search), this.left),
      el("div", { class: "column side" }, bar, this.form.node), this.sheet);
    this.root.appendChild(this.node);
  }

  // New data from the server: the batch, its order, some of its traces. What is on the screen stays.
  take(component) {
    this.component = component;
    const { data } = component;
    for (const trace of data.traces) this.traces.set(trace.id, trace);
    if (this.batchKey !== data.key) this.begin(data);
    this.order = data.order;
    this.title = data.title;
    this.form.setModes(data.modes);
    this.news();
    if (!this.shown) this.show();
    this.askForMore();
  }

  begin(data) {
    this.queue?.close();
    this.batchKey = data.key;
    this.readings = new Map();
    this.shown = null;
    this.order = data.order;
    this.start = data.start;
    this.asked = null;
    this.queue = new SaveQueue({
      project: data.project, coder: data.coder,
      send: (events) => this.component.setTriggerValue("events", events),
      idle: () => this.shown || this.askForMore(),
      changed: () => this.drawState(),
    });
    this.current = null;
  }

  // Answers, readings and drafts, which come by the small component beside this one.
  news() {
    const state = window.evaldashDeskState;
    if (!state || state.key !== this.batchKey) return;
    this.serverDrafts = state.drafts;
    for (const [trace, reading] of Object.entries(state.readings)) {
      if (!this.queue.pending(trace)) this.readings.set(trace, reading);
    }
    for (const trace of [...this.readings.keys()]) {
      if (!(trace in state.readings) && !this.queue.pending(trace)) this.readings.delete(trace);
    }
    this.queue.answered(state.answers);
    for (const answer of state.answers) if (answer.error) this.form.say(`Not saved: ${answer.error}`, true);
    if (this.current === null) this.choose();
    if (!this.shown) this.show();
    if (!this.opened) {
      this.opened = true;
      this.queue.flush();
      if (!this.typing(document.activeElement)) this.node.focus({ preventScroll: true });
    }
    this.drawState();
  }

  choose() {
    const wanted = this.start && this.order.includes(this.start) ? this.start : this.order.find((trace) => !this.isRead(trace));
    this.current = wanted ?? this.order[this.order.length - 1];
  }

  isRead(trace) {
    return this.readings.has(trace) || Boolean(this.queue.pending(trace));
  }

  show() {
    const trace = this.traces.get(this.current);
    if (!trace) {
      this.transcript = null;
      replaceChildren(this.left, el("div", { class: "hint" }, "Loading the next traces …"));
      this.drawState();
      this.askForMore();
      return;
    }
    this.shown = this.current;
    this.step = 0;
    this.deferring = null;
    this.since = performance.now();
    this.transcript = transcript(trace, { onStep: (step) => this.mark(step) });
    replaceChildren(this.left, this.transcript);
    this.left.scrollTop = 0;
    this.search.value = "";
    replaceChildren(this.head, el("strong", {}, trace.name), ...this.aboutParts(trace));
    this.form.fill(this.said(this.current), this.draft(this.current));
    this.drawSteps();
    this.drawState();
    this.askForMore();
    const url = new URL(window.location.href);
    url.searchParams.set("trace", this.current);
    history.replaceState(history.state, "", url);
  }

  aboutParts(trace) {
    const about = Object.entries(trace.about).slice(0, 6).map(([name, value]) => el("span", { title: name }, `${name} ${String(value).slice(0, 40)}`));
    const feedback = trace.feedback.slice(0, 3).map((said) => el("span", { class: "feedback" }, said));
    return [...about, ...feedback];
  }

  said(trace) {
    const pending = this.queue.pending(trace);
    return pending ? { verdict: pending.verdict, comment: pending.comment, codes: pending.codes } : this.readings.get(trace);
  }

  draft(trace) {
    const mine = this.queue.draft(trace);
    const theirs = this.serverDrafts[trace];
    if (mine && theirs) return (theirs.at ?? 0) > (mine.at ?? 0) ? theirs : mine;
    return mine ?? theirs ?? null;
  }

  // Keys ------------------------------------------------------------------------------------------------------------

  key(event) {
    if (!this.node.isConnected || event.isComposing || event.keyCode === 229) return;
    const target = event.composedPath()[0];
    if (this.sheet.open) return;
    if (this.typing(target)) {
      if (this.node.contains(target)) this.writingKey(event, target);
      return;
    }
    if (event.ctrlKey || event.metaKey || (event.altKey && !event.shiftKey)) return;
    if (this.readingKey(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  typing(target) {
    return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
  }

  readingKey(event) {
    const actions = {
      p: () => this.press("pass"), f: () => this.press("fail"), d: () => this.press("deferred"), D: () => this.askReason(),
      j: () => this.moveStep(1), k: () => this.moveStep(-1), s: () => this.mark(this.step || 1), n: () => this.form.note.focus(),
      c: () => this.form.comment.focus(), ArrowRight: () => this.go(1), ArrowLeft: () => this.go(-1), u: () => this.undo(),
      "/": () => this.search.focus(), "?": () => this.sheet.showModal(),
    };
    const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    const action = digit ? () => this.failWith(digit) : actions[event.key];
    if (action) action();
    return Boolean(action);
  }

  writingKey(event, target) {
    event.stopImmediatePropagation(); // Streamlit's own shortcuts do not fire while one writes
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (event.key === "Escape") {
      event.preventDefault();
      this.deferring = null;
      this.sendDraft();
      this.node.focus({ preventScroll: true });
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.saveWritten(target);
    } else if (event.altKey && digit) {
      event.preventDefault();
      const mode = this.form.modes[Number(digit) - 1];
      if (mode) this.form.chooseMode(mode.id);
    } else if (event.altKey && event.code === "KeyS") {
      event.preventDefault();
      this.mark(this.step || 1);
    } else if (event.key === "Enter" && target === this.search) {
      event.preventDefault();
      this.find(true);
    }
  }

  saveWritten(target) {
    if (this.deferring === this.current) {
      this.lastReason = this.form.comment.value.trim();
      sessionStorage.setItem("evaldash:reason", this.lastReason);
      this.save("deferred", []);
    } else if (target === this.form.comment && !this.form.typed && this.readings.get(this.current)) {
      this.save(this.readings.get(this.current).verdict, this.form.codes);
    } else {
      this.saveFail();
    }
  }

  press(verdict) {
    if (!this.shown) return;
    if (verdict === "fail") {
      if (this.form.typed && this.node.contains(this.root.activeElement) && this.root.activeElement === this.form.buttons.fail) this.saveFail();
      else this.form.note.focus();
      return;
    }
    if (this.form.typed) {
      this.form.say(`A note is typed, and ${verdict === "pass" ? "a pass carries none" : "it would be left out"}: Ctrl+Enter in it saves a fail; empty it first otherwise.`, true);
      return;
    }
    if (verdict === "deferred") {
      if (this.lastReason && !this.form.comment.value.trim()) this.form.comment.value = this.lastReason;
      this.save("deferred", this.form.codes);
    } else {
      this.save("pass", []);
    }
  }

  askReason() {
    this.deferring = this.current;
    this.form.say("Why is it deferred? Ctrl+Enter in the comment saves.");
    this.form.comment.focus();
  }

  failWith(digit) {
    const mode = this.form.modes[digit - 1];
    if (!mode) {
      this.form.say(this.form.modes.length ? `There is no mode ${digit}.` : "There are no failure modes yet; write a note (f).");
      return;
    }
    this.save("fail", this.form.allCodes(mode.id));
  }

  saveFail() {
    const codes = this.form.allCodes();
    if (!codes.length) {
      this.form.say("Say in a few words what went wrong first.", true);
      this.form.note.focus();
      return;
    }
    this.save("fail", codes);
  }

  // Saving ----------------------------------------------------------------------------------------------------------

  save(verdict, codes) {
    if (!this.shown) return;
    const trace = this.current;
    clearTimeout(this.draftTimer);
    this.queue.keepDraft(trace, null);
    delete this.serverDrafts[trace];
    const event = {
      kind: "save", id: newId(), trace, verdict, codes, comment: this.form.comment.value.trim(),
      seconds: Math.min(LONGEST_S, (performance.now() - this.since) / 1000),
    };
    this.saves.push({ id: event.id, trace, before: this.readings.get(trace), content: this.form.content() });
    this.readings.set(trace, { id: event.id, verdict, comment: event.comment, codes });
    this.queue.add(event);
    this.advance();
  }

  advance() {
    const place = this.order.indexOf(this.current);
    const next = this.order[place + 1] ?? this.order.find((trace) => !this.isRead(trace));
    if (next && next !== this.current) {
      this.current = next;
      this.shown = null;
      this.show();
      this.node.focus({ preventScroll: true });
    } else {
      this.form.fill(this.said(this.current), null);
      this.drawState();
      this.node.focus({ preventScroll: true });
    }
    if (!this.order.some((trace) => !this.isRead(trace))) this.form.say("All traces of this batch are read. Group the notes on the page Taxonomy.");
  }

  undo() {
    const last = this.saves.pop();
    if (!last) {
      this.form.say("There is nothing of this tab left to take back.");
      return;
    }
    if (last.before) this.readings.set(last.trace, last.before);
    else this.readings.delete(last.trace);
    this.queue.add({ kind: "retract", id: newId(), takes_back: last.id, trace: last.trace });
    if (last.content) this.queue.keepDraft(last.trace, { ...last.content, at: Date.now() });
    this.current = last.trace;
    this.shown = null;
    this.show();
    this.form.say("Taken back.");
  }

  typed() {
    this.drawSteps();
    const trace = this.current;
    const content = this.form.content();
    this.queue.keepDraft(trace, content && { ...content, at: Date.now() });
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.sendDraft(), DRAFT_MS);
  }

  sendDraft() {
    clearTimeout(this.draftTimer);
    if (!this.shown) return;
    const content = this.queue.draft(this.current);
    const known = JSON.stringify(this.sentDraft ?? null);
    const draft = { kind: "draft", id: newId(), trace: this.current, content };
    if (JSON.stringify([this.current, content]) === known) return;
    this.sentDraft = [this.current, content];
    this.component.setTriggerValue("events", [...this.queue.events, draft]);
  }

  // Moving ----------------------------------------------------------------------------------------------------------

  go(by) {
    const place = this.order.indexOf(this.current) + by;
    if (place < 0 || place >= this.order.length) return;
    this.sendDraft();
    this.current = this.order[place];
    this.shown = null;
    this.show();
  }

  moveStep(by) {
    const steps = this.transcript?.querySelectorAll("[data-step]") ?? [];
    this.step = Math.max(1, Math.min(steps.length, this.step + by));
    this.drawSteps();
    steps[this.step - 1]?.scrollIntoView({ block: "nearest" });
  }

  mark(step) {
    this.step = step;
    this.form.markStep(step);
    this.drawSteps();
  }

  find(again = false) {
    const words = this.search.value.trim().toLowerCase();
    const steps = [...(this.transcript?.querySelectorAll("[data-step]") ?? [])];
    const hits = steps.filter((step) => words && step.textContent.toLowerCase().includes(words));
    for (const step of steps) step.classList.toggle("hit", hits.includes(step));
    this.hit = again ? (this.hit ?? -1) + 1 : 0;
    const hit = hits[this.hit % (hits.length || 1)];
    for (const fold of hit?.querySelectorAll("details") ?? []) fold.open = true;
    hit?.scrollIntoView({ block: "nearest" });
  }

  // Traces that come next must be here before they are wanted; the server is asked for more in time.
  askForMore() {
    const place = this.order.indexOf(this.current);
    const missing = this.order.slice(Math.max(0, place), place + 6).find((trace) => !this.traces.has(trace));
    const again = performance.now() - (this.askedAt ?? 0) > ASK_AGAIN_MS;
    if (!missing || (this.asked === missing && !again)) return;
    this.asked = missing;
    this.askedAt = performance.now();
    this.component.setTriggerValue("need", this.current);
  }

  drawSteps() {
    for (const card of this.transcript?.querySelectorAll("[data-step]") ?? []) {
      const number = Number(card.dataset.step);
      card.classList.toggle("here", number === this.step);
      card.classList.toggle("wrong", number === this.form.step || this.form.codes.some((code) => code.step === number));
    }
  }

  drawState() {
    if (!this.queue || !this.order) return;
    const place = this.order.indexOf(this.current);
    const read = this.order.filter((trace) => this.isRead(trace)).length;
    Object.assign(this.node.dataset, {
      trace: this.shown ?? "", waiting: String(this.queue.waiting), position: String(place + 1), total: String(this.order.length),
    });
    this.progress.textContent = `${this.title}: ${place + 1} of ${this.order.length}, ${read} read`;
    this.saved.textContent = this.queue.waiting ? `${this.queue.waiting} waiting` : "saved ✓";
    this.saved.classList.toggle("waiting", this.queue.waiting > 0);
    const verdict = this.current ? this.said(this.current)?.verdict : null;
    for (const [name, button] of Object.entries(this.form.buttons)) {
      button.classList.toggle("chosen", name === verdict);
      button.setAttribute("aria-pressed", String(name === verdict));
    }
  }

  listen() {
    for (const [name, listener, capture] of this.listeners) window.addEventListener(name, listener, capture);
  }

  unlisten() {
    for (const [name, listener, capture] of this.listeners) window.removeEventListener(name, listener, capture);
  }
}

export default function (component) {
  const root = component.parentElement;
  if (root.evaldashDesk) root.evaldashDesk.take(component);
  else root.evaldashDesk = new Desk(root, component);
  const desk = root.evaldashDesk;
  desk.unlisten();
  desk.listen();
  return () => {
    desk.unlisten();
    desk.queue.close();
    desk.node.remove();
    delete root.evaldashDesk;
  };
}
