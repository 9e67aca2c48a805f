"""How far coders of the same traces agree: first on pass and fail, then on each mode, then on sets of modes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from evaldash.domain.coding import Annotation, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Taxonomy
from evaldash.stats.agreement import MIN_POSITIVES, krippendorff_alpha, masi_distance, positive_agreement, two_raters
from evaldash.stats.raters import several_raters
from evaldash.storage import readings, taxonomies
from evaldash.storage.store import Store

LOOSE = "no mode"  # what stands for a note without a mode: whether two such notes mean the same is not known
VERDICTS = (Verdict.PASS, Verdict.FAIL)
Kinds = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeAgreement:
    """How far two judgements of a trace agree that it holds a mode; the shares are None with fewer than 10 holdings."""

    mode: str
    name: str
    holdings: int  # judgements that hold it
    positive: float | None
    ac1: float | None
    kappa: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """All coefficients; `pairs`: pairs of judgements of one trace. None where nothing or chance alone explains it."""

    coders: tuple[str, ...]
    traces: int
    pairs: int
    percent: float | None
    ac1: float | None
    ac1_bounds: tuple[float, float] | None  # 95 %
    kappa: float | None
    alpha_masi: float | None
    by_mode: tuple[ModeAgreement, ...]
    verdicts_apart: tuple[str, ...]  # ids of traces where one said pass and another fail
    modes_apart: tuple[str, ...]  # where all said fail, for other modes

    def as_json(self) -> dict[str, Any]:
        """Return the agreement as the interface documents it; disagreements on the verdict come first."""
        return {
            "coders": list(self.coders),
            "traces": self.traces,
            "pairs": self.pairs,
            "percent": self.percent,
            "ac1": self.ac1,
            "kappa": self.kappa,
            "alpha_masi": self.alpha_masi,
            "disagreements": [*self.verdicts_apart, *self.modes_apart],
        }


def agreement(store: Store, project: Project) -> Agreement:
    """Return how far all coders agree on the traces that two or more of them judged.

    Deferred ones do not count, nor what was said to settle a disagreement: it was said with the others in view.
    """
    with store.read() as connection:
        current = readings.current(connection, project)
        taxonomy = taxonomies.load(connection, project)
    by_trace: dict[str, dict[str, Annotation]] = {}
    for item in (item for item in current if item.verdict in VERDICTS and not item.settles):
        by_trace.setdefault(item.trace, {})[item.coder] = item
    return agreement_of({trace: found for trace, found in by_trace.items() if len(found) > 1}, taxonomy)


def agreement_of(doubled: Mapping[str, Mapping[str, Annotation]], taxonomy: Taxonomy) -> Agreement:
    """Return the agreement over traces with the annotation of each coder; with two coders kappa is Cohen's."""
    coders = tuple(dict.fromkeys(coder for found in doubled.values() for coder in found))
    kinds = {
        trace: {coder: _kinds(item, taxonomy) for coder, item in found.items()} for trace, found in doubled.items()
    }
    units = [[found[coder].verdict if coder in found else None for coder in coders] for found in doubled.values()]
    several = several_raters(units)
    # With one verdict only, `several` knows no second category; AC1 of the table with both is then 1.
    pairs = _pairs([list(found.values()) for found in doubled.values()])
    two = (
        two_raters(_table([(a.verdict is Verdict.FAIL, b.verdict is Verdict.FAIL) for a, b in pairs]))
        if pairs
        else None
    )
    bounds = None if several.ac1_low is None or several.ac1_high is None else (several.ac1_low, several.ac1_high)
    return Agreement(
        coders=coders,
        traces=len(doubled),
        pairs=len(pairs),
        percent=several.percent,
        ac1=several.ac1 if several.ac1 is not None or two is None else two.ac1,
        ac1_bounds=bounds,
        kappa=several.conger,
        alpha_masi=krippendorff_alpha([tuple(found.values()) for found in kinds.values()], _masi),
        by_mode=tuple(_of_mode(mode.id, mode.name, kinds) for mode in taxonomy.modes),
        verdicts_apart=tuple(
            trace for trace, found in doubled.items() if len({item.verdict for item in found.values()}) > 1
        ),
        modes_apart=tuple(
            trace
            for trace, found in kinds.items()
            if len(set(found.values())) > 1 and len({item.verdict for item in doubled[trace].values()}) == 1
        ),
    )


def _of_mode(mode: str, name: str, kinds: Mapping[str, Mapping[str, Kinds]]) -> ModeAgreement:
    held = [[mode in found for found in of_trace.values()] for of_trace in kinds.values()]
    holdings = sum(map(sum, held))
    if holdings < MIN_POSITIVES:
        return ModeAgreement(mode=mode, name=name, holdings=holdings, positive=None, ac1=None, kappa=None)
    table = _table(_pairs(held))
    two = two_raters(table)
    positive = positive_agreement(table[1][1], table[0][1], table[1][0])
    return ModeAgreement(mode=mode, name=name, holdings=holdings, positive=positive, ac1=two.ac1, kappa=two.kappa)


def _kinds(item: Annotation, taxonomy: Taxonomy) -> Kinds:
    if item.verdict is Verdict.PASS:
        return frozenset()
    there = {mode.id for mode in taxonomy.modes}
    modes = [taxonomy.assignments.get(code.id, "") for code in item.codes]
    return frozenset(mode if mode in there else LOOSE for mode in modes) or frozenset({LOOSE})


def _pairs(judgements: Sequence[Sequence[Any]]) -> list[tuple[Any, Any]]:
    return [pair for of_trace in judgements for pair in combinations(of_trace, 2)]


def _table(pairs: Sequence[tuple[bool, bool]]) -> list[list[int]]:
    table = [[0, 0], [0, 0]]
    for a, b in pairs:
        table[int(a)][int(b)] += 1
    return table


def _masi(a: Any, b: Any) -> float:
    return masi_distance(a, b)
