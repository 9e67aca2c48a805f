// Carries saves and small questions out, and what they change (answers, readings) in: the desk itself is not sent again.

export default function (component) {
  if (!component.parentElement.isConnected) return undefined; // a late call, and another carries by now
  window.evaldashDeskTalk = component;
  window.evaldashDeskState = component.data;
  window.dispatchEvent(new CustomEvent("evaldash:state"));
  return () => {
    if (window.evaldashDeskTalk === component) delete window.evaldashDeskTalk;
  };
}
