"""The traces that the browser reads from: each laid out once, given out as they are asked for, a little at a time.

They go in by a component and a fragment of their own: a save does not wait for traces, and sends none again. What goes
in is bytes, a line of JSON for each trace, which the browser reads when it shows the trace.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.template import Template
from evaldash.services.browse import newest_feedback
from evaldash.services.reading import answer_parts, reading_payloads
from evaldash.services.templates import project_template
from evaldash.storage.store import Store

FIRST_PIECE = 64_000  # bytes of the steps of one trace that go at first: some screens; the rest when it comes near
MAX_ANSWER = 160_000  # bytes of traces in one answer, but one trace at least: taken in between two frames
MAX_NEEDED = 64  # traces that one question names
AT_ONCE = 4  # traces that are read from the store and laid out together
KEPT = 256  # traces laid out that are kept for all who read, some megabytes


def look_of(store: Store, project: Project) -> str:
    """Return a mark that changes whenever traces are to be shown differently: new feedback, another template."""
    shown = f"{project.key} {newest_feedback(store)} {project_template(store, project)!r}"
    return hashlib.sha256(shown.encode(errors="replace")).hexdigest()[:12]


def shelf_answer(store: Store, project: Project, asked: Mapping[str, Any]) -> bytes:
    """Return the answer to `asked`: a line about it, then a line for each of its traces, as many as there is room for.

    `asked` holds `n`, its number; `need`, ids of traces in the order in which they are wanted; `parts`, questions about
    traces that are there already. The first line holds `n`, `look` (see `look_of`), `ids` of the lines that follow,
    `gone` (ids that are no trace of the project) and the answered `parts`.
    """
    number, parts = asked.get("n"), answer_parts(store, project, asked.get("parts"))
    found, gone = _lines(store, project, _ids(asked.get("need")))
    about = {
        "n": number if isinstance(number, int) else 0,
        "look": look_of(store, project),
        "ids": list(found),
        "gone": gone,
        "parts": [asdict(part) for part in parts],
    }
    return b"\n".join([json.dumps(about).encode(), *found.values()])


def _ids(need: object) -> list[str]:
    named = [item for item in need if isinstance(item, str)] if isinstance(need, list) else []
    return list(dict.fromkeys(named))[:MAX_NEEDED]


def _lines(store: Store, project: Project, wanted: Sequence[str]) -> tuple[dict[str, bytes], list[str]]:
    """Return the lines of the first traces of `wanted`, as far as MAX_ANSWER reaches, and the ids that are no trace."""
    found: dict[str, bytes] = {}
    gone: list[str] = []
    used = 0
    for trace, line in _laid_out(store, project, wanted):
        if line is None:
            gone.append(trace)
            continue
        used += len(line)
        if used > MAX_ANSWER and found:
            break
        found[trace] = line
    return found, gone


def _laid_out(store: Store, project: Project, wanted: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
    """Yield each trace laid out, None for one that is not there; what was laid out before is kept."""
    kept = _kept(store.url, project.key, newest_feedback(store), project_template(store, project))
    for start in range(0, len(wanted), AT_ONCE):
        group = wanted[start : start + AT_ONCE]
        lines = {trace: line for trace in group if (line := kept.get(trace)) is not None}
        missing = [trace for trace in group if trace not in lines]
        for payload in reading_payloads(store, project, missing, budget=FIRST_PIECE) if missing else []:
            lines[payload["id"]] = json.dumps(payload, ensure_ascii=False).encode(errors="replace")
        for trace, line in lines.items():
            kept.pop(trace, None)
            kept[trace] = line  # what was asked for last stands last, and stays longest
        for trace in list(kept)[: max(0, len(kept) - KEPT)]:
            kept.pop(trace, None)  # other sessions read and write here as well
        yield from ((trace, lines.get(trace)) for trace in group)


@st.cache_resource(max_entries=8, show_spinner=False)
def _kept(
    url: str,  # noqa: ARG001 (all of these are the key)
    project_key: int,  # noqa: ARG001
    said: int,  # noqa: ARG001
    shown: Template,  # noqa: ARG001
) -> dict[str, bytes]:
    """Return the lines of a project's traces that are laid out; a line in it never changes."""
    return {}
