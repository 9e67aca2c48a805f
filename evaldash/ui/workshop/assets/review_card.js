// One suggested change: its words can be edited, and a note left out, before it is accepted.

const CARD_KINDS = {
  new: "New mode", add: "More notes for a mode", merge: "Merge two modes", split: "Split a mode", move: "Move notes", rename: "New name", define: "New definition",
};

class ReviewCard {
  constructor(review, key, given) {
    Object.assign(this, { review, key, given, id: newId(), left: new Set(), shown: SHOWN_NOTES, fields: {} });
    this.isChange = given.takes !== undefined;
    this.notes = el("ul", { class: "notes" });
    this.more = el("button", { type: "button", class: "plain", onclick: () => this.showAll() });
    this.node = el("article", { class: "review-card", tabindex: "-1", "aria-label": this.title() },
      el("div", { class: "bar" }, el("strong", {}, this.kind()), el("span", { class: "hint progress" }, this.facts()),
        keyButton("Accept", "a", () => review.accept([this])), keyButton("Reject", "x", () => review.reject([this]))),
      given.kind === "new" ? null : el("p", { class: "lead", dir: "auto" }, this.title()), given.reason ? el("p", { class: "hint", dir: "auto" }, given.reason) : null,
      given.against?.length ? el("p", { class: "against", dir: "auto" }, `Take one or the other: this contradicts ${given.against.map((name) => `“${name}”`).join(" and ")}.`) : null,
      given.fields.length ? this.words() : null, this.notes, this.more, this.beside());
    this.node.addEventListener("focusin", () => { review.here = key; });
    this.draw();
  }

  title() {
    const { kind, name, mode_name: mode, into_name: into } = this.given;
    return { new: name, merge: `${mode} → into ${into}`, move: `${mode} → ${into}`, split: `${mode} → ${name}` }[kind] ?? mode;
  }

  kind() {
    return CARD_KINDS[this.given.kind];
  }

  facts() {
    const sure = this.given.confidence === null ? "" : ` · confidence ${Math.round(this.given.confidence * 100)} %`;
    const count = this.given.codes.length;
    const notes = countOf(count, "note");
    if (!this.isChange) return `${notes}${sure}`;
    return this.given.takes ? `${notes} ${count === 1 ? "goes" : "go"}` : count ? `rests on ${notes}` : "";
  }

  words() {
    const rows = CARD_FIELDS.filter(([name]) => this.given.fields.includes(name)).map(([name, label, tag]) => {
      const id = `card-${this.id}-${name}`;
      this.fields[name] = el(tag, { id, rows: tag === "textarea" ? "1" : null, maxlength: name === "name" ? "120" : "4000", dir: "auto" });
      this.fields[name].value = this.given[name];
      const before = this.given.before?.[name];
      return el("div", { class: "field" }, el("label", { for: id }, label), this.fields[name],
        before === undefined ? null : el("span", { class: "hint", dir: "auto" }, before ? `now: ${before}` : "now: nothing"));
    });
    return el("div", { class: "fields" }, ...rows);
  }

  // What one compares with: the notes that stay after a split, or those that are there already.
  beside() {
    const { kind, beside, mode_name: mode, into_name: into } = this.given;
    if (!beside?.count) return null;
    const notes = countOf(beside.count, "note");
    const title = kind === "split" ? `${notes} ${beside.count === 1 ? "stays" : "stay"} in ${mode}` : `${notes} of ${into}`;
    const more = beside.count - beside.codes.length;
    return el("details", { class: "beside" }, el("summary", { dir: "auto" }, title),
      el("ul", { class: "notes" }, ...beside.codes.map((code) => el("li", { dir: "auto" }, this.review.model.byId.get(code)?.text ?? "")), more ? el("li", { class: "hint" }, `and ${more} more`) : null));
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
    if (this.isChange && !this.given.takes) return el("li", {}, el("span", { dir: "auto" }, text)); // what the change rests on
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
    const [field] = Object.values(this.fields);
    field?.focus();
    field?.select();
  }
}

export default mounting("evaldashReview", (root) => new Review(root));
