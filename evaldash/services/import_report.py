"""What became of an import, in words and numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from evaldash.domain.trace import ImportIssue
from evaldash.errors import EvaldashError, UnreadableSource
from evaldash.importers import Skipped

MAX_SHOWN = 1_000  # rejections in a report; the store keeps all of them


@dataclass(slots=True, eq=False)
class FileReport:
    """What became of one file."""

    path: str
    format: str
    confidence: float
    new: int = 0
    duplicate: int = 0
    updated: int = 0
    rejected: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        return {
            "path": self.path,
            "format": self.format,
            "confidence": round(self.confidence, 2),
            "new": self.new,
            "duplicate": self.duplicate,
            "rejected": self.rejected,
        }


@dataclass(slots=True)
class TextKept:
    """Characters of text in the sources, and how many of them stand in steps or metadata; of a dry run."""

    total: int = 0
    kept: int = 0
    missing: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """The share that is kept, 1 where there is no text."""
        return self.kept / self.total if self.total else 1.0


@dataclass(slots=True)
class ImportReport:
    """What became of an import; `as_json` is its documented form."""

    project: str
    key: int | None = None
    files: list[FileReport] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    rejections: list[ImportIssue] = field(default_factory=list)
    not_understood: Counter[str] = field(default_factory=Counter)  # field -> traces that have it
    text: TextKept | None = None
    seconds: float = 0.0

    @property
    def new(self) -> int:
        """How many traces came in."""
        return sum(file.new for file in self.files)

    @property
    def duplicate(self) -> int:
        """How many were there already."""
        return sum(file.duplicate for file in self.files)

    @property
    def updated(self) -> int:
        """How many were there already and got new feedback."""
        return sum(file.updated for file in self.files)

    @property
    def rejected(self) -> int:
        """How many records could not be read."""
        return sum(file.rejected for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        main = max(self.files, key=lambda file: file.new + file.duplicate, default=None)
        found: dict[str, Any] = {
            "project": self.project,
            "import": self.key,
            "files": [file.as_json() for file in self.files],
            "skipped": [{"source": item.source, "reason": item.reason} for item in self.skipped],
            "format": main.format if main else None,
            "confidence": round(main.confidence, 2) if main else None,
            "traces_new": self.new,
            "traces_duplicate": self.duplicate,
            "traces_updated": self.updated,
            "records_rejected": self.rejected,
            "rejections": [
                {"source": issue.source, "record": issue.record, "reason": issue.reason}
                for issue in self.rejections[:MAX_SHOWN]
            ],
            "not_understood": [{"field": name, "traces": count} for name, count in self.not_understood.most_common()],
            "seconds": round(self.seconds, 3),
        }
        if self.text is not None:
            found["text_kept"] = round(self.text.share, 6)
            found["text_left_out"] = [{"field": name, "texts": n} for name, n in self.text.missing.most_common()]
        return found

    def nothing_read(self) -> EvaldashError:
        """Return why an import brought nothing at all."""
        if not self.rejections:
            names = ", ".join(file.path for file in self.files)
            return UnreadableSource(f"{names}: no record in it; export the traces again, or choose another file")
        first = self.rejections[0]
        more = f" ({self.rejected - 1} more like this)" if self.rejected > 1 else ""
        place = "" if first.source in first.reason else f"{first.source}: "
        where = "" if first.record == "the file" else f"{first.record}: "
        return UnreadableSource(f"nothing could be read. {place}{where}{first.reason}{more}")
