"""Each rule about the code is seen to fail on an offender planted in a small copy of the tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ABOVE = ("cli", "ui", "jobs", "services")
SIBLINGS = ("importers", "embedding", "clustering", "sampling", "taxonomy", "reports", "storage")
BELOW = ("stats", "llm", "charts", "domain")
CONFIGURATION = ("pyproject.toml", ".importlinter")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The project's packages, empty and in order, with its own configuration."""
    for package in (*ABOVE, *SIBLINGS, *BELOW):
        _write(tmp_path, f"evaldash/{package}/__init__.py", '"""A package."""\n')
    for module in ("evaldash/__init__.py", "evaldash/config.py", "evaldash/errors.py", "app.py"):
        _write(tmp_path, module, '"""A module."""\n')
    for page in ("explore", "sample"):
        _write(tmp_path, f"pages/{page}.py", '"""A page."""\n')
    for name in CONFIGURATION:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def _write(tree: Path, path: str, text: str) -> None:
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_text(text, encoding="utf-8")


def _run(tree: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=tree, capture_output=True, text=True, check=False)


def _lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    return _run(tree, BIN / "lint-imports", "--no-logo", "--no-cache")


def _check_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    return _run(tree, sys.executable, ROOT / "tools" / "check_imports.py")


@pytest.mark.parametrize("check", [_lint_imports, _check_imports])
def test_a_tree_in_order_passes(tree: Path, check) -> None:
    result = check(tree)
    assert result.returncode == 0, result.stdout + result.stderr


LAYER_OFFENDERS = [
    pytest.param("domain", "stats", id="domain-knows-stats"),
    pytest.param("stats", "sampling", id="stats-know-sampling"),
    pytest.param("stats", "llm", id="stats-know-their-sibling-llm"),
    pytest.param("charts", "services", id="charts-know-services"),
    pytest.param("clustering", "embedding", id="clustering-knows-its-sibling-embedding"),
    pytest.param("sampling", "storage", id="a-pure-package-knows-storage"),
    pytest.param("storage", "services", id="storage-knows-services"),
    pytest.param("services", "jobs", id="services-know-jobs"),
    pytest.param("services", "ui", id="services-know-widgets"),
    pytest.param("cli", "ui", id="commands-know-widgets"),
    pytest.param("jobs", "cli", id="jobs-know-commands"),
]


@pytest.mark.parametrize(("lower", "higher"), LAYER_OFFENDERS)
def test_an_import_against_the_layers_fails(tree: Path, lower: str, higher: str) -> None:
    _write(tree, f"evaldash/{lower}/offender.py", f"import evaldash.{higher}\n")
    result = _lint_imports(tree)
    assert result.returncode == 1
    assert f"evaldash.{lower} is not allowed to import evaldash.{higher}" in result.stdout


def test_a_new_package_must_be_given_a_layer(tree: Path) -> None:
    _write(tree, "evaldash/helpers/__init__.py", "")
    result = _lint_imports(tree)
    assert result.returncode == 1
    assert "evaldash.helpers" in result.stdout


CONTRACT_OFFENDERS = [
    pytest.param("evaldash/ui/offender.py", "import pages.sample", "package-below-pages", id="a-widget-knows-a-page"),
    pytest.param("pages/explore.py", "import pages.sample", "pages-apart", id="a-page-knows-another"),
    pytest.param("pages/explore.py", "import evaldash.storage", "pages-storage", id="a-page-knows-storage"),
]


@pytest.mark.parametrize(("path", "statement", "contract"), CONTRACT_OFFENDERS)
def test_an_import_against_a_contract_fails(tree: Path, path: str, statement: str, contract: str) -> None:
    _write(tree, path, statement + "\n")
    result = _lint_imports(tree)
    assert result.returncode == 1
    assert f"{contract}: " in result.stdout.partition("Broken contracts")[2]


RULE_OFFENDERS = [
    pytest.param("evaldash/services/x.py", "import sqlalchemy as sa", "sql-in-storage", id="a-service-knows-sql"),
    pytest.param("pages/explore.py", "def f():\n    import psycopg", "sql-in-storage", id="sql-inside-a-function"),
    pytest.param("evaldash/cli/x.py", "from alembic import command", "sql-in-storage", id="a-command-migrates"),
    pytest.param("evaldash/services/x.py", "import streamlit", "streamlit-in-views", id="a-service-knows-streamlit"),
    pytest.param("evaldash/stats/x.py", "import pandas", "stats-are-numbers", id="stats-know-pandas"),
    pytest.param("evaldash/stats/x.py", "from ..llm import client", "stats-are-numbers", id="stats-know-a-model"),
    pytest.param("evaldash/domain/x.py", "import numpy", "domain-is-plain", id="the-domain-knows-numpy"),
    pytest.param("evaldash/domain/x.py", "import pathlib", "domain-is-plain", id="the-domain-reads-files"),
    pytest.param("evaldash/domain/x.py", "import evaldash.config", "domain-is-plain", id="the-domain-reads-settings"),
    pytest.param("app.py", "from evaldash import storage", "app-storage", id="the-app-knows-storage"),
    pytest.param("pages/explore.py", "import evaldash.storage.store", "app-storage", id="a-page-knows-the-store"),
    pytest.param("app.py", "from pages import explore", "pages-are-run", id="the-app-imports-a-page"),
]


@pytest.mark.parametrize(("path", "statement", "rule"), RULE_OFFENDERS)
def test_an_import_against_a_rule_fails(tree: Path, path: str, statement: str, rule: str) -> None:
    _write(tree, path, statement + "\n")
    result = _check_imports(tree)
    assert result.returncode == 1
    assert f"{path}:{statement.count(chr(10)) + 1}: " in result.stdout
    assert f": {rule}: " in result.stdout


LINT_OFFENDERS = [
    pytest.param("import torch\n\ntorch.manual_seed(1)\n", "TID253", id="a-heavy-module-at-the-top"),
    pytest.param("try:\n    pass\nexcept Exception:\n    pass\n", "BLE001", id="a-broad-except"),
    pytest.param("import pickle\n\npickle.loads(b'')\n", "S301", id="unpickling"),
    pytest.param("def f() -> None:\n    pass\n", "D103", id="a-public-function-without-a-docstring"),
    pytest.param("X = '" + "x" * 130 + "'\n", "E501", id="a-line-too-long"),
]


@pytest.mark.parametrize(("text", "code"), LINT_OFFENDERS)
def test_ruff_refuses(tree: Path, text: str, code: str) -> None:
    _write(tree, "evaldash/services/offender.py", text)
    result = _run(tree, BIN / "ruff", "check", "--no-cache", "--output-format", "concise", "evaldash")
    assert result.returncode == 1
    assert code in result.stdout


def test_mypy_refuses_what_has_no_types(tree: Path) -> None:
    _write(tree, "evaldash/services/offender.py", "def f(x):\n    return x\n")
    result = _run(tree, BIN / "mypy", "--cache-dir", tree / "cache", "evaldash/services/offender.py")
    assert result.returncode == 1
    assert "[no-untyped-def]" in result.stdout
