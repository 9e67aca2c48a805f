"""How the traces of a project are best shown: kept with the project, read by whatever lays a trace out."""

from __future__ import annotations

from typing import Any

from evaldash.domain.stored import Project
from evaldash.domain.template import Template, template_of
from evaldash.domain.trace import StepKind
from evaldash.storage import projects, traces
from evaldash.storage.store import Store

SETTING = "template"  # its name in the project's settings
LOOKED_AT = 200  # newest traces whose metadata are offered


def project_template(store: Store, project: Project) -> Template:
    """Return the project's template; the default where none was set."""
    with store.read() as connection:
        return template_of(projects.setting(connection, project, SETTING))


def save_template(store: Store, project: Project, value: Any, *, who: str | None) -> Template:
    """Keep a template, given as JSON; raises InvalidInput with a sentence where it is none."""
    template = template_of(value)
    with store.write() as connection:
        projects.set_setting(connection, project, SETTING, template.as_json())
        projects.record(connection, project, who=who, what="changed how traces are shown")
        projects.touch(connection, project)
    return template


def metadata_names(store: Store, project: Project) -> list[str]:
    """Return the names of metadata that the newest traces carry, the most frequent first."""
    counts: dict[str, int] = {}
    with store.read() as connection:
        for head in traces.newest_heads(connection, project, None, limit=LOOKED_AT):
            for name in ("version", "session", *head.metadata):
                counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def known_tools(store: Store, project: Project) -> list[str]:
    """Return the tools that the newest traces call, the most frequent first."""
    counts: dict[str, int] = {}
    with store.read() as connection:
        newest = traces.newest_heads(connection, project, None, limit=LOOKED_AT)
        for trace in traces.load(connection, project, [head.id for head in newest]):
            for step in trace.steps:
                if step.kind in (StepKind.TOOL_CALL, StepKind.RETRIEVAL) and step.name:
                    counts[step.name] = counts.get(step.name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))
