"""Tests of the codebook. A test never changes; the answers to it are overwritten as they are made."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from evaldash.domain.blind_test import BlindAnswer, BlindTest, JudgedTrace, ModelRun
from evaldash.domain.stored import Project
from evaldash.storage.schema import blind_answers, blind_tests
from evaldash.storage.text import storable_json


def add(connection: Connection, project: Project, test: BlindTest) -> None:
    """Keep a test that was just drawn."""
    judged = [
        {"trace": item.trace, "failed": item.failed, "modes": sorted(item.modes)} for item in test.judged
    ]  # fmt: skip
    connection.execute(
        blind_tests.insert().values(
            project=project.key,
            id=test.id,
            coder=test.coder,
            seed=test.seed,
            frame_size=test.frame_size,
            taxonomy_version=test.taxonomy_version,
            judged=judged,
            at=test.at,
            run=_kept(test.run),
        )
    )


def listing(connection: Connection, project: Project) -> list[BlindTest]:
    """Return all tests with what was answered so far, newest first."""
    of_project = blind_tests.c.project == project.key
    rows = connection.execute(select(blind_tests).where(of_project).order_by(blind_tests.c.key.desc())).all()
    answered = connection.execute(select(blind_answers).join(blind_tests).where(of_project))
    answers: dict[int, dict[str, BlindAnswer]] = {}
    for row in answered:
        answers.setdefault(row.test, {})[row.trace] = BlindAnswer(
            trace=row.trace, modes=frozenset(row.modes), other=bool(row.other), done=bool(row.done)
        )
    return [_test(row, answers.get(row.key, {})) for row in rows]


def answer(connection: Connection, project: Project, id: str, given: BlindAnswer) -> None:
    """Keep what is said of a trace in place of what was said before."""
    key = connection.execute(
        select(blind_tests.c.key).where(blind_tests.c.project == project.key, blind_tests.c.id == id)
    ).scalar_one()
    connection.execute(
        blind_answers.delete().where(blind_answers.c.test == key, blind_answers.c.trace == given.trace)
    )  # fmt: skip
    connection.execute(
        blind_answers.insert().values(
            test=key,
            trace=given.trace,
            modes=sorted(given.modes),
            other=int(given.other),
            done=int(given.done),
            at=datetime.now(UTC),
        )
    )


def keep_run(connection: Connection, project: Project, id: str, run: ModelRun) -> None:
    """Keep what the run of a model took so far."""
    mine = (blind_tests.c.project == project.key) & (blind_tests.c.id == id)
    connection.execute(blind_tests.update().where(mine).values(run=_kept(run)))


def _kept(run: ModelRun | None) -> Any:
    return None if run is None else storable_json(asdict(run))


def _test(row: Row[Any], answers: dict[str, BlindAnswer]) -> BlindTest:
    return BlindTest(
        id=row.id,
        coder=row.coder,
        seed=row.seed,
        frame_size=row.frame_size,
        taxonomy_version=row.taxonomy_version,
        at=row.at,
        judged=tuple(
            JudgedTrace(trace=item["trace"], failed=item["failed"], modes=frozenset(item["modes"]))
            for item in row.judged
        ),
        run=None if row.run is None else ModelRun(**row.run),
        answers=answers,
    )
