// How the desk moves through its batch: on after a save, back and forth by key, to a trace beside it and back.

class Walk {
  batchOf(trace) {
    return this.flow.places.has(trace) ? this.batch : null;
  }

  advance(verdict) {
    const next = this.flow.afterSave();
    this.savesBefore += 1;
    if (next && next !== this.flow.current) this.turnTo(next);
    else this.form.fill(this.known.said(this.flow.current), null);
    if (next === null && verdict) this.form.say(this.flow.filter === "all" ? "" : "No further trace that the filter shows.");
    this.drawState();
    this.focus();
  }

  // Turn to a trace of the batch; one that is passed over without a verdict is noted as skipped.
  go(by) {
    if (this.flow.isAside) {
      this.back();
      return;
    }
    const next = this.flow.neighbour(by);
    if (next === null) {
      this.form.say(by > 0 ? "This is the last one." : "This is the first one.");
      return;
    }
    if (by > 0) this.skip();
    this.turnTo(next);
  }

  skip() {
    const trace = this.flow.current;
    if (!this.shown || !this.coder || this.known.isRead(trace) || !this.flow.places.has(trace)) return;
    this.known.skipped.set(trace, (this.known.skipped.get(trace) ?? 0) + 1);
    this.queue.add({ kind: "skip", id: newId(), trace, batch: this.batch, seconds: this.pace.seconds });
  }

  turnTo(trace) {
    this.drafts.send();
    if (this.flow.places.has(trace)) this.flow.home = null;
    this.flow.current = trace;
    this.shown = null;
    this.show();
  }

  // Open any trace of the project; one's place in the batch is kept for `back`.
  open(trace) {
    if (trace === this.flow.current) return this.show();
    const home = this.flow.home ?? this.flow.current;
    this.turnTo(trace);
    this.flow.home = trace === home ? null : home;
    if (this.flow.places.has(trace) && !this.known.isRead(home)) this.flow.home = home;
    this.drawState();
    return undefined;
  }

  back() {
    if (this.flow.home) this.turnTo(this.flow.home);
    this.flow.home = null;
    this.drawState();
  }

  setFilter(filter) {
    this.flow.filter = filter;
    if (!this.flow.isAside && !this.flow.matches(this.flow.current)) {
      const next = this.flow.neighbour(1) ?? this.flow.neighbour(-1);
      if (next) this.turnTo(next);
      else this.form.say(`No trace of this batch is ${FILTERS[filter] ?? "in this mode"}.`);
    }
    this.drawState();
  }
}
