"""The reference cases of the method, each on its own; without them there is nothing to compare with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.stats.check_reference import check, main
from tests.stats.reference import FUNCTIONS

FILES = sorted((Path(__file__).parents[2] / "../shared/stats").resolve().glob("*.json"))
OWN = Path(__file__).parent / "cases" / "own.json"
CASES = [case for path in FILES for case in json.loads(path.read_text())["cases"] if case["function"] in FUNCTIONS]


@pytest.mark.skipif(not CASES, reason="the reference cases are not there: ../shared/stats beside the repository")
@pytest.mark.parametrize("case", CASES, ids=[f"{case['function']}-{case['id']}" for case in CASES])
def test_reference_case(case):
    result = check(case)
    assert not result.problems, result.line


@pytest.mark.parametrize("case", json.loads(OWN.read_text())["cases"], ids=lambda case: case["id"])
def test_own_case(case):
    result = check(case)
    assert not result.problems, result.line


def test_a_wrong_value_fails():
    case = {"id": "x", "function": "kish_neff", "input": {"w": [1, 1]}, "expected": {"neff": 3}}
    assert check(case).problems == ("neff: expected 3, got 2.0",)


def test_a_value_that_is_not_computed_fails():
    case = {"id": "x", "function": "kish_neff", "input": {"w": [1, 1]}, "expected": {"other": 2}}
    assert check(case).problems == ("other: expected 2, got None",)


def test_an_unknown_function_fails_and_is_counted(tmp_path, capsys):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": [{"id": "x", "function": "magic", "input": {}, "expected": {"y": 1}}]}))
    assert main([str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"
