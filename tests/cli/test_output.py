"""What commands write where: JSON that any reader takes, words that no terminal obeys, ends that say how it went."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from evaldash import cli
from evaldash.cli import common
from evaldash.services import taxonomy
from evaldash.services.checks import add_check
from evaldash.services.overview import overview
from evaldash.services.projects import ensure_project, find_project
from evaldash.storage.store import open_store
from tests.support.traces import conversation, make_project

ESCAPE = "\x1b[2J"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return a store of two projects: one of a trace, one of none."""
    made = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(made)
    make_project(store, [conversation(0)], name="trains")
    ensure_project(store, "other")
    store.close()
    return made


def call(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli.app, [*arguments, "--db", url])


def test_a_lone_surrogate_in_a_trace_is_no_traceback(url: str, tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_text('{"id": "cut", "messages": [{"role": "user", "content": "half an emoji \\ud83d"}]}')
    assert call(url, "import", str(path), "--project", "cut").exit_code == 0
    done = call(url, "show", "cut", "--project", "cut", "--json")
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["steps"][0]["text"] == "half an emoji \ud83d"


def test_errors_and_remarks_are_no_orders_to_a_terminal(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(url)
    ensure_project(store, f"third{ESCAPE}")
    store.close()
    monkeypatch.setattr(sys, "argv", ["evaldash", "traces", "--project", "fourth", "--db", url])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "there are: trains, other, third\\x1b[2J" in said
    common.say(f"a remark {ESCAPE}")
    assert capsys.readouterr().err == "a remark \\x1b[2J\n"


def test_a_cell_of_a_table_stays_on_its_line() -> None:
    assert common.table([("a\nb", "c\td"), ("e", "f")], ["one", "two"]).splitlines() == [
        "one  two", "a b  c d", "e    f",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("imports", "--project", "other", "undo", "1"),
        ("fields", "--project", "other", "drop", "topic"),
        ("cycles", "--project", "other", "compare", "1", "2"),
        ("fixes", "--project", "other", "add", "Wrong train", "--what", "x"),
        ("mappings", "--json", "delete", "weekly"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_option_that_nobody_would_read_is_refused(url: str, arguments: tuple[str, ...]) -> None:
    done = call(url, *arguments)
    assert done.exit_code != 0
    assert f"{arguments[1]} stands before" in str(done.exception)


def test_who_is_at_work_may_stand_in_the_environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALDASH_CODER", "ana")
    done = call(url, "fields", "define", "topic", "--rule", "version = 1 => early", "--project", "trains")
    assert done.exit_code == 0, done.output
    store = open_store(url)
    project = find_project(store, "trains")
    assert project is not None
    assert overview(store, project).lately[0][1] == "ana"
    store.close()


def test_tests_that_cannot_be_written_are_a_sentence(url: str, tmp_path: Path) -> None:
    store = open_store(url)
    project = find_project(store, "trains")
    assert project is not None
    taxonomy.create(store, project, "Wrong train", who="ana")
    add_check(store, project, "Wrong train", kind="contains", spec={"words": ["late"]}, who="ana")
    store.close()
    done = call(url, "checks", "export", "--output", str(tmp_path / "nowhere" / "t.py"), "--project", "trains")
    assert "the tests cannot be written to" in str(done.exception)


def test_a_reader_who_has_enough_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    turns = [{"role": "user", "content": "x" * 1000}] * 300
    path.write_text("\n".join(json.dumps({"id": f"t{n}", "messages": turns}) for n in range(2)))
    url = f"sqlite:///{tmp_path / 'store.db'}"
    assert call(url, "import", str(path), "--project", "long").exit_code == 0
    command = [sys.executable, "-m", "evaldash", "traces", "--json", "--db", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (0, b"")


def test_an_interrupted_command_says_that_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    def work() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(sys, "argv", ["evaldash"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.STOPPED
    assert "what was written before stays" in capsys.readouterr().err
