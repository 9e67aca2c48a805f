// Where traces lie: places from 0 to 1, a grid to find the nearest, and what lies within a drawn line.

const CELLS = 64; // of the grid, a side: about 25 traces a cell at 100,000

class Places {
  constructor(x, y) {
    this.count = x.length;
    this.x = Float32Array.from(x, (value) => value / 65535);
    this.y = Float32Array.from(y, (value) => value / 65535);
    this.index();
  }

  index() {
    const cell = Uint16Array.from(this.x, (value, i) => this.row(value) + CELLS * this.row(this.y[i]));
    this.starts = new Uint32Array(CELLS * CELLS + 1);
    for (const number of cell) this.starts[number + 1]++;
    for (let i = 1; i < this.starts.length; i++) this.starts[i] += this.starts[i - 1];
    const next = this.starts.slice();
    this.members = new Uint32Array(this.count);
    for (let i = 0; i < this.count; i++) this.members[next[cell[i]]++] = i;
  }

  row(value) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor(value * CELLS)));
  }

  // The nearest trace for which `wanted` holds, within `reach`; -1 where there is none.
  nearest(x, y, reach, wanted) {
    let best = -1, least = reach * reach;
    for (let row = this.row(y - reach); row <= this.row(y + reach); row++) {
      const from = this.starts[row * CELLS + this.row(x - reach)];
      const to = this.starts[row * CELLS + this.row(x + reach) + 1];
      for (let k = from; k < to; k++) {
        const i = this.members[k];
        const distance = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
        if (distance <= least && wanted(i)) { least = distance; best = i; }
      }
    }
    return best;
  }

  // Which traces lie within a closed line of [x, y], by the even-odd rule.
  within(line) {
    const inside = new Uint8Array(this.count);
    const [left, right] = bounds(line.map((corner) => corner[0]));
    const [top, bottom] = bounds(line.map((corner) => corner[1]));
    for (let i = 0; i < this.count; i++) {
      const x = this.x[i], y = this.y[i];
      if (x >= left && x <= right && y >= top && y <= bottom && isInside(line, x, y)) inside[i] = 1;
    }
    return inside;
  }

  // The middle of each group of codes: medians, which one far member does not move.
  middles(codes, groups) {
    const found = Array.from({ length: groups }, () => [[], []]);
    for (let i = 0; i < this.count; i++) {
      const group = found[codes[i]];
      if (group) { group[0].push(this.x[i]); group[1].push(this.y[i]); }
    }
    return found.map(([x, y]) => (x.length ? [median(x), median(y)] : null));
  }
}

function isInside(line, x, y) {
  let inside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [ax, ay] = line[i], [bx, by] = line[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

function bounds(values) {
  return [Math.min(...values), Math.max(...values)];
}

function median(values) {
  const sorted = Float32Array.from(values).sort();
  return sorted[sorted.length >> 1];
}
