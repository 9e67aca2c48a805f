// The pointer on the map: draw around, click, move, zoom, and what lies under it.

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function listenToPointer(map) {
  const { frame } = map;
  let drag = null;
  const at = (event) => {
    const box = frame.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  frame.addEventListener("pointerdown", (event) => {
    if (event.composedPath()[0].closest?.(".name")) return;
    const start = at(event);
    drag = { start, last: start, line: [start], moving: map.tool === "move" || event.button === 1, far: false, keys: event };
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    const here = at(event);
    if (!drag) return hover(map, here, event);
    drag.far ||= Math.hypot(here[0] - drag.start[0], here[1] - drag.start[1]) > DRAG_PX;
    if (drag.moving) map.pan(here[0] - drag.last[0], here[1] - drag.last[1]);
    else if (Math.hypot(here[0] - drag.last[0], here[1] - drag.last[1]) < 3) return;
    else drag.line.push(here);
    drag.last = here;
    if (!drag.moving) map.lasso.setAttribute("d", `M${drag.line.map((corner) => corner.map(Math.round)).join("L")}Z`);
  });
  const end = (event) => {
    const done = drag;
    drag = null;
    map.lasso.setAttribute("d", "");
    if (!done || event.type === "pointercancel") return;
    if (!done.far) click(map, done.start);
    else if (!done.moving) drawn(map, done.line, done.keys);
  };
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
  frame.addEventListener("pointerleave", () => { map.tip.hidden = true; });
  frame.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && map.nearness === 1) return; // all is seen: the page scrolls on
    event.preventDefault();
    map.zoom(Math.exp(-event.deltaY * 0.0015), ...at(event));
  }, { passive: false });
}

function under(map, [px, py]) {
  const reach = REACH_PX / (map.whole * map.nearness);
  return map.places ? map.places.nearest(...map.toPlace(px, py), reach, (i) => map.isIn(i)) : -1;
}

function click(map, where) {
  const found = under(map, where);
  if (found >= 0) map.open(found);
  else if (map.chosen) map.choose(null);
}

// What was drawn around is selected; with Shift it is added, with Alt taken away.
function drawn(map, line, { shiftKey, altKey }) {
  const inside = map.places.within(line.map((corner) => map.toPlace(...corner)));
  const before = map.chosen;
  for (let i = 0; i < inside.length; i++) {
    inside[i] = map.isIn(i) ? inside[i] : 0;
    if (before && shiftKey) inside[i] |= before[i];
    else if (before && altKey) inside[i] = before[i] && !inside[i] ? 1 : 0;
  }
  map.choose(inside.includes(1) ? inside : null);
}

function hover(map, where, event) {
  const found = event.composedPath()[0].closest?.(".name") ? -1 : under(map, where);
  map.tip.hidden = found < 0;
  map.frame.classList.toggle("over", found >= 0);
  if (found < 0) return;
  const code = map.layer?.codes[found];
  const group = map.groups?.labels[map.groups.codes[found]];
  const said = map.layer?.name === "cluster" ? group : map.layer?.kind === "number" ? "" : `${map.layer?.title}: ${map.layer?.labels[code] ?? "none"}`;
  map.ringedSet ??= new Set(map.ringed);
  map.tip.replaceChildren(el("div", {}, map.title(found) || "…"), el("strong", {}, said || group || ""),
    ...(map.ringedSet.has(found) ? [el("div", { class: "quiet" }, "fits nowhere well")] : []), el("div", { class: "quiet" }, "A click opens it"));
  const left = Math.min(where[0] + 14, map.width - map.tip.offsetWidth - 6), high = map.tip.offsetHeight;
  const top = where[1] + 18 + high > map.height ? where[1] - high - 10 : where[1] + 18;
  map.tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
}

export default mounting("evaldashMap", (root) => new TraceMap(root));
