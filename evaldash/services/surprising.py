"""Surprising uses: groups a person marked, with a name and a sentence, for the report to tell."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput, NotFound
from evaldash.storage import clusterings, projects, surprising
from evaldash.storage.store import Store
from evaldash.storage.surprising import SurprisingUse

__all__ = ["SurprisingUse", "mark_surprising", "surprising_uses", "unmark_surprising"]


def mark_surprising(
    store: Store, project: Project, number: int, *, name: str, sentence: str, who: str | None
) -> SurprisingUse:
    """Mark a group of the newest clustering; marking it again keeps the earlier words in the history.

    Raises InvalidInput without a name or without a person, NotFound for a group there is not.
    """
    cleaned, told = " ".join(name.split()), " ".join(sentence.split())
    if not cleaned:
        raise InvalidInput("a surprising use needs a name, got an empty one")
    if not who:
        raise InvalidInput("a mark needs the person who makes it; say who you are")
    with store.write() as connection:
        row = clusterings.newest(connection, project, of="traces")
        group = next((item for item in row.clusters if item.number == number), None) if row else None
        if row is None or group is None:
            raise NotFound(f"there is no group {number} in the newest clustering; it may have been made again")
        use = SurprisingUse(
            id=uuid.uuid4().hex,
            name=cleaned,
            sentence=told,
            clustering=row.key,
            number=number,
            size=group.size,
            total=len(row.items),
            examples=tuple(group.representatives[:3]),
            by=who,
        )
        surprising.end(connection, project, clustering=row.key, number=number)
        surprising.add(connection, project, use)
        projects.record(connection, project, who=who, what=f"marked group {number} as surprising use {cleaned!r}")
        projects.touch(connection, project)
    return use


def unmark_surprising(store: Store, project: Project, use_id: str, *, who: str | None) -> None:
    """Take a mark back; it stays in the history. Raises NotFound for one there is not."""
    with store.write() as connection:
        if not surprising.end(connection, project, use_id=use_id):
            raise NotFound(f"there is no surprising use {use_id[:12]!r}; it may have been taken back already")
        projects.record(connection, project, who=who, what=f"took back surprising use {use_id[:12]}")
        projects.touch(connection, project)


def surprising_uses(store: Store, project: Project) -> Sequence[SurprisingUse]:
    """Return the marks that hold, in the order they were made; also those of earlier clusterings."""
    with store.read() as connection:
        return surprising.listing(connection, project)
