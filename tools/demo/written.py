"""Reads the conversations of the demo as they are written, `data/demo/written/*.txt`.

    === NAME ACC-2207 03-17 07:51 mobile alerts | worried | trouble
    lang: es                     optional: the language, the session, what the user pressed and said
    U: what the user writes, over as many lines as it takes
    > get_readings site: K1, house: C
    < {mean: 5.9}                one result for each call, in order; `H-18 limits` is a passage of world.json
    A: what Wick answers

The last two words of the heading are the customer's situation and the difficulty. `A:` right before a call is one
message with it. A line that would begin like one of these in the text of a message begins with a backslash.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from evaldash.domain.trace import Json
from tools.demo.envelopes import with_envelope, with_neighbour
from tools.demo.flow import parse_fields, parse_flow

FOLDER = Path(__file__).parents[2] / "data" / "demo"
HEADING = re.compile(
    r"=== (?P<name>\S+) (?P<account>ACC-\d{4}) (?P<day>\d\d-\d\d) (?P<time>\d\d:\d\d(?::\d\d)?) "
    r"(?P<channel>\w+) (?P<feature>\w+) \| (?P<situation>[\w ]+) \| (?P<difficulty>[\w ]+)"
)
ABOUT = re.compile(r"(lang|session|thumbs): (.*)")
TAG = re.compile(r"(U: |A: |> |< |=== )")
PASSAGE = re.compile(r"(H-\d\d) (\w+)\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call with its result, as text."""

    id: str
    tool: str
    arguments: Mapping[str, Json]
    result: str


@dataclass(slots=True)
class Turn:
    """What one side says: a user's text, or Wick's text and calls."""

    role: str
    text: str | None
    calls: list[Call] = field(default_factory=list)


@dataclass(slots=True)
class Conversation:
    """One trace as it was written."""

    name: str
    id: str
    account: str
    started: datetime
    channel: str
    feature: str
    situation: str
    difficulty: str
    language: str = "en"
    session: str = ""
    thumbs: str | None = None
    comment: str | None = None
    turns: list[Turn] = field(default_factory=list)


def digest(*parts: object, size: int) -> str:
    """Return hexadecimal digits that depend on `parts` alone."""
    return sha256("/".join(map(str, parts)).encode()).hexdigest()[:size]


def read_world(folder: Path = FOLDER) -> dict[str, Any]:
    """Return the written world."""
    world: dict[str, Any] = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    return world


def read_conversations(folder: Path = FOLDER) -> list[Conversation]:
    """Return all conversations by time. ValueError that names the file, the conversation and what is wrong."""
    world = read_world(folder)
    found = []
    for path in sorted((folder / "written").glob("*.txt")):
        for block in _blocks(path.read_text(encoding="utf-8").splitlines()):
            try:
                found.append(_conversation(block, world))
            except (ValueError, KeyError, AttributeError) as error:
                raise ValueError(f"{path.name}, {block[0]!r}: {error}") from error
    names = [item.id for item in found]
    if len(set(names)) < len(names):
        raise ValueError(f"ids are given twice: {sorted({name for name in names if names.count(name) > 1})}")
    return sorted(found, key=lambda item: item.started)


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line.startswith("=== ") and block:
            yield block
            block = []
        if block or line.strip():
            block.append(line)
    if block:
        yield block


def _conversation(block: Sequence[str], world: Mapping[str, Any]) -> Conversation:
    told = HEADING.fullmatch(block[0])
    if told is None:
        raise ValueError("this is no heading")
    name = told["name"]
    seconds = (
        told["time"] if told["time"].count(":") == 2 else f"{told['time']}:{int(digest(name, size=6), 16) % 60:02}"
    )
    item = Conversation(
        name=name,
        id=name if name.startswith("wk-") else f"wk-{digest(name, size=6)}",
        account=told["account"],
        started=datetime.fromisoformat(f"2026-{told['day']}T{seconds}").replace(tzinfo=UTC),
        channel=told["channel"],
        feature=told["feature"],
        situation=told["situation"],
        difficulty=told["difficulty"],
        session=f"s-{digest('session', name, size=8)}",
    )
    said = _about(item, block[1:])
    _say(item, list(_tagged(said)), world)
    return item


def _about(item: Conversation, lines: Sequence[str]) -> Sequence[str]:
    """Take in what stands before the first message; return the lines after it."""
    for number, line in enumerate(lines):
        told = ABOUT.fullmatch(line)
        if told is None:
            return lines[number:]
        if told[1] == "lang":
            item.language = told[2]
        elif told[1] == "session":
            item.session = told[2] if told[2].startswith("s-") else f"s-{digest('session', told[2], size=8)}"
        else:
            item.thumbs, _, comment = told[2].partition(" ")
            item.comment = comment or None
    return ()


def _tagged(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (tag, text) of every message, call and result."""
    tag, text = "", list[str]()
    for line in lines:
        if TAG.match(line):
            if tag:
                yield tag, "\n".join(text).strip()
            tag, text = line[0], [line[2:].lstrip() if line[0] in "<>" else line[3:]]
        else:
            text.append(line.removeprefix("\\"))
    if tag:
        yield tag, "\n".join(text).strip()


def _say(item: Conversation, said: Sequence[tuple[str, str]], world: Mapping[str, Any]) -> None:
    waiting: list[str] = []
    results: list[Any] = []
    for position, (tag, text) in enumerate([*said, ("end", "")]):
        if waiting and tag not in "<>":
            _called(item, waiting, results, world)
            waiting, results = [], []
        if tag == ">":
            if results:
                _called(item, waiting, results, world)
                waiting, results = [], []
            if not waiting and said[position - 1][0] != "A":
                item.turns.append(Turn("assistant", None))
            waiting.append(text)
        elif tag == "<":
            results.append(_result(text, world))
        elif tag in ("U", "A"):
            item.turns.append(Turn("user" if tag == "U" else "assistant", text))


def _called(item: Conversation, calls: Sequence[str], results: Sequence[Any], world: Mapping[str, Any]) -> None:
    if len(calls) != len(results):
        raise ValueError(f"{len(calls)} calls have {len(results)} results: {calls}")
    for asked, result in zip(calls, results, strict=True):
        tool, _, arguments = asked.partition(" ")
        number = sum(len(turn.calls) for turn in item.turns)
        text = result
        if isinstance(result, dict):
            if tool == "search_help":
                result |= {"passages": with_neighbour(result["passages"], world["articles"], asked)}
            whole = with_envelope(tool, result, world["customers"][item.account], item.started)
            text = json.dumps(whole, ensure_ascii=False)
        call = Call(f"call_{digest(item.id, number, size=14)}", tool, parse_fields(arguments), str(text))
        item.turns[-1].calls.append(call)


def _result(text: str, world: Mapping[str, Any]) -> Any:
    """Return the result of a tool: an object, passages of articles, or the bare words of an error."""
    if text.startswith("{"):
        return parse_flow(text)
    if not text.startswith("H-"):
        return text
    found: dict[str, list[str]] = {}
    for part in text.split("; "):
        place = PASSAGE.match(part)
        if place is None:
            raise ValueError(f"a passage is an article and its key, got {part!r}")
        found.setdefault(place[1], []).append(world["articles"][place[1]]["passages"][place[2]])
    passages = [
        {"article": article, "title": world["articles"][article]["title"], "text": " ".join(texts)}
        for article, texts in found.items()
    ]
    return {"passages": passages}
