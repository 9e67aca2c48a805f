// One suggested change: its words can be edited, and a note left out, before it is accepted.

class ReviewCard {
  constructor(review, key, given) {
    Object.assign(this, { review, key, given, id: newId(), left: new Set(), shown: SHOWN_NOTES, fields: {} });
    this.notes = el("ul", { class: "notes" });
    this.more = el("button", { type: "button", class: "plain", onclick: () => this.showAll() });
    const button = (label, letter, action, kind = "plain") => el("button", { type: "button", class: kind, onclick: action }, `${label} `, el("kbd", {}, letter));
    this.node = el("article", { class: "review-card", tabindex: "-1", "aria-label": this.title() },
      el("div", { class: "bar" }, el("strong", {}, this.kind()), el("span", { class: "hint progress" }, this.facts()),
        button("Accept", "a", () => review.accept([this])), button("Reject", "x", () => review.reject(this))),
      given.existing ? el("p", { class: "lead", dir: "auto" }, this.title()) : this.words(), this.notes, this.more);
    this.node.addEventListener("focusin", () => { review.here = key; });
    this.draw();
  }

  title() {
    return this.given.existing ? this.given.existing_name : this.given.name;
  }

  kind() {
    return this.given.existing ? "More notes for a mode" : "New mode";
  }

  facts() {
    const sure = this.given.confidence === null ? "" : ` · confidence ${Math.round(this.given.confidence * 100)} %`;
    return `${this.given.codes.length} ${this.given.codes.length === 1 ? "note" : "notes"}${sure}`;
  }

  words() {
    const rows = CARD_FIELDS.filter(([name]) => name === "name" || name === "definition" || this.given[name]).map(([name, label, tag]) => {
      const id = `card-${this.id}-${name}`;
      this.fields[name] = el(tag, { id, rows: tag === "textarea" ? "1" : null, maxlength: name === "name" ? "120" : "4000", dir: "auto" });
      this.fields[name].value = this.given[name];
      return el("div", { class: "field" }, el("label", { for: id }, label), this.fields[name]);
    });
    return el("div", { class: "fields" }, ...rows);
  }

  name() {
    return this.fields.name?.value.trim() || this.title();
  }

  codes() {
    return this.given.codes.filter((code) => !this.left.has(code));
  }

  content() {
    const words = Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.value.trim()]));
    const fewer = this.left.size ? { codes: this.codes() } : {};
    return { card: this.given.card, mode: this.id, ...words, ...fewer };
  }

  // What the suggestion rests on stands first.
  draw() {
    const evidence = new Set(this.given.evidence);
    const ordered = [...this.given.codes].sort((a, b) => Number(evidence.has(b)) - Number(evidence.has(a)));
    replaceChildren(this.notes, ...ordered.slice(0, this.shown).map((code) => this.note(code)));
    const rest = ordered.length - this.shown;
    this.more.hidden = rest <= 0;
    replaceChildren(this.more, `all ${ordered.length} notes `, el("kbd", {}, "Enter"));
  }

  note(code) {
    const note = this.review.model.byId.get(code);
    const text = note?.text ?? "";
    const box = el("input", { type: "checkbox", "aria-label": `Belongs here: ${text.slice(0, 80)}` });
    box.checked = !this.left.has(code);
    box.addEventListener("change", () => { this.left[box.checked ? "delete" : "add"](code); });
    return el("li", {}, box, el("span", { dir: "auto" }, text));
  }

  showAll() {
    this.shown = this.given.codes.length;
    this.draw();
  }

  edit() {
    this.fields.name?.focus();
    this.fields.name?.select();
  }
}

export default function (component) {
  const root = component.parentElement;
  if (root.evaldashReview) root.evaldashReview.take(component);
  else root.evaldashReview = new Review(root, component);
  const review = root.evaldashReview;
  review.unlisten();
  review.listen();
  return () => {
    review.close();
    delete root.evaldashReview;
  };
}
