// Carries the notes to the board once; what changes with every move is small and goes to the board itself.

export default function (component) {
  window.evaldashBoardNotes = component.data;
  window.dispatchEvent(new CustomEvent("evaldash:notes"));
}
