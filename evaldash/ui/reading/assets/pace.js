// How fast the reading goes, and when the batch will be done.

const LONGEST_S = 600; // of one reading; who leaves the desk for longer was not reading
const LEAST_TIMES = 3; // readings before a pace is told

class Pace {
  constructor() {
    this.times = [];
    this.begin();
  }

  begin() {
    this.since = performance.now();
  }

  get seconds() {
    return Math.min(LONGEST_S, (performance.now() - this.since) / 1000);
  }

  add(seconds) {
    this.times.push(seconds);
  }

  // The middle of the times of this tab's saves: one long break does not move it.
  words(left) {
    if (this.times.length < LEAST_TIMES) return "";
    const middle = Math.max(1, [...this.times].sort((a, b) => a - b)[this.times.length >> 1]);
    const end = new Date(Date.now() + left * middle * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return `${Math.round(middle)} s each${left ? `, done about ${end}` : ""}`;
  }
}
