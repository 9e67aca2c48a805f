"""Print constraints: the exact versions, in this environment, of all that evaldash and its dev extra bring in."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def declared(pyproject: Path) -> list[Requirement]:
    """What the project file asks for, dev extra included."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in [*project["dependencies"], *project["optional-dependencies"]["dev"]]]


def tree(roots: list[Requirement]) -> dict[str, str]:
    """Canonical name → version of the requirements and of everything below them that is installed here."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [wanted for root in roots for wanted in _wanted(root)]
    while waiting:
        name, extra = waiting.pop()
        version = _version(name)
        if version and (name, extra) not in seen:
            seen.add((name, extra))
            found[name] = version
            waiting += [wanted for needed in _needed(name, extra) for wanted in _wanted(needed)]
    return found


def _wanted(requirement: Requirement) -> list[tuple[str, str]]:
    name = canonicalize_name(requirement.name)
    return [(name, extra) for extra in ["", *requirement.extras]]


def _needed(name: str, extra: str) -> list[Requirement]:
    requirements = [Requirement(text) for text in distribution(name).requires or []]
    return [item for item in requirements if item.marker is None or item.marker.evaluate({"extra": extra})]


def _version(name: str) -> str:
    """The installed version without its local part (2.13.0+cpu → 2.13.0); empty if it is not here."""
    try:
        return re.sub(r"\+.*", "", distribution(name).version)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    print("# Exact versions of everything evaldash and its dev extra bring in; `make lock` writes this file.")
    for package, version in sorted(tree(declared(Path("pyproject.toml"))).items()):
        print(f"{package}=={version}")
