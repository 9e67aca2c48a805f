// Building the page. Text of traces and notes enters it as text nodes only, by `el`.

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function button(label, name, action, classes = "plain") {
  return el("button", { type: "button", class: classes, "aria-label": name, title: name, onclick: action }, label);
}

// Put `nodes` under `parent` in this order. Those that stand there stay where they are: what is moved, also to the place it
// has, loses the focus, how far it is scrolled, and a click that began on it.
function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
}

function replaceChildren(node, ...children) {
  node.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}
