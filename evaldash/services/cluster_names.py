"""Names for groups by a model: proposed beside the local ones, taken by a person, never over what a person named."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from evaldash.domain.stored import Project
from evaldash.errors import Cancelled, Conflict, NotFound
from evaldash.llm.budget import Budget
from evaldash.llm.client import ModelClient
from evaldash.llm.prompting import load_prompt, messages_with_data
from evaldash.llm.redaction import redact
from evaldash.services.model_use import ModelPreview, StoredAnswers, estimate_of, model_client, preview_of
from evaldash.storage import clusterings, name_runs, projects, traces
from evaldash.storage.clusterings import ClusteringRow, ClusterRow
from evaldash.storage.name_runs import NameRun
from evaldash.storage.store import Connection, Store
from evaldash.taxonomy.answers import MAX_BATCH_GROUPS, MAX_GROUP_NAME, GroupNames, schema_with_ids
from evaldash.taxonomy.asking import Run, checked
from evaldash.taxonomy.placing import Placement, placed_once

__all__ = ["NameRun", "Proposed", "preview_names", "propose_names", "proposed_names", "take_names"]

PROMPT = load_prompt("name_groups", version=1)
PERSON, MODEL = "person", "model"
REQUEST_CHARS = 300  # sent of one request of a user

Progress = Callable[[int, int], None]  # groups done, groups in all
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A name that the model proposes for a group, beside the one it has now."""

    number: int
    size: int
    now: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The groups a model may name: those no person has named; `queries` are what users said, by trace."""

    row: ClusteringRow
    clusters: Sequence[ClusterRow]
    given: Sequence[str]
    queries: Mapping[str, str]


def preview_names(store: Store, project: Project, *, redacted: bool = True) -> tuple[ModelPreview, int]:
    """Return what a run would send and cost, and of how many groups; sends nothing.

    Raises Conflict without a model or where every group has its name, NotFound without groups.
    """
    client, asked = model_client(), _asked(store, project)
    said = asked.queries.values()
    requests = (_tokens(batch, asked, client, redacted=redacted) for batch in _batches(asked.clusters))
    preview = preview_of(
        client,
        sent=[_to_send(text, redacted=redacted) for text in said],
        estimate=estimate_of(client, requests),
        masked=said if redacted else (),
    )
    return preview, len(asked.clusters)


def propose_names(
    store: Store,
    project: Project,
    *,
    limit_usd: float,
    who: str | None = None,
    redacted: bool = True,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> NameRun:
    """Ask the configured model for names of the groups shown; none of them is a name before it is taken.

    Groups that a person has named are left out. Raises Conflict without a model or where every group has its name,
    NotFound without groups, BudgetExceeded before a request that could pass `limit_usd`, Cancelled when `should_stop`
    says so, ModelError where the model gives no usable answer.
    """
    started, client, asked = time.monotonic(), model_client(), _asked(store, project)
    run = Run(client=client, budget=Budget(limit_usd), cache=StoredAnswers(store), should_stop=should_stop)
    names: dict[int, str] = {}
    for batch in _batches(asked.clusters):
        if should_stop is not None and should_stop():
            raise Cancelled(f"naming was stopped after {len(names)} of {len(asked.clusters)} groups")
        names |= _named(batch, asked, run, redacted=redacted)
        if progress is not None:
            progress(len(names), len(asked.clusters))
    made = NameRun(
        id=uuid.uuid4().hex,
        clustering=asked.row.key,
        input={
            "nodes": [one.node for one in asked.clusters],
            "model": client.settings.model,
            "host": client.settings.host,
            "prompt": PROMPT.id,
            "redacted": redacted,
        },
        names=names,
        cost_usd=run.cost_usd,
        seconds=time.monotonic() - started,
        by=who,
    )
    with store.write() as connection:
        name_runs.add(connection, made)
        projects.touch(connection, project)
    return made


def proposed_names(store: Store, project: Project) -> tuple[NameRun | None, list[Proposed]]:
    """Return the newest run over the groups shown, and its names that no person has decided about."""
    with store.read() as connection:
        return _proposed(connection, project)


def _proposed(connection: Connection, project: Project) -> tuple[NameRun | None, list[Proposed]]:
    key = clusterings.newest_key(connection, project, of="traces")
    run = None if key is None else name_runs.newest(connection, key)
    row = None if run is None else clusterings.newest(connection, project, of="traces")
    if row is None or run is None:
        return None, []
    by_person = _named_by_people(connection, row)
    names = {
        one.number: run.names.get(one.node)
        for one in row.clusters
        if one.node is not None and one.node not in by_person
    }
    return run, [
        Proposed(number=one.number, size=one.size, now=one.label, name=name)
        for one in row.clusters
        if (name := names.get(one.number)) is not None and name != one.label
    ]


def take_names(store: Store, project: Project, *, only: Collection[int] | None = None, who: str | None) -> int:
    """Take proposed names over, all of them or those of the groups numbered in `only`; return how many.

    Raises NotFound where the model proposed none that is still open.
    """
    with store.write() as connection:
        _, found = _proposed(connection, project)
        chosen = [one for one in found if only is None or one.number in only]
        if not chosen:
            raise NotFound("there is no proposed name to take; ask the model for names first")
        key = clusterings.newest_key(connection, project, of="traces")
        assert key is not None
        for one in chosen:
            clusterings.rename(connection, key, one.number, one.name, by=MODEL)
        projects.record(connection, project, who=who, what=f"took {len(chosen)} names of groups from a model")
        projects.touch(connection, project)
    return len(chosen)


def _asked(store: Store, project: Project) -> _Asked:
    with store.read() as connection:
        row = clusterings.newest(connection, project, of="traces")
        if row is None:
            raise NotFound("there are no clusters yet; make them first")
        if row.clusters and all(one.node is None for one in row.clusters):
            raise Conflict("these clusters were made before there were levels; make them again")
        by_person = _named_by_people(connection, row)
        clusters = [one for one in row.clusters if one.node is not None and one.node not in by_person]
        if not clusters:
            raise Conflict("every group has a name that a person gave; there is none to propose")
        ids = list(dict.fromkeys(item for one in clusters for item in (*one.representatives, *one.edge)))
        queries = {head.id: head.query for head in traces.heads_of(connection, project, ids)}
    given = [one.label for one in row.clusters if one.node in by_person]
    return _Asked(row=row, clusters=clusters, given=given, queries=queries)


def _named_by_people(connection: Connection, row: ClusteringRow) -> set[int]:
    return {node for node, (_, by) in clusterings.names(connection, row.key).items() if by == PERSON}


def _batches(clusters: Sequence[ClusterRow]) -> list[Sequence[ClusterRow]]:
    return [clusters[start : start + MAX_BATCH_GROUPS] for start in range(0, len(clusters), MAX_BATCH_GROUPS)]


def _named(batch: Sequence[ClusterRow], asked: _Asked, run: Run, *, redacted: bool) -> dict[int, str]:
    """Return names by node; a group that the model did not name once, even when asked again, has none."""
    by_id = {f"g{number}": one for number, one in enumerate(batch, 1)}

    def check(answer: GroupNames) -> Placement:
        return placed_once(list(by_id), [[one.group] for one in answer.names])

    data = _data(batch, asked, redacted=redacted)
    answer, placement = checked(PROMPT, data, GroupNames, check, run, ids={"groups": list(by_id)})
    found: dict[int, str] = {}
    for one, held in zip(answer.names, placement.groups, strict=True):
        name = _tidy(one.name)
        node = by_id[held[0]].node if held else None
        if name and node is not None:
            found[node] = name
    return found


def _tidy(name: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return line.strip("\"'“”‘’").rstrip(".")[:MAX_GROUP_NAME].strip()


def _data(batch: Sequence[ClusterRow], asked: _Asked, *, redacted: bool) -> dict[str, object]:
    def said(ids: Sequence[str]) -> list[str]:
        return [_to_send(asked.queries[item], redacted=redacted) for item in ids if item in asked.queries]

    return {
        "groups": [
            {
                "id": f"g{number}",
                "size": one.size,
                "words": [_to_send(term, redacted=redacted) for term in one.terms],
                "typical": said(one.representatives),
                "edge": said(one.edge),
            }
            for number, one in enumerate(batch, 1)
        ],
        "names_given": [_to_send(name, redacted=redacted) for name in asked.given],
    }


def _to_send(text: str, *, redacted: bool) -> str:
    line = " ".join((redact(text).text if redacted else text).split())  # before it is cut: half a key is no key
    return line if len(line) <= REQUEST_CHARS else line[:REQUEST_CHARS] + "…"


def _tokens(batch: Sequence[ClusterRow], asked: _Asked, client: ModelClient, *, redacted: bool) -> int:
    ids = {"groups": [f"g{number}" for number in range(1, len(batch) + 1)]}
    messages = messages_with_data(PROMPT, _data(batch, asked, redacted=redacted))
    return client.request_tokens(messages, GroupNames, schema=schema_with_ids(GroupNames, ids))
