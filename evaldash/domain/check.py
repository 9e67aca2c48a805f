"""A code check: a rule, run over traces without a model, that says whether a failure mode shows in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from evaldash.domain.trace import Json


class CheckKind(StrEnum):
    """What a check looks at; `evaluators.functions` says what `spec` holds for each."""

    REGEX = "regex"
    CONTAINS = "contains"
    JSON_SCHEMA = "json_schema"
    TOOL_CALLED = "tool_called"
    LENGTH = "length"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A rule of a failure mode (its id); a trace on which it fires is said to have the mode. It never changes."""

    id: str
    mode: str
    name: str
    kind: CheckKind
    spec: Mapping[str, Json] = field(default_factory=dict)
