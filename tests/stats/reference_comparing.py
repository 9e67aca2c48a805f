"""Reference vocabulary: change between versions, agreement, scores of categories, the gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaldash.stats import agreement, change, gate, intervals, raters, scoring
from tests.stats.vocabulary import Case, Outcome, each

SCALES = frozenset(raters.Scale)
MISSING: tuple[Any, ...] = (None, "*", "", "NA", "nan")  # how a judgement that was not made is written


def two_rater_table(given: Case) -> Outcome:
    table = given["table"]
    found = agreement.two_raters(table)
    units = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    bounds = None
    if found.kappa is not None and found.kappa_se is not None:
        reach = intervals.normal_quantile(0.95) * found.kappa_se
        bounds = [found.kappa - reach, found.kappa + reach]
    return {
        "percent": found.percent,
        "A_o": found.percent,
        "S": found.brennan_prediger,
        "brennan_prediger": found.brennan_prediger,
        "cohen_kappa": found.kappa,
        "ase": found.kappa_se,
        "cohen_se": found.kappa_se,
        "ci95": bounds,
        "gwet_ac1": found.ac1,
        "ac1_se": found.ac1_se,
        "scott_pi": found.scott_pi,
        "linear_weighted": agreement.weighted_kappa(table),
        "krippendorff_alpha": agreement.krippendorff_alpha(units, agreement.nominal),
    }


def newcombe(given: Case) -> Outcome:
    found = change.newcombe(given["x1"], given["n1"], given["x2"], given["n2"])
    return {"ci95": [found.low, found.high]}


def mcnemar(given: Case) -> Outcome:
    found = change.mcnemar(given["b"], given["c"])
    return {
        "chi2": found.chi2,
        "p": found.p,
        "chi2_cc": found.chi2_corrected,
        "p_cc": found.p_corrected,
        "p_exact": found.p_exact,
    }


def paired_difference(given: Case) -> Outcome:
    found = change.paired_difference(given["b"], given["c"], given["n"])
    se = change.paired_se(given["b"], given["c"], given["n"])
    return {"diff": found.estimate, "se": se, "ci95": [found.low, found.high]}


def multiple_testing(given: Case) -> Outcome:
    found = change.multiple(given["p"], alpha=given["alpha"])
    return {
        "n_reject_bh": sum(found.benjamini_hochberg),
        "n_reject_bonferroni": sum(found.bonferroni),
        "n_reject_holm": sum(found.holm),
        "q_bh": list(found.q),
    }


def detectable(given: Case) -> Outcome:
    def at(n: float) -> Any:
        return each(lambda base: change.detectable(n, base, alpha=given["alpha"], wanted=given["power"]), given["base"])

    return {"up": each(at, given["n"])}


def clustering_scores(given: Case) -> Outcome:
    pred, truth = given["pred"], given["truth"]
    pairs, cubed, v = scoring.pair_counts(pred, truth), scoring.bcubed(pred, truth), scoring.v_measure(pred, truth)
    return {
        "tp": pairs.tp,
        "fp": pairs.fp,
        "fn": pairs.fn,
        "tn": pairs.tn,
        "rand": pairs.rand,
        "f1_pairs": pairs.f(),
        "f5_pairs": pairs.f(5),
        "purity": scoring.purity(pred, truth),
        "nmi": v.v,
        "v_measure": v.v,
        "ari": scoring.adjusted_rand(pred, truth),
        "ami": scoring.adjusted_mutual_information(pred, truth),
        "bcubed_p": cubed.precision,
        "bcubed_r": cubed.recall,
        "hungarian_accuracy": scoring.matched_accuracy(pred, truth),
    }


def bcubed(given: Case) -> Outcome:
    found = scoring.bcubed(given["pred"], given["truth"])
    return {"precision": found.precision, "recall": found.recall}


def ami(given: Case) -> Outcome:
    a, b = given["a"], given["b"]
    return {"ami": scoring.adjusted_mutual_information(b, a), "mi": scoring.mutual_information(b, a)}


def v_measure(given: Case) -> Outcome:
    found = scoring.v_measure(given["pred"], given["truth"])
    return {"homogeneity": found.homogeneity, "completeness": found.completeness, "v": found.v}


def paired_gate(given: Case) -> Outcome:
    found = gate.paired_gate(given["b"], given["c"], given["n"])
    return {"verdict": found.verdict.value, "p": found.p, "e": found.e}


def group_sequential(given: Case) -> Outcome:
    looks, alpha = given["K"], given["alpha"]
    return {
        "C_pocock": each(lambda k: gate.pocock(k, alpha=alpha), looks),
        "C_obrien_fleming": each(lambda k: gate.obrien_fleming(k, alpha=alpha), looks),
    }


def chance_corrected(given: Case) -> Outcome:
    found = raters.several_raters(_units(given["units"]))
    return {
        "gwet_ac1": found.ac1,
        "ac1_se": found.ac1_se,
        "ac1_ci95": [found.ac1_low, found.ac1_high],
        "fleiss": found.fleiss,
        "conger": found.conger,
        "brennan_prediger": found.brennan_prediger,
        "krippendorff_alpha": found.alpha,
    }


def krippendorff_alpha(given: Case) -> Outcome:
    """Coders stand in rows here, so what each trace got are the columns; only the scales asked for are computed."""
    units = _units(list(zip(*_rows(given["ratings_by_coder"]), strict=True)))
    return lambda wanted: {scale: raters.scale_alpha(units, scale) for scale in wanted if scale in SCALES}  # type: ignore[return-value]


def _rows(given: Any) -> list[list[Any]]:
    return list(given.values()) if isinstance(given, Mapping) else given


def _units(given: Any) -> list[list[Any]]:
    return [[None if item in MISSING or item != item else item for item in _rows(unit)] for unit in _rows(given)]  # noqa: PLR0124


FUNCTIONS = {
    "ami": ami,
    "bcubed": bcubed,
    "beta_mixture_evalue": lambda given: {"e": [gate.evalue(b, c) for b, c in given["pairs_b_c"]]},
    "chance_corrected": chance_corrected,
    "clustering_scores": clustering_scores,
    "group_sequential": group_sequential,
    "krippendorff_alpha": krippendorff_alpha,
    "masi_distance": lambda given: {"distance": agreement.masi_distance(set(given["a"]), set(given["b"]))},
    "mcnemar": mcnemar,
    "mde_two_prop": detectable,
    "multiple_testing": multiple_testing,
    "n_two_prop": lambda given: {
        "n": change.sample_size(given["p1"], given["p2"], alpha=given["alpha"], wanted=given["power"])
    },
    "newcombe_diff": newcombe,
    "paired_diff_wald": paired_difference,
    "paired_gate": paired_gate,
    "power_two_prop": lambda given: {
        "power": each(lambda n: change.power(n, given["p1"], given["p2"], alpha=given["alpha"]), given["n"])
    },
    "two_rater_table": two_rater_table,
    "v_measure": v_measure,
}
