"""Which column of a table means what: guessed from names, or given in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaldash.domain.trace import Json
from evaldash.errors import InvalidInput
from evaldash.importers.messages import is_message_list

ROLES = (
    "query", "answer", "system", "context", "messages", "id", "session", "version", "started_at", "feedback", "metric",
    "metadata", "ignore",
)  # fmt: skip
SINGLE = ("messages", "id", "session", "version", "started_at")  # roles that one column at most may have
NAMES: Table[str, tuple[str, ...]] = {
    "query": ("query", "question", "user_query", "user_message", "user_input", "prompt", "input", "request", "user",
              "human"),
    "answer": ("answer", "response", "output", "completion", "assistant_message", "reply", "assistant", "bot", "result",
               "generated_text", "model_output", "final_answer"),
    "system": ("system", "system_prompt", "instructions"),
    "context": ("context", "contexts", "documents", "retrieved_documents", "passages", "retrieved_context", "sources"),
    "messages": ("messages", "conversation", "history", "transcript", "chat"),
    "id": ("id", "trace_id", "external_id", "uuid", "request_id", "row_id"),
    "session": ("session", "session_id", "conversation_id", "thread_id", "chat_id"),
    "version": ("version", "release", "app_version"),
    "started_at": ("started_at", "timestamp", "created_at", "time", "date", "start_time", "datetime"),
    "feedback": ("feedback", "rating", "thumbs", "score", "comment", "reaction", "stars", "user_feedback"),
    "metric": ("latency_ms", "duration_ms", "tokens_in", "tokens_out", "prompt_tokens", "completion_tokens", "cost_usd",
               "cost", "latency", "input_tokens", "output_tokens"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """Column -> role, a pair each. Columns it does not name become metadata."""

    roles: tuple[tuple[str, str], ...]

    def columns(self, role: str) -> tuple[str, ...]:
        """Return the columns with a role."""
        return tuple(column for column, given in self.roles if given == role)

    def role(self, column: str) -> str:
        """Return the role of a column."""
        return dict(self.roles).get(column, "metadata")

    @classmethod
    def of(cls, roles: Table[str, str]) -> Mapping:
        """Return a mapping after checking it; InvalidInput names the column and the rule."""
        for column, role in roles.items():
            if role not in ROLES:
                raise InvalidInput(f"column {column!r}: the role must be one of {', '.join(ROLES)}, got {role!r}")
        for role in SINGLE:
            named = [column for column, given in roles.items() if given == role]
            if len(named) > 1:
                raise InvalidInput(f"the role {role} is for one column, got {', '.join(named)}")
        found = cls(tuple(roles.items()))
        if not any(found.columns(role) for role in ("query", "answer", "messages")):
            raise InvalidInput("a mapping needs a column for query, answer or messages, got none")
        return found

    @classmethod
    def from_json(cls, path: Path) -> Mapping:
        """Read a mapping from a JSON object of column -> role; InvalidInput says what is wrong with it."""
        return cls.of(read_roles(path))

    def check(self, columns: Sequence[str]) -> None:
        """Raise InvalidInput for a column that the table does not have."""
        for column, _ in self.roles:
            if column not in columns:
                raise InvalidInput(f"the table has no column {column!r}; it has {', '.join(columns)}")


def read_roles(path: Path) -> dict[str, str]:
    """Read a JSON object of column -> role; InvalidInput says what is wrong with the file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InvalidInput(f"the mapping file {path} cannot be opened: {error.strerror}") from error
    except ValueError as error:
        raise InvalidInput(f"the mapping file {path} is not JSON: {error}") from error
    if not isinstance(value, dict) or not all(isinstance(role, str) for role in value.values()):
        raise InvalidInput(f'the mapping file {path} must hold one object like {{"question": "query"}}')
    return value


def guess_mapping(rows: Sequence[Table[str, Json]]) -> Mapping | None:
    """Return the roles that names and values of the first rows suggest, None when nobody says or asks anything."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    roles: dict[str, str] = {}
    for role, names in NAMES.items():
        for name in names:
            column = next((c for c in columns if _plain(c) == name and c not in roles), None)
            if column is not None and (role in ("feedback", "metric") or role not in roles.values()):
                roles[column] = role
    for column, role in list(roles.items()):
        if role in ("query", "messages", "context") and _holds_messages(rows, column):
            roles[column] = "messages"
        elif role == "messages":
            roles[column] = "metadata"
    if not any(role in ("query", "answer", "messages") for role in roles.values()):
        return None
    return Mapping(tuple(roles.items()))


def _plain(column: str) -> str:
    return "_".join(column.strip().lower().replace("-", " ").replace("_", " ").split())


def _holds_messages(rows: Sequence[Table[str, Json]], column: str) -> bool:
    from evaldash.importers.fields import parsed_if_json

    cells = [parsed_if_json(row.get(column)) for row in rows if row.get(column)]
    return bool(cells) and all(is_message_list(cell) for cell in cells)
