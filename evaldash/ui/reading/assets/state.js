// Carries saves and small questions out, and what they change (answers, readings) in: the desk itself is not sent again.

export default function (component) {
  window.evaldashDeskTalk = component;
  window.evaldashDeskState = component.data;
  window.dispatchEvent(new CustomEvent("evaldash:state"));
  return () => {
    if (window.evaldashDeskTalk === component) delete window.evaldashDeskTalk;
  };
}
