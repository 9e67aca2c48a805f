// The reading desk. The browser owns the current trace: a key shows the next one at once, saves follow in their queue.

const DRAW_MS = 20; // after which counts are drawn: a frame later than the trace

class Desk extends Walk {
  constructor(root, component) {
    super();
    this.root = root;
    this.traces = new Shelf({ parts: () => this.reader.asked, arrived: (parts) => this.arrived(parts) });
    this.shown = null;
    this.writesSoon = null; // the action that leads to a field once the trace is here
    this.pace = new Pace();
    this.keys = new KeyMap(component.data.preferences.keys);
    this.drafts = new Drafts(this);
    this.judge = new Judge(this);
    this.form = new ReadingForm({
      keys: this.keys,
      onChange: () => this.typed(), onVerdict: (verdict) => (verdict === "fail" ? this.judge.pressFail() : this.judge.press(verdict)),
      onTyping: () => this.similar.typed(), onQuote: () => this.quote(),
    });
    this.reader = new Reader({
      send: () => this.traces.ask(), say: (words, failed) => this.form.say(words, failed), onStep: (step) => this.mark(step),
      onTemplate: () => this.talk.send([{ kind: "template", id: newId() }]), link: (trace, step) => linkTo(trace, step), onSkip: () => this.form.buttons.pass.focus(),
    });
    this.similar = new SimilarNotes({ note: this.form.note, ask: (text) => this.talk.ask("similar", { text, trace: this.flow.current }), take: (item) => this.form.takeNote(item) });
    this.form.placeSimilar(this.similar.node);
    this.sheet = new KeySheet({ keys: this.keys, onChange: () => this.keepPreferences() });
    this.who = new WhoDialog();
    this.refusals = new Refusals(this);
    this.address = new Address();
    this.hints = new Hints({ keys: this.keys, onHide: () => this.hideHints() });
    this.lookup = new Lookup({ onOpen: (trace) => this.open(trace), onClose: () => this.focus() });
    Object.assign(this, deskNodes(this));
    this.root.appendChild(this.node);
    const listener = new KeyListener(this);
    this.listeners = [
      ["keydown", (event) => listener.key(event), true], ["evaldash:state", () => this.news(), false], ["evaldash:traces", () => this.traces.take(), false], ["pagehide", () => this.leave(), false],
      ["online", () => this.queue.flush(), false],
    ];
    for (const [name, act, capture] of this.listeners) window.addEventListener(name, act, capture);
  }

  // The page was drawn: the batch, its order, what is known of it. What is on the screen stays.
  take({ data }) {
    if (this.key !== data.key) this.begin(data);
    else if (this.snapshot !== data.snapshot) this.known.takeAll(data);
    this.data = data;
    this.snapshot = data.snapshot;
    this.flow.setOrder(data.order);
    this.takeModes(data.modes);
    this.form.checks.define(data.checks);
    this.traces.take();
    this.news();
    if (!this.shown) this.show();
    this.drawState();
    this.askForMore();
  }

  // Only when they are others: a button that one is on, or pressing, stays.
  takeModes(modes) {
    const now = JSON.stringify(modes);
    if (now === this.modesNow) return;
    this.modesNow = now;
    this.form.setModes(modes);
    this.similar.modes = modes;
  }

  // Traces have come, and answers about those that were here. The one on the screen may look different now.
  arrived(parts) {
    if (!this.flow) return;
    this.reader.answered(parts);
    const text = this.traces.text(this.shown);
    if (!this.shown) this.show();
    else if (text && text !== this.shownText) this.read();
    this.askForMore();
  }

  // Show the current trace, also anew where it looks different now: what is typed stays.
  read() {
    this.shownText = this.traces.text(this.flow.current);
    this.reader.show(this.traces.get(this.flow.current));
    this.drawSteps();
  }

  begin(data) {
    this.queue?.close();
    this.drafts.unanswered.clear();
    Object.assign(this, { key: data.key, coder: data.coder, batch: data.batch, settles: data.settles, shown: null });
    this.talk = new Talk({ events: () => [...this.queue.events, ...this.drafts.waiting], seen: () => this.known.seen });
    this.queue = this.newQueue(data);
    this.known = new Known(this.queue);
    this.flow = new Flow(this.known);
    this.flow.setOrder(data.order);
    this.known.takeAll(data);
    this.savesBefore = data.saves;
    if (window.evaldashDeskState?.key === data.key) this.known.takeChanges(window.evaldashDeskState.changes);
    this.flow.current = this.flow.first(data.start);
    this.queue.flush();
    if (!isTyping(document.activeElement)) this.focus();
  }

