"""Where records come from: paths become files to read, and files to leave alone with the reason."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from evaldash.errors import UnreadableSource
from evaldash.importers.temporary import Copies

SIDE_FILES = ("license", "licence", "copying", "notice", "readme", "changelog", "contributing", "authors")
NOT_TRACES = frozenset(
    (".md", ".txt", ".rst", ".py", ".html", ".css", ".js", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf", ".lock")
)


def never() -> bool:
    """Tell that a source in memory does not change."""
    return False


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: its name for reports, how to open it, its size in bytes, and the path it was asked for by.

    `has_changed` tells whether it is another file now than when it was found; `is_project` that it is no file of
    traces, but a whole project that was exported.
    """

    name: str
    open: Callable[[], BinaryIO]
    size: int
    root: str = ""
    has_changed: Callable[[], bool] = never
    is_project: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of a folder or an archive that is left alone, and why."""

    source: str
    reason: str


def find(paths: Iterable[str]) -> Iterator[SourceFile | Skipped]:
    """Yield the files that paths name: files, folders with all below them, `-` for standard input.

    A file named directly is always read. Raises UnreadableSource for a path that is not there.
    """
    for given in paths:
        path = Path(given)
        if given == "-":
            copy = Copies().put(sys.stdin.buffer, "standard input")
            yield SourceFile(name="standard input", open=copy.open, size=copy.size, root="standard input")
        elif path.is_dir():
            yield from _below(path)
        elif path.is_file():
            yield _file(path, name=path.name, root=given)
        else:
            raise UnreadableSource(f"there is no file or folder {given!r}; check the path")


def from_bytes(name: str, data: bytes) -> SourceFile:
    """Return a source over bytes in memory, like an upload."""
    return SourceFile(name=name, open=lambda: io.BytesIO(data), size=len(data), root=name)


def why_skip(name: str) -> str | None:
    """Return why a file of a folder or an archive is left alone, by its path there; None: it is to be read."""
    path = PurePosixPath(name)
    if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
        return "a hidden file"
    if path.stem.lower().startswith(SIDE_FILES):
        return "a licence or read-me, not traces"
    if path.suffix.lower() in NOT_TRACES:
        return f"{path.suffix.lower()} files hold no traces; name the file itself to read it anyway"
    return None


def natural(name: str) -> list[tuple[bool, int, str]]:
    """Return a key that orders 2.json before 10.json, and both before a.json."""
    parts = re.split(r"(\d{1,18})", name)
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts if part]


def _below(folder: Path) -> Iterator[SourceFile | Skipped]:
    for path in sorted(folder.rglob("*"), key=lambda path: natural(path.relative_to(folder).as_posix())):
        if path.is_dir():
            continue
        name = path.relative_to(folder).as_posix()
        inside = path.is_file() and path.resolve().is_relative_to(folder.resolve())
        reason = why_skip(name) if inside else "not a plain file of this folder"
        yield Skipped(name, reason) if reason else _file(path, name=name, root=str(folder))


def _file(path: Path, *, name: str, root: str) -> SourceFile:
    found = _stamp(path)
    if found is None:
        raise UnreadableSource(f"{path} cannot be opened; check that it is there and may be read")
    return SourceFile(
        name=name, open=lambda: path.open("rb"), size=found[0], root=root, has_changed=lambda: _stamp(path) != found
    )


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return size and time of the last change, in nanoseconds."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns
