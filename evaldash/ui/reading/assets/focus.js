// The way of Tab: a list is one stop, moved through by ↑ ↓, Home and End; what is closed gives the focus back.

// What has the focus in `node`, null where nothing of it has.
function focusedIn(node) {
  const found = node.getRootNode().activeElement;
  return found && found !== node && node.contains(found) ? found : null;
}

// Back to what had the focus before, or to `other` where there is none.
function focusAgain(before, other) {
  (before?.isConnected ? before : other)?.focus({ preventScroll: true });
}

class Roving {
  constructor(node, selector) {
    Object.assign(this, { node, selector });
    node.addEventListener("focusin", (event) => event.target.matches(selector) && this.settle(event.target));
    node.addEventListener("keydown", (event) => this.key(event));
  }

  // One stop: `wanted`, else the one that it is, else the first. To be called when the list was drawn.
  settle(wanted = null) {
    const items = [...this.node.querySelectorAll(this.selector)];
    const stop = wanted ?? items.find((item) => item.getAttribute("tabindex") === "0") ?? items[0];
    for (const item of items) item.tabIndex = item === stop ? 0 : -1;
    return stop;
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !event.target.matches(this.selector)) return;
    const items = [...this.node.querySelectorAll(this.selector)];
    const at = items.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[Math.min(items.length - 1, Math.max(0, to))].focus();
  }
}
