"""What commands share: their common options, opening the store, and saying the result."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaldash.config import settings

if TYPE_CHECKING:
    from evaldash.domain.stored import Project
    from evaldash.storage.store import Store

ADDRESS = "http://127.0.0.1:8501"  # where `serve` is, unless told otherwise
Db = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="The store; else EVALDASH_DATABASE_URL, else data/evaldash.db."),
]
ProjectName = Annotated[
    str | None, typer.Option("--project", metavar="NAME", help="The project; else EVALDASH_PROJECT, else the only one.")
]
Coder = Annotated[str | None, typer.Option("--coder", metavar="NAME", help="Who writes; else EVALDASH_CODER.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, words on standard error.")]
FilterText = Annotated[
    str | None, typer.Option("--filter", metavar="EXPR", help='Which traces, like: verdict = fail and version = "2".')
]

MoreValues = Annotated[list[str] | None, typer.Argument(hidden=True)]  # of an option that takes several, like --traces


def open_store(db: str | None) -> Store:
    """Open the store that the option, the environment or the default names."""
    from evaldash.storage.store import open_store as open_url

    return open_url(db or settings().database_url)


def open_project(db: str | None, project: str | None) -> tuple[Store, Project]:
    """Open the store and choose the project that is meant."""
    from evaldash.services.projects import choose_project

    store = open_store(db)
    return store, choose_project(store, project or settings().project)


def joined(option: str, values: list[str] | None, more: list[str] | None) -> tuple[str, ...]:
    """Return all values of an option that takes several: click hands the first to the option and the rest on."""
    from evaldash.errors import InvalidInput

    if more and not values:
        raise InvalidInput(f"nothing is known about {more[0]!r} here; values of {option} come after it")
    return (*(values or ()), *(more or ()))


def who(coder: str | None) -> str | None:
    """Return who writes, by the option or the environment; None where neither says so."""
    return coder or settings().coder


def coder_name(coder: str | None) -> str:
    """Return who writes; Conflict when nobody said so."""
    from evaldash.services.projects import require_coder

    return require_coder(who(coder))


def goes_on(context: typer.Context) -> bool:
    """Tell whether a command of the group follows, which then does the work.

    Options between the two would be read by nobody, and `--project` there be lost: InvalidInput says where they belong.
    """
    from evaldash.errors import InvalidInput

    command = context.invoked_subcommand
    given = [parameter.opts[0] for parameter in context.command.params if _is_given(context, parameter.name)]
    if command is not None and given:
        raise InvalidInput(f"{given[0]} stands before {command!r} and would be lost; put it behind")
    return command is not None


def say(words: str) -> None:
    """Write words for a person to standard error, so that standard output stays for results."""
    print(printable(words), file=sys.stderr)


def show(as_json: bool, document: Any, words: str) -> None:
    """Write the result: the JSON document, or the words where no JSON was asked for."""
    if as_json:
        show_lines([document])
    else:
        print(printable(words), flush=True)


def show_lines(documents: Iterable[Any]) -> None:
    """Write documents as JSON, one a line; in ASCII: a lone surrogate from a trace has no place in UTF-8."""
    for document in documents:
        print(json.dumps(document, default=str))
    sys.stdout.flush()  # whoever has stopped reading is noticed here, and not when Python ends


def printable(text: str) -> str:
    """Return `text` without what a terminal would obey: control characters and escapes become visible marks."""
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def table(rows: Iterable[Iterable[object]], headings: Iterable[str]) -> str:
    """Return rows as aligned text."""
    lines = [[" ".join(str(cell).split()) for cell in row] for row in ([*headings], *rows)]  # each row on one line
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                     for line in lines)  # fmt: skip


def _is_given(context: typer.Context, name: str | None) -> bool:
    source = context.get_parameter_source(name or "")
    return source is not None and source.name == "COMMANDLINE"


class ProgressLine:
    """Progress on one line of a terminal; silent where standard error is no terminal."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.shown = sys.stderr.isatty()

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Show how far the work is."""
        if self.shown:
            share = f"{100 * done / total:3.0f} %" if total else ""
            print(f"\r{self.what} {share} {printable(message)[:60]:60}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the line."""
        if self.shown:
            print(file=sys.stderr)
