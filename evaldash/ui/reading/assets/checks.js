// The project's sub-checks: each item is there, is not, or was not looked at.

class Checks {
  constructor({ onChange }) {
    this.onChange = onChange;
    this.defined = [];
    this.given = new Map(); // "check / item" as JSON -> true or false
    this.node = el("div", { class: "checks", hidden: true });
  }

  define(checks) {
    this.defined = checks;
    this.draw();
  }

  fill(answers) {
    this.given = new Map((answers ?? []).map(({ check, item, passed }) => [JSON.stringify([check, item]), passed]));
    this.draw();
  }

  answers() {
    return [...this.given].map(([key, passed]) => {
      const [check, item] = JSON.parse(key);
      return { check, item, passed };
    });
  }

  get keys() {
    return this.defined.flatMap(({ name, items }) => (items.length ? items : [""]).map((item) => JSON.stringify([name, item])));
  }

  // By key: the next item without an answer gets one.
  answerNext(passed) {
    const next = this.keys.find((key) => !this.given.has(key));
    if (next) this.set(next, passed);
    return Boolean(next);
  }

  // yes, no, not looked at
  turn(key) {
    if (!this.given.has(key)) this.set(key, true);
    else if (this.given.get(key)) this.set(key, false);
    else this.set(key, null);
  }

  set(key, passed) {
    if (passed === null) this.given.delete(key);
    else this.given.set(key, passed);
    this.draw();
    this.onChange();
  }

  draw() {
    const focused = this.node.getRootNode().activeElement?.dataset?.check;
    this.node.hidden = !this.defined.length;
    replaceChildren(this.node, ...this.defined.map((check) => this.group(check)));
    if (focused) [...this.node.querySelectorAll("[data-check]")].find((button) => button.dataset.check === focused)?.focus();
  }

  group({ name, items }) {
    const keys = (items.length ? items : [""]).map((item) => JSON.stringify([name, item]));
    const passed = keys.filter((key) => this.given.get(key)).length;
    const asked = keys.filter((key) => this.given.has(key)).length;
    const sum = items.length && asked ? `${passed} of ${items.length}` : "";
    const words = items.length ? items : [name];
    return el("div", { class: "check", role: "group", "aria-label": name },
      items.length ? el("span", { class: "check-name" }, name, " ", el("strong", {}, sum)) : null, ...keys.map((key, place) => this.item(key, words[place])));
  }

  item(key, words) {
    const given = this.given.get(key);
    const [mark, said] = given === undefined ? ["·", "not looked at"] : given ? ["✓", "yes"] : ["✗", "no"];
    return el("button", { type: "button", class: `check-item ${said.replaceAll(" ", "-")}`, "data-check": key, "aria-label": `${words}: ${said}`, onclick: () => this.turn(key) }, `${mark} ${words}`);
  }
}
