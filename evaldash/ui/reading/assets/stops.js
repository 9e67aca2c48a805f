// Steps are one stop for Tab, however many there are: the number and the link of the step one is at. ↑ ↓ on them lead from
// step to step; the folds of a step are stops of their own, and who comes to one by key is at its step.

class StepStops {
  constructor(reader) {
    this.reader = reader;
    this.number = null;
    reader.scroll.addEventListener("keydown", (event) => this.key(event));
    reader.scroll.addEventListener("focusin", ({ target }) => this.entered(target));
  }

  settle() {
    const { transcript, step, trace } = this.reader;
    for (const control of this.controls(this.number)) control.tabIndex = -1;
    this.number = transcript ? step || trace.steps[0]?.i : null;
    for (const control of this.controls(this.number)) control.tabIndex = 0;
  }

  controls(number) {
    return this.reader.transcript?.card(number)?.querySelectorAll(":scope > .margin > button") ?? [];
  }

  // The focus goes along with the step one is at, if it stood at the step before.
  follow() {
    const held = focusedIn(this.reader.scroll);
    if (held?.closest(".margin")) this.controls(this.number)[held.classList.contains("link") && this.controls(this.number).length > 1 ? 1 : 0]?.focus({ preventScroll: true });
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !event.target.closest(".margin")) return;
    event.preventDefault();
    this.reader.move(by);
  }

  entered(target) {
    const step = Number(target.closest("[data-step]")?.dataset.step);
    if (step && step !== this.reader.step && target.matches(":focus-visible")) this.reader.select(step);
  }
}
