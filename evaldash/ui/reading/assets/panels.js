// What opens over the trace: the timeline above it, another version's answer in its place. One at a time.

class Panels {
  constructor(reader) {
    this.reader = reader;
    this.opened = null;
    this.node = el("div", { class: "panel", hidden: true });
    this.controls = {
      timeline: button("timeline", "Timeline of spans (t)", () => this.toggle("timeline")),
      versions: button("versions", "The same question, answered by another version (v)", () => this.toggle("versions")),
    };
  }

  get buttons() {
    return Object.values(this.controls);
  }

  // What there is to open for a trace.
  offer(trace) {
    this.controls.timeline.hidden = !trace.timeline?.length;
    this.controls.versions.hidden = !trace.versions?.length;
  }

  // What scrolls in place of the trace, null where that is seen.
  get covering() {
    return this.opened === "versions" ? (this.node.firstElementChild ?? this.node) : null;
  }

  // By key or button; the focus goes along, and back when it is closed.
  toggle(name) {
    if (!this.reader.trace || this.controls[name].hidden) return;
    if (this.opened === name) {
      this.close();
      return;
    }
    const before = focusedIn(this.node) ? this.before : this.node.getRootNode().activeElement;
    this.close();
    Object.assign(this, { before, opened: name });
    this.controls[name].setAttribute("aria-expanded", "true");
    this.node.hidden = false;
    if (name === "timeline") this.showTimeline();
    else this.compareWith(this.reader.trace.versions[0].id);
  }

  showTimeline() {
    const { trace, step } = this.reader;
    const timeline = timelineOf(trace.timeline, (number) => this.reader.open(number));
    replaceChildren(this.node, timeline);
    new Roving(timeline, ".bar-row").settle(timeline.querySelector(`[data-of="${step}"]`)).focus({ preventScroll: true });
  }

  // Who has gone on to write while the answer was on its way stays there.
  compareWith(other) {
    this.other = other;
    const isChosen = focusedIn(this.node)?.tagName === "SELECT";
    const waiting = el("div", { class: "hint", tabindex: "-1" }, "Loading the other answer …");
    this.node.classList.add("whole");
    this.reader.scroll.hidden = true;
    replaceChildren(this.node, waiting);
    waiting.focus();
    this.reader.ask({ what: "compare", other }, (comparison) => {
      if (this.opened !== "versions" || this.other !== other) return;
      const held = focusedIn(this.node);
      replaceChildren(this.node, comparisonOf(comparison, this.reader.trace.versions, {
        onOther: (chosen) => this.compareWith(chosen), onClose: () => this.close(),
      }));
      if (held) this.node.querySelector(isChosen ? "select" : ".compare").focus({ preventScroll: true });
    });
  }

  close() {
    const held = focusedIn(this.node);
    this.opened = null;
    this.reader.scroll.hidden = false;
    this.node.hidden = true;
    this.node.classList.remove("whole");
    for (const control of this.buttons) control.setAttribute("aria-expanded", "false");
    replaceChildren(this.node);
    if (held) focusAgain(this.before, this.reader.scroll);
  }
}
