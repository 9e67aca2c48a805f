// JSON that folds. A text is itself; ["n", word], ["a", items], ["o", [name, value, …]], ["m", what is left out].

const OPEN_LEAVES = 40; // a tree with at most so many values is open from the start
const OPEN_ITEMS = 12; // of a longer one the outermost level is open if it has at most so many, and what holds a single thing
const AT_ONCE = 100; // items of one list or object that are drawn; the next ones fold behind a line
const PREVIEW_CHARS = 60; // of a value beside the line of a closed object
const PREVIEW_LINE = 100; // characters of all of them
const INLINE_CHARS = 72; // a small list or object stands in one line

function jsonTree(tree) {
  const small = leaves(tree, OPEN_LEAVES) <= OPEN_LEAVES;
  const open = small ? () => true : (level, count) => count === 1 || (level === 0 && count <= OPEN_ITEMS);
  return el("div", { class: "json" }, jsonValue(tree, 0, open));
}

function leaves(tree, most) {
  if (typeof tree === "string" || !"ao".includes(tree[0])) return 1;
  let count = 1;
  for (const item of tree[1]) {
    count += leaves(item, most);
    if (count > 2 * most) break;
  }
  return count;
}

function jsonValue(tree, level, open, name = null) {
  if (typeof tree === "string") return jsonText(tree);
  const [kind, content] = tree;
  if (kind === "n") return el("span", { class: "hl-n" }, content);
  if (kind === "m") return el("span", { class: "hint" }, content);
  const line = inlineJson(tree);
  if (line !== null && line.length <= INLINE_CHARS) return el("span", {}, line);
  return jsonFold(kind, content, level, open, name);
}

function jsonText(text) {
  if (IMAGE.test(text)) return image(text);
  return el("span", { class: text.includes("\n") ? "hl-s lines" : "hl-s" }, text);
}

// A fold whose content is built when it is first opened: most of a long record is never looked at.
function jsonFold(kind, content, level, open, name) {
  const count = kind === "o" ? content.length / 2 : content.length;
  const noun = kind === "o" ? "field" : "item";
  const preview = kind === "o" ? previewOf(content, name) : "";
  const node = el("details", { class: "fold" }, el("summary", {}, `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`, preview ? el("span", { class: "preview" }, ` · ${preview}`) : null));
  const rows = kind === "o" ? pairsOf(content) : content.map((value, place) => [String(place + 1), value]);
  lazily(node, () => jsonRows(rows, level + 1, open));
  if (open(level, count)) node.open = true;
  if (node.open) node.evaldashBuild();
  return node;
}

// What tells a closed object from its neighbours: its first values that are short, but for its own name once more.
function previewOf(content, own) {
  const words = [];
  let room = PREVIEW_LINE;
  for (const [name, value] of pairsOf(content)) {
    const word = typeof value === "string" ? value : value[0] === "n" ? value[1] : "ao".includes(value[0]) ? inlineJson(value) : null;
    if (word === null || word === own || word === "" || word.includes("\n") || word.length > PREVIEW_CHARS) continue;
    room -= name.length + word.length + 4;
    if (room < 0 && words.length) break;
    words.push(`${name}: ${word}`);
  }
  return words.join(", ");
}

function lazily(node, make) {
  node.evaldashBuild = () => {
    if (!node.evaldashBuild) return;
    node.evaldashBuild = null;
    node.append(...make());
  };
  node.addEventListener("toggle", () => node.open && node.evaldashBuild?.());
}

function jsonRows(rows, level, open) {
  const nodes = rows.slice(0, AT_ONCE).map(([name, value]) => el("div", { class: "pair" }, el("span", { class: "key" }, `${name}: `), jsonValue(value, level, open, name)));
  const rest = rows.slice(AT_ONCE);
  if (!rest.length) return nodes;
  const more = el("details", { class: "fold" }, el("summary", {}, `${rest.length.toLocaleString("en")} more`));
  lazily(more, () => jsonRows(rest, level, open));
  return [...nodes, more];
}

function pairsOf(flat) {
  const pairs = [];
  for (let place = 0; place < flat.length; place += 2) pairs.push([flat[place], flat[place + 1]]);
  return pairs;
}

// The line that a small tree makes, null for one that holds lists or objects with something in them.
function inlineJson([kind, content]) {
  const values = kind === "o" ? pairsOf(content) : content.map((value) => [null, value]);
  const parts = [];
  for (const [name, value] of values) {
    const word = typeof value === "string" ? value : value[0] === "n" ? value[1] : value[1].length ? null : value[0] === "o" ? "{}" : "[]";
    if (word === null || word.includes("\n") || IMAGE.test(word) || parts.length > 8) return null;
    parts.push(name === null ? word : `${name}: ${word}`);
  }
  return kind === "o" ? `{${parts.join(", ")}}` : `[${parts.join(", ")}]`;
}
