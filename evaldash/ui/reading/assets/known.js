// What is known of the traces: what this coder said and half said, what was refused, what was passed over.

class Known {
  constructor(queue) {
    this.queue = queue;
    this.readings = new Map();
    this.drafts = {};
    this.skipped = new Map(); // trace -> how often
    this.refused = new Map(); // trace -> the server's sentence about its last save
    this.recent = []; // last saves that count, the newest first: what undo takes back
    this.disagreed = new Set();
    this.seen = 0; // number of the last change taken from the server
  }

  // All there is, as the page was opened. What still waits here is newer.
  takeAll(data) {
    this.drafts = data.drafts;
    for (const trace of [...this.readings.keys()]) if (!(trace in data.readings) && !this.queue.concerns(trace)) this.readings.delete(trace);
    this.takeReadings(data.readings);
    for (const [trace, times] of Object.entries(data.skipped)) this.skipped.set(trace, times);
    this.disagreed = new Set(data.disagreed);
    const mine = this.recent.filter((save) => save.content !== undefined);
    const ids = new Set(mine.map((save) => save.id));
    this.recent = [...mine, ...data.recent.filter((save) => !ids.has(save.id))];
  }

  takeReadings(readings) {
    for (const [trace, reading] of Object.entries(readings)) {
      if (this.queue.concerns(trace)) continue;
      if (reading) this.readings.set(trace, reading);
      else this.readings.delete(trace);
    }
  }

  // Changes since the last that was taken; returns the events that the server refused.
  takeChanges(changes) {
    const fresh = changes.filter((change) => change.number > this.seen);
    const refused = this.queue.answered(changes.flatMap((change) => change.answers));
    for (const change of fresh) {
      this.takeReadings(change.readings);
      this.seen = change.number;
    }
    return refused;
  }

  said(trace) {
    return this.queue.pending(trace) ?? this.readings.get(trace);
  }

  isRead(trace) {
    return this.readings.has(trace) || Boolean(this.queue.pending(trace));
  }

  draft(trace) {
    const mine = this.queue.draft(trace);
    const theirs = this.drafts[trace];
    if (mine && theirs) return (theirs.at ?? 0) > (mine.at ?? 0) ? theirs : mine;
    return mine ?? theirs ?? null;
  }

  forgetDraft(trace) {
    this.queue.keepDraft(trace, null);
    delete this.drafts[trace];
  }
}

// A reading as a draft again: its last failure is the one being written.
function draftOf(reading) {
  const codes = [...(reading.codes ?? [])];
  const { id, text, step, mode } = codes.pop() ?? {};
  return { text: text ?? "", step: step ?? null, mode: mode ?? null, codeId: id ?? newId(), codes, comment: reading.comment ?? "", checks: reading.checks ?? [] };
}
