"""The commands: what the pages do, through the same services. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys

import typer

from evaldash.cli import (
    again,
    checks,
    coding,
    common,
    comparing,
    data,
    exploring,
    feedback,
    fields,
    figures,
    system,
    taxonomy,
)
from evaldash.errors import EvaldashError, InvalidInput, UnreadableSource

STOPPED = 130  # the exit code of a command that was interrupted, as shells have it

app = typer.Typer(
    name="evaldash",
    help="Error analysis for LLM products: gather traces, read them, name what fails, say how much is still unseen.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (system, data, feedback, exploring, fields, coding, taxonomy, checks, figures, comparing, again):
    part.register(app)


def main() -> None:
    """Run a command: exit 0 done, 1 could not be done, 2 the call was wrong; never a traceback for what a user did."""
    try:
        app()
    except EvaldashError as error:
        common.say(f"evaldash: {error}")
        sys.exit(_exit_code(error))
    except SystemExit as ended:  # typer ends every call with one
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(0)  # whoever read our output (head, less) has enough
        if ended.code == STOPPED:
            common.say("evaldash: stopped; what was written before stays")
        raise


def _exit_code(error: EvaldashError) -> int:
    return 2 if isinstance(error, InvalidInput) and not isinstance(error, UnreadableSource) else 1
