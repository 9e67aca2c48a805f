// The way through the batch. Its order stays as drawn, whatever is filtered; a trace opened beside it does not move the place.

const FILTERS = {
  all: "all", unread: "not read", skipped: "skipped", deferred: "deferred", fail: "failed", pass: "passed", disagreed: "coders differ",
};

class Flow {
  constructor(known) {
    this.known = known;
    this.order = [];
    this.places = new Map();
    this.current = null;
    this.home = null; // where one was in the batch when another trace was opened beside it
    this.filter = "all"; // a key of FILTERS, or "mode:ID"
  }

  setOrder(order) {
    this.order = order;
    this.places = new Map(order.map((trace, place) => [trace, place]));
  }

  get place() {
    return this.places.get(this.current) ?? -1;
  }

  get isAside() {
    return this.current !== null && this.home !== null;
  }

  matches(trace) {
    const { known, filter } = this;
    if (filter === "all") return true;
    if (filter === "unread") return !known.isRead(trace);
    if (filter === "skipped") return known.skipped.has(trace) && !known.isRead(trace);
    if (filter === "disagreed") return known.disagreed.has(trace);
    const said = known.said(trace);
    if (filter.startsWith("mode:")) return Boolean(said?.codes.some((code) => code.mode === filter.slice(5)));
    return said?.verdict === filter;
  }

  count(filter) {
    const before = this.filter;
    this.filter = filter;
    const found = this.order.filter((trace) => this.matches(trace)).length;
    this.filter = before;
    return found;
  }

  first(start) {
    if (start && this.places.has(start)) return start;
    return this.order.find((trace) => !this.known.isRead(trace)) ?? this.order.at(-1);
  }

  // The next trace that the filter lets through, before or after the place one is at.
  neighbour(by) {
    const from = this.places.get(this.home ?? this.current) ?? -1;
    for (let place = from + by; place >= 0 && place < this.order.length; place += by) {
      if (this.matches(this.order[place])) return this.order[place];
    }
    return null;
  }

  // After a save: back from beside, else on, else to what was passed over.
  afterSave() {
    if (this.isAside) return this.home;
    return this.neighbour(1) ?? this.order.find((trace) => !this.known.isRead(trace) && this.matches(trace)) ?? null;
  }

  // What will be wanted soon, in the order in which it will be.
  ahead(count) {
    const from = Math.max(0, this.places.get(this.home ?? this.current) ?? 0);
    const found = [];
    for (let place = from; place < this.order.length && found.length < count; place += 1) {
      if (place === from || this.matches(this.order[place])) found.push(this.order[place]);
    }
    return found;
  }

  // What was passed last.
  behind(count) {
    const from = this.places.get(this.home ?? this.current) ?? 0;
    return this.order.slice(Math.max(0, from - count), from).reverse();
  }

  far(trace, distance) {
    const place = this.places.get(trace);
    const here = this.places.get(this.home ?? this.current) ?? 0;
    return place === undefined ? trace !== this.current : Math.abs(place - here) > distance;
  }
}
