// The side: what the mode of the present column means, who sees to it, and what looks odd about it.

const FIELDS = [
  ["name", "Name", "input"], ["definition", "Definition, a yes-or-no question about a trace", "textarea"],
  ["applies_when", "Applies when", "textarea"], ["not_when", "Does not apply when", "textarea"],
  ["owner", "Owner", "input"],
];
const SEVERITIES = ["", "critical", "major", "minor"];

class Panel {
  constructor({ onSave, onAction, onDone }) {
    this.on = { save: onSave, action: onAction, done: onDone };
    this.fields = {};
    const rows = FIELDS.map(([name, label, tag]) => {
      this.fields[name] = el(tag, { id: `field-${name}`, rows: tag === "textarea" ? "2" : null, dir: "auto", maxlength: name === "name" ? "120" : "4000" });
      return el("div", { class: "field" }, el("label", { for: `field-${name}` }, label), this.fields[name]);
    });
    this.fields.severity = el("select", { id: "field-severity" }, ...SEVERITIES.map((name) => el("option", { value: name }, name || "not said")));
    rows.splice(4, 0, el("div", { class: "field" }, el("label", { for: "field-severity" }, "Severity"), this.fields.severity));
    for (const field of Object.values(this.fields)) field.addEventListener("change", () => this.save());
    const action = (label, name, what, key) => el("button", { type: "button", class: "plain", title: what, onclick: () => this.on.action(name) }, `${label} `, el("kbd", {}, key));
    this.title = el("h3", {});
    this.form = el("div", { class: "fields" }, ...rows, el("div", { class: "row" },
      action("Merge into …", "merge", "Put all its notes into another mode", "g"), action("Split off", "split", "Put the chosen notes into a new mode", "n"),
      action("Retire", "retire", "Take the mode away; its notes stay, without a mode", "t")));
    this.loose = el("p", { class: "hint" }, "Notes that nobody has put into a failure mode yet. Choose some (x) and make a mode of them (n), or move them (m).");
    this.advice = el("div", { class: "advice" });
    this.node = el("aside", { class: "panel", "aria-label": "The present mode" }, this.title, this.form, this.loose, this.advice);
  }

  // Fields that a person is writing in stay as they are.
  draw(mode, advice) {
    const other = this.mode?.id !== mode?.id;
    this.mode = mode;
    this.title.textContent = mode ? "This mode" : "Without a mode";
    this.form.hidden = !mode;
    this.loose.hidden = Boolean(mode);
    for (const [name, field] of Object.entries(this.fields)) {
      if (other || field.getRootNode().activeElement !== field) field.value = mode?.[name] ?? "";
    }
    const { children } = this.advice;
    if (advice.length === children.length && advice.every((node, place) => node.isEqualNode(children[place]))) return; // a button that one is on, or pressing, stays
    replaceChildren(this.advice, ...advice);
  }

  save() {
    if (!this.mode) return;
    const given = Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.value.trim()]));
    const changed = Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== (this.mode[name] ?? "")));
    if (Object.keys(changed).length) this.on.save(this.mode.id, changed);
  }

  key(event) {
    if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target.tagName === "INPUT"))) {
      event.preventDefault();
      this.save();
      this.on.done();
    }
  }

  focus(field) {
    this.fields[field].focus();
    this.fields[field].select?.();
  }
}
