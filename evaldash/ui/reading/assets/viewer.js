// A transcript to read, without a desk around it.

class Viewer {
  constructor(root, component) {
    this.component = component;
    this.said = el("div", { class: "notice", role: "status", "aria-live": "polite" });
    this.reader = new Reader({
      send: () => this.component.setTriggerValue("parts", this.reader.asked),
      say: (words, failed) => {
        this.said.textContent = words;
        this.said.classList.toggle("failed", Boolean(failed));
      },
      onTemplate: component.data.project ? () => this.component.setTriggerValue("template", Date.now()) : null,
      link: (trace, step) => deskLink(this.component.data.project, trace, step),
    });
    this.node = el("div", { class: "viewer" }, this.reader.node, this.said);
    this.node.addEventListener("keydown", (event) => this.key(event));
    root.appendChild(this.node);
  }

  // The same trace again: what a reader has opened stays open.
  take(component) {
    this.component = component;
    const { trace, height, answers } = component.data;
    this.node.style.height = `${Number(height)}px`;
    const shown = JSON.stringify(trace);
    if (shown !== this.shown) this.reader.show(trace);
    this.shown = shown;
    this.reader.answered(answers);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName)) {
      if (event.key === "Escape") this.reader.scroll.focus();
      return;
    }
    const { reader } = this;
    const actions = {
      j: () => reader.move(1), k: () => reader.move(-1), e: () => reader.move(1, isError, "No error below."), E: () => reader.move(-1, isError, "No error above."),
      "]": () => reader.move(1, isQuestion, "No question below."), "[": () => reader.move(-1, isQuestion, "No question above."),
      "/": () => reader.search.field.focus(), t: () => reader.panels.toggle("timeline"), v: () => reader.panels.toggle("versions"),
      "+": () => reader.larger(1), "-": () => reader.larger(-1), Escape: reader.isOpened ? () => reader.closeOpened() : null,
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }

  close() {
    this.reader.close();
    this.node.remove();
  }
}

function deskLink(project, trace, step) {
  const address = new URL("code", window.location.href);
  address.search = "";
  const values = { project, trace, step: step || null };
  for (const [name, value] of Object.entries(values)) if (value) address.searchParams.set(name, value);
  return address.href;
}

export default mounting("evaldashViewer", (root, component) => new Viewer(root, component));
