"""Reading traces: the desk and the transcript as one small component; plain JavaScript, no vendored scripts."""

from evaldash.ui.reading.desk import show_desk
from evaldash.ui.reading.transcript import show_transcript

__all__ = ["show_desk", "show_transcript"]
