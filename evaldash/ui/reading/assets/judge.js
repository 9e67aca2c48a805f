// Verdicts, their saving, and taking them back. A save names the trace it was made on and carries an id of its own.

class Judge {
  constructor(desk) {
    this.desk = desk;
    this.deferring = null; // the trace whose reason is asked for
    this.lastReason = sessionStorage.getItem("evaldash:reason") ?? "";
  }

  press(verdict) {
    const { form, flow } = this.desk;
    if (!this.desk.shown || this.warned(verdict)) return;
    if (verdict === "deferred" && this.lastReason && !form.comment.value.trim()) form.comment.value = this.lastReason;
    this.save(verdict, verdict === "pass" ? [] : form.allCodes(), flow.current);
  }

  // A click on Fail saves what is written; without a word it asks for one.
  pressFail() {
    if (this.desk.shown && this.desk.form.typed) this.saveFail();
    else this.desk.form.note.focus();
  }

  // Tell of words that a verdict would leave out; a pass leaves out the failures noted, a deferral keeps those.
  warned(verdict) {
    const { desk } = this;
    const saved = new Set((desk.known.said(desk.flow.current)?.codes ?? []).map((code) => code.id));
    const noted = verdict === "pass" && desk.form.codes.some((code) => !saved.has(code.id));
    if (!desk.form.typed && !noted) return false;
    desk.form.say(`A note is typed, and ${verdict === "pass" ? "a pass carries none" : "it would be left out"}: ${shownKey(desk.keys.keyOf("save"))} in it saves a fail; empty it first otherwise.`, true);
    return true;
  }

  askReason() {
    const { desk } = this;
    if (!desk.shown || this.warned("deferred")) return;
    this.deferring = desk.flow.current;
    desk.form.say(`Why is it deferred? ${shownKey(desk.keys.keyOf("save"))} in the comment saves.`);
    desk.form.comment.focus();
  }

  failWith(digit) {
    const { form } = this.desk;
    const mode = form.modes[digit - 1];
    if (mode) this.save("fail", form.allCodes(mode.id));
    else form.say(form.modes.length ? `There is no mode ${digit}.` : "There are no failure modes yet; write a note (f).");
  }

  // The chord that saves: from the comment it saves a deferral, a pass with a comment or what was said before.
  saveWritten(target) {
    const { desk } = this;
    const { form, flow } = desk;
    const before = desk.known.said(flow.current);
    if (target !== form.comment || form.typed) this.saveFail();
    else if (this.deferring === flow.current) this.saveDeferral();
    else if (before) this.save(before.verdict, form.allCodes());
    else this.saveComment();
  }

  saveDeferral() {
    this.lastReason = this.desk.form.comment.value.trim();
    sessionStorage.setItem("evaldash:reason", this.lastReason);
    this.save("deferred", this.desk.form.allCodes());
  }

  saveComment() {
    const { form, keys } = this.desk;
    if (form.codes.length) this.saveFail();
    else form.say(`The comment is kept: ${shownKey(keys.keyOf("pass-writing"))} passes with it, ${shownKey(keys.keyOf("leave"))} and ${shownKey(keys.keyOf("fail"))} fail.`);
  }

  saveFail() {
    const codes = this.desk.form.allCodes();
    if (codes.length) {
      this.save("fail", codes);
      return;
    }
    this.desk.form.say("Say in a few words what went wrong first.", true);
    this.desk.form.note.focus();
  }

  save(verdict, codes) {
    const { desk } = this;
    if (!desk.shown) return;
    if (!desk.coder) {
      desk.who.ask((name) => desk.begun(name, () => this.save(verdict, codes)));
      return;
    }
    const trace = desk.flow.current;
    const { seconds } = desk.pace;
    const event = {
      kind: "save", id: newId(), trace, batch: desk.batchOf(trace), verdict, codes, comment: desk.form.comment.value.trim(),
      checks: desk.form.checks.answers(), settles: desk.settles, seconds,
    };
    const before = desk.known.said(trace);
    desk.drafts.forget(trace);
    desk.refusals.forget(trace);
    desk.pace.add(seconds);
    desk.known.recent.unshift({ id: event.id, trace, name: desk.traces.get(trace)?.name ?? trace.slice(0, 12), verdict, before, content: desk.form.content() });
    desk.known.readings.set(trace, event);
    desk.queue.add(event);
    this.deferring = null;
    desk.advance(verdict);
  }

  undo() {
    const { desk } = this;
    const last = desk.known.recent.shift();
    if (!last) {
      desk.form.say("There is nothing left to take back.");
      return;
    }
    const said = desk.known.said(last.trace);
    const content = last.content === undefined && said ? draftOf(said) : last.content;
    if (last.before) desk.known.readings.set(last.trace, last.before);
    else desk.known.readings.delete(last.trace);
    desk.queue.add({ kind: "retract", id: newId(), takes_back: last.id, trace: last.trace });
    if (content) desk.queue.keepDraft(last.trace, { ...content, at: Date.now() });
    desk.open(last.trace);
    desk.form.say(`Taken back: ${last.verdict === "deferred" ? "the deferral" : `the ${last.verdict}`} of ${last.name}.`);
  }
}
