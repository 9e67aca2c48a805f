"""A transcript to read, on any page: the same rendering as at the desk."""

from __future__ import annotations

from collections.abc import Sequence

from evaldash.domain.trace import Step
from evaldash.ui.reading.assets import component
from evaldash.ui.reading.payload import steps_payload


def show_steps(steps: Sequence[Step], *, trace_id: str, key: str, height: int = 520) -> None:
    """Show the steps of a trace, at most `height` pixels high and scrolling by themselves."""
    data = {"trace": {"id": trace_id, "steps": steps_payload(steps)}, "height": height}
    component("evaldash_transcript")(key=key, data=data)
