"""The commands as a user calls them: names, options, JSON, exit codes, one sentence for a mistake."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
SCHEMA = json.loads((ROOT / "docs" / "interface.schema.json").read_text(encoding="utf-8"))
Run = Callable[..., subprocess.CompletedProcess[str]]

CHATS = [
    {"id": f"c{number}", "version": "1" if number < 6 else "2", "latency_ms": 100 * number,
     "messages": [{"role": "user", "content": f"Question {number} about {topic}"},
                  {"role": "assistant", "content": f"Answer {number}"}]}
    for number, topic in enumerate(["seats", "meals", "refunds", "delays"] * 3)
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(*arguments: str, input: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("EVALDASH_", "OPENAI_"))}
        env |= {"EVALDASH_DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}", **environment}
        return subprocess.run(
            [sys.executable, "-m", "evaldash", *arguments],
            capture_output=True, text=True, cwd=ROOT, env=env, input=input, check=False,
        )  # fmt: skip

    return call


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    path = tmp_path / "trains.jsonl"
    path.write_text("\n".join(json.dumps(chat) for chat in CHATS), encoding="utf-8")
    return path


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """Return what a command wrote, held against the documented schema of that command."""
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    hold_against_schema(done.args[3:], found)
    return found


def lines(done: subprocess.CompletedProcess[str]) -> list[Any]:
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for line in found:
        hold_against_schema(done.args[3:], line)
    return found


def test_clusters_are_the_same_twice_coarser_at_will_and_take_newcomers(run: Run, chats: Path) -> None:
    run("import", str(chats), "--project", "trains")
    first = document(run("cluster", "--embedder", "static", "--json"))
    assert document(run("cluster", "--embedder", "static", "--json"))["clusters"] == first["clusters"]
    late = {**CHATS[0], "id": "late", "messages": [{"role": "user", "content": "Another question about seats"}]}
    run("import", "-", "--project", "trains", input=json.dumps(late))
    placed = document(run("cluster", "--place", "--json"))
    assert sum(one["size"] for one in placed["clusters"]) == len(CHATS) + 1
    assert all(
        {*one["members"]} <= {*more["members"]} for one, more in zip(first["clusters"], placed["clusters"], strict=True)
    )
    assert len(document(run("cluster", "--place", "--level", "2", "--json"))["clusters"]) == 2
    refused = run("cluster", "--of", "codes", "--place")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)


def test_signals_and_where_to_read_next(run: Run, chats: Path) -> None:
    assert run("import", str(chats)).returncode == 0
    assert document(run("signals", "--json"))["traces"] == 12
    assert document(run("next", "--json"))["sentences"][0].startswith("After 10 judged traces")
    weighted = run("sample", "--strategy", "mixed", "--targeted", "feedback", "--size", "4")
    assert (weighted.returncode, "found no unhappy user" in weighted.stderr) == (2, True)


def test_fields_of_ones_own_are_defined_listed_and_dropped(run: Run, chats: Path) -> None:
    assert run("import", str(chats)).returncode == 0
    rules = ("--rule", '"refunds" => money', "--rule", '"seats" or "meals" => on board')
    made = document(run("fields", "define", "topic", *rules, "--otherwise", "rest", "--json"))
    assert made[0]["values"] == {"on board": 6, "money": 3, "rest": 3}
    assert document(run("fields", "--json")) == made
    assert len(lines(run("traces", "--filter", "field.topic = money", "--json"))) == 3
    refused = run("fields", "define", "topic", "--rule", "version = 1")
    assert (refused.returncode, "a rule reads EXPR => VALUE" in refused.stderr) == (2, True)
    assert run("fields", "drop", "topic").returncode == 0
    assert document(run("fields", "--json")) == []


def hold_against_schema(command: list[str], found: Any) -> None:
    name = " ".join(command[:2]) if command[0] in ("project", "taxonomy", "db", "quick-look") else command[0]
    name = "cycles compare" if command[:2] == ["cycles", "compare"] else name
    name = "taxonomy show" if name == "taxonomy accept" else name
    jsonschema.validate(found, {**SCHEMA, "$ref": f"#/$defs/{name}"})


def test_the_whole_loop_without_vectors(run: Run, chats: Path, tmp_path: Path) -> None:
    imported = document(run("import", str(chats), "--json"))
    assert (imported["project"], imported["traces_new"], imported["records_rejected"]) == ("trains", 12, 0)
    assert set(imported) >= {"import", "files", "skipped", "format", "confidence", "traces_duplicate", "traces_updated",
                             "rejections", "seconds"}  # fmt: skip
    again = document(run("import", str(chats), "--json"))
    assert (again["traces_new"], again["traces_duplicate"]) == (0, 12)
    draws = [document(run("sample", "--strategy", "uniform", "--size", "4", "--seed", str(seed), "--json"))
             for seed in (1, 2)]  # fmt: skip
    assert [draw["frame_size"] for draw in draws] == [12, 8]
    assert [trace["inclusion_probability"] for trace in draws[0]["traces"]] == [4 / 12] * 4
    ids = [trace["id"] for draw in draws for trace in draw["traces"]]
    rows = [{"trace": ids[0], "verdict": "fail", "codes": [{"text": "ignored the seat", "step": 2}]}]
    rows += [{"trace": trace[:8], "verdict": "pass"} for trace in ids[1:]]
    notes = tmp_path / "notes.jsonl"
    notes.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    annotated = document(run("annotate", str(notes), "--coder", "ana", "--json"))
    assert (annotated["annotations_new"], annotated["codes_new"], annotated["rejections"]) == (8, 1, [])
    code = lines(run("codes", "--json"))[0]
    assert (code["text"], code["step"], code["coder"], code["mode"]) == ("ignored the seat", 2, "ana", None)
    found = document(run("saturation", "--json"))
    assert (found["T"], found["traces_read"], found["modes_seen"]) == (8, 8, 1)
    assert found["chance_next_new"]["L"] == 1
    assert [batch["batch"] for batch in found["batches"]] == [1, 2]
    rates = document(run("rates", "--json"))
    assert (rates[0]["mode"], rates[0]["estimate"], rates[0]["basis"]) == (None, 1 / 8, "uniform")
    report = tmp_path / "report.md"
    assert run("report", "--format", "md", "--output", str(report)).returncode == 0
    assert "ignored the seat" in report.read_text(encoding="utf-8")
    assert [row["read"] for row in document(run("batches", "--json"))] == [4, 4]
    assert len(lines(run("annotations", "--coder", "ana", "--json"))) == 8


def test_the_same_seed_draws_the_same_traces_anywhere(run: Run, chats: Path, tmp_path: Path) -> None:
    drawn = []
    for name in ("one", "two"):
        url = f"sqlite:///{tmp_path / name}.db"
        run("import", str(chats), "--db", url)
        done = run("sample", "--strategy", "uniform", "--size", "5", "--seed", "7", "--json", "--db", url)
        drawn.append([trace["id"] for trace in document(done)["traces"]])
    assert drawn[0] == drawn[1]


def test_a_trace_is_written_as_one_file_to_send(run: Run, chats: Path, tmp_path: Path) -> None:
    run("import", str(chats))
    file = tmp_path / "c3.html"
    done = run("show", "c3", "--html", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert "Answer 3" in file.read_text(encoding="utf-8")
    done = run("show", "c3", "--html", str(tmp_path / "nowhere" / "c3.html"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_traces_and_filters(run: Run, chats: Path) -> None:
    run("import", str(chats))
    found = lines(run("traces", "--filter", "version = 2 and metric.latency_ms >= 1000", "--json"))
    assert [trace["external_id"] for trace in found] == ["c10", "c11"]
    step = found[0]["steps"][0]
    assert set(step) == {"index", "parent", "kind", "role", "name", "text", "arguments", "result", "error",
                         "source_positions"}  # fmt: skip
    assert (step["index"], step["kind"], step["role"], step["source_positions"]) == (1, "message", "user", [0])
    assert document(run("show", "c3", "--json"))["external_id"] == "c3"
    assert len(lines(run("traces", "--limit", "2", "--json"))) == 2


WRONG = {
    "no project yet": (["traces"], 1, "there is no project yet"),
    "unknown project": (["traces", "--project", "x"], 1, "there is no project 'x'"),
    "unknown filter field": (["traces", "--filter", "colour = 1"], 2, "no field 'colour'"),
    "no such file": (["import", "nowhere.json"], 1, "no file or folder"),
    "unknown format": (["import", "{chats}", "--format", "xml"], 2, "format must be one of"),
    "unknown unit": (["import", "{chats}", "--unit", "day"], 2, "--unit must be one of"),
    "unknown option": (["import", "--colour"], 2, "No such option"),
    "unknown strategy": (["sample", "--strategy", "magic"], 2, "strategy must be one of"),
    "size of zero": (["sample", "--strategy", "uniform", "--size", "0"], 2, "size must be"),
    "unknown trace": (["show", "zzz"], 1, "there is no trace 'zzz'"),
    "nobody says who codes": (["taxonomy", "undo"], 1, "--coder"),
    "nothing to undo": (["taxonomy", "undo", "--coder", "ana"], 1, "no change to take back"),
    "delete without --yes": (["project", "delete", "trains"], 2, "--yes"),
    "no metric given": (["sample", "--strategy", "extremes", "--size", "3"], 2, "metric"),
    "report in another format": (["report", "--format", "docx", "--output", "x"], 2, "--format must be one of"),
}


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_one_sentence(run: Run, chats: Path, arguments: list[str], code: int, words: str) -> None:
    if arguments != ["traces"]:
        run("import", str(chats))
    done = run(*(argument.replace("{chats}", str(chats)) for argument in arguments))
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


BROKEN = {
    "cut-off JSON": (b'[{"messages": [{"role": "user", "content": "hi"', "ends in the middle"),
    "empty": (b"", "is empty"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe", "not text|binary"),
    "wrong columns": (b"colour,size\nred,1\n", "no known format|no column"),
    "no record": (b"[]", "no record"),
    "a plain text": (b"hello there\nthis is a letter\n", "neither JSON nor a table"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_leaves_the_store_as_it_was(run: Run, tmp_path: Path, content: bytes, words: str) -> None:
    import re

    path = tmp_path / "broken.json"
    path.write_bytes(content)
    done = run("import", str(path), "--json")
    assert done.returncode == 1, done.stdout
    assert re.search(words, done.stderr), done.stderr
    assert done.stderr.count("\n") == 1
    assert document(run("project", "list", "--json")) == []


def test_good_records_come_in_and_bad_ones_are_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "half.jsonl"
    good = json.dumps(CHATS[0])
    path.write_text(f'{good}\n{{"messages": [cut\n{{"note": "no messages"}}\n', encoding="utf-8")
    found = document(run("import", str(path), "--json"))
    assert (found["traces_new"], found["records_rejected"]) == (1, 2)
    assert [issue["record"] for issue in found["rejections"]] == ["line 2", "line 3"]


def test_standard_input_and_dry_run(run: Run, chats: Path) -> None:
    text = chats.read_text(encoding="utf-8")
    dry = document(run("import", "-", "--project", "p", "--dry-run", "--json", input=text))
    assert dry["traces_new"] == 12
    assert document(run("project", "list", "--json")) == []
    assert document(run("import", "-", "--project", "p", "--json", input=text))["traces_new"] == 12


def test_backup_and_restore(run: Run, chats: Path, tmp_path: Path) -> None:
    run("import", str(chats))
    copy = tmp_path / "copy.db"
    assert document(run("db", "backup", str(copy), "--json"))["ok"]
    run("project", "delete", "trains", "--yes")
    assert document(run("project", "list", "--json")) == []
    assert document(run("db", "restore", str(copy), "--json"))["ok"]
    assert [row["traces"] for row in document(run("project", "list", "--json"))] == [12]
    assert document(run("db", "check", "--json")) == {"ok": True, "problems": []}


def test_a_project_goes_out_and_comes_back(run: Run, chats: Path, tmp_path: Path) -> None:
    run("import", str(chats))
    run("sample", "--strategy", "uniform", "--size", "5", "--seed", "1", "--json")
    path = tmp_path / "trains.zip"
    told = document(run("export", "--output", str(path), "--json"))
    assert told["members"]["tables/traces.jsonl"]["rows"] == len(CHATS)
    again = run("import", str(path), "--json")
    assert again.returncode == 1
    assert "--project NAME" in again.stderr
    found = document(run("import", str(path), "--project", "twin", "--json"))
    assert (found["project"], found["format"], found["traces_new"]) == ("twin", "evaldash", len(CHATS))
    written = [run("traces", "--project", name, "--json").stdout for name in ("trains", "twin")]
    assert written[0] == written[1] != ""


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the folder ../shared with real traces is not there")
def test_the_loop_on_real_traces_by_commands_alone(run: Run, tmp_path: Path) -> None:
    real = SHARED / "traces" / "tau_retail_agent"
    imported = document(run("import", str(real / "traces.json"), "--project", "tau", "--json"))
    assert (imported["traces_new"], imported["records_rejected"]) == (100, 0)
    again = document(run("import", str(real / "traces.json"), "--project", "tau", "--json"))
    assert (again["traces_new"], again["traces_duplicate"]) == (0, 100)
    folder = document(run("import", str(SHARED / "traces" / "who_and_when_multiagent"), "--project", "who", "--json"))
    assert (folder["traces_new"], folder["records_rejected"], len(folder["skipped"])) == (40, 0, 1)
    tau = {"EVALDASH_PROJECT": "tau", "EVALDASH_CODER": "ana"}
    assert document(run("embed", "--json", **tau))["embedded"] == 100
    clusters = document(run("cluster", "--json", **tau))
    assert sum(cluster["size"] for cluster in clusters["clusters"]) + len(clusters["noise"]) == 100
    assert document(run("cluster", "--json", **tau))["clusters"] == clusters["clusters"]
    drawn = [
        trace["id"]
        for seed in ("1", "2", "3")
        for trace in document(run("sample", "--strategy", "uniform", "--size", "10", "--seed", seed, "--json", **tau))[
            "traces"
        ]
    ]
    by_id = {trace["id"]: trace["external_id"] for trace in lines(run("traces", "--json", **tau))}
    notes = {
        str(item["trajectory_id"]): item["failures"]
        for item in json.loads((real / "failure_annotations.json").read_text())
    }
    rows = []
    for task in [by_id[trace] for trace in drawn] + ["104", "105"]:
        found = [{"text": note["step_reason"], "step": note["step_number"]} for note in notes.get(task, [])]
        rows.append({"trace": task, "verdict": "fail" if found else "pass", "codes": found})
    file = tmp_path / "notes.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    annotated = document(run("annotate", str(file), "--steps", "source1", "--json", **tau))
    assert (annotated["annotations_new"], len(annotated["rejections"])) == (30, 2)
    codes = {code["id"] for code in lines(run("codes", "--json", **tau))}
    suggestion = document(run("taxonomy", "suggest", "--json", **tau))
    placed = [code for mode in suggestion["modes"] for code in mode["codes"]] + suggestion["left_over"]
    assert sorted(placed) == sorted(codes)
    accepted = document(run("taxonomy", "accept", suggestion["suggestion"], "--json", **tau))
    assert accepted["version"] == 1
    assert document(run("saturation", "--json", **tau))["T"] == 30
    assert run("report", "--format", "md", "--output", str(tmp_path / "r.md"), **tau).returncode == 0


def test_between_two_rounds_of_reading(run: Run, chats: Path, tmp_path: Path) -> None:
    document(run("import", str(chats), "--json"))
    assert run("quick-look", "draw", "--in-version", "9").returncode == 1
    batch = document(run("quick-look", "draw", "--in-version", "2", "--json"))["batch"]
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(json.dumps({"trace": f"c{n}", "verdict": "fail", "code": "late"}) for n in range(6, 9)))
    document(run("annotate", str(rows), "--coder", "ana", "--json"))
    suggestion = document(run("taxonomy", "suggest", "--method", "local", "--json"))["suggestion"]
    mode = document(run("taxonomy", "accept", suggestion, "--coder", "ana", "--json"))["modes"][0]
    found = document(run("quick-look", "result", str(batch), "--json"))
    assert (found["read"], found["failed"]) == (3, 3)
    page = run("quick-look", "result", str(batch)).stdout
    assert 'Drawn from 6 traces, those with version = "2": all of them.' in page
    assert "What it cannot know" in page
    ticket = document(run("ticket", mode["name"], "--address", "https://desk.example", "--json"))["text"]
    assert "https://desk.example/code?project=trains&trace=" in ticket
    assert "100 % of 3" in ticket
    again = document(run("look-again", "--json"))
    assert [item["calls"] for item in again["triggers"] if item["name"] == "New version"] == [True]
    assert "Nothing was read of 1 (6 traces)." in run("look-again").stdout


def test_cycles_and_agreement_are_documents(run: Run, chats: Path, tmp_path: Path) -> None:
    document(run("import", str(chats), "--json"))
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(json.dumps({"trace": f"c{n}", "verdict": "fail", "code": "late"}) for n in range(12)))
    document(run("annotate", str(rows), "--coder", "ana", "--json"))
    document(run("annotate", str(rows), "--coder", "ben", "--json"))
    assert [item["read"] for item in document(run("cycles", "--json"))] == [6, 6]
    assert document(run("cycles", "compare", "1", "2", "--json"))[0]["mode"] is None
    found = document(run("agreement", "--json"))
    assert (found["pairs"], found["percent"], found["ac1"]) == (12, 1.0, 1.0)
