// The map of traces. The browser holds places, colourings and titles, so that moving, colouring and selecting need no
// server; the server hears what was selected or opened, and which colouring is missing.

const DRAG_PX = 4; // less than that is a click
const REACH_PX = 9; // how near a click must be
const NEAREST = 60; // times closer than the whole map; nearer there is nothing more to see
const ASK_MS = 2000; // after which a colouring that has not come by itself is asked for
const STEP_PX = 60; // an arrow key moves the map
const RADII = [[500, 4.5], [3000, 3.5], [20000, 2.5], [Infinity, 1.5]]; // px, by how many traces there are
const TOOLS = { select: "Select: draw around traces", move: "Move the map" };
const KEYS_SAID = "Arrow keys move the map, plus and minus zoom, 0 shows all. Square brackets go from group to group, Enter selects the group, Escape clears the selection. The table below lists the same traces.";

class TraceMap {
  constructor(root) {
    this.tool = "select";
    this.emphasised = null; // the code under the pointer
    this.chosen = null; // one byte a trace; null selects nothing, and all are shown
    this.ownIds = new Set(); // selections that this page made
    this.untold = new Map(); // what the server has not shown to know yet, by name
    this.build(root);
    this.listener = (event) => this.news(event.detail);
    window.addEventListener("evaldash:map", this.listener);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.frame);
  }

  build(root) {
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.lasso = svg("path", { class: "lasso" });
    this.names = el("div", { class: "names" });
    this.tip = el("div", { class: "tip", hidden: true });
    this.said = el("p", { class: "said", role: "status", "aria-live": "polite" });
    this.frame = el("div", { class: "frame", tabindex: "0", role: "application", "aria-label": "Map of traces", "aria-describedby": "map-keys" },
      this.canvas, svg("svg", { class: "drawing", "aria-hidden": "true" }, this.lasso), this.names, this.tip);
    this.colours = el("select", { "aria-label": "Colour by", class: "colours" });
    this.colours.addEventListener("change", () => this.colourBy(this.colours.value, true));
    this.tools = Object.entries(TOOLS).map(([tool, label]) => this.button(tool === "select" ? "◯ Select" : "✥ Move", label, () => this.use(tool), tool));
    this.clearing = this.button("Clear selection", "Clear the selection (Escape)", () => this.choose(null));
    this.key = el("div", { class: "key" });
    this.node = el("section", { class: "map", "data-testid": "trace-map" },
      el("div", { class: "bar" }, el("label", { class: "quiet" }, "Colour by ", this.colours), el("span", { class: "fill" }), ...this.tools,
        this.button("+", "Nearer (+)", () => this.zoom(1.5)), this.button("−", "Farther (-)", () => this.zoom(1 / 1.5)),
        this.button("All", "Show the whole map (0)", () => this.fit()), this.button("⤓", "Download the map as a picture", () => this.picture())),
      this.key, this.frame, el("div", { class: "bar low" }, this.said, this.clearing),
      el("p", { id: "map-keys", class: "hidden" }, KEYS_SAID));
    root.append(this.node);
    this.painter = new Painter(this.canvas);
    const touch = { onEnter: (code) => this.emphasise(code), onLeave: () => this.emphasise(null), onPick: (code) => this.pickGroup(code) };
    this.touch = touch;
    this.labels = new Labels(this.names, { ...touch, onEnter: (code) => this.emphasise(code, true), onPick: (code) => this.pickGroup(code, true) });
    listenToPointer(this);
    this.frame.addEventListener("keydown", (event) => this.press(event));
    this.use("select");
  }

  button(label, name, action, tool) {
    return el("button", { type: "button", class: "plain", "aria-label": name, title: name, "data-tool": tool, onclick: action }, label);
  }

  // The places of a clustering: everything else is about these.
  take(component) {
    this.component = component;
    const bytes = component.data;
    if (this.layer && this.state) this.mix(); // the page may be dark now
    if (this.bytes === bytes) return;
    const part = unpack(bytes);
    this.bytes = bytes;
    if (this.stamp === part.stamp) return;
    this.stamp = part.stamp;
    this.ringed = part.ringed;
    this.places = new Places(part.x, part.y);
    this.chosen = this.filter = this.layer = this.titles = this.state = this.offered = this.known = this.order = this.ringedSet = null;
    this.untold.clear();
    this.radius = RADII.find(([most]) => this.places.count <= most)[1];
    this.fit();
    for (const name of [...mapParts().keys()]) this.news(name);
  }

  news(name) {
    const part = mapParts().get(name);
    if (!this.places || part?.key !== this.stamp) return;
    if (name === "state") this.takeState(part);
    if (name === "colours") this.takeColours();
    if (name === "titles") this.takeTitles(part);
    if (name === "layer:cluster") this.nameGroups(part);
    if (name === `layer:${this.wanted}`) this.showLayer(part);
  }

  takeState(state) {
    const first = !this.state;
    this.state = state;
    this.filter = state.filter ? fromMask(state.filter, this.places.count) : null;
    this.takeSelection(state.selection);
    if (this.untold.get("wanted")?.layer === state.colour) this.untold.delete("wanted");
    if (first) this.early = mapParts().get("colours")?.key !== this.stamp;
    this.offer(this.fields());
    if (first) this.colourBy(this.remembered());
    const clusters = mapParts().get("layer:cluster");
    if (clusters?.key === this.stamp) this.nameGroups(clusters);
    if (this.layer) this.showLayer(mapParts().get(`layer:${this.wanted}`) ?? this.layer);
    this.changed();
  }

  // What the server has selected is shown, unless a newer choice made here is on its way to it.
  takeSelection({ id, mask }) {
    const newer = this.untold.get("selection");
    if (id === this.known || (newer && newer.id !== id && this.ownIds.has(id))) return;
    this.known = id;
    this.chosen = mask ? fromMask(mask, this.places.count) : null;
    this.untold.delete("selection");
  }

  // The choice stays where other colourings are offered than before, and a list that is open stays open where they are not.
  offer(colours) {
    const now = JSON.stringify(colours);
    if (now === this.offered) return;
    this.offered = now;
    this.colours.replaceChildren(...colours.map(([value, label]) => el("option", { value, selected: value === this.wanted }, label)));
  }

  // Which fields there are takes all traces to say, so it comes when the map is in use already; the groups are there first.
  takeColours() {
    if (!this.state) return;
    this.offer(this.fields());
    if (!this.early) return;
    this.early = false;
    if (this.remembered() !== this.wanted) this.colourBy(this.remembered());
  }

  fields() {
    const part = mapParts().get("colours");
    return part?.key === this.stamp ? part.colours : this.state.colours;
  }

  remembered() {
    const wanted = this.state.colour ?? sessionStorage.getItem("evaldash:colour");
    return this.fields().some(([value]) => value === wanted) ? wanted : this.fields()[0][0];
  }

  // A choice of a person is always told, after it is painted: the address of the page names it, so that a link shows the same.
  colourBy(name, chosen = false) {
    this.wanted = name;
    this.colours.value = name;
    if (!this.early) sessionStorage.setItem("evaldash:colour", name);
    const part = mapParts().get(`layer:${name}`);
    const there = part?.key === this.stamp;
    if (there) this.showLayer(part);
    clearTimeout(this.asking);
    if (chosen) this.ask(name, true);
    else if (!there) this.asking = setTimeout(() => this.layer?.name !== name && this.ask(name, false), ASK_MS);
  }

  ask(layer, chosen) {
    this.tell("wanted", { layer, chosen });
    if (!chosen) this.untold.delete("wanted");
  }

  // Of two messages that come to the server while it is busy, it takes the last: so each carries what is not known there.
  tell(name, said) {
    this.untold.set(name, { key: this.stamp, ...said });
    for (const [one, value] of this.untold) this.component.setTriggerValue(one, value);
  }

  showLayer(layer) {
    this.layer = layer;
    this.emphasised = null;
    this.node.dataset.colour = layer.name;
    this.names.classList.toggle("plainly", layer.name !== "cluster"); // a dot would have a colour that the map has not
    this.mix();
    this.changed();
  }

  // Colours of the codes in the theme of the page.
  mix() {
    const theme = this.theme();
    this.ground = rgb(theme.ground);
    this.noise = rgb(theme.noise);
    this.ink = rgb(theme.ink);
    const colours = this.layer.colours[theme.name];
    this.shown = colours.map(rgb);
    const named = this.layer.name === "cluster";
    const layer = { ...this.layer, ramp: colours };
    this.key.replaceChildren(...(named ? [el("span", { class: "quiet" }, "Names stand on their groups; a click on one selects it. A ring marks what fits nowhere well.")] : keyOf(layer, (code) => colours[code], this.touch)));
    const clusters = mapParts().get("layer:cluster");
    if (clusters?.key === this.stamp) this.nameGroups(clusters);
  }

  theme() {
    const style = getComputedStyle(this.node);
    const [red, green, blue] = rgb(style.getPropertyValue("--st-background-color") || "#ffffff");
    const name = red + green + blue < 384 ? "dark" : "light";
    return { name, ...this.state.themes[name], ground: style.getPropertyValue("--st-background-color") || "#ffffff" };
  }

  nameGroups(layer) {
    if (!this.state) return;
    const theme = this.theme();
    const stamp = `${layer.stamp}:${theme.name}`;
    if (this.named === stamp) return;
    this.named = stamp;
    this.groups = layer;
    this.middles = this.places.middles(layer.codes, layer.labels.length);
    this.labels.take(layer, this.middles, (code) => layer.colours[theme.name][code]);
    this.draw();
  }

  async takeTitles(part) {
    const bytes = await inflated(part.bytes);
    if (part === mapParts().get("titles") && part.key === this.stamp) this.titles = { starts: part.starts, bytes };
  }

  title(i) {
    if (!this.titles) return "";
    return new TextDecoder().decode(this.titles.bytes.subarray(this.titles.starts[i], this.titles.starts[i + 1]));
  }

  isIn(i) {
    return !this.filter || this.filter[i] === 1;
  }

  // What is selected or filtered changed, or the colours: the order of painting is made anew, then painted.
  changed() {
    if (!this.layer || !this.state) return;
    const { codes } = this.layer;
    const noise = new Set(this.layer.noise);
    const group = this.emphasised;
    const held = group && (group.named ? this.groups.codes : codes);
    this.emphasis ??= new Uint8Array(codes.length);
    if (this.emphasis.length !== codes.length) this.emphasis = new Uint8Array(codes.length);
    for (let i = 0; i < codes.length; i++) {
      if (this.filter && !this.filter[i]) this.emphasis[i] = OUT;
      else if (group ? held[i] !== group.code : this.chosen && !this.chosen[i]) this.emphasis[i] = DIMMED;
      else this.emphasis[i] = FULL;
    }
    this.order = paintingOrder(this.emphasis, codes, (code) => noise.has(code) || code === NO_CODE);
    this.say();
    this.draw();
  }

  say() {
    const total = this.places.count, count = this.chosen ? this.chosen.reduce((sum, one) => sum + one, 0) : 0;
    const words = [`${total.toLocaleString("en")} traces`];
    if (this.filter) words.push(`${this.filter.reduce((sum, one) => sum + one, 0).toLocaleString("en")} pass the filter`);
    if (this.chosen) words.push(`${count.toLocaleString("en")} selected`);
    this.said.textContent = words.join(" · ");
    this.node.dataset.selected = count;
    this.clearing.hidden = !this.chosen;
  }

  choose(chosen, how = "drawn around", group = null) {
    this.chosen = chosen;
    const id = `${Date.now()}-${Math.random()}`;
    this.ownIds.add(id);
    this.changed();
    this.tell("selection", { id, how, group, mask: chosen ? toMask(chosen) : null });
  }

  pickGroup(code, named = false) {
    const layer = named ? this.groups : this.layer;
    const chosen = Uint8Array.from(layer.codes, (value, i) => (value === code && this.isIn(i) ? 1 : 0));
    this.emphasised = null;
    this.choose(chosen, layer.labels[code], layer.name === "cluster" ? layer.values[code] : null);
  }

  emphasise(code, named = false) {
    this.emphasised = code === null ? null : { code, named };
    this.changed();
  }

  open(i) {
    this.tell("opened", { index: i, at: Date.now() });
    this.untold.delete("opened"); // a click is not repeated
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.frame) return;
    const moves = { ArrowLeft: [STEP_PX, 0], ArrowRight: [-STEP_PX, 0], ArrowUp: [0, STEP_PX], ArrowDown: [0, -STEP_PX] };
    const actions = { "+": () => this.zoom(1.4), "=": () => this.zoom(1.4), "-": () => this.zoom(1 / 1.4), 0: () => this.fit(), "[": () => this.nextGroup(-1), "]": () => this.nextGroup(1),
      Enter: () => this.emphasised && this.pickGroup(this.emphasised.code, true), Escape: () => this.escape(), s: () => this.use("select"), m: () => this.use("move") };
    const action = moves[event.key] ? () => this.pan(...moves[event.key]) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  escape() {
    if (this.emphasised) this.emphasise(null);
    else if (this.chosen) this.choose(null);
  }

  nextGroup(step) {
    const codes = this.labels.items.map((item) => item.code);
    if (!codes.length) return;
    const at = this.emphasised ? codes.indexOf(this.emphasised.code) : step > 0 ? -1 : 0;
    const code = codes[(at + step + codes.length) % codes.length];
    this.emphasise(code, true);
    this.said.textContent = `${this.groups.labels[code]}: ${this.groups.counts[code].toLocaleString("en")} traces. Enter selects them.`;
  }

  use(tool) {
    this.tool = tool;
    for (const button of this.tools) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    this.frame.dataset.tool = tool;
  }

  close() {
    clearTimeout(this.asking);
    window.removeEventListener("evaldash:map", this.listener);
    this.observer.disconnect();
    this.node.remove();
  }
}
