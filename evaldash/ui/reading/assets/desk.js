// The reading desk. The browser owns the current trace: a key shows the next one at once, saves follow in their queue.

const DRAFT_MS = 400; // pause in typing after which a draft goes to the server
const ASK_AGAIN_MS = 2000; // a question for more traces may get lost with its connection
const LOOK_AHEAD = 6; // traces that must be here before they are wanted: keys come faster than answers
const LONGEST_S = 600; // of one reading; who leaves the desk for longer was not reading
const HELD = new Set(["j", "k", "[", "]", "ArrowRight", "ArrowLeft"]); // a key held down moves, but gives one verdict only
// Elsewhere on the page these have keys of their own.
const CONTROLS = "a, button, summary, label, [role=button], [role=tab], [role=option], [role=radio], [role=slider], [role=menuitem], [role=dialog]";
const KEYS = [
  ["p", "pass, saved, next"], ["f", "fail: write the note"], ["d / Shift+D", "defer with the last reason / ask for one"],
  ["j / k", "next, previous step"], ["] / [", "next, previous question of the user"], ["e / E", "next, previous error"], ["s", "this step is where it first went wrong"], ["1 … 9", "fail with that mode, saved, next"],
  ["n / c", "note, comment"], ["→ / ←", "next, previous trace, nothing saved"], ["u", "undo the last save"], ["/", "search in the trace; Enter, Shift+Enter: next, previous hit"], ["l", "copy a link to this trace and step"],
  ["t / v", "timeline of spans / the other version's answer beside it"], ["+ / -", "larger, smaller text"],
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
    this.refused = new Map(); // trace -> the server's sentence about its last save
    this.deferring = null; // the trace whose reason is asked for
    this.lastReason = sessionStorage.getItem("evaldash:reason") ?? "";
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
    this.reader = new Reader({
      send: () => this.send(), say: (words, failed) => this.form.say(words, failed), onStep: (step) => this.mark(step),
      onTemplate: () => this.send([{ kind: "template", id: newId() }]), link: (trace, step) => this.linkTo(trace, step),
    });
    this.progress = el("div", { class: "progress" });
    this.saved = el("span", { class: "saved", role: "status", "aria-live": "polite" });
    this.sheet = el("dialog", { class: "sheet" }, el("h3", {}, "Keys"), el("table", {}, el("tbody", {},
      ...KEYS.map(([key, what]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, what))))));
    this.sheet.addEventListener("click", () => this.sheet.close());
    this.refusals = el("div", { class: "refusals", role: "alert" });
    this.done = el("div", { class: "done", role: "status" });
    const bar = el("div", { class: "bar" }, this.progress, this.saved);
    const moves = el("div", { class: "bar" },
      button("←", "Previous trace (←)", () => this.go(-1)), button("→", "Next trace (→)", () => this.go(1)),
      button("undo", "Undo the last save (u)", () => this.undo()), button("copy link", "Copy a link to this trace (l)", () => this.reader.copyLink(this.reader.step)), button("?", "All keys (?)", () => this.sheet.showModal()));
    this.node = el("section", { class: "desk", "data-testid": "desk", tabindex: "-1", "aria-label": "Reading desk" },
      this.reader.node, el("div", { class: "column side" }, bar, moves, this.refusals, this.done, this.form.node), this.sheet);
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
    this.batch = data.batch;
    this.readings = new Map();
    this.shown = null;
    this.order = data.order;
    this.start = data.start;
    this.asked = null;
    this.queue = new SaveQueue({
      project: data.project, coder: data.coder,
      send: () => this.send(),
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
    this.reader.answered(state.parts);
    const refused = this.queue.answered(state.answers);
    for (const [trace, reading] of Object.entries(state.readings)) {
      if (!this.queue.concerns(trace)) this.readings.set(trace, reading);
    }
    for (const trace of [...this.readings.keys()]) {
      if (!(trace in state.readings) && !this.queue.concerns(trace)) this.readings.delete(trace);
    }
    for (const event of refused) this.refuse(event);
    if (this.current === null) this.choose();
    if (!this.shown) this.show();
    if (!this.opened) {
      this.opened = true;
      this.queue.flush();
      if (!this.typing(document.activeElement)) this.node.focus({ preventScroll: true });
    }
    this.drawState();
  }

  // A save that the server does not take becomes a draft again, and its sentence stays until the trace is saved.
  refuse(event) {
    if (event.kind === "save") {
      this.saves = this.saves.filter((save) => save.id !== event.id);
      const codes = [...event.codes];
      const { id, text, step, mode } = codes.pop() ?? {};
      const content = { text: text ?? "", step: step ?? null, mode: mode ?? null, codeId: id ?? newId(), codes, comment: event.comment };
      if (!this.queue.draft(event.trace)) this.queue.keepDraft(event.trace, { ...content, at: Date.now() });
      if (event.trace === this.shown && !this.form.content()) this.form.fill(this.said(event.trace), this.draft(event.trace));
    }
    this.refused.set(event.trace, event.error);
    this.drawRefusals();
  }

  drawRefusals() {
    replaceChildren(this.refusals, ...[...this.refused].map(([trace, error]) => el("div", { class: "refusal" }, `Not saved: ${error} `,
      this.order.includes(trace) ? el("button", { type: "button", class: "plain", onclick: () => this.jump(trace) }, "open this trace") : null,
      el("button", { type: "button", class: "plain", onclick: () => this.forget(trace) }, "put aside"))));
  }

  forget(trace) {
    this.refused.delete(trace);
    this.drawRefusals();
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
    this.form.node.inert = !trace;
    if (!trace) {
      this.form.clear();
      this.reader.wait("Loading the next traces …");
      this.drawState();
      this.askForMore();
      return;
    }
    this.shown = this.current;
    this.deferring = null;
    this.since = performance.now();
    this.reader.show(trace);
    this.form.fill(this.said(this.current), this.draft(this.current));
    this.drawSteps();
    this.drawState();
    this.askForMore();
    const url = new URL(window.location.href);
    url.searchParams.set("trace", this.current);
    url.searchParams.delete("step");
    history.replaceState(history.state, "", url);
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
    if (this.sheet.open) {
      event.stopImmediatePropagation();
      if (event.key === "?") this.sheet.close();
      return;
    }
    if (this.typing(target)) {
      if (this.node.contains(target)) this.writingKey(event, target);
      return;
    }
    if (event.ctrlKey || event.metaKey || (event.altKey && !event.shiftKey)) return;
    if (!this.node.contains(target) && target instanceof Element && target.closest(CONTROLS)) return;
    if (event.key.length === 1) event.stopImmediatePropagation(); // Streamlit's own shortcuts do not fire at the desk
    if (event.repeat && !HELD.has(event.key)) return;
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
      j: () => this.reader.move(1), k: () => this.reader.move(-1), l: () => this.reader.copyLink(this.reader.step),
      "]": () => this.reader.move(1, isQuestion, "No question below."), "[": () => this.reader.move(-1, isQuestion, "No question above."),
      e: () => this.reader.move(1, isError, "No error below."), E: () => this.reader.move(-1, isError, "No error above."),
      t: () => this.reader.toggle("timeline"), v: () => this.reader.toggle("versions"), "+": () => this.reader.larger(1), "-": () => this.reader.larger(-1),
      s: () => this.mark(this.reader.step || 1), n: () => this.form.note.focus(),
      c: () => this.form.comment.focus(), ArrowRight: () => this.go(1), ArrowLeft: () => this.go(-1), u: () => this.undo(),
      "/": () => this.reader.search.field.focus(), "?": () => this.sheet.showModal(),
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
      this.mark(this.reader.step || 1);
    }
  }

  saveWritten(target) {
    if (this.deferring === this.current && target === this.form.comment && !this.form.typed) {
      this.lastReason = this.form.comment.value.trim();
      sessionStorage.setItem("evaldash:reason", this.lastReason);
      this.save("deferred", this.form.allCodes());
    } else if (target === this.form.comment && !this.form.typed && this.readings.get(this.current)) {
      this.save(this.readings.get(this.current).verdict, this.form.allCodes());
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
    if (this.warned(verdict)) return;
    if (verdict === "deferred") {
      if (this.lastReason && !this.form.comment.value.trim()) this.form.comment.value = this.lastReason;
      this.save("deferred", this.form.allCodes());
    } else {
      this.save("pass", []);
    }
  }

  // Tell of words that a verdict would leave out; a pass leaves out the failures noted, a deferral keeps those.
  warned(verdict) {
    const saved = new Set((this.said(this.current)?.codes ?? []).map((code) => code.id));
    const noted = verdict === "pass" && this.form.codes.some((code) => !saved.has(code.id));
    if (!this.form.typed && !noted) return false;
    this.form.say(`A note is typed, and ${verdict === "pass" ? "a pass carries none" : "it would be left out"}: Ctrl+Enter in it saves a fail; empty it first otherwise.`, true);
    return true;
  }

  askReason() {
    if (!this.shown || this.warned("deferred")) return;
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
    this.forget(trace);
    const event = {
      kind: "save", id: newId(), trace, batch: this.batch, verdict, codes, comment: this.form.comment.value.trim(),
      seconds: Math.min(LONGEST_S, (performance.now() - this.since) / 1000),
    };
    this.saves.push({ id: event.id, trace, seconds: event.seconds, before: this.readings.get(trace), content: this.form.content() });
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
    this.send([draft]);
  }

  // Moving ----------------------------------------------------------------------------------------------------------

  go(by) {
    const place = this.order.indexOf(this.current) + by;
    if (place >= 0 && place < this.order.length) this.jump(this.order[place]);
  }

  jump(trace) {
    this.sendDraft();
    this.current = trace;
    this.shown = null;
    this.show();
  }

  // The address names project, batch, coder and trace: who opens it begins here.
  linkTo(trace, step) {
    const address = new URL(window.location.href);
    address.searchParams.set("trace", trace);
    if (step) address.searchParams.set("step", step);
    else address.searchParams.delete("step");
    return address.href;
  }

  mark(step) {
    this.reader.select(step);
    this.form.markStep(step);
    this.drawSteps();
  }

  // All that goes to the server goes in one message: of two sent close together one may be lost.
  send(extra = []) {
    const missing = this.missing();
    const need = missing ? [{ kind: "need", trace: missing }] : [];
    this.component.setTriggerValue("events", [...this.queue.events, ...extra, ...need, ...this.reader.asked]);
  }

  missing() {
    const place = this.order.indexOf(this.current);
    if (place < 0) return undefined;
    return this.order.slice(place, place + LOOK_AHEAD).find((trace) => !this.traces.has(trace));
  }

  askForMore() {
    const missing = this.missing();
    const again = performance.now() - (this.askedAt ?? 0) > ASK_AGAIN_MS;
    if (!missing || (this.asked === missing && !again)) return;
    this.asked = missing;
    this.askedAt = performance.now();
    this.send();
  }

  drawSteps() {
    this.reader.markWrong([this.form.step, ...this.form.codes.map((code) => code.step)].filter(Boolean));
  }

  drawState() {
    if (!this.queue || !this.order) return;
    const place = this.order.indexOf(this.current);
    const read = this.order.filter((trace) => this.isRead(trace)).length;
    Object.assign(this.node.dataset, {
      trace: this.shown ?? "", waiting: String(this.queue.waiting), position: String(place + 1), total: String(this.order.length),
    });
    this.progress.textContent = `${this.title}: ${place + 1} of ${this.order.length}, ${read} read${this.pace()}`;
    this.drawDone(read);
    this.saved.textContent = this.queue.waiting ? `${this.queue.waiting} waiting` : "saved ✓";
    this.saved.classList.toggle("waiting", this.queue.waiting > 0);
    const verdict = this.current ? this.said(this.current)?.verdict : null;
    for (const [name, button] of Object.entries(this.form.buttons)) {
      button.classList.toggle("chosen", name === verdict);
      button.setAttribute("aria-pressed", String(name === verdict));
    }
  }

  // The middle of the times of this tab's saves: one long break does not move it.
  pace() {
    const times = this.saves.map((save) => save.seconds).sort((a, b) => a - b);
    return times.length < 3 ? "" : `, ${Math.max(1, Math.round(times[times.length >> 1]))} s each`;
  }

  drawDone(read) {
    const verdicts = this.order.map((trace) => this.said(trace)?.verdict);
    const count = (verdict) => verdicts.filter((found) => found === verdict).length;
    const words = `Batch done: ${count("pass")} passed, ${count("fail")} failed, ${count("deferred")} deferred. Next: group the notes on the page Taxonomy.`;
    const shown = this.order.length > 1 && read === this.order.length ? words : "";
    if (this.done.textContent !== shown) this.done.textContent = shown;
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
    desk.reader.close();
    desk.node.remove();
    delete root.evaldashDesk;
  };
}
