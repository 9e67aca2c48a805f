"""Background work: runs in a thread, speaks through job rows, never through session state."""

from evaldash.jobs.runner import Report, start_job

__all__ = ["Report", "start_job"]
