// Keys of the test of the codebook: each does what a click on its box or button would, for the trace that is shown.

const BLIND_KEYS = [["1 … 9", "tick a mode"], ["0", "another failure"], ["↓ ↑", "next, previous box"], ["Space", "tick it"], ["→ / Enter", "next trace"], ["←", "back"]];

class BlindKeys {
  constructor(root) {
    this.node = el("p", { class: "hint", "data-testid": "blind-keys" }, ...BLIND_KEYS.flatMap(([key, what], place) => [place ? " · " : "", el("kbd", {}, key), ` ${what}`]));
    root.appendChild(this.node);
    this.listener = (event) => this.key(event);
    window.addEventListener("keydown", this.listener, true);
    window.evaldashKeys = this;
  }

  take({ data }) {
    this.data = data;
    this.node.dataset.trace = data.trace;
    this.node.dataset.ready = "true";
    this.left = null; // the trace that a key has left: the next one is on its way, and no key is meant for it yet
  }

  key(event) {
    if (window.evaldashKeys !== this || !this.node.isConnected || isComposing(event)) return;
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (isTyping(target) && target.type !== "checkbox") return;
    const action = this.action(event.key, target);
    if (!action) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.left !== this.data.trace) action();
  }

  action(key, target) {
    const { boxes, next, back } = this.data;
    if (["1", "2", "3", "4", "5", "6", "7", "8", "9"].includes(key) && Number(key) < boxes.length) return () => this.press(boxes[Number(key) - 1]);
    if (key === "0") return () => this.press(boxes.at(-1)); // "it fails in another way" stands last
    if (target instanceof Element && target.closest("[role=radio], [role=slider], [role=tab], [role=dialog], [data-testid=transcript]")) return null;
    if (key === "ArrowDown" || key === "ArrowUp") return () => this.step(key === "ArrowDown" ? 1 : -1);
    if (key === "Enter" && hasOwnKeys(this.node, target) && target.type !== "checkbox") return null;
    if (key === "ArrowRight" || key === "Enter") return () => this.leave(next);
    if (key === "ArrowLeft") return () => this.leave(back);
    return null;
  }

  control(name) {
    return document.querySelector(`.st-key-${CSS.escape(name)} :is(input, button)`);
  }

  press(name) {
    const control = this.control(name);
    control?.click();
    control?.focus();
  }

  leave(name) {
    const control = this.control(name);
    if (!control || control.disabled) return;
    this.left = this.data.trace;
    this.node.dataset.ready = "false";
    control.click();
  }

  step(by) {
    const boxes = this.data.boxes.map((name) => this.control(name)).filter(Boolean);
    const here = boxes.indexOf(document.activeElement);
    const place = here < 0 && by < 0 ? boxes.length - 1 : Math.max(0, Math.min(boxes.length - 1, here + by));
    boxes[place]?.focus();
    boxes[place]?.scrollIntoView({ block: "nearest" });
  }

  close() {
    window.removeEventListener("keydown", this.listener, true);
    this.node.remove();
  }
}

export default mounting("evaldashBlindKeys", (root) => new BlindKeys(root));
