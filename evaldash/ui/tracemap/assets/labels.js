// Words on the map: names of groups where they fit, and a line that says what the marks mean.

const MOST_LABELS = 40; // more would cover the marks; the others appear as one comes nearer
const LINE_HEIGHT = 21; // px
const LABEL_CHARS = 30;

function shortened(text, limit) {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).trimEnd()}…`;
}

class Labels {
  constructor(node, { onEnter, onLeave, onPick }) {
    this.node = node;
    this.handlers = { onEnter, onLeave, onPick };
    this.items = [];
  }

  // `layer` is a colouring whose groups have a place: their names stand there, the largest first.
  take(layer, middles, colourOf) {
    this.items = layer.labels
      .map((label, code) => ({ code, label, at: middles[code], size: layer.counts[code] }))
      .filter((item) => item.at && item.label && !layer.noise.includes(item.code))
      .sort((a, b) => b.size - a.size);
    for (const item of this.items) item.node = this.build(item, colourOf(item.code));
    this.node.replaceChildren(...this.items.map((item) => item.node));
    for (const item of this.items.slice(0, MOST_LABELS * 4)) item.width = item.node.offsetWidth;
    for (const item of this.items) item.node.hidden = true;
  }

  build(item, colour) {
    const dot = el("span", { class: "dot", style: `background:${colour}` });
    const node = el("button", { type: "button", class: "name", tabindex: "-1", title: `${item.label}: ${item.size.toLocaleString("en")} traces` }, dot, shortened(item.label, LABEL_CHARS));
    node.addEventListener("pointerenter", () => this.handlers.onEnter(item.code));
    node.addEventListener("pointerleave", () => this.handlers.onLeave());
    node.addEventListener("click", () => this.handlers.onPick(item.code));
    return node;
  }

  // Puts each name near the middle of its group, on no other name; a name without room stays away.
  place(toScreen, width, height) {
    const taken = [];
    for (const item of this.items) {
      const [x, y] = toScreen(...item.at);
      const spot = taken.length < MOST_LABELS && item.width ? this.spot(x, y, item.width, width, height, taken) : null;
      item.node.hidden = !spot;
      if (!spot) continue;
      taken.push(spot);
      item.node.style.transform = `translate(${Math.round(spot.left)}px, ${Math.round(spot.top)}px)`;
    }
  }

  spot(x, y, wide, width, height, taken) {
    if (x < 0 || x > width || y < 0 || y > height) return null;
    const left = Math.min(Math.max(2, x - wide / 2), width - wide - 2);
    for (const lines of [0, 1, -1, 2, -2]) {
      const top = Math.min(Math.max(2, y - LINE_HEIGHT / 2 + lines * LINE_HEIGHT), height - LINE_HEIGHT - 2);
      const box = { left, top, right: left + wide, bottom: top + LINE_HEIGHT };
      if (!taken.some((other) => box.left < other.right + 4 && other.left < box.right + 4 && box.top < other.bottom && other.top < box.bottom)) return box;
    }
    return null;
  }
}

// What the marks mean: a mark and a word each for categories, a ramp with its ends for numbers.
function keyOf(layer, colourOf, { onEnter, onLeave, onPick }) {
  if (layer.kind === "number") {
    const ramp = layer.ramp.map((colour, i) => `${colour} ${Math.round((100 * i) / (layer.ramp.length - 1))}%`).join(", ");
    return [el("span", { class: "quiet" }, layer.ends[0]), el("span", { class: "ramp", style: `background:linear-gradient(90deg, ${ramp})` }),
      el("span", { class: "quiet" }, layer.ends[1]), ...(layer.without ? [el("span", { class: "quiet" }, `· grey: none (${layer.without.toLocaleString("en")})`)] : [])];
  }
  return layer.labels.map((label, code) => {
    const mark = { x: "✕", diamond: "◆" }[layer.shapes[code]] ?? "●";
    const chip = el("button", { type: "button", class: "chip", title: `Select the ${layer.counts[code].toLocaleString("en")} traces` },
      el("span", { "aria-hidden": "true", style: `color:${colourOf(code)}` }, mark), ` ${shortened(label, LABEL_CHARS)} `, el("span", { class: "quiet" }, layer.counts[code].toLocaleString("en")));
    chip.addEventListener("pointerenter", () => onEnter(code));
    chip.addEventListener("pointerleave", () => onLeave());
    chip.addEventListener("click", () => onPick(code));
    return chip;
  });
}
