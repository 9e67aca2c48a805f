"""Where records come from: paths become files to read, and files to leave alone with the reason."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evaldash.errors import UnreadableSource

SIDE_FILES = ("license", "licence", "copying", "notice", "readme", "changelog", "contributing", "authors")
NOT_TRACES = {
    ".md",
    ".txt",
    ".rst",
    ".py",
    ".html",
    ".css",
    ".js",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".pdf",
    ".lock",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: its name for reports, how to open it, its size in bytes, and the path it was asked for by."""

    name: str
    open: Callable[[], BinaryIO]
    size: int
    root: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of a folder that is left alone, and why."""

    source: str
    reason: str


def expand(paths: Iterable[str]) -> Iterator[SourceFile | Skipped]:
    """Yield the files that paths name: files, folders with all below them, `-` for standard input.

    A file named directly is always read. Raises UnreadableSource for a path that is not there.
    """
    for given in paths:
        path = Path(given)
        if given == "-":
            data = sys.stdin.buffer.read()
            yield from_bytes("standard input", data)
        elif path.is_dir():
            yield from _below(path)
        elif path.is_file():
            yield _file(path, name=path.name, root=given)
        else:
            raise UnreadableSource(f"there is no file or folder {given!r}; check the path")


def from_bytes(name: str, data: bytes) -> SourceFile:
    """Return a source over bytes in memory, like an upload."""
    return SourceFile(name=name, open=lambda: io.BytesIO(data), size=len(data), root=name)


def _below(folder: Path) -> Iterator[SourceFile | Skipped]:
    for path in sorted(folder.rglob("*"), key=_natural):
        if path.is_dir():
            continue
        name = str(path.relative_to(folder))
        reason = _why_skip(path, folder)
        yield Skipped(name, reason) if reason else _file(path, name=name, root=str(folder))


def _why_skip(path: Path, folder: Path) -> str | None:
    if any(part.startswith(".") for part in path.relative_to(folder).parts):
        return "a hidden file"
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        return "not a plain file of this folder"
    if path.stem.lower().startswith(SIDE_FILES):
        return "a licence or read-me, not traces"
    if path.suffix.lower() in NOT_TRACES:
        return f"{path.suffix.lower()} files hold no traces; name the file itself to read it anyway"
    return None


def _file(path: Path, *, name: str, root: str) -> SourceFile:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UnreadableSource(f"{path} cannot be opened: {error.strerror}") from error
    return SourceFile(name=name, open=lambda: path.open("rb"), size=size, root=root)


def _natural(path: Path) -> tuple[str, int, str]:
    """Order 2.json before 10.json."""
    digits = path.stem if path.stem.isdecimal() else ""
    return (str(path.parent), int(digits[:18] or 0), path.name)
