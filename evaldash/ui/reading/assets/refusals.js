// Saves that the server did not take: each becomes a draft again, and its sentence stays until the trace is saved.

class Refusals {
  constructor(desk) {
    this.desk = desk;
    this.node = el("div", { class: "refusals", role: "alert" });
  }

  take(event) {
    const { known, queue, form, shown } = this.desk;
    if (event.kind === "save") {
      known.recent = known.recent.filter((save) => save.id !== event.id);
      if (!queue.draft(event.trace)) queue.keepDraft(event.trace, { ...draftOf(event), at: Date.now() });
      if (event.trace === shown && !form.content()) form.fill(known.said(event.trace), known.draft(event.trace));
    }
    if (event.trace) known.refused.set(event.trace, event.error);
    this.draw();
  }

  forget(trace) {
    if (this.desk.known.refused.delete(trace)) this.draw();
  }

  draw() {
    const line = ([trace, error]) => el("div", { class: "refusal" }, `Not saved: ${error} `,
      el("button", { type: "button", class: "plain", onclick: () => this.desk.open(trace) }, "open this trace"),
      el("button", { type: "button", class: "plain", onclick: () => { this.forget(trace); this.desk.focus(); } }, "put aside"));
    replaceChildren(this.node, ...[...this.desk.known.refused].map(line));
  }
}
