"""From the vocabulary of the reference cases to the functions of evaldash: input of a case in, its result out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np

from evaldash.sampling.allocation import Allocation, allocate
from evaldash.sampling.farthest import farthest_first
from evaldash.stats import accumulation as curve
from evaldash.stats import (
    agreement,
    change,
    conventions,
    designs,
    gate,
    intervals,
    judging,
    outlying,
    richness,
    scoring,
)
from evaldash.stats.incidence import Incidence, of_abundances, of_frequencies, of_traces
from evaldash.stats.rates import kish_n_eff
from evaldash.stats.saturation import Read, chance_next_new, one_off_traces, traces_needed

Case = Mapping[str, Any]
Outcome = dict[str, Any]

CELLS = {"tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0)}  # of a confusion table: label, prediction
ESTIMATORS = {
    "chao2": richness.chao2,
    "chao2_bc": richness.chao2_bias_corrected,
    "ichao2": richness.ichao2,
    "jackknife1": richness.jackknife1,
    "jackknife2": richness.jackknife2,
}
COVERAGE_BASED = {"homogeneous": richness.homogeneous, "ice": richness.ice, "ice1": richness.ice1}


def chance_of(given: Case) -> Outcome:
    """evaldash computes T and L from what was read, so a case becomes L traces of their own kind and T - L passes."""
    chance = chance_next_new(_reads(given["T"], given["L"]), level=1 - given["alpha"])
    return {"point": chance.estimate, "upper": chance.upper}


def min_traces(given: Case) -> Outcome:
    level = 1 - given["alpha"]
    return {"T": [traces_needed(one_off, one_off, eps=given["eps"], level=level).total for one_off in given["L"]]}


def singleton_bearing(given: Case) -> Outcome:
    merge = given.get("merge", {})
    held = [frozenset(merge.get(mode, mode) for mode in modes) for modes in given["traces"]]
    reads = [Read(trace=str(i), modes=modes) for i, modes in enumerate(held)]
    data, chance = of_traces(held), chance_next_new(reads)
    return {
        "S_obs": data.observed,
        "Q1": data.once,
        "L": len(one_off_traces(reads)),
        "T": chance.T,
        "point": chance.estimate,
    }


def incidence_richness(given: Case) -> Outcome:
    data, cutoff = _incidence(given), given.get("cutoff_k", richness.RARE_CUTOFF)
    found = {name: estimator(data) for name, estimator in ESTIMATORS.items()}
    rare = {name: estimator(data, cutoff=cutoff) for name, estimator in COVERAGE_BASED.items()}
    found |= {name: estimate for name, estimate in rare.items() if estimate is not None}
    chao2 = found["chao2"]
    # A case gives no traces: with Q1 = 0 none can be one-off, and otherwise each single mode is taken for one trace.
    chance = chance_next_new(_reads(data.traces, min(round(data.once), data.traces)))
    return {
        "S_obs": data.observed,
        "U": data.total,
        "coverage": curve.coverage(data),
        "C_infreq": richness.rare_coverage(data, cutoff=cutoff),
        "CV_infreq": richness.variation(data, cutoff=cutoff),
        "estimate": {name: estimate.estimate for name, estimate in found.items()},
        "se": {name: estimate.se for name, estimate in found.items()},
        "ci95": {name: [estimate.low, estimate.high] for name, estimate in found.items()},
        "chao2": chao2.estimate,
        "chao2_se": chao2.se,
        "chao2_ci95": [chao2.low, chao2.high],
        "ice_k10": found["ice"].estimate if "ice" in found else None,
        "jackknife1": found["jackknife1"].estimate,
        "jackknife2": found["jackknife2"].estimate,
        "expected_new_next_20": curve.expected_new(data, 20).modes,
        "chance_next_new_point": chance.estimate,
        "chance_next_new_upper": chance.upper,
        "chance_next_new_upper975": chance.upper,
        "show_estimates": data.traces >= richness.LEAST_TRACES,
        "S_at_t": lambda wanted: {t: curve.modes_after(data, float(t)) for t in wanted},
        "S_extrapolated_plus": lambda wanted: {m: curve.modes_after(data, data.traces + float(m)) for m in wanted},
    }


def incidence_curve(given: Case) -> Outcome:
    data = _incidence(given)
    return {
        "U": data.total,
        "S_obs": data.observed,
        "coverage_at_T": curve.coverage(data),
        "chao2": richness.chao2_point(data),
        "S_at_t": [curve.modes_after(data, t) for t in given.get("t", [])],
        "coverage_at_t": [curve.coverage_after(data, t) for t in given.get("t", [])],
    }


def incidence_at_coverage(given: Case) -> Outcome:
    data = _incidence(given)
    t = curve.traces_for_coverage(data, given["coverage"])
    return {"t": t, "S": None if t is None else curve.modes_after(data, t)}


def coverage_abundance(given: Case) -> Outcome:
    data = of_abundances(given["counts"])
    return {
        "n": data.traces,
        "S_obs": data.observed,
        "f1": data.once,
        "f2": data.twice,
        "coverage": curve.coverage(data),
    }


def abundance_curve(given: Case) -> Outcome:
    data, sizes = of_abundances(given["counts"]), given.get("m", given.get("m_total"))
    at = sizes if isinstance(sizes, list) else [sizes]
    found = [curve.modes_after(data, m) for m in at], [curve.coverage_after(data, m) for m in at]
    modes, covered = found if isinstance(sizes, list) else (found[0][0], found[1][0])
    return {"S": modes, "coverage": covered}


def chao1_ci(given: Case) -> Outcome:
    found = richness.chao1_classic(of_abundances(given["counts"]), bias_corrected=given.get("bias_corrected", True))
    return {"estimate": found.estimate, "ci95": [found.low, found.high]}


def good_toulmin(given: Case) -> Outcome:
    frequencies = given["freq_of_freq"]
    return {
        "expected_new": [curve.good_toulmin(frequencies, t) for t in given["t"]],
        "sd_at_t1": curve.good_toulmin_sd(frequencies),
    }


def guest_ratio(given: Case) -> Outcome:
    ratio = conventions.guest_ratio(given["base_themes"], given["new_in_run"])
    return {"ratio": ratio, "percent_rounded": None if ratio is None else round(ratio * 100)}


def guest_series(given: Case) -> Outcome:
    found = conventions.guest_series(
        given["new_per_interview"],
        base=given["base_size"],
        run=given["run_length"],
        overlapping=given.get("overlapping", False),
    )
    return {
        "base": found.base,
        "run_new": list(found.new),
        "ratio": list(found.ratios),
        "first_le_5pct_at": found.reached_at,
    }


def proportion_ci(given: Case) -> Outcome:
    many = "cases" in given
    pairs = given["cases"] if many else [(given["x"], given["n"])]
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
    strata = given["strata"]
    found = designs.stratified_rate(
        [designs.Stratum(name=name, failures=x, read=n, size=size) for name, (x, n, size) in strata.items()]
    )
    read = sum(n for _, n, _ in strata.values())
    return {
        "p": found.rate.estimate,
        "se": found.se,
        "unweighted_p": sum(x for x, _, _ in strata.values()) / read,
        "judge_corrected_ci": judge_corrected_ci,
        "judge_corrected_rate": judge_corrected_rate,
        "allocate_calibration": allocate_calibration,
        "ppi_mean": ppi_mean,
        "rogan_gladen_known": rogan_gladen_known,
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
    exponent = {1.0: Allocation.PROPORTIONAL, 0.5: Allocation.SQRT, 0.0: Allocation.EQUAL}[float(given["a"])]
    least = given.get("min_per_stratum", 0)
    return {"n_h": allocate(given["N_h"], given["n"], allocation=exponent, least=least)}


def k_center(given: Case) -> Outcome:
    points = np.array([[value] if np.isscalar(value) else value for value in given["points"]], dtype=np.float32)
    rows = farthest_first(points, count=given["k"], start=given["start_index"])
    reach = np.linalg.norm(points[:, None] - points[rows][None], axis=2).min(axis=1)
    return {"order_points": [given["points"][row] for row in rows], "radius": float(reach.max())}


def modified_z(given: Case) -> Outcome:
    x = given["x"]
    scores = dict(zip(x, outlying.modified_z(x) or [], strict=True))
    return {
        "median": median(x),
        "MAD": outlying.median_deviation(x),
        "flag_gt_3.5": [value for value in x if scores[value] > outlying.FAR],
        **{f"z_of_{value}": score for value, score in scores.items()},
    }


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
    def one(n: float, base: float) -> float | None:
        return change.detectable(n, base, alpha=given["alpha"], wanted=given["power"])

    n, base = given["n"], given["base"]
    if not isinstance(n, list):
        return {"up": [one(n, item) for item in base] if isinstance(base, list) else one(n, base)}
    return {"up": [[one(size, item) for item in base] for size in n]}


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
        "C_pocock": [gate.pocock(k, alpha=alpha) for k in looks],
        "C_obrien_fleming": [gate.obrien_fleming(k, alpha=alpha) for k in looks],
    }


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
    pairs = given.get("labelled_pairs") or [
        pair for cell, pair in CELLS.items() for _ in range(given["confusion"].get(cell, 0))
    ]
    rest = given["unlabelled"]
    if isinstance(rest, dict):
        ones = int(next(rest[name] for name in ("ones", "positives", "x") if name in rest))
        rest = [1] * ones + [0] * (int(next(rest[name] for name in ("n", "N") if name in rest)) - ones)
    y, f = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    best, whole, none = (judging.predicted_mean(y, f, rest, weight=weight) for weight in (None, 1.0, 0.0))
    return {
        "ppi_plus_point": best.estimate, "ppi_plus_ci95": [best.low, best.high], "lam1_point": whole.estimate,
        "lam1_ci95": [whole.low, whole.high], "labels_only_point": none.estimate,
        "labels_only_wald_ci95": [none.low, none.high],
    }  # fmt: skip


FUNCTIONS: dict[str, Callable[[Case], Outcome]] = {
    "chance_next_new": chance_of,
    "chao1": lambda given: {"estimate": richness.chao2_point(of_abundances(given["counts"]))},
    "chao1_ci": chao1_ci,
    "extrapolation_abundance": abundance_curve,
    "good_toulmin": good_toulmin,
    "guest_saturation_ratio": guest_ratio,
    "guest_saturation_ratio_series": guest_series,
    "hajek_mean_wr": hajek,
    "ht_mean": certainty_plus_random,
    "incidence_at_coverage": incidence_at_coverage,
    "incidence_curve": incidence_curve,
    "incidence_richness": incidence_richness,
    "k_center": k_center,
    "kish_neff": lambda given: {"neff": kish_n_eff(given["w"])},
    "min_traces_for_stop": min_traces,
    "power_allocation": power_allocation,
    "proportion_ci": proportion_ci,
    "rarefaction_abundance": abundance_curve,
    "rarefaction_extrapolation_abundance": abundance_curve,
    "robbins": lambda given: {"value": curve.singleton_share(of_abundances(given["counts"]))},
    "run_length": lambda given: {"m": [conventions.run_length(*pair) for pair in given["pairs_eps_alpha"]]},
    "sample_coverage_abundance": coverage_abundance,
    "singleton_bearing_traces": singleton_bearing,
    "srs_mean": srs,
    "stratified_mean": stratified_mean,
    "stratified_mean_linearised": stratified_linearised,
    "stratified_proportion": stratified_proportion,
    "stratified_total": stratified_total,
    "judge_corrected_ci": judge_corrected_ci,
    "judge_corrected_rate": judge_corrected_rate,
    "allocate_calibration": allocate_calibration,
    "ppi_mean": ppi_mean,
    "rogan_gladen_known": rogan_gladen_known,
    "ami": ami,
    "bcubed": bcubed,
    "beta_mixture_evalue": lambda given: {"e": [gate.evalue(b, c) for b, c in given["pairs_b_c"]]},
    "clustering_scores": clustering_scores,
    "group_sequential": group_sequential,
    "masi_distance": lambda given: {"distance": agreement.masi_distance(set(given["a"]), set(given["b"]))},
    "mcnemar": mcnemar,
    "mde_two_prop": detectable,
    "modified_z": modified_z,
    "multiple_testing": multiple_testing,
    "n_two_prop": lambda given: {
        "n": change.sample_size(given["p1"], given["p2"], alpha=given["alpha"], wanted=given["power"])
    },
    "newcombe_diff": newcombe,
    "paired_diff_wald": paired_difference,
    "paired_gate": paired_gate,
    "power_two_prop": lambda given: {"power": change.power(given["n"], given["p1"], given["p2"], alpha=given["alpha"])},
    "two_rater_table": two_rater_table,
    "v_measure": v_measure,
}


def _reads(total: int, one_off: int) -> list[Read]:
    return [Read(trace=str(i), modes=frozenset({str(i)} if i < one_off else ())) for i in range(total)]


def _incidence(given: Case) -> Incidence:
    counts = given.get("Q", given.get("frequency_counts_Q"))
    if counts is not None:
        return of_frequencies(given["T"], {int(j): count for j, count in counts.items()})
    rare = {int(j): float(count) for j, count in given["Q_infrequent"].items()}
    return Incidence(traces=given["T"], total=given["U"], q=rare, many=given["n_frequent"])


def _moments(given: Case) -> list[designs.Moments]:
    return [
        designs.Moments(n=item["n"], size=item["N"], mean=item["mean"], variance=item["var"])
        for item in given["strata"].values()
    ]
