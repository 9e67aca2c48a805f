// What a component module gives to Streamlit. It is called again at every change of its data, and what was built stays.
// Streamlit (1.67) runs the clean-up not only when the component leaves the page, but also after a call that the next one
// overtook while it ran: what is typed, open or chosen would be gone. So only what has left the page ends. A call may also
// come after its place has left, as the module loads in between: what it built would listen to keys that are another's.

function mounting(name, build) {
  return (component) => {
    const root = component.parentElement;
    if (!root.isConnected) return undefined;
    root[name] ??= build(root, component);
    root[name].take(component);
    return () => setTimeout(() => {
      if (root.isConnected || !root[name]) return;
      root[name].close();
      delete root[name];
    });
  };
}