  newQueue({ project, coder }) {
    return new SaveQueue({ project, coder, send: () => this.talk.send(), changed: () => this.drawState(), idle: () => this.askAgain() });
  }

  askAgain() {
    this.talk.askAgain();
    this.traces.ask();
  }

  // A name was given at the first save: what was half typed goes along, and the page learns of it with that save.
  begun(name, save) {
    const old = this.queue;
    old.close();
    this.coder = name;
    this.key = `${this.data.base}${name}`;
    this.queue = this.newQueue({ project: this.data.project, coder: name });
    old.moveDrafts(this.queue);
    this.known.queue = this.queue;
    this.talk.ask("who", { coder: name }, { quietly: true });
    save();
  }

  // Answers, changed readings and what was asked for, which come by the small component beside this one.
  news() {
    const state = window.evaldashDeskState;
    if (!state || state.key !== this.key) return;
    this.talk.answered("who");
    for (const event of this.known.takeChanges(state.changes)) this.refusals.take(event);
    this.drafts.answered(state.changes);
    if (state.modes) this.takeModes(state.modes);
    this.traces.look = state.look;
    for (const [kind, take] of Object.entries(ANSWERS)) {
      const answer = state[kind];
      if (!answer || !this.talk.asks(kind) || !sameQuestion(this.talk.asks(kind), answer)) continue;
      this.talk.answered(kind);
      take(this, answer);
    }
    this.talk.sendUnsent();
    this.drawState();
    this.askForMore();
  }

  show() {
    const trace = this.traces.get(this.flow.current);
    this.form.node.inert = !trace;
    if (!trace) {
      this.form.clear();
      this.reader.wait(this.traces.gone.has(this.flow.current) ? "This trace is no longer there." : "Loading the next traces …");
      this.drawState();
      this.askForMore();
      return;
    }
    this.shown = trace.id;
    this.judge.deferring = null;
    this.pace.begin();
    this.similar.clear();
    this.form.fill(this.known.said(trace.id), this.known.draft(trace.id));
    this.read();
    this.drawOthers();
    this.drawState();
    this.askForMore();
    this.address.name(trace.id);
    if (this.writesSoon) this.act(this.writesSoon);
    this.writesSoon = null;
  }

  act(action, target) {
    DESK_ACTIONS[action](this, target);
  }

  focus() {
    this.node.focus({ preventScroll: true });
  }

  // One thing at a time: a menu or panel over the trace, then what is looked up beside it.
  closeOpened() {
    return this.reader.closeOpened() || this.lookup.close();
  }

  leave() {
    this.drafts.send();
    this.address.write();
  }

  leaveWriting() {
    this.judge.deferring = null;
    this.drafts.send();
    this.focus();
  }

  typed() {
    this.drawSteps();
    this.drafts.typed();
  }

  mark(step = this.reader.here) {
    this.reader.select(step);
    this.form.markStep(step);
    this.drawSteps();
  }

  // Marked text goes into the note in quotation marks, with the step it stands in.
  quote() {
    const quoted = this.reader.quote();
    if (quoted) this.form.quote(quoted.text, quoted.step);
    else this.form.say("Mark some text of the conversation first; this quotes it in the note.");
  }

  drawSteps() {
    this.reader.markWrong([...this.form.codes.map((code) => code.step), this.form.step]);
  }

  keepPreferences(changed = {}) {
    Object.assign(this.data.preferences, changed, { keys: this.keys.changed });
    this.form.draw();
    if (this.coder) this.queue.add({ kind: "preferences", id: newId(), content: this.data.preferences });
  }

  hideHints() {
    this.keepPreferences({ hints: false });
    this.drawState();
    this.focus();
  }

  askForMore() {
    this.traces.tend(this.flow);
  }

  drawOthers() {
    const others = this.data.others?.[this.flow.current] ?? [];
    replaceChildren(this.others, ...others.map((reading) => otherReading(reading, this.form.modes)));
  }

  // What scripts hold on to is right at once; counts and words follow when the next trace stands on the screen.
  drawState() {
    if (!this.data || !this.queue) return;
    Object.assign(this.node.dataset, { trace: this.shown ?? "", waiting: String(this.queue.waiting), position: String(this.flow.place + 1), total: String(this.flow.order.length) });
    this.counting ??= setTimeout(() => {
      this.counting = null;
      drawProgress(this);
    }, DRAW_MS);
  }

  close() {
    for (const [name, act, capture] of this.listeners) window.removeEventListener(name, act, capture);
    this.address.close();
    this.queue?.close();
    this.reader.close();
    this.node.remove();
  }
}

export default mounting("evaldashDesk", (root, component) => new Desk(root, component));
