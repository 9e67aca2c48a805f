"""Commands about what the reading adds up to: saturation, rates, the report."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
