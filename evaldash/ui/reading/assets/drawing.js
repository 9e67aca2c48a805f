// The frame of the desk and the lines in it that say where one is, what is saved and what still waits.

function deskNodes(desk) {
  const progress = el("div", { class: "progress" });
  const pace = el("div", { class: "pace hint" });
  const share = el("div", { class: "share", "aria-hidden": "true" }, el("div", {}));
  const saved = el("span", { class: "saved", role: "status", "aria-live": "polite" });
  const filter = el("select", { class: "filter", "aria-label": "Show only" });
  filter.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") desk.focus();
    filter.dataset.byArrows = key === "Enter" || key === " " ? "" : "yes";
  });
  filter.addEventListener("pointerdown", () => { filter.dataset.byArrows = ""; });
  filter.addEventListener("change", () => {
    desk.setFilter(filter.value);
    if (!filter.dataset.byArrows) desk.focus(); // who goes through the choices by key is not at the end of them yet
  });
  const done = el("div", { class: "done", role: "status" });
  const aside = el("div", { class: "aside", role: "status" });
  const others = el("div", { class: "others" });
  const act = (label, name, action) => button(label, `${name} (${shownKey(desk.keys.keyOf(action))})`, () => desk.act(action));
  const moves = el("div", { class: "bar moves" },
    act("←", "Previous trace", "previous"), act("→", "Next trace", "next"), act("undo", "Undo the last save", "undo"), filter, act("?", "All keys", "sheet"),
    act("last 20", "My last saves", "recent"), act("similar", "Similar traces", "similar"), act("codebook", "Codebook and guidelines", "codebook"));
  const node = el("section", { class: "desk", "data-testid": "desk", tabindex: "-1", "aria-label": "Reading desk" },
    desk.reader.node,
    el("div", { class: "column side" }, el("div", { class: "bar" }, progress, saved), share, pace, moves, aside, desk.hints.node, desk.refusals.node, done, others, desk.form.node, desk.lookup.node), desk.sheet.node, desk.who.node);
  node.addEventListener("keydown", (event) => event.stopPropagation()); // Streamlit's own shortcuts do not fire at the desk
  return { progress, paceLine: pace, share, saved, filter, done, aside, others, node };
}

function otherReading({ coder, verdict, comment, codes }, modes) {
  const name = (code) => modes.find((mode) => mode.id === code.mode)?.name;
  const said = codes.map((code) => el("li", {}, code.text, el("span", { class: "hint" }, [code.step ? ` step ${code.step}` : "", name(code) ? ` · ${name(code)}` : ""].join(""))));
  return el("div", { class: `other ${verdict}` }, el("strong", {}, `${coder}: ${verdict}`), comment ? ` ${comment}` : "", el("ul", {}, ...said));
}

function drawProgress(desk) {
  const { flow, known, queue, data } = desk;
  const total = flow.order.length;
  const read = flow.order.filter((trace) => known.isRead(trace)).length;
  const place = (flow.places.get(flow.home ?? flow.current) ?? -1) + 1;
  const pace = desk.pace.words(total - read);
  const skipped = flow.count("skipped");
  desk.progress.textContent = `${data.title}: ${place} of ${total}`;
  desk.paceLine.textContent = [`${read} read, ${total - read} left`, skipped ? `${skipped} skipped` : "", pace].filter(Boolean).join(" · ");
  desk.share.firstChild.style.width = `${total ? (100 * read) / total : 0}%`;
  desk.saved.textContent = queue.waiting ? `${queue.waiting} waiting` : "saved ✓";
  desk.saved.classList.toggle("waiting", queue.waiting > 0);
  drawFilter(desk);
  drawAside(desk, place, total);
  drawDone(desk, read);
  desk.hints.draw(desk.savesBefore, data.preferences.hints === false);
  const verdict = flow.current ? known.said(flow.current)?.verdict : null;
  for (const [name, button] of Object.entries(desk.form.buttons)) {
    button.classList.toggle("chosen", name === verdict);
    button.setAttribute("aria-pressed", String(name === verdict));
  }
}

function drawFilter({ flow, filter, form, known }) {
  const shown = Object.keys(FILTERS).filter((name) => name === "all" || (name !== "disagreed" || known.disagreed.size));
  const options = [...shown.map((name) => [name, FILTERS[name]]), ...form.modes.map((mode) => [`mode:${mode.id}`, `in ${mode.name}`])];
  const words = options.map(([name, label]) => [name, name === "all" ? label : `${label} (${flow.count(name)})`]);
  const now = JSON.stringify([words, flow.filter]);
  if (filter.dataset.now === now) return;
  filter.dataset.now = now;
  replaceChildren(filter, ...words.map(([name, label]) => el("option", { value: name, selected: name === flow.filter }, label)));
}

function drawAside(desk, place, total) {
  const { flow, aside, keys } = desk;
  const home = flow.isAside ? `${desk.data.title}, ${place} of ${total}` : "";
  if (aside.dataset.now === home) return;
  aside.dataset.now = home;
  replaceChildren(aside, ...(home ? ["Opened beside the batch. ", el("button", { type: "button", class: "plain", onclick: () => { desk.back(); desk.focus(); } }, `back to ${home} (${shownKey(keys.keyOf("back"))})`)] : []));
}

function drawDone({ flow, known, done }, read) {
  const verdicts = flow.order.map((trace) => known.said(trace)?.verdict);
  const count = (verdict) => verdicts.filter((found) => found === verdict).length;
  const words = `Batch done: ${count("pass")} passed, ${count("fail")} failed, ${count("deferred")} deferred. Next: group the notes on the page Taxonomy.`;
  const shown = flow.order.length > 1 && read === flow.order.length ? words : "";
  if (done.textContent !== shown) done.textContent = shown;
}
