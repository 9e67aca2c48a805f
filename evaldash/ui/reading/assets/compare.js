// What two versions answered to the same question, side by side; Python has marked what differs.

const FOLDED_ROWS = 2; // so many rows in a row that are the same and more become one line

function comparisonOf({ mine, theirs, rows }, others, { onOther, onClose }) {
  const choice = el("select", { "aria-label": "Other version" }, ...others.map((other) => el("option", { value: other.id, selected: other.id === theirs.id }, titleOf(other))));
  choice.addEventListener("change", () => onOther(choice.value));
  const right = others.length > 1 ? choice : el("strong", {}, titleOf(theirs));
  const differ = rows.filter((row) => !row.same).length;
  const words = differ ? `${differ} of ${rows.length} steps differ; words that differ are marked.` : "Both say the same.";
  return el("div", { class: "compare", "data-testid": "compare", role: "region", "aria-label": "Two versions side by side", tabindex: "0" },
    el("div", { class: "bar" }, el("span", { class: "hint space" }, words), button("back to the trace", "Back to the trace (v)", onClose)),
    el("div", { class: "compare-row heads" }, el("div", {}, el("strong", {}, titleOf(mine)), " · this trace"), el("div", {}, right)),
    ...stretches(rows).flatMap(stretchOf));
}

// Rows one by one, those that are the same together.
function stretches(rows) {
  const found = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (row.same && last?.[0].same) last.push(row);
    else found.push([row]);
  }
  return found;
}

function stretchOf(rows) {
  const drawn = rows.map((row) => el("div", { class: "compare-row" }, side(row.left), side(row.right)));
  if (!rows[0].same || rows.length < FOLDED_ROWS) return drawn;
  return [el("details", { class: "same" }, el("summary", {}, `${rows.length} steps are the same`), ...drawn)];
}

function titleOf({ name, version }) {
  return version ? `version ${version} · ${name}` : name;
}

function side(cell) {
  if (!cell) return el("div", { class: "side-cell none" }, "—");
  return el("div", { class: `step ${cell.kind} ${cell.role}${cell.failed ? " failed" : ""}` }, el("div", { class: "body" }, ...fromNodes(cell.body)));
}
