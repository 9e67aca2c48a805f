// The address names project, batch, coder, trace and step: who opens it begins here.

const ADDRESS_MS = 50; // after which it is written: when the trace is painted, and once for keys in quick succession

class Address {
  constructor() {
    this.page = window.location.pathname;
  }

  // The trace on the screen, from now on.
  name(trace) {
    this.trace = trace;
    this.timer ??= setTimeout(() => this.write(), ADDRESS_MS);
  }

  write() {
    this.close();
    if (!this.trace || window.location.pathname !== this.page) return; // another page is on its way, and has the address
    const address = linkTo(this.trace, null);
    this.trace = null;
    history.replaceState(history.state, "", address);
  }

  close() {
    clearTimeout(this.timer);
    this.timer = null;
  }
}

function linkTo(trace, step) {
  const address = new URL(window.location.href);
  address.searchParams.set("trace", trace);
  if (step) address.searchParams.set("step", step);
  else address.searchParams.delete("step");
  return address.href;
}
