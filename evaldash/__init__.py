"""evaldash: error analysis for LLM products, from raw traces to a failure taxonomy one can defend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaldash.notebook import OpenProject, open_project

__version__ = "0.1.0"
__all__ = ["OpenProject", "__version__", "open_project"]


def __getattr__(name: str) -> Any:
    """Load what notebooks use when it is asked for: commands start without it."""
    if name in ("OpenProject", "open_project"):
        from evaldash import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'evaldash' has no attribute {name!r}")
