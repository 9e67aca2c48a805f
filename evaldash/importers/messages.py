"""Chat messages become steps: one reading of roles, contents and tool calls for all chat formats."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evaldash.domain.trace import Json, Role, Step, StepKind
from evaldash.importers.fields import as_text, first_of, parsed_if_json

LIST_KEYS = (
    "messages", "conversation", "conversations", "history", "traj", "trajectory", "turns", "dialog", "dialogue", "chat",
    "transcript", "interactions", "chat_history", "message_history", "all_messages",
)  # fmt: skip
ROLE_KEYS = ("role", "from", "author", "speaker", "sender", "type", "source")
TEXT_KEYS = ("content", "value", "text", "message", "body", "utterance", "parts")
ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("system", "developer", "instruction", "instructions"), Role.SYSTEM),
    **dict.fromkeys(("user", "human", "customer", "client", "visitor", "caller", "question"), Role.USER),
    **dict.fromkeys(
        ("assistant", "ai", "bot", "gpt", "model", "agent", "chatgpt", "answer", "aimessage"), Role.ASSISTANT
    ),
    **dict.fromkeys(("tool", "function", "tool_result", "ipython", "observation", "environment"), Role.TOOL),
}
MIN_EMBEDDED = 1_000  # characters; shorter values are shown
EMBEDDED = re.compile(r"(data:[^,]{0,100};base64,)?[A-Za-z0-9+/=_-]{200}")
MAX_NESTING = 20  # lists of parts within lists of parts; deeper ones are shown as JSON


@dataclass(slots=True)
class _Reader:
    """Steps in the making; `waiting` holds, by call id, results that stood before their call."""

    steps: list[Step] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)  # call id -> place in steps
    unanswered: list[int] = field(default_factory=list)
    waiting: dict[str, tuple[int, Step]] = field(default_factory=dict)


def is_message(value: Json) -> bool:
    """Tell whether a value looks like one chat message: somebody says something."""
    if not isinstance(value, dict):
        return False
    says = any(key in value for key in (*TEXT_KEYS, "tool_calls", "function_call"))
    return says and any(isinstance(value.get(key), str | dict) for key in ROLE_KEYS)


def is_message_list(value: Json) -> bool:
    """Tell whether at least half of a list are chat messages; lists within the list count as their messages.

    What is no message among them is kept as an event: one odd entry must not cost the conversation.
    """
    if not isinstance(value, list) or not value:
        return False
    flat = flattened(value)
    return bool(flat) and 2 * sum(is_message(item) or is_exchange(item) for item in flat) >= len(flat)


def is_exchange(value: Json) -> bool:
    """Tell whether a value is a turn like {"user": "…", "assistant": "…"}: roles as keys, what they said as values."""
    if not isinstance(value, dict) or not value:
        return False
    return all(key.lower() in ROLES and isinstance(said, str) for key, said in value.items())


def flattened(messages: Sequence[Json], depth: int = 0) -> list[Json]:
    """Return the messages of nested lists in one list."""
    found: list[Json] = []
    for item in messages:
        if isinstance(item, list) and depth < MAX_NESTING:
            found += flattened(item, depth + 1)
        else:
            found.append(item)
    return found


def steps_of(messages: Sequence[Json], *, offset: int = 0) -> tuple[Step, ...]:
    """Return the steps of chat messages; `source_positions` count messages from `offset`.

    A tool call and its result, wherever the result stands, are one step. What is no message becomes an event that
    shows it as it is: nothing is dropped.
    """
    reader = _Reader()
    for position, message in enumerate(flattened(messages), start=offset):
        if isinstance(message, dict) and is_message(message):
            _read(reader, message, position)
        elif isinstance(message, dict) and is_exchange(message):
            for role, said in message.items():
                _part(reader, said, ROLES[role.lower()], None, position)
        else:
            reader.steps.append(Step(kind=StepKind.EVENT, text=_shown(message), source_positions=(position,)))
    return tuple(reader.steps)


def role_of(message: Mapping[str, Json]) -> tuple[Role | None, str | None]:
    """Return the role and, where the source says more than that, the name of who speaks."""
    said = first_of(message, ROLE_KEYS)
    if isinstance(said, dict):  # {"author": {"role": "user", "name": …}}
        said = first_of(said, ("role", "name"))
    word = as_text(said)
    role = ROLES.get(word.lower()) if word else None
    name = as_text(message.get("name")) or (word if role is None else None)
    return role, name


def _read(reader: _Reader, message: Mapping[str, Json], position: int) -> None:
    role, name = role_of(message)
    if role is Role.TOOL:
        call_id = as_text(first_of(message, ("tool_call_id", "call_id")))
        _result(reader, call_id, _content(message), name, position, failed=bool(message.get("is_error")))
        return
    for part in _parts(first_of(message, TEXT_KEYS)):
        _part(reader, part, role, name, position)
    for key, kind in (("reasoning_content", StepKind.REASONING), ("refusal", StepKind.MESSAGE)):
        if text := as_text(message.get(key)):
            reader.steps.append(Step(kind=kind, role=role, name=name, text=text, source_positions=(position,)))
    for call in _calls(message):
        _call(reader, call, role, position)


def _parts(content: Json, depth: int = 0) -> list[Json]:
    """Return the parts of a content: texts joined where they follow each other, other parts as they are."""
    if content is None or content == "":
        return []
    if not isinstance(content, list):
        return [content]
    parts: list[Json] = []
    for item in content:
        inner = _parts(item, depth + 1) if isinstance(item, list) and depth < MAX_NESTING else [_plain(item)]
        for part in inner:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] = f"{parts[-1]}\n{part}"
            else:
                parts.append(part)
    return parts


def _plain(part: Json) -> Json:
    """Return the text of a text part, other parts as they are."""
    if isinstance(part, dict) and part.get("type") in (None, "text", "input_text", "output_text"):
        text = first_of(part, ("text", "content", "value"))
        if isinstance(text, dict):
            text = text.get("value")
        if isinstance(text, str):
            return text
    return part


def _part(reader: _Reader, part: Json, role: Role | None, name: str | None, position: int) -> None:
    common = {"role": role, "name": name, "source_positions": (position,)}
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        reader.steps.append(Step(kind=StepKind.MESSAGE, text=_shown(part), **common))  # type: ignore[arg-type]
    elif kind in ("tool_use", "tool_call"):
        _call(reader, part, role, position)
    elif kind == "tool_result":
        result = _joined(part.get("content"))
        name = as_text(part.get("name"))
        _result(reader, as_text(part.get("tool_use_id")), result, name, position, failed=bool(part.get("is_error")))
    elif kind in ("thinking", "reasoning"):
        text = _shown(first_of(part, ("thinking", "reasoning", "text", "summary")))
        reader.steps.append(Step(kind=StepKind.REASONING, text=text, **common))  # type: ignore[arg-type]
    elif kind == "refusal":
        reader.steps.append(Step(kind=StepKind.MESSAGE, text=_shown(part.get("refusal")), **common))  # type: ignore[arg-type]
    elif (size := _embedded_size(part)) is not None:
        shown = f"[{kind}, {size // 1000:,} kB, in the raw record]"
        reader.steps.append(Step(kind=StepKind.MESSAGE, text=shown, **common))  # type: ignore[arg-type]
    else:
        known = first_of(part, (kind, "url", "data", "file"))
        shown = _shown(part) if known is None else f"[{kind}] {_shown(known)}"
        reader.steps.append(Step(kind=StepKind.MESSAGE, text=shown, **common))  # type: ignore[arg-type]


def _embedded_size(part: Json) -> int | None:
    """Return about how many bytes of base64 a part carries, None where it carries none worth hiding."""
    texts = [part]
    for _ in range(3):  # {"image_url": {"url": "data:…"}}, {"source": {"data": "…"}}
        texts = [inner for item in texts for inner in (item.values() if isinstance(item, dict) else [item])]
    found = [text for text in texts if isinstance(text, str) and len(text) > MIN_EMBEDDED and EMBEDDED.match(text)]
    return len(found[0]) * 3 // 4 if found else None


def _calls(message: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    listed = message.get("tool_calls")
    calls: list[Mapping[str, Json]] = []
    if isinstance(listed, list):
        calls += [call for call in listed if isinstance(call, dict)]
    single = message.get("function_call")
    return [*calls, {"function": single}] if isinstance(single, dict) else calls


def _call(reader: _Reader, call: Mapping[str, Json], role: Role | None, position: int) -> None:
    function = call.get("function")
    told = function if isinstance(function, dict) else call
    call_id = as_text(first_of(call, ("id", "call_id", "tool_call_id")))
    step = Step(
        kind=StepKind.TOOL_CALL,
        role=role,
        name=as_text(told.get("name")),
        arguments=parsed_if_json(first_of(told, ("arguments", "input", "args", "parameters"))),
        source_positions=(position,),
        attributes={"call_id": call_id} if call_id else {},
    )
    if call_id in reader.waiting:
        place, early = reader.waiting.pop(call_id)
        positions = tuple(sorted({position, *early.source_positions}))
        reader.steps[place] = replace(step, result=early.result, error=early.error, source_positions=positions)
        return
    reader.steps.append(step)
    reader.unanswered.append(len(reader.steps) - 1)
    if call_id:
        reader.calls[call_id] = len(reader.steps) - 1


def _result(
    reader: _Reader, call_id: str | None, content: Json, name: str | None, position: int, *, failed: bool = False
) -> None:
    result = parsed_if_json(content)
    error = _error(result, failed=failed)
    place = _place_of_call(reader, call_id, name)
    if place is None:
        step = Step(
            kind=StepKind.TOOL_CALL, role=Role.TOOL, name=name, result=result, error=error, source_positions=(position,)
        )
        reader.steps.append(step)
        if call_id:
            reader.waiting[call_id] = (len(reader.steps) - 1, step)
        return
    reader.unanswered.remove(place)
    call = reader.steps[place]
    positions = tuple(sorted({*call.source_positions, position}))
    reader.steps[place] = replace(call, name=call.name or name, result=result, error=error, source_positions=positions)


def _place_of_call(reader: _Reader, call_id: str | None, name: str | None) -> int | None:
    """Return where the call of a result stands: by its id, else the first open call of that name."""
    if call_id is not None:
        place = reader.calls.get(call_id)
        return place if place in reader.unanswered else None
    same = (place for place in reader.unanswered if name is None or reader.steps[place].name == name)
    return next(same, None)


def _error(result: Json, *, failed: bool) -> str | None:
    """Return what a result says went wrong, if it clearly says so."""
    if failed:
        return _shown(result) or "the tool failed"
    if isinstance(result, dict) and result.get("error"):
        return _shown(result["error"])
    if isinstance(result, str) and result.lstrip().lower().startswith(
        ("error:", "error ", "exception:", "traceback (")
    ):
        return result.strip()
    return None


def _content(message: Mapping[str, Json]) -> Json:
    content = first_of(message, TEXT_KEYS)
    if content is None and any(message.get(key) == "" for key in TEXT_KEYS):
        return ""  # an answer that is empty is no answer that is missing
    return _joined(content)


def _joined(content: Json) -> Json:
    """Return a tool's content: the text of text parts, other content as it is."""
    parts = _parts(content)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else list(parts)


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
