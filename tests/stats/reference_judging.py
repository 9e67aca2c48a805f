"""Reference vocabulary: what a judge's verdicts say about the true rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from evaldash.stats import judging
from tests.stats.vocabulary import Case, Outcome

# Of a confusion table: label and prediction. Counts are named by outcome, by both digits, or stand in rows by label.
CELLS = {"tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0)}
ONES = ("ones", "positives", "n_positive", "pos", "x", "1", "pred_1")
ZEROS = ("zeros", "negatives", "n_negative", "neg", "0", "pred_0")
TOTALS = ("n", "N", "total")


def rogan_gladen_known(given: Case) -> Outcome:
    found = judging.corrected_known(given["x"], given["n"], sensitivity=given["se"], specificity=given["sp"])
    return {
        "ap": given["x"] / given["n"], "tp": found.estimate, "tp_ci95": [found.low, found.high], "tp_raw": found.raw,
        "tp_ci95_raw": [found.raw_low, found.raw_high], "warn": found.warning,
    }  # fmt: skip


def judge_corrected_rate(given: Case) -> Outcome:
    p = float(np.mean(given["unlabeled_preds"]))
    try:
        return {"point": judging.corrected_by_labels(given["test_labels"], given["test_preds"], p)}
    except judging.UselessJudge as error:
        return {"error": str(error).split(":", maxsplit=1)[0].removesuffix(" among the labels")}


def judge_corrected_ci(given: Case) -> Outcome:
    sizes = {name: given[name] for name in ("q0", "q1", "m0", "m1")}
    point, interval, error = judging.corrected_interval(given["p"], given["n"], **sizes)
    return {"point": point, "ci95": [interval.low, interval.high], "delta_method_se": error}


def allocate_calibration(given: Case) -> Outcome:
    q = {"q0": given["q0_pilot"], "q1": given["q1_pilot"]}
    m0, m1 = judging.labels_by_class(given["m"], p=given["p"], pilot=given["m_pilot"], **q)
    return {"m0": m0, "m1": m1}


def ppi_mean(given: Case) -> Outcome:
    """Pairs are [label, prediction]; a confusion table and counts of predictions stand for their lists."""
    pairs = given.get("labelled_pairs") or _pairs_of(given["confusion"])
    rest = _predictions_of(given["unlabelled"])
    y, f = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    best, whole, none = (judging.predicted_mean(y, f, rest, weight=weight) for weight in (None, 1.0, 0.0))
    return {
        "ppi_plus_point": best.estimate, "ppi_plus_ci95": [best.low, best.high], "lam1_point": whole.estimate,
        "lam1_ci95": [whole.low, whole.high], "labels_only_point": none.estimate,
        "labels_only_wald_ci95": [none.low, none.high],
    }  # fmt: skip


def _pairs_of(confusion: Any) -> list[tuple[int, int]]:
    if isinstance(confusion, list):
        cells = {(label, called): confusion[label][called] for label in (0, 1) for called in (0, 1)}
    else:
        cells = {_cell(name): count for name, count in confusion.items()}
    return [pair for pair, count in cells.items() for _ in range(count)]


def _cell(name: str) -> tuple[int, int]:
    digits = [int(character) for character in name if character in "01"]
    return CELLS[name.lower()] if name.lower() in CELLS else (digits[0], digits[1])


def _predictions_of(given: Any) -> list[float]:
    if isinstance(given, list):
        return given
    named: dict[str, Any] = {
        wanted: next((given[name] for name in names if name in given), None)
        for wanted, names in (("ones", ONES), ("zeros", ZEROS), ("n", TOTALS))
    }
    if named["ones"] is None:
        share = next(given[name] for name in ("mean", "p", "rate", "share") if name in given)
        named["ones"] = round(share * named["n"])
    zeros = named["n"] - named["ones"] if named["zeros"] is None else named["zeros"]
    return [1.0] * named["ones"] + [0.0] * zeros


FUNCTIONS = {
    "allocate_calibration": allocate_calibration,
    "judge_corrected_ci": judge_corrected_ci,
    "judge_corrected_rate": judge_corrected_rate,
    "ppi_mean": ppi_mean,
    "rogan_gladen_known": rogan_gladen_known,
}
