"""Claude Code: the lines of a session's log; what a sub-agent did stands in the call that sent it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from evaldash.domain.trace import ImportIssue, Json, Step, StepKind, Trace, canonical_json
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.fields import as_number, as_text, as_time, first_of
from evaldash.importers.foreign_messages import as_chat
from evaldash.importers.kept import with_told
from evaldash.importers.messages import steps_of

TALK = ("user", "assistant")
OTHERS = frozenset(
    (
        "summary",
        "system",
        "file-history-snapshot",
        "queue-operation",
        "progress",
        "attachment",
        "last-prompt",
        "custom-title",
    )
)
ABOUT = {"cwd": "cwd", "git_branch": "gitBranch", "client_version": "version", "slug": "slug", "user_type": "userType"}
TOKENS_IN = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
Line = Mapping[str, Json]


class ClaudeCode(Importer):
    """One line an event; those of one session are a trace."""

    name = "claude_code"
    description = "Claude Code sessions: the JSON Lines of a session, sub-agents included"
    extensions = (".jsonl",)

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record is a line of a session and some hold messages."""
        if not any(_is_talk(record) for record in records):
            return 0.0
        return 0.98 * sum(_is_line(record) for record in records) / len(records)

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield the line as a part of its session; a line that names none belongs to the file's."""
        if isinstance(record.value, dict) and _is_line(record.value):
            yield Part(as_text(record.value.get("sessionId")) or PurePosixPath(source).stem, record.value)
            return
        reason = "no line of a Claude Code session: it needs a type it knows and a sessionId"
        yield refused(record.value, reason, record=record.label, source=source)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the session; a log that was resumed repeats lines, each counts once."""
        lines = _in_order(part for part in parts if isinstance(part, dict))
        steps = _steps(lines)
        if not any(step.kind is StepKind.MESSAGE for step in steps):
            yield refused([dict(line) for line in lines], "nobody says anything in it", record="a session")
            return
        first = next(line for line in lines if _is_talk(dict(line)))
        times = [time for line in lines if (time := as_time(line.get("timestamp")))]
        trace = Trace(
            steps=tuple(steps),
            raw=tuple(dict(line) for line in lines),
            identity=tuple(dict(line) for line in lines),
            format=self.name,
            external_id=as_text(first.get("sessionId")),
            session=as_text(first.get("sessionId")),
            started_at=min(times, default=None),
            metadata=_metadata(lines),
            metrics=_metrics(lines),
        )
        yield with_told(trace, _told_beside(lines))


def _is_line(record: Json) -> bool:
    if not isinstance(record, dict):
        return False
    named = any(name in record for name in ("uuid", "sessionId", "leafUuid", "messageId"))
    return _is_talk(record) or (as_text(record.get("type")) in OTHERS and named)


def _is_talk(record: Json) -> bool:
    return (
        isinstance(record, dict)
        and record.get("type") in TALK
        and isinstance(record.get("message"), dict)
        and bool(as_text(record.get("sessionId")))
    )


def _in_order(lines: Iterator[Line]) -> list[Line]:
    """Return the lines by time, each once, by their id where they have one."""
    distinct: dict[str, Line] = {}
    for line in lines:
        distinct.setdefault(as_text(line.get("uuid")) or canonical_json(dict(line)), line)
    return sorted(
        distinct.values(), key=lambda line: (as_text(line.get("timestamp")) or "", as_text(line.get("uuid")) or "")
    )


def _steps(lines: Sequence[Line]) -> list[Step]:
    """Return the steps of the talk, those of each sub-agent behind the call that sent it."""
    main = [(place, line) for place, line in enumerate(lines) if not line.get("isSidechain")]
    steps = _steps_of(main)
    for chain in _side_chains(lines):
        inner = _steps_of(chain)
        call = _sender(steps, inner)
        if call is None:
            steps += inner
        else:
            steps = _inserted(steps, call, inner)
    return steps


def _steps_of(lines: Sequence[tuple[int, Line]]) -> list[Step]:
    """Return the steps of some lines; positions are those of the lines in the session."""
    places = [place for place, _ in lines]
    messages: list[Json] = [_message(line) for _, line in lines]
    return [
        replace(step, source_positions=tuple(places[position] for position in step.source_positions))
        for step in steps_of(messages)
        if not (step.kind is StepKind.EVENT and not step.text)
    ]


def _message(line: Line) -> Json:
    """Return the message of a line; what the program said to itself is an event."""
    told = line.get("message")
    if line.get("type") in TALK and isinstance(told, dict):
        if line.get("isMeta"):
            return as_text(told.get("content")) or canonical_json(told.get("content"))
        return next(iter(as_chat([told])), told)
    said = first_of(line, ("summary", "content"))
    return said if isinstance(said, str) else ""


def _side_chains(lines: Sequence[Line]) -> list[list[tuple[int, Line]]]:
    """Return the lines of each sub-agent, by its id, else by whom they answer."""
    chains: dict[str, list[tuple[int, Line]]] = {}
    chain_of: dict[str, str] = {}
    for place, line in enumerate(lines):
        if line.get("isSidechain"):
            own = as_text(line.get("uuid")) or str(place)
            chain = as_text(line.get("agentId")) or chain_of.get(as_text(line.get("parentUuid")) or "", own)
            chain_of[own] = chain
            chains.setdefault(chain, []).append((place, line))
    return list(chains.values())


def _sender(steps: Sequence[Step], inner: Sequence[Step]) -> int | None:
    """Return the place of the call whose prompt the sub-agent was given."""
    prompt = next((step.text for step in inner if step.text), None)
    for place, step in enumerate(steps):
        given = step.arguments.get("prompt") if isinstance(step.arguments, dict) else None
        if step.kind is StepKind.TOOL_CALL and prompt and isinstance(given, str) and given.strip() == prompt.strip():
            return place
    return None


def _inserted(steps: Sequence[Step], call: int, inner: Sequence[Step]) -> list[Step]:
    """Return the steps with others behind the call they stand in; parents count from 1."""
    moved = len(inner)
    shifted = [
        replace(step, parent=step.parent + moved) if step.parent is not None and step.parent > call + 1 else step
        for step in steps
    ]
    return [*shifted[: call + 1], *(replace(step, parent=call + 1) for step in inner), *shifted[call + 1 :]]


def _metadata(lines: Sequence[Line]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, key in ABOUT.items():
        if value := next((text for line in lines if (text := as_text(line.get(key)))), None):
            found[name] = value
    models = (as_text(told.get("model")) for line in lines if isinstance(told := line.get("message"), dict))
    model = next((text for text in models if text and not text.startswith("<")), None)
    return found | ({"model": model} if model else {})


def _metrics(lines: Sequence[Line]) -> dict[str, float]:
    """Return tokens, once for each answer: its blocks stand on lines of their own, each with the usage of the whole."""
    usages: dict[str, Mapping[str, Json]] = {}
    for place, line in enumerate(lines):
        told = line.get("message")
        usage = told.get("usage") if isinstance(told, dict) else None
        if isinstance(told, dict) and isinstance(usage, dict):
            usages[as_text(told.get("id")) or str(place)] = usage
    times = [time for line in lines if (time := as_time(line.get("timestamp")))]
    found = {"latency_ms": (max(times) - min(times)).total_seconds() * 1_000} if len(times) > 1 else {}
    if usages:
        found["tokens_in"] = sum(as_number(usage.get(key)) or 0.0 for usage in usages.values() for key in TOKENS_IN)
        found["tokens_out"] = sum(as_number(usage.get("output_tokens")) or 0.0 for usage in usages.values())
    return found


def _told_beside(lines: Sequence[Line]) -> Iterator[tuple[str, Json]]:
    """Yield what lines tell beside their messages: results in full, snapshots, what was queued."""
    for line in lines:
        yield from ((name, value) for name, value in line.items() if name not in ("message", "type"))
        yield "message", line.get("message")
