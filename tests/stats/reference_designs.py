"""Reference vocabulary: rates by design, and the draw itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from evaldash.sampling.allocation import allocate_by_power
from evaldash.sampling.farthest import farthest_first
from evaldash.stats import designs, intervals, outlying
from evaldash.stats.rates import kish_n_eff
from tests.stats.vocabulary import Case, Outcome


def proportion_ci(given: Case) -> Outcome:
    many = "cases" in given
    pairs = [_count(case) for case in given["cases"]] if many else [(given["x"], given["n"])]
    methods = {
        "wilson": intervals.wilson,
        "clopper_pearson": intervals.clopper_pearson,
        "jeffreys": intervals.jeffreys,
    }
    found = {name: [method(x, n) for x, n in pairs] for name, method in methods.items()}
    bounds = {name: [[item.low, item.high] for item in items] for name, items in found.items()}
    points = [item.estimate for item in found["wilson"]]
    return {"point": points, **bounds} if many else {"point": points[0], **{k: v[0] for k, v in bounds.items()}}


def stratified_mean(given: Case) -> Outcome:
    found = designs.stratified_mean(_moments(given))
    return {
        "mean": found.value,
        "se": found.se,
        "normal_ci95": list(found.normal_bounds()),
        f"t_ci95_df{found.df}": list(found.t_bounds()),
    }


def stratified_total(given: Case) -> Outcome:
    found = designs.stratified_total(_moments(given))
    return {"total": found.value, "se": found.se}


def stratified_linearised(given: Case) -> Outcome:
    found = designs.weighted_mean(given["y"], given["w"], strata=given["stratum"])
    return {"mean": found.value, "var": found.se**2, "df": found.df, "t_ci95": list(found.t_bounds())}


def stratified_proportion(given: Case) -> Outcome:
    strata = {name: _stratum(item) for name, item in named_strata(given["strata"])}
    found = designs.stratified_rate(
        [designs.Stratum(name=name, failures=x, read=n, size=size) for name, (x, n, size) in strata.items()]
    )
    read = sum(n for _, n, _ in strata.values())
    return {
        "p": found.rate.estimate,
        "se": found.se,
        "unweighted_p": sum(x for x, _, _ in strata.values()) / read,
        "kish_neff": kish_n_eff([size / n for _, n, size in strata.values() for _ in range(n)]),
    }


def certainty_plus_random(given: Case) -> Outcome:
    """Picks that were certain are a stratum taken whole; the random part stands for the rest of the frame."""
    sure, drawn = given["certainty"], given["random_from_rest"]
    taken = designs.Stratum(name="certain", size=sure["n"], read=sure["n"], failures=sure["failures"])
    rest = designs.Stratum(name="rest", size=given["N"] - sure["n"], read=drawn["n"], failures=drawn["failures"])
    return {
        "p": designs.stratified_rate([taken, rest]).rate.estimate,
        "naive": (taken.failures + rest.failures) / (taken.read + rest.read),
    }


def hajek(given: Case) -> Outcome:
    mean, total = designs.weighted_mean(given["y"], given["w"]), designs.weighted_total(given["y"], given["w"])
    return {
        "mean": mean.value,
        "se": mean.se,
        "ht_total": total.value,
        "ht_total_se": total.se,
        "N_hat": sum(given["w"]),
        "kish_neff": kish_n_eff(given["w"]),
    }


def srs(given: Case) -> Outcome:
    found = designs.weighted_mean(given["y"], given["w"])  # as `survey` prints it: without the finite correction
    return {"mean": found.value, "se": found.se}


def power_allocation(given: Case) -> Outcome:
    least = given.get("min_per_stratum", 0)
    return {"n_h": allocate_by_power(given["N_h"], given["n"], exponent=given["a"], least=least)}


def k_center(given: Case) -> Outcome:
    points = np.array([[value] if np.isscalar(value) else value for value in given["points"]], dtype=np.float32)
    rows = farthest_first(points, count=given["k"], start=given["start_index"])
    reach = np.linalg.norm(points[:, None] - points[rows][None], axis=2).min(axis=1)
    return {"order_points": [given["points"][row] for row in rows], "radius": float(reach.max())}


def modified_z(given: Case) -> Outcome:
    """With a MAD of 0 no value can be called far; a case may ask for the score of any value by its name."""
    x = given["x"]
    scores = outlying.modified_z(x)

    def named(wanted: Sequence[str]) -> Outcome:
        values = [key.removeprefix("z_of_") for key in wanted if key.startswith("z_of_")]
        at = dict(zip(x, scores or [], strict=False))
        return found | {f"z_of_{value}": at.get(float(value)) for value in values}

    found = {
        "median": median(x),
        "MAD": outlying.median_deviation(x),
        "flag_gt_3.5": [value for value, score in zip(x, scores or [], strict=False) if abs(score) > outlying.FAR],
    }
    return named  # type: ignore[return-value]


def _count(case: Any) -> tuple[int, int]:
    return (case["x"], case["n"]) if isinstance(case, Mapping) else (case[0], case[1])


FUNCTIONS = {
    "hajek_mean_wr": hajek,
    "ht_mean": certainty_plus_random,
    "k_center": k_center,
    "kish_neff": lambda given: {"neff": kish_n_eff(given["w"])},
    "modified_z": modified_z,
    "power_allocation": power_allocation,
    "proportion_ci": proportion_ci,
    "srs_mean": srs,
    "stratified_mean": stratified_mean,
    "stratified_mean_linearised": stratified_linearised,
    "stratified_proportion": stratified_proportion,
    "stratified_total": stratified_total,
}


def _moments(given: Case) -> list[designs.Moments]:
    return [
        designs.Moments(n=item["n"], size=item["N"], mean=item["mean"], variance=item["var"])
        for _, item in named_strata(given["strata"])
    ]


def named_strata(given: Any) -> Iterable[tuple[str, Any]]:
    """Return strata with their names; those of a list are called by their place."""
    return given.items() if isinstance(given, Mapping) else [(str(place), item) for place, item in enumerate(given)]


def _stratum(given: Any) -> tuple[int, int, int]:
    return (given["x"], given["n"], given["N"]) if isinstance(given, Mapping) else tuple(given)
