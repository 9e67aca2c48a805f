// Moving over the map and painting what is seen: from places (0 to 1) to pixels and back.

Object.assign(TraceMap.prototype, {
  fit() {
    const { x, y } = this.places;
    const [left, right] = span(x), [top, bottom] = span(y);
    this.centre = [(left + right) / 2, (top + bottom) / 2];
    this.extent = [Math.max(right - left, 1e-3), Math.max(bottom - top, 1e-3)];
    this.nearness = 1;
    this.resize();
  },

  resize() {
    const { clientWidth, clientHeight } = this.frame;
    if (!this.places || !clientWidth) return;
    this.width = clientWidth;
    this.height = clientHeight;
    this.painter.resize(clientWidth, clientHeight, Math.min(2, window.devicePixelRatio || 1));
    this.whole = Math.min((clientWidth - 40) / this.extent[0], (clientHeight - 40) / this.extent[1]); // px a unit
    this.draw();
  },

  toScreen(x, y) {
    const scale = this.whole * this.nearness;
    return [(x - this.centre[0]) * scale + this.width / 2, this.height / 2 - (y - this.centre[1]) * scale];
  },

  toPlace(px, py) {
    const scale = this.whole * this.nearness;
    return [(px - this.width / 2) / scale + this.centre[0], (this.height / 2 - py) / scale + this.centre[1]];
  },

  pan(dx, dy) {
    const scale = this.whole * this.nearness;
    this.centre = [this.centre[0] - dx / scale, this.centre[1] + dy / scale];
    this.draw();
  },

  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.toPlace(px, py);
    this.nearness = Math.min(NEAREST, Math.max(1, this.nearness * factor));
    const scale = this.whole * this.nearness;
    this.centre = [x - (px - this.width / 2) / scale, y - (this.height / 2 - py) / scale];
    this.draw();
  },

  // Paints at the next frame, once, however often it is asked.
  draw() {
    if (this.waiting || !this.order || !this.whole) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (this.order) this.paint(); // else other places have come meanwhile
    });
  },

  paint() {
    const started = performance.now();
    const { painter, layer, shown, noise, emphasis } = this;
    const ratio = painter.canvas.width / this.width;
    const radius = this.radius * ratio * Math.min(3, this.nearness ** 0.35);
    const scale = this.whole * this.nearness * ratio;
    const left = painter.canvas.width / 2 - this.centre[0] * scale, bottom = painter.canvas.height / 2 + this.centre[1] * scale;
    const stamps = layer.kind === "number" ? [] : layer.labels.map((_, code) => painter.stampOf(layer.shapes[code] ?? "circle", radius));
    const circle = painter.stampOf("circle", radius);
    const hidden = new Set(layer.noise);
    painter.clear(this.ground);
    for (const i of this.order) {
      const code = layer.codes[i];
      const colour = emphasis[i] === OUT || hidden.has(code) ? noise : (shown[code] ?? noise);
      painter.put(stamps[code] ?? circle, left + this.places.x[i] * scale, bottom - this.places.y[i] * scale, colour, STRENGTH[emphasis[i]]);
    }
    const ring = painter.stampOf("ring", radius + 2 * ratio);
    for (const i of this.ringed) {
      if (emphasis[i] === FULL) painter.put(ring, left + this.places.x[i] * scale, bottom - this.places.y[i] * scale, this.ink, 0.7);
    }
    painter.show();
    this.labels.place((x, y) => this.toScreen(x, y), this.width, this.height);
    this.node.dataset.painted = String(Number(this.node.dataset.painted ?? 0) + 1);
    this.node.dataset.paintMs = (performance.now() - started).toFixed(1);
  },

  // The map with its names as a picture to keep.
  picture() {
    const copy = el("canvas", { width: String(this.canvas.width), height: String(this.canvas.height) });
    const context = copy.getContext("2d");
    const ratio = this.canvas.width / this.width;
    context.drawImage(this.canvas, 0, 0);
    context.font = `600 ${12 * ratio}px sans-serif`;
    context.fillStyle = `rgb(${this.ink})`;
    context.textAlign = "center";
    for (const item of this.labels.items.filter((one) => !one.node.hidden)) {
      const [x, y] = this.toScreen(...item.at);
      context.fillText(shortened(item.label, LABEL_CHARS), x * ratio, y * ratio);
    }
    const link = el("a", { download: "map.png", href: copy.toDataURL("image/png") });
    link.click();
  },
});

function span(values) {
  let least = Infinity, most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least <= most ? [least, most] : [0, 1];
}
