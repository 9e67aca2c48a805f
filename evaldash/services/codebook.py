"""The codebook of a project, to hand to another coder."""

from __future__ import annotations

from pathlib import Path

from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput
from evaldash.reports.codebook import CodebookEntry, codebook_markdown
from evaldash.services.taxonomy import view
from evaldash.storage.store import Store

EXAMPLES = 2  # notes that show what a mode means


def codebook_text(store: Store, project: Project) -> str:
    """Return the codebook of today's taxonomy as Markdown."""
    now = view(store, project)
    name = f" ({now.taxonomy.published})" if now.taxonomy.published else ""
    entries = [
        CodebookEntry(
            name=mode.name,
            definition=mode.definition,
            applies_when=mode.applies_when,
            not_when=mode.not_when,
            traces=now.traces_of(mode),
            examples=[code.text for code in now.by_mode[mode.id][:EXAMPLES]],
        )
        for mode in now.taxonomy.modes
    ]
    return codebook_markdown(project.name, f"Taxonomy version {now.taxonomy.version}{name}", entries)


def write_codebook(store: Store, project: Project, path: Path) -> int:
    """Write the codebook to a file; return how many modes it holds."""
    try:
        path.write_text(codebook_text(store, project), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"the codebook cannot be written to {path}: {error.strerror}") from error
    return len(view(store, project).taxonomy.modes)
