"""What a check must say to be one; looked at when it is made, so that running it never fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from evaldash.domain.check import CheckKind
from evaldash.domain.languages import LANGUAGES
from evaldash.errors import InvalidInput

WHERE = ("answer", "assistant", "user", "tools", "all")
MAX_SPEC = 100_000  # characters of its JSON
_SLOW_IN_SCHEMAS = ("pattern", "patternProperties", "format")  # run as Python regular expressions, without a time limit


def checked_spec(kind: CheckKind, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec when a check of this kind can run by it; InvalidInput names the key and the rule otherwise."""
    required, optional = _KEYS[kind]
    if missing := [key for key in required if key not in spec]:
        raise InvalidInput(f"a {kind} check needs {', '.join(missing)}; got {', '.join(spec) or 'nothing'}")
    if unknown := [key for key in spec if key not in (*required, *optional, "where", "absent")]:
        raise InvalidInput(
            f"a {kind} check does not know {', '.join(unknown)}; it takes {', '.join((*required, *optional))}"
        )
    if spec.get("where", "answer") not in WHERE:
        raise InvalidInput(f"where must be one of {', '.join(WHERE)}, got {spec['where']!r}")
    if len(json.dumps(spec)) > MAX_SPEC:
        raise InvalidInput(f"a check must have at most {MAX_SPEC:,} characters of JSON")
    _RULES[kind](spec)
    return dict(spec)


def _regex(spec: Mapping[str, Any]) -> None:
    import re2

    if not isinstance(spec["pattern"], str):
        raise InvalidInput(f"pattern must be a text, got {spec['pattern']!r}")
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(spec["pattern"], options)
    except re2.error as error:
        raise InvalidInput(
            f"pattern must be a regular expression in RE2 syntax (no look-around, no back references): {_said(error)}"
        ) from None


def _contains(spec: Mapping[str, Any]) -> None:
    words = spec["words"]
    if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
        raise InvalidInput(f"words must be a list of texts, at least one, got {words!r}")


def _json_schema(spec: Mapping[str, Any]) -> None:
    import jsonschema

    if slow := sorted(_keys(spec["schema"]) & set(_SLOW_IN_SCHEMAS)):
        raise InvalidInput(f"schema must not hold {', '.join(slow)}: they have no time limit; make a regex check of it")
    try:
        jsonschema.Draft202012Validator.check_schema(spec["schema"])
    except jsonschema.SchemaError as error:
        raise InvalidInput(f"schema must be a JSON schema: {error.message[:200]}") from None
    for reference in _references(spec["schema"]):
        if not _leads_somewhere(spec["schema"], reference):
            raise InvalidInput(
                f"schema must refer to parts of itself (#/$defs/name), not to other documents or to what is not there, "
                f"got {str(reference)[:80]!r}; write what is meant into it"
            )
    try:
        samples: tuple[Any, ...] = ({}, [], "", 0, None)
        for sample in samples:
            jsonschema.Draft202012Validator(spec["schema"]).is_valid(sample)
    except RecursionError:
        raise InvalidInput("schema must not refer to itself without end; write what is meant into it") from None


def _tool_called(spec: Mapping[str, Any]) -> None:
    if not isinstance(spec["tool"], str) or not isinstance(spec.get("arguments", {}), dict):
        raise InvalidInput("tool must be a name, and arguments an object of names and values")


def _length(spec: Mapping[str, Any]) -> None:
    bounds = [spec[key] for key in ("at_most", "at_least") if key in spec]
    if not bounds or not all(isinstance(bound, int) and bound >= 0 for bound in bounds):
        raise InvalidInput("a length check needs at_most or at_least, whole numbers from 0")
    if spec.get("unit", "words") not in ("words", "characters"):
        raise InvalidInput(f"unit must be words or characters, got {spec['unit']!r}")


def _language(spec: Mapping[str, Any]) -> None:
    known = ("user", *sorted(LANGUAGES))
    if spec["language"] not in known:
        raise InvalidInput(f"language must be one of {', '.join(known)}, got {spec['language']!r}")


def _keys(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        return set(schema).union(*map(_keys, schema.values()))
    return set().union(*map(_keys, schema)) if isinstance(schema, list) else set()


def _references(schema: Any) -> list[Any]:
    """Return what the schema refers to, at any depth."""
    if isinstance(schema, list):
        return [reference for part in schema for reference in _references(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema[key] for key in ("$ref", "$dynamicRef") if key in schema]
    return own + [reference for part in schema.values() for reference in _references(part)]


def _leads_somewhere(schema: Any, reference: Any) -> bool:
    """Tell whether a JSON pointer (RFC 6901) names a part of the schema; names by `$anchor` are not taken."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        return False
    for name in reference.split("/")[1:]:
        key = name.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, list) and key.isdecimal() and int(key) < len(schema):
            schema = schema[int(key)]
        elif isinstance(schema, dict) and key in schema:
            schema = schema[key]
        else:
            return False
    return isinstance(schema, dict | bool)


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode() if isinstance(said, bytes) else str(said)


_KEYS: dict[CheckKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    CheckKind.REGEX: (("pattern",), ("ignore_case",)),
    CheckKind.CONTAINS: (("words",), ()),
    CheckKind.JSON_SCHEMA: (("schema",), ()),
    CheckKind.TOOL_CALLED: (("tool",), ("arguments",)),
    CheckKind.LENGTH: ((), ("at_most", "at_least", "unit")),
    CheckKind.LANGUAGE: (("language",), ()),
}
_RULES: dict[CheckKind, Callable[[Mapping[str, Any]], None]] = {
    CheckKind.REGEX: _regex,
    CheckKind.CONTAINS: _contains,
    CheckKind.JSON_SCHEMA: _json_schema,
    CheckKind.TOOL_CALLED: _tool_called,
    CheckKind.LENGTH: _length,
    CheckKind.LANGUAGE: _language,
}
