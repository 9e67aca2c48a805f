"""Small work beside the pages, one piece of a name at a time: asked for again while it runs, it runs once more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_lock = threading.Lock()
_running: dict[str, bool] = {}  # name -> asked for again


def run_soon(name: str, work: Callable[[], object], *, pause: float = 0.0) -> None:
    """Run `work` in a thread of its own, `pause` seconds from now; what was asked for meanwhile is done once after it.

    An error takes its usual way to the log; the next call begins anew.
    """
    with _lock:
        if name in _running:
            _running[name] = True
            return
        _running[name] = False
    threading.Thread(target=_run, args=(name, work, pause), name=f"evaldash-{name}", daemon=True).start()


def _run(name: str, work: Callable[[], object], pause: float) -> None:
    again = True
    try:
        while again:
            time.sleep(pause)
            with _lock:
                _running[name] = False
            work()
            with _lock:
                again = _running[name]
                if not again:
                    del _running[name]
    except BaseException:
        with _lock:
            _running.pop(name, None)
        raise
