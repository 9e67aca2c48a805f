// Trees of nodes, as Python lays a trace out, become elements: by an allow-list, and with text as text.

const TAGS = new Set((
  "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code strong em s table thead tbody tr th td hr br "
  + "div span details summary dl dt dd ins del"
).split(" "));
const DIRECTED = new Set(["p", "ul", "ol", "blockquote", "table", "dd", "h1", "h2", "h3", "h4", "h5", "h6"]); // by what they say
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/; // from within the record; never an address

// Nodes come as texts, [tag, children] and [tag, children, extra]; a tag that is not on the list becomes a span.
function fromNodes(nodes) {
  return nodes.map(fromNode);
}

function fromNode(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const [tag, children, extra] = node;
  if (tag === "json") return jsonTree(children);
  if (tag === "clip") return clipped(children, extra);
  if (tag === "img") return image(extra);
  const attributes = { [tag === "li" ? "value" : "class"]: extra, dir: DIRECTED.has(tag) ? "auto" : null };
  return el(TAGS.has(tag) ? tag : "span", attributes, ...fromNodes(children));
}

function image(address) {
  if (!IMAGE.test(address)) return el("span", { class: "hint" }, "(an image that cannot be shown)");
  return el("img", { src: address, alt: "Image from the record", loading: "lazy" });
}

// Long content: its beginning, all of it at a click. A box that is ticked, so that the same works in a file without scripts.
function clipped(children, words) {
  const all = el("label", { class: "more" }, el("input", { type: "checkbox" }), el("span", {}, ` show all ${words}`), el("span", {}, " show less"));
  return el("div", { class: "clip" }, el("div", { class: "clipped" }, ...fromNodes(children)), all);
}
