"""A store of the first schema, with traces, opened by this version: it reads the same and can be searched."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url

from evaldash.domain.filters import parse_filter
from evaldash.storage import migrate, projects, traces
from evaldash.storage.store import check, open_store

TRACES = 450  # more than two portions of the migration
AT = datetime(2026, 3, 1, tzinfo=UTC).isoformat()


def record(number: int) -> dict[str, Any]:
    return {"n": number, "said": f"The ferry {number} left the harbour \ud83d\x00"}


def steps(number: int) -> list[dict[str, Any]]:
    return [
        {"kind": "message", "role": "user", "text": f"When does ferry {number} leave? 次の船は何時ですか"},
        {"kind": "tool_call", "name": "timetable", "arguments": {"ferry": number}, "result": ["Malmö"], "parent": 1},
    ]


def first_schema(url: str) -> None:
    """Make the store as the first version of evaldash left it."""
    address = make_url(url)
    engine = create_engine(address.set(drivername="postgresql+psycopg") if "postgres" in url else address)
    with engine.connect() as connection, connection.begin():
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        fill(connection)
    engine.dispose()


def fill(connection: Connection) -> None:
    connection.execute(
        text("INSERT INTO projects (key, name, created_at, settings, revision) VALUES (1, 'old', :at, '{}', 0)"),
        {"at": AT},
    )
    connection.execute(
        text("INSERT INTO imports (key, project, at, paths, unit, report) VALUES (1, 1, :at, '[]', 'auto', '{}')"),
        {"at": AT},
    )
    for number in range(1, TRACES + 1):
        connection.execute(
            text("""INSERT INTO traces (key, project, id, import, format, query, text, steps, metadata, metrics, tags)
                    VALUES (:key, 1, :id, 1, 'chat', 'When?', 'When?', :steps, '{"deck": 2}', '{}', '[]')"""),
            {"key": number, "id": f"{number:064x}", "steps": json.dumps(steps(number), ensure_ascii=False)},
        )
        connection.execute(
            text("INSERT INTO raw_records (trace, position, content) VALUES (:key, 0, :content)"),
            {"key": number, "content": json.dumps(record(number))},
        )


def test_a_store_of_the_first_schema_reads_the_same_and_can_be_searched(store_url: str) -> None:
    first_schema(store_url)
    store = open_store(store_url)
    with store.read() as connection:
        assert not {"text", "steps"} & {column["name"] for column in inspect(connection).get_columns("traces")}
        project = projects.all_projects(connection)[0]
        assert traces.count(connection, project) == TRACES
        trace = traces.load(connection, project, [f"{7:064x}"])[0]
        assert trace.head.metadata == {"deck": 2}
        assert trace.steps[0].text == steps(7)[0]["text"]
        assert (trace.steps[1].arguments, trace.steps[1].result, trace.steps[1].parent) == ({"ferry": 7}, ["Malmö"], 1)
        assert traces.raw(connection, project, trace.id) == [record(7)]
        assert traces.ids(connection, project, parse_filter('"ferry 449 malmo 何時"')) == [f"{449:064x}"]
    assert check(store) == []
    store.close()


def test_the_copy_taken_before_is_of_the_first_schema(tmp_path: Path, sqlite_url: str) -> None:
    first_schema(sqlite_url)
    open_store(sqlite_url).close()
    copies = list((tmp_path / "backups").glob("store-before-*.db"))
    assert len(copies) == 1
    engine = create_engine(f"sqlite:///{copies[0]}")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM raw_records")).scalar_one() == TRACES
    engine.dispose()
