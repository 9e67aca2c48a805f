"""Reading traces: the desk and the transcript as one small component; plain JavaScript, no vendored scripts."""

from evaldash.ui.reading.desk import show_desk
from evaldash.ui.reading.transcript import show_imported, show_trace

__all__ = ["show_desk", "show_imported", "show_trace"]
