// Who gets a key: what is typed is text, and what has keys of its own elsewhere on the page keeps them.

const CONTROLS_ELSEWHERE = "a, button, summary, label, [role=button], [role=tab], [role=option], [role=radio], [role=slider], [role=menuitem], [role=dialog]";

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

// What has the focus, also within a component: to the page around it a component is one element.
function focusedNow(root = document) {
  const focused = root.activeElement;
  return focused?.shadowRoot?.activeElement ? focusedNow(focused.shadowRoot) : focused;
}

function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

// A component that Streamlit is about to take away is still there for a moment: `window.evaldashKeys` is the newest one.
function hasOwnKeys(node, target) {
  return !node.contains(target) && target instanceof Element && Boolean(target.closest(CONTROLS_ELSEWHERE));
}
