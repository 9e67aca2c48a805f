// Carries one part to the map, so that what does not change is not sent again with what does.

export default function (component) {
  const { data } = component;
  const part = data instanceof Uint8Array ? unpack(data) : data;
  const parts = mapParts();
  if (parts.get(part.part)?.stamp === part.stamp) return;
  parts.set(part.part, part);
  window.dispatchEvent(new CustomEvent("evaldash:map", { detail: part.part }));
}
