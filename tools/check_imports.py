"""The import rules that are about outside packages and single files; lower and higher is import-linter's.

Reads every import statement, also those inside functions, and prints one line for each that breaks a rule.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SQL = {"sqlalchemy", "alembic", "psycopg", "sqlite3"}
NUMBERS = {"numpy", "scipy", "statsmodels", "sklearn"}
INPUT_OUTPUT = {"io", "os", "pathlib", "shutil", "socket", "sqlite3", "subprocess", "tempfile", "urllib", "http"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One sentence, the files it is about, and the imports it does not allow there (both take dotted names)."""

    name: str
    sentence: str
    about: Callable[[str], bool]
    breaks: Callable[[str], bool]


def within(module: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages or lies inside one."""
    return any(module == package or module.startswith(package + ".") for package in packages)


def _outside(module: str, packages: set[str]) -> bool:
    return _top(module) not in packages | sys.stdlib_module_names


def _top(module: str) -> str:
    return module.partition(".")[0]


RULES = (
    Rule(
        name="sql-in-storage",
        sentence="only evaldash.storage knows SQL",
        about=lambda module: not within(module, "evaldash.storage"),
        breaks=lambda imported: _top(imported) in SQL,
    ),
    Rule(
        name="streamlit-in-views",
        sentence="only app.py, pages and evaldash.ui know Streamlit",
        about=lambda module: not within(module, "app", "pages", "evaldash.ui"),
        breaks=lambda imported: _top(imported) == "streamlit",
    ),
    Rule(
        name="stats-are-numbers",
        sentence="evaldash.stats knows numpy, scipy, statsmodels, sklearn, the domain and the errors, nothing else",
        about=lambda module: within(module, "evaldash.stats"),
        breaks=lambda imported: (
            _outside(imported, NUMBERS | {"evaldash"})
            or (_top(imported) == "evaldash" and not _pure(imported, "evaldash.stats"))
        ),
    ),
    Rule(
        name="domain-is-plain",
        sentence="evaldash.domain knows the standard library less input and output, and the errors",
        about=lambda module: within(module, "evaldash.domain"),
        breaks=lambda imported: (
            _outside(imported, {"evaldash"})
            or _top(imported) in INPUT_OUTPUT
            or (_top(imported) == "evaldash" and not _pure(imported))
        ),
    ),
    Rule(
        name="app-storage",
        sentence="app.py and pages never import storage",
        about=lambda module: within(module, "app", "pages"),
        breaks=lambda imported: within(imported, "evaldash.storage"),
    ),
    Rule(
        name="pages-are-run",
        sentence="pages are run by st.navigation; nothing imports them",
        about=lambda _module: True,
        breaks=lambda imported: within(imported, "pages", "app"),
    ),
)


def _pure(imported: str, *also: str) -> bool:
    return imported == "evaldash" or within(imported, "evaldash.domain", "evaldash.errors", *also)


def imports_of(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import in a source text; `from a import b` counts as a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")
    kept = parents[: len(parents) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept)


def sources(root: Path) -> Iterator[tuple[Path, str, str]]:
    """Every checked file of a tree with its module's and its package's dotted name."""
    files = [root / "app.py", *(root / "pages").rglob("*.py"), *(root / "evaldash").rglob("*.py")]
    for path in sorted(file for file in files if file.is_file()):
        parts = path.relative_to(root).with_suffix("").parts
        package = ".".join(parts[:-1])
        yield path, package if parts[-1] == "__init__" else ".".join(parts), package


def violations(root: Path) -> Iterator[str]:
    """One line per import that breaks a rule: file, line, what is imported, which rule."""
    for path, module, package in sources(root):
        found = list(imports_of(path.read_text(encoding="utf-8"), package))
        for rule in RULES:
            if rule.about(module):
                for line, imported in found:
                    if rule.breaks(imported):
                        yield f"{path.relative_to(root)}:{line}: imports {imported}: {rule.name}: {rule.sentence}"


def main(root: Path) -> int:
    """Print what breaks a rule; 1 if anything does."""
    lines = list(violations(root))
    print("\n".join(lines) if lines else f"Imports: {len(RULES)} rules kept.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
