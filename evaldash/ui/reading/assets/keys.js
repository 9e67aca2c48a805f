// Which key does what: the actions of the desk with their default keys, and what a coder made of them.

// Nine actions, a mode each: "mode-3" is the third mode of the taxonomy.
function modeActions(name, chord, what, writing) {
  return Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => [`${name}-${digit}`, { key: `${chord}${digit}`, what: `${what}: number ${digit}`, group: what, digit, writing }]));
}


const ACTIONS = {
  pass: { key: "p", what: "pass, saved, next" },
  fail: { key: "f", what: "fail: write the note" },
  defer: { key: "d", what: "defer with the last reason, saved, next" },
  "defer-why": { key: "Shift+D", what: "defer and say why" },
  note: { key: "n", what: "to the note" },
  comment: { key: "c", what: "to the comment" },
  mark: { key: "s", what: "this step is where it first went wrong" },
  quote: { key: "q", what: "quote the marked text in the note" },
  "check-yes": { key: "x", what: "next sub-check: yes" },
  "check-no": { key: "Shift+X", what: "next sub-check: no" },
  "step-down": { key: "j", what: "next step" },
  "step-up": { key: "k", what: "previous step" },
  "question-down": { key: "]", what: "next question of the user" },
  "question-up": { key: "[", what: "previous question" },
  "error-down": { key: "e", what: "next error" },
  "error-up": { key: "Shift+E", what: "previous error" },
  next: { key: "ArrowRight", what: "next trace, nothing saved" },
  previous: { key: "ArrowLeft", what: "previous trace, nothing saved" },
  undo: { key: "u", what: "undo the last save" },
  recent: { key: "h", what: "my last 20, to open again" },
  similar: { key: "m", what: "similar traces, and what I said of them" },
  back: { key: "Backspace", what: "back to my place in the batch" },
  filter: { key: "w", what: "show only some traces of the batch" },
  codebook: { key: "b", what: "codebook and guidelines" },
  search: { key: "/", what: "search in the trace; Enter, Shift+Enter: next, previous hit" },
  timeline: { key: "t", what: "timeline of spans" },
  versions: { key: "v", what: "another version's answer beside it" },
  folds: { key: "o", what: "open or close all that is folded in this step" },
  larger: { key: "+", what: "larger text" },
  smaller: { key: "-", what: "smaller text" },
  "copy-link": { key: "l", what: "copy a link to this trace and step" },
  sheet: { key: "?", what: "this sheet" },
  ...modeActions("mode", "", "fail with a mode, saved, next", false),
  save: { key: "Ctrl+Enter", what: "save the failure, next", writing: true },
  another: { key: "Alt+Enter", what: "note it, and write another failure", writing: true },
  leave: { key: "Escape", what: "back to reading, the draft is kept", writing: true },
  "mark-writing": { key: "Alt+s", what: "this step is where it first went wrong", writing: true },
  "quote-writing": { key: "Alt+q", what: "quote the marked text", writing: true },
  likely: { key: "Alt+m", what: "take the likely mode", writing: true },
  "pass-writing": { key: "Alt+p", what: "pass with the comment, saved, next", writing: true },
  ...modeActions("choose", "Alt+", "choose a mode", true),
};
// What cannot be changed: the keys by which lists, pages and dialogs are moved through everywhere.
const FIXED = [
  ["Space, ↓ ↑", "scroll the trace; Page and Home, End too", false], ["Tab", "to the next button or field", false], ["Esc", "close what is open beside the note", false],
  ["↓ Enter", "into the similar notes, take one", true],
];
const RESERVED = new Set(["Tab", "Shift+Tab", "Enter", " ", "Shift+ ", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]);
const HELD = new Set(["step-down", "step-up", "question-down", "question-up", "next", "previous"]); // a key held down moves, but gives one verdict only
const SHOWN = { ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", " ": "Space" };

// The name of a key event: "p", "Shift+D", "Ctrl+Enter". On a keyboard of another script the place of the key counts.
function keyName(event) {
  const chord = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}`;
  const letter = /^(?:Key|Digit)([A-Z1-9])$/.exec(event.code)?.[1].toLowerCase();
  const foreign = event.key.length === 1 && (event.altKey || /[^\x20-\x7e]/.test(event.key));
  const key = foreign && letter ? letter : event.key;
  const upper = /^[A-Z]$/.test(key) && !event.getModifierState("CapsLock");
  const shift = upper || (event.shiftKey && (key.length > 1 || /^[a-z]$/i.test(key))) ? "Shift+" : "";
  const plain = /^[a-z]$/i.test(key) ? (shift ? key.toUpperCase() : key.toLowerCase()) : key;
  return chord + shift + plain;
}

function shownKey(name) {
  const at = name.lastIndexOf("+", name.length - 2) + 1;
  return name.slice(0, at) + (SHOWN[name.slice(at)] ?? name.slice(at));
}

// Where digits need Shift (AZERTY), the place of the key counts: its digit, nothing for other keys.
function digitByPlace(event) {
  return event.shiftKey || event.ctrlKey || event.metaKey || event.altKey ? undefined : /^Digit([1-9])$/.exec(event.code)?.[1];
}

class KeyMap {
  constructor(changed) {
    this.changed = { ...changed };
  }

  keyOf(action) {
    return this.changed[action] ?? ACTIONS[action].key;
  }

  find(event, writing) {
    return this.named(keyName(event), writing) ?? this.named(digitByPlace(event), writing);
  }

  named(name, writing) {
    return Object.keys(ACTIONS).find((action) => Boolean(ACTIONS[action].writing) === writing && this.keyOf(action) === name);
  }

  // Give an action another key; returns why not, or nothing.
  change(action, name) {
    const writing = Boolean(ACTIONS[action].writing);
    const refusal = refusedKey(name, writing);
    if (refusal) return refusal;
    const taken = Object.keys(ACTIONS).find((other) => other !== action && Boolean(ACTIONS[other].writing) === writing && this.keyOf(other) === name);
    if (taken) return `${shownKey(name)} means “${ACTIONS[taken].what}” already; give that another key first.`;
    this.changed[action] = name;
    if (name === ACTIONS[action].key) delete this.changed[action];
    return "";
  }
}

function refusedKey(name, writing) {
  if (RESERVED.has(name)) return `${shownKey(name)} presses buttons, scrolls or moves between them; choose another key.`;
  if (writing && !/^(Ctrl|Alt)\+|^(Shift\+)?(Escape|F\d+)$/.test(name)) return `${shownKey(name)} is text while one writes; choose one with Ctrl or Alt, or Esc.`;
  if (!writing && /^(Ctrl|Alt)\+/.test(name)) return `${shownKey(name)} belongs to the browser; choose one without Ctrl and Alt.`;
  return "";
}
