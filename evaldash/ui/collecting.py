"""Keeps Python's garbage collector short beside Streamlit, which runs a full collection after every rerun (1.67).

With the libraries and a model loaded a full collection looks at half a million objects, for 0.2 to 0.4 s in which no
other save is taken. What outlived a long one is here to stay: it is set apart (`gc.freeze`), and looked at again now
and then.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping

LONG = 0.03  # seconds of a full collection after which what is left is set apart
LOOK_AGAIN = 600.0  # seconds after which all is looked at again: what was set apart may be garbage by now
FULL = 2  # the generation that a full collection is named after


class Collections:
    """Told by the collector of each of its runs (`gc.callbacks`)."""

    def __init__(self) -> None:
        self._started = 0.0
        self._set_apart: float | None = None

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        """Take note of a start, and after a long full run set apart what is left."""
        if info["generation"] != FULL:
            return
        now = time.monotonic()
        if phase == "start":
            self._started = now
            if self._set_apart is not None and now - self._set_apart > LOOK_AGAIN:
                self._set_apart = None
                gc.unfreeze()
        elif now - self._started > LONG:
            gc.freeze()
            self._set_apart = self._set_apart or now


def keep_collections_short() -> None:
    """Watch the collector of this process from now on."""
    gc.callbacks.append(Collections())
