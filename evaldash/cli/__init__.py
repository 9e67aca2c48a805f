"""The commands: what the pages do, through the same services. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import os
import sys

import typer

from evaldash.cli import again, checks, coding, comparing, data, exploring, feedback, fields, figures, system, taxonomy
from evaldash.errors import EvaldashError, InvalidInput, UnreadableSource

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
        print(f"evaldash: {error}", file=sys.stderr)
        sys.exit(_exit_code(error))
    except BrokenPipeError:
        # Whoever read our output (head, less) has enough; python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        print("evaldash: stopped; what was written before stays", file=sys.stderr)
        sys.exit(130)


def _exit_code(error: EvaldashError) -> int:
    return 2 if isinstance(error, InvalidInput) and not isinstance(error, UnreadableSource) else 1
