"""The command line starts without the libraries that only some commands need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "pandas",
    "streamlit",
    "sklearn",
    "scipy",
    "statsmodels",
    "plotly",
    "openai",
    "hdbscan",
    "faiss",
    "openTSNE",
}


@pytest.mark.parametrize("module", ["evaldash", "evaldash.cli"])
def test_starting_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
