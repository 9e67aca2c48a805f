"""The codebook of a project, to hand to another coder: definitions, and examples chosen by what the notes say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput
from evaldash.reports.codebook import Codebook, CodebookEntry, NearMiss, codebook_html, codebook_markdown
from evaldash.services.placing import note_vectors
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.storage.store import Store
from evaldash.taxonomy.examples import choose_examples
from evaldash.transcript.markup import visible

EXAMPLES = 2  # notes that show what a mode means, and as many near misses
MAX_QUOTE = 400  # characters of a note in the codebook

FORMATS: Mapping[str, Callable[[Codebook], str]] = {
    ".md": codebook_markdown,
    ".markdown": codebook_markdown,
    ".html": codebook_html,
    ".htm": codebook_html,
}


def load_codebook(
    store: Store, project: Project, *, version: int | None = None, without: Collection[str] = ()
) -> Codebook:
    """Return the codebook of a taxonomy version (None: today's); notes that have no vector yet are embedded first.

    No note on a trace of `without` is quoted: it would tell who reads that trace blind.
    """
    now = view(store, project, version)
    name = f", published as {now.taxonomy.published}" if now.taxonomy.published else ""
    return Codebook(
        project=visible(project.name),
        version=f"Taxonomy version {now.taxonomy.version}{visible(name)}",
        entries=_entries(store, project, now, without) if now.taxonomy.modes else (),
    )


def codebook_text(store: Store, project: Project, *, suffix: str = ".md") -> str:
    """Return the codebook in the format of a file's suffix: .md or .html."""
    write = FORMATS.get(suffix.lower())
    if write is None:
        raise InvalidInput(f"a codebook is written as .md or .html, got {suffix or 'a name without an ending'!r}")
    return write(load_codebook(store, project))


def write_codebook(store: Store, project: Project, path: Path) -> int:
    """Write the codebook to a file, Markdown or HTML by its ending; return how many modes it holds."""
    text = codebook_text(store, project, suffix=path.suffix)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"the codebook cannot be written to {path}: {error.strerror}") from error
    return len(view(store, project).taxonomy.modes)


def _entries(store: Store, project: Project, now: TaxonomyView, without: Collection[str]) -> list[CodebookEntry]:
    codes, vectors = note_vectors(store, project, now)
    texts = {code.id: visible(code.text[:MAX_QUOTE]) for code in now.codes}
    traces = {code.id: code.trace for code in now.codes}
    names = {mode.id: visible(mode.name) for mode in now.taxonomy.modes}
    assigned = {
        code: mode
        for code, mode in now.taxonomy.assignments.items()
        if code in texts and mode in names and traces[code] not in without
    }
    chosen = choose_examples(codes, vectors, assigned, traces, each=EXAMPLES)
    return [
        CodebookEntry(
            name=names[mode.id],
            definition=visible(mode.definition),
            applies_when=visible(mode.applies_when),
            not_when=visible(mode.not_when),
            severity=mode.severity,
            owner=visible(mode.owner),
            traces=now.traces_of(mode),
            examples=[texts[code] for code in chosen[mode.id].shown] if mode.id in chosen else [],
            near_misses=[NearMiss(text=texts[code], mode=names[assigned[code]]) for code in chosen[mode.id].near_misses]
            if mode.id in chosen
            else [],
        )
        for mode in now.taxonomy.modes
    ]
