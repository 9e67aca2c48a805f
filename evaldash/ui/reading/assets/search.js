// Search within a transcript: every hit is marked, the one that is looked at in a stronger colour; folds open for it.

const MAX_HITS = 5000; // marks; more words of one trace are counted as "5,000+"
const PAUSE_MS = 120; // in typing, before a long trace is searched

class TraceSearch {
  constructor({ transcript, onHit }) {
    this.transcript = transcript; // a function: the one on the screen
    this.onHit = onHit;
    this.hits = [];
    this.place = -1;
    this.field = el("input", { type: "search", class: "search", placeholder: "search in this trace", "aria-label": "Search in this trace" });
    this.count = el("span", { class: "count", role: "status", "aria-live": "polite" });
    this.previous = button("↑", "Previous hit (Shift+Enter)", () => this.step(-1));
    this.next = button("↓", "Next hit (Enter)", () => this.step(1));
    this.node = el("div", { class: "searching" }, this.field, this.count, this.previous, this.next);
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.find(), PAUSE_MS);
    });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.draw();
  }

  // Enter leads on, Shift+Enter back; a desk that keeps all keys to itself hands them on to this.
  key(event) {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (this.words !== this.wanted()) this.find();
    else this.step(event.shiftKey ? -1 : 1);
  }

  wanted() {
    return this.field.value.trim().toLowerCase();
  }

  clear() {
    this.field.value = "";
    this.find();
  }

  // What was not sent yet is fetched first, so that nothing is missed.
  find() {
    clearTimeout(this.timer);
    const words = this.wanted();
    this.words = words;
    const transcript = this.transcript();
    if (!words || !transcript) {
      this.show([]);
    } else if (transcript.complete) {
      this.show(hitsIn(transcript, words));
    } else {
      this.show([]); // those of the words before
      this.count.textContent = "loading …";
      transcript.fetchAll((all) => this.arrived(transcript, words, all));
    }
  }

  arrived(transcript, words, all) {
    if (this.words !== words || this.transcript() !== transcript) return;
    this.show(hitsIn(transcript, words));
    if (!all) this.count.textContent += ", not all of the trace could be loaded";
  }

  show(hits) {
    this.hits = hits;
    this.place = hits.length ? 0 : -1;
    this.mark();
    if (hits.length) this.reveal();
    this.draw();
  }

  step(by) {
    if (!this.hits.length) return;
    this.place = (this.place + by + this.hits.length) % this.hits.length;
    this.mark();
    this.reveal();
    this.draw();
  }

  reveal() {
    const { range } = this.hits[this.place];
    openFolds(range.startContainer.parentElement);
    const card = range.startContainer.parentElement.closest("[data-step]");
    bring(range.startContainer.parentElement, range, "center");
    if (card) this.onHit(Number(card.dataset.step));
  }

  // Where the browser cannot mark ranges, the steps that hold hits are marked.
  mark() {
    for (const { card } of this.transcript()?.cards.values() ?? []) card.classList.remove("hit");
    if (window.CSS?.highlights && window.Highlight) {
      CSS.highlights.set("evaldash-hits", new Highlight(...this.hits.map((hit) => hit.range)));
      CSS.highlights.set("evaldash-hit", new Highlight(...(this.place < 0 ? [] : [this.hits[this.place].range])));
    } else {
      for (const { range } of this.hits) range.startContainer.parentElement.closest("[data-step]")?.classList.add("hit");
    }
  }

  draw() {
    const many = this.hits.length >= MAX_HITS ? "+" : "";
    const found = this.hits.length ? `${this.place + 1} of ${this.hits.length.toLocaleString("en")}${many}` : "none";
    this.count.textContent = this.words ? found : "";
    for (const control of [this.previous, this.next]) control.hidden = !this.words;
  }
}

function hitsIn(transcript, words) {
  transcript.buildAll();
  for (const fold of transcript.node.querySelectorAll("details")) fold.evaldashBuild?.();
  for (let built = true; built;) {
    built = false;
    for (const fold of transcript.node.querySelectorAll("details")) {
      if (!fold.evaldashBuild) continue;
      fold.evaldashBuild();
      built = true;
    }
  }
  const hits = [];
  for (const { body } of transcript.cards.values()) {
    hits.push(...rangesOf(body, words, MAX_HITS - hits.length));
    if (hits.length >= MAX_HITS) break;
  }
  return hits.map((range) => ({ range }));
}

// Ranges of all places where the text below a node holds the words, also across the pieces of coloured code. What stands
// beside a fold to tell what is in it stands in it as well.
function rangesOf(node, words, most) {
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT, (piece) => (piece.parentElement.closest(".preview") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  const pieces = [];
  let text = "";
  for (let piece = walker.nextNode(); piece; piece = walker.nextNode()) {
    pieces.push({ piece, start: text.length });
    text += piece.data;
  }
  const found = [];
  const lower = lowered(text);
  let first = 0;
  for (let at = lower.indexOf(words); at >= 0 && found.length < most; at = lower.indexOf(words, at + words.length)) {
    while (first + 1 < pieces.length && pieces[first + 1].start <= at) first += 1;
    let last = first;
    while (last + 1 < pieces.length && pieces[last + 1].start < at + words.length) last += 1;
    const range = document.createRange();
    range.setStart(pieces[first].piece, at - pieces[first].start);
    range.setEnd(pieces[last].piece, at + words.length - pieces[last].start);
    found.push(range);
  }
  return found;
}

// Lower case, letter by letter where one would grow by it: marks are counted in letters.
function lowered(text) {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return text.replace(/./gsu, (letter) => (letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter));
}

function openFolds(node) {
  for (let fold = node?.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
  for (let clip = node?.closest(".clip"); clip; clip = clip.parentElement?.closest(".clip")) clip.querySelector(":scope > .more input").checked = true;
}
