// Carries the desk's questions about traces out, and traces in, beside the saves.

export default function (component) {
  if (!component.parentElement.isConnected) return undefined; // a late call, and another carries by now
  window.evaldashDeskTraces = component;
  window.dispatchEvent(new CustomEvent("evaldash:traces"));
  return () => {
    if (window.evaldashDeskTraces === component) delete window.evaldashDeskTraces;
  };
}
