"""Checks as one Python file of pytest tests that needs evaldash no longer."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from types import ModuleType

from evaldash.domain import languages
from evaldash.domain.check import Check
from evaldash.evaluators import functions

_HEAD = '''"""Code checks of failure modes, exported by evaldash.

    evaldash traces --json > traces.jsonl
    TRACES=traces.jsonl pytest {name}

Each test is one check on one trace of the file that TRACES names (JSON Lines); it fails where the failure shows.
"""

import os
from pathlib import Path

import pytest

'''
_TAIL = """

def load_traces():
    path = Path(os.environ.get("TRACES", "traces.jsonl"))
    try:
        with path.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        pytest.exit(f"TRACES must name a file of `evaldash traces --json`, got {path}: {error}", returncode=2)


@pytest.mark.parametrize("trace", load_traces(), ids=lambda trace: trace["id"][:12])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check["id"][:8])
def test_check(check, trace):
    found = FUNCTIONS[check["kind"]](check["spec"], trace)
    assert found is None, f"{check['mode']}: {found}"
"""


def as_tests(checks: Sequence[Check], mode_names: Mapping[str, str], *, file_name: str) -> str:
    """Return the text of the file. What people wrote goes in as one JSON text, so none of it is ever code."""
    rows = [
        {"id": c.id, "mode": mode_names.get(c.mode, c.mode), "name": c.name, "kind": c.kind.value, "spec": dict(c.spec)}
        for c in checks
    ]
    body = "\n\n".join(map(_source, (languages, functions)))
    data = json.dumps(rows, ensure_ascii=True, indent=1)
    return f"{_HEAD.format(name=file_name)}{body}\n\nCHECKS = json.loads({data!r})\n{_TAIL}"


def _source(module: ModuleType) -> str:
    """Return the code of a module without its docstring and without what it takes from evaldash."""
    body = inspect.getsource(module).split('"""', 2)[2].strip()
    return "\n".join(line for line in body.splitlines() if not line.startswith("from evaldash."))
