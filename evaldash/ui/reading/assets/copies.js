// What leaves the page by a copy or a file: the trace as text, a link to it, one HTML file.

function copyTrace(reader, form) {
  if (!reader.trace) return;
  reader.ask({ what: "copy", form }, (text) => copyText(text, `Copied as ${form === "json" ? "JSON" : "Markdown"}.`, reader));
}

function copyLink(reader, step) {
  if (!reader.trace) return;
  copyText(reader.link(reader.trace.id, step), step ? `Link copied: it opens step ${step} of this trace.` : "Link copied: it opens this trace.", reader);
}

function saveTrace(reader) {
  if (!reader.trace) return;
  reader.ask({ what: "html" }, (text) => {
    const address = URL.createObjectURL(new Blob([text], { type: "text/html" }));
    const name = `trace-${reader.trace.id.slice(0, 12)}.html`;
    el("a", { href: address, download: name }).click();
    URL.revokeObjectURL(address);
    reader.say(`Saved as ${name}.`);
  });
}

async function copyText(text, done, reader) {
  try {
    await navigator.clipboard.writeText(text);
    reader.say(done);
  } catch {
    offer(text, reader.node);
  }
}

// Where the browser does not let a page write to the clipboard, the text stands marked and Ctrl+C takes it.
function offer(text, node) {
  const field = el("textarea", { rows: "12", "aria-label": "Text to copy" });
  field.value = text;
  const dialog = el("dialog", { class: "sheet" }, el("h3", {}, "Copy with Ctrl+C"), field, button("Close", "Close", () => dialog.close()));
  dialog.addEventListener("close", () => dialog.remove());
  node.append(dialog);
  dialog.showModal();
  field.select();
}
