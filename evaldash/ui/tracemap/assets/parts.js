// What the map is made of comes in parts, each sent once: places, colourings, titles, and the small state of the page.
// A packed part is: length of the header (uint32), header as JSON, then its arrays, each beginning at a multiple of 8.

const ARRAYS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
const NO_CODE = 65535; // the code of a trace without a value

function unpack(bytes) {
  const copy = bytes.slice(); // arrays of more than one byte want an aligned buffer
  const length = new DataView(copy.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(copy.subarray(4, 4 + length)));
  let at = aligned(4 + length);
  for (const [name, kind, count] of header.arrays) {
    const type = ARRAYS[kind];
    header[name] = new type(copy.buffer, at, count);
    at = aligned(at + count * type.BYTES_PER_ELEMENT);
  }
  return header;
}

function aligned(place) {
  return Math.ceil(place / 8) * 8;
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// One bit a trace, the highest bit of a byte first, as numpy packs them; base64 to travel in JSON.
function toMask(chosen) {
  const bytes = new Uint8Array(Math.ceil(chosen.length / 8));
  for (let i = 0; i < chosen.length; i++) if (chosen[i]) bytes[i >> 3] |= 128 >> (i & 7);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function fromMask(text, count) {
  const bytes = atob(text);
  const chosen = new Uint8Array(count);
  for (let i = 0; i < count; i++) chosen[i] = (bytes.charCodeAt(i >> 3) >> (7 - (i & 7))) & 1;
  return chosen;
}

function mapParts() {
  window.evaldashMapParts ??= new Map();
  return window.evaldashMapParts;
}
