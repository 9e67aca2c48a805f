"""The codebook as the desk shows it beside a trace."""

from __future__ import annotations

from typing import Any

from evaldash.domain.stored import Project
from evaldash.services.desk_settings import desk_settings
from evaldash.services.taxonomy import view
from evaldash.storage.store import Store
from evaldash.transcript.markup import parse

EXAMPLES = 3  # notes of a mode, the newest


def codebook_parts(store: Store, project: Project) -> dict[str, Any]:
    """Return `guidelines` as nodes of parsed Markdown and `modes` with definition, rules and examples."""
    now = view(store, project)
    guidelines = desk_settings(store, project).guidelines
    return {
        "guidelines": list(parse(guidelines)) if guidelines.strip() else None,
        "modes": [
            {
                "id": mode.id,
                "name": mode.name,
                "definition": mode.definition,
                "applies_when": mode.applies_when,
                "not_when": mode.not_when,
                "examples": [code.text for code in now.by_mode[mode.id][-EXAMPLES:]],
            }
            for mode in now.taxonomy.modes
        ],
    }
