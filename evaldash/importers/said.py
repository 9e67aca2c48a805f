"""What the plain input and output of a span say: the question a user asked, the answer that came back."""

from __future__ import annotations

from collections.abc import Sequence

from evaldash.domain.trace import Json, Role
from evaldash.importers.fields import parsed_if_json
from evaldash.importers.foreign_messages import as_chat

QUESTION_KEYS = (
    "question", "query", "user_query", "user_input", "user_message", "input", "prompt", "message", "text", "request",
    "task", "topic", "instruction", "content", "body", "inputs", "kwargs", "args",
)  # fmt: skip
ANSWER_KEYS = (
    "answer", "final_answer", "response", "output", "result", "reply", "message", "text", "content", "completion",
    "generation", "output_text", "outputs", "final_output", "return_value", "value",
)  # fmt: skip
MAX_WRAPPED = 4  # {"args": [{"input": {"question": …}}]}: levels of wrapping around what was said


def messages_in(value: Json, role: Role) -> list[Json]:
    """Return the chat messages that a value holds; a plain text, or one under a usual name, is said by `role`.

    Empty where the value says nothing that one could be sure of.
    """
    value = parsed_if_json(value)
    messages = as_chat(value) if isinstance(value, dict | list) else []
    if messages:
        return messages
    text = _text(value, QUESTION_KEYS if role is Role.USER else ANSWER_KEYS)
    return [{"role": role.value, "content": text}] if text else []


def _text(value: Json, keys: Sequence[str], depth: int = 0) -> str | None:
    value = parsed_if_json(value)
    if isinstance(value, str):
        return value.strip() or None
    if depth >= MAX_WRAPPED:
        return None
    if isinstance(value, list):
        return _text(value[0], keys, depth + 1) if len(value) == 1 else None
    if not isinstance(value, dict):
        return None
    present = (value[key] for key in keys if value.get(key) not in (None, "", [], {}))
    found = (_text(item, keys, depth + 1) for item in present)
    return next((text for text in found if text), None)
