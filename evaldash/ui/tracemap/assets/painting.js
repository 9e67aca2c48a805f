// Painting marks into pixels. Stamped by hand into the picture's memory, 100,000 marks take a third of the time that
// WebGL takes in software and a tenth of canvas calls (measured, docs/performance.md), and look the same everywhere.

const SAMPLES = 4; // of a pixel, a side, for smooth edges
const OUT = 0, DIMMED = 1, FULL = 2; // what the filter leaves out; what is not selected; the rest
const STRENGTH = [0.16, 0.2, 0.88]; // how opaque a mark is, by emphasis

const SHAPES = {
  circle: (x, y) => x * x + y * y < 1,
  diamond: (x, y) => Math.abs(x) + Math.abs(y) < 1.25,
  x: (x, y) => Math.abs(Math.abs(x) - Math.abs(y)) < 0.42 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  ring: (x, y) => x * x + y * y < 1 && x * x + y * y > 0.5,
};

function stamp(shape, radius) {
  const size = Math.ceil(2 * radius) + 1;
  const mask = new Float32Array(size * size);
  const inside = SHAPES[shape] ?? SHAPES.circle;
  for (let j = 0; j < size; j++) for (let i = 0; i < size; i++) {
    let hits = 0;
    for (let a = 0; a < SAMPLES; a++) for (let b = 0; b < SAMPLES; b++) {
      const x = i + (a + 0.5) / SAMPLES - size / 2, y = j + (b + 0.5) / SAMPLES - size / 2;
      if (inside(x / radius, y / radius)) hits++;
    }
    mask[j * size + i] = hits / SAMPLES ** 2;
  }
  return { size, mask };
}

class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.stamps = new Map();
  }

  resize(width, height, ratio) {
    const wide = Math.round(width * ratio), high = Math.round(height * ratio);
    if (wide === this.canvas.width && high === this.canvas.height && this.image) return;
    this.canvas.width = wide;
    this.canvas.height = high;
    this.image = this.context.createImageData(wide, high);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  stampOf(shape, radius) {
    const key = `${shape}:${radius.toFixed(2)}`;
    if (!this.stamps.has(key)) {
      if (this.stamps.size > 60) this.stamps.clear(); // radii change while one zooms
      this.stamps.set(key, stamp(shape, radius));
    }
    return this.stamps.get(key);
  }

  clear([red, green, blue]) {
    this.pixels.fill(((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0);
  }

  // Puts a stamp around a pixel; marks that are cut by the edge are left out.
  put({ size, mask }, x, y, [red, green, blue], strength) {
    const { data, width, height } = this.image;
    const left = Math.round(x - size / 2), top = Math.round(y - size / 2);
    if (left < 0 || top < 0 || left + size > width || top + size > height) return;
    for (let j = 0, at = 0; j < size; j++) {
      let to = ((top + j) * width + left) * 4;
      for (let i = 0; i < size; i++, at++, to += 4) {
        const weight = mask[at] * strength;
        if (weight === 0) continue;
        data[to] += (red - data[to]) * weight;
        data[to + 1] += (green - data[to + 1]) * weight;
        data[to + 2] += (blue - data[to + 2]) * weight;
      }
    }
  }

  show() {
    this.context.putImageData(this.image, 0, 0);
  }
}

// The order in which marks are painted: what is left out first, then what is dimmed, then noise, then the rest; within
// each a fixed shuffle, or those that came in last would hide the others.
function paintingOrder(emphasis, codes, isNoise) {
  const layer = (i) => emphasis[i] * 2 + (isNoise(codes[i]) ? 0 : 1);
  const starts = new Uint32Array(8);
  for (let i = 0; i < codes.length; i++) starts[layer(i) + 1]++;
  for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
  const order = new Uint32Array(codes.length);
  const step = strideOf(codes.length);
  for (let k = 0, i = 0; k < codes.length; k++, i = (i + step) % codes.length) order[starts[layer(i)]++] = i;
  return order;
}

// A step that visits all of `count` places once, far apart.
function strideOf(count) {
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);
  let step = Math.max(1, Math.floor(count * 0.618));
  while (divisor(step, count) > 1) step++;
  return step;
}

function rgb(text) {
  const hex = text.trim().match(/^#([0-9a-f]{6})$/i);
  if (hex) return [16, 8, 0].map((shift) => (parseInt(hex[1], 16) >> shift) & 255);
  return (text.match(/[\d.]+/g) ?? [255, 255, 255]).slice(0, 3).map(Number);
}
