// What two versions answered to the same question, side by side; Python has marked what differs.

function comparisonOf({ mine, theirs, rows, same }, others, { onOther, onClose }) {
  const choice = el("select", { "aria-label": "Other version" }, ...others.map((other) => el("option", { value: other.id, selected: other.id === theirs.id }, titleOf(other))));
  choice.addEventListener("change", () => onOther(choice.value));
  const head = el("div", { class: "compare-row heads" }, el("div", {}, el("strong", {}, titleOf(mine)), " · on the desk"), el("div", {}, others.length > 1 ? choice : el("strong", {}, titleOf(theirs))));
  return el("div", { class: "compare", "data-testid": "compare", role: "region", "aria-label": "Two versions side by side", tabindex: "0" },
    el("div", { class: "bar" }, el("span", { class: "hint space" }, same ? "Both say the same." : "Words that differ are marked."), button("back to the trace", "Back to the trace", onClose)),
    head, ...rows.map(([left, right]) => el("div", { class: "compare-row" }, side(left), side(right))));
}

function titleOf({ name, version }) {
  return version ? `version ${version} · ${name}` : name;
}

function side(cell) {
  if (!cell) return el("div", { class: "side-cell none" }, "—");
  return el("div", { class: `step ${cell.kind} ${cell.role}${cell.failed ? " failed" : ""}` }, el("div", { class: "body" }, ...fromNodes(cell.body)));
}
