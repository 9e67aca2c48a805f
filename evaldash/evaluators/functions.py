"""What code checks do, in the standard library alone: this file is copied into exported tests.

Each takes a spec and a trace as `evaldash traces` prints it, and returns what it found in words, or None. Found means
that the failure shows. `where` is answer (default: the last assistant message), assistant, user, tools or all.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from evaldash.domain.languages import language_of

Spec = Mapping[str, Any]
TraceDocument = Mapping[str, Any]

MAX_TEXT = 2_000_000  # characters of a trace that are looked at
MAX_SHOWN = 120  # characters of what was found

try:  # linear in the text, so that no trace can make a check hang; the syntax is a part of Python's
    import re2 as engine
except ImportError:
    engine = re


def regex(spec: Spec, trace: TraceDocument) -> str | None:
    """Look for `pattern`, and `absent` true where the failure is that it does not occur."""
    found = engine.search(("(?i)" if spec.get("ignore_case") else "") + spec["pattern"], text_of(spec, trace))
    if spec.get("absent"):
        return None if found else f"nothing matches {spec['pattern']}"
    return f"matches: {found.group()[:MAX_SHOWN]}" if found else None


def contains(spec: Spec, trace: TraceDocument) -> str | None:
    """Look for `words`: any of them, in any case; `absent` true where the failure is that none of them occurs."""
    text = text_of(spec, trace).casefold()
    found = [word for word in spec["words"] if word.casefold() in text]
    if spec.get("absent"):
        return None if found else f"holds none of: {', '.join(spec['words'])[:MAX_SHOWN]}"
    return f"holds: {', '.join(found)[:MAX_SHOWN]}" if found else None


def json_schema(spec: Spec, trace: TraceDocument) -> str | None:
    """Hold the text to `schema`: it must be JSON that follows the schema; a Markdown fence around it is taken off."""
    import jsonschema

    text = text_of(spec, trace).strip()
    if text.startswith("```") and text.endswith("```"):
        text = text.removesuffix("```").partition("\n")[2]
    try:
        jsonschema.validate(json.loads(text), spec["schema"])
    except (ValueError, RecursionError):
        return "is no JSON"
    except jsonschema.ValidationError as error:
        return f"breaks the schema: {error.message[:MAX_SHOWN]}"
    return None


def tool_called(spec: Spec, trace: TraceDocument) -> str | None:
    """Look for `tool`, called with `arguments` if any; `absent` true where the failure is that it was not called."""
    wanted = spec.get("arguments") or {}
    calls = [step for step in trace["steps"] if step["kind"] == "tool_call" and step["name"] == spec["tool"]]
    fitting = [call for call in calls if all(_argument(call, key) == value for key, value in wanted.items())]
    if spec.get("absent"):
        return None if fitting else f"never called {spec['tool']}" + (" so" if wanted else "")
    return f"called {spec['tool']} {len(fitting)} times" if fitting else None


def length(spec: Spec, trace: TraceDocument) -> str | None:
    """Count against `at_most` or `at_least`, in `unit` words (default) or characters: a text outside of it fails."""
    text = text_of(spec, trace)
    size = len(text) if spec.get("unit") == "characters" else len(text.split())
    unit = spec.get("unit", "words")
    if size > spec.get("at_most", size):
        return f"has {size} {unit}, more than {spec['at_most']}"
    return f"has {size} {unit}, fewer than {spec['at_least']}" if size < spec.get("at_least", size) else None


def language(spec: Spec, trace: TraceDocument) -> str | None:
    """Compare with `language`: two letters, or `user` for the language of the first user message; another one fails."""
    spoken = language_of(text_of(spec, trace))
    wanted = spec["language"]
    if wanted == "user":
        wanted = language_of(text_of({"where": "user"}, trace))
    return f"is {spoken}, not {wanted}" if spoken and wanted and spoken != wanted else None


FUNCTIONS: dict[str, Callable[[Spec, TraceDocument], str | None]] = {
    function.__name__: function for function in (regex, contains, json_schema, tool_called, length, language)
}


def text_of(spec: Spec, trace: TraceDocument) -> str:
    """Return the text that a check looks at."""
    where = spec.get("where", "answer")
    steps = trace["steps"]
    if where == "all":
        parts = [_words(step) for step in steps]
    elif where == "tools":
        parts = [_words(step) for step in steps if step["kind"] == "tool_call"]
    else:
        role = "user" if where == "user" else "assistant"
        said = [step["text"] for step in steps if step["kind"] == "message" and step["role"] == role and step["text"]]
        parts = said[-1:] if where == "answer" else said
    return "\n".join(parts)[:MAX_TEXT].encode("utf-8", "replace").decode()  # re2 takes no lone surrogates


def _argument(call: Mapping[str, Any], key: str) -> Any:
    return call["arguments"].get(key) if isinstance(call["arguments"], dict) else None


def _words(step: Mapping[str, Any]) -> str:
    parts = (step["text"], step["name"], step["arguments"], step["result"], step["error"])
    return " ".join(part if isinstance(part, str) else json.dumps(part, ensure_ascii=False) for part in parts if part)
