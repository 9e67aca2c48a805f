// Who gets a key: what is typed is text, and what has keys of its own elsewhere on the page keeps them.

const CONTROLS_ELSEWHERE = "a, button, summary, label, [role=button], [role=tab], [role=option], [role=radio], [role=slider], [role=menuitem], [role=dialog]";

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

// A component that Streamlit is about to take away is still there for a moment: `window.evaldashKeys` is the newest one.
function hasOwnKeys(node, target) {
  return !node.contains(target) && target instanceof Element && Boolean(target.closest(CONTROLS_ELSEWHERE));
}
