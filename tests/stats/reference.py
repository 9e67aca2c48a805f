"""From the vocabulary of the reference cases to the functions of evaldash: input of a case in, its result out."""

from __future__ import annotations

from collections.abc import Callable

from evaldash.stats import accumulation as curve
from evaldash.stats import conventions, richness
from evaldash.stats.incidence import Incidence, of_abundances, of_frequencies, of_traces
from evaldash.stats.saturation import Read, chance_next_new, one_off_traces, traces_needed
from tests.stats import reference_comparing, reference_designs, reference_judging
from tests.stats.vocabulary import Case, Outcome, each

ALPHA = 0.025  # of the headline, where a case does not say
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
    chance = chance_next_new(_reads(given["T"], given["L"]), level=1 - given.get("alpha", ALPHA))
    return {"point": chance.estimate, "upper": chance.upper}


def min_traces(given: Case) -> Outcome:
    level = 1 - given.get("alpha", ALPHA)
    return {"T": each(lambda one_off: traces_needed(one_off, one_off, eps=given["eps"], level=level).total, given["L"])}


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
        "S_at_t": each(lambda t: curve.modes_after(data, t), given.get("t", [])),
        "coverage_at_t": each(lambda t: curve.coverage_after(data, t), given.get("t", [])),
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
    return {
        "S": each(lambda m: curve.modes_after(data, m), sizes),
        "coverage": each(lambda m: curve.coverage_after(data, m), sizes),
    }


def chao1_ci(given: Case) -> Outcome:
    found = richness.chao1_classic(of_abundances(given["counts"]), bias_corrected=given.get("bias_corrected", True))
    return {"estimate": found.estimate, "ci95": [found.low, found.high]}


def good_toulmin(given: Case) -> Outcome:
    frequencies = given["freq_of_freq"]
    return {
        "expected_new": each(lambda t: curve.good_toulmin(frequencies, t), given["t"]),
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


FUNCTIONS: dict[str, Callable[[Case], Outcome]] = {
    **reference_comparing.FUNCTIONS,
    **reference_designs.FUNCTIONS,
    **reference_judging.FUNCTIONS,
    "chance_next_new": chance_of,
    "chao1": lambda given: {"estimate": richness.chao2_point(of_abundances(given["counts"]))},
    "chao1_ci": chao1_ci,
    "extrapolation_abundance": abundance_curve,
    "good_toulmin": good_toulmin,
    "guest_saturation_ratio": guest_ratio,
    "guest_saturation_ratio_series": guest_series,
    "incidence_at_coverage": incidence_at_coverage,
    "incidence_curve": incidence_curve,
    "incidence_richness": incidence_richness,
    "min_traces_for_stop": min_traces,
    "rarefaction_abundance": abundance_curve,
    "rarefaction_extrapolation_abundance": abundance_curve,
    "robbins": lambda given: {"value": curve.singleton_share(of_abundances(given["counts"]))},
    "run_length": lambda given: {"m": [conventions.run_length(*pair) for pair in given["pairs_eps_alpha"]]},
    "sample_coverage_abundance": coverage_abundance,
    "singleton_bearing_traces": singleton_bearing,
}


def _reads(total: int, one_off: int) -> list[Read]:
    return [Read(trace=str(i), modes=frozenset({str(i)} if i < one_off else ())) for i in range(total)]


def _incidence(given: Case) -> Incidence:
    counts = given.get("Q", given.get("frequency_counts_Q"))
    if counts is not None:
        return of_frequencies(given["T"], {int(j): count for j, count in counts.items()})
    rare = {int(j): float(count) for j, count in given["Q_infrequent"].items()}
    return Incidence(traces=given["T"], total=given["U"], q=rare, many=given["n_frequent"])
