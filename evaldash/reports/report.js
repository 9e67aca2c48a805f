"use strict";
// What a report can do without a server: words at a mark, sorting, pictures, and all of it open when printed.

const tip = document.getElementById("tip");

function showTip(mark, x, y) {
  tip.textContent = mark.dataset.tip;
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - width - 4))}px`;
  tip.style.top = `${y + height + 20 > innerHeight ? y - height - 8 : y + 12}px`;
}

function markOf(event) {
  return event.target instanceof Element ? event.target.closest("[data-tip]") : null;
}

document.addEventListener("pointermove", (event) => {
  const mark = markOf(event);
  if (mark) showTip(mark, event.clientX, event.clientY);
  else tip.hidden = true;
});
document.addEventListener("focusin", (event) => {
  const mark = markOf(event);
  if (!mark) return;
  const { right, bottom } = mark.getBoundingClientRect();
  showTip(mark, right, bottom);
});
document.addEventListener("focusout", () => {
  tip.hidden = true;
});

function valueOf(row, column) {
  const cell = row.cells[column];
  const words = cell.dataset.value ?? cell.textContent;
  return words !== "" && !Number.isNaN(Number(words)) ? Number(words) : words;
}

function sortBy(heading) {
  const column = heading.cellIndex;
  const table = heading.closest("table");
  const up = heading.getAttribute("aria-sort") !== "ascending";
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", up ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows].toSorted((a, b) => {
    const [one, two] = [valueOf(a, column), valueOf(b, column)];
    const order = typeof one === "number" && typeof two === "number" ? one - two : String(one).localeCompare(String(two));
    return up ? order : -order;
  });
  table.tBodies[0].append(...rows);
}

// A picture stands alone: the colours that the page gives by name are written into it.
function pictureOf(drawing) {
  const copy = drawing.cloneNode(true);
  const seen = getComputedStyle(document.documentElement);
  const probe = document.createElement("span");
  document.body.append(probe);
  const valued = [...document.styleSheets[0].cssRules]
    .map((rule) => rule.cssText)
    .filter((text) => /^\.(drawing (text|\.)|[fs]-)/.test(text))
    .join("")
    .replace(/var\((--\w+)\)/g, (_, name) => {
      probe.style.color = seen.getPropertyValue(name);
      return getComputedStyle(probe).color;
    });
  probe.style.color = seen.getPropertyValue("--ground");
  const ground = document.createElementNS(copy.namespaceURI, "rect");
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill: getComputedStyle(probe).color }))
    ground.setAttribute(name, value);
  probe.remove();
  const style = document.createElementNS(copy.namespaceURI, "style");
  style.textContent = valued;
  copy.prepend(style, ground);
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function savePicture(button) {
  const figure = button.closest("figure");
  const drawing = figure.querySelector("svg");
  const blob = pictureOf(drawing);
  const name = `${figure.dataset.name}.${button.dataset.picture}`;
  if (button.dataset.picture === "svg") {
    save(blob, name);
    return;
  }
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = drawing.viewBox.baseVal.width * 2;
  canvas.height = drawing.viewBox.baseVal.height * 2;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((made) => save(made, name));
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const heading = event.target.closest(".sortable th");
  const picture = event.target.closest("[data-picture]");
  if (heading) sortBy(heading);
  if (picture) savePicture(picture);
});

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const part of folded) part.open = true;
});
addEventListener("afterprint", () => {
  for (const part of folded) part.open = false;
});
