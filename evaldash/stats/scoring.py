"""How well suggested categories agree with a person's: chance-corrected, in both directions, and category by category.

Sources: Bagga & Baldwin 1998, Amigo et al. 2009 (B-cubed); Rosenberg & Hirschberg 2007 (V-measure); Vinh et al. 2010
(AMI); Hubert & Arabie 1985 (ARI). Items without a category belong in a category of their own each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import comb

from evaldash.errors import InvalidInput

Labels = Sequence[Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Precision falls where categories are too coarse, recall where they are too fine."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VMeasure:
    """`homogeneity`: each category holds one kind; `completeness`: each kind is in one category; `v` their mean."""

    homogeneity: float
    completeness: float
    v: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """Pairs of items put together by both (tp), by the suggestion only (fp), by the person only (fn), by none (tn)."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def rand(self) -> float:
        """The share of pairs on which both agree."""
        pairs = self.tp + self.fp + self.fn + self.tn
        return (self.tp + self.tn) / pairs if pairs else 1.0

    def f(self, beta: float = 1.0) -> float:
        """Return F over pairs; `beta` above 1 weighs recall more."""
        weight = beta * beta
        below = (1 + weight) * self.tp + weight * self.fn + self.fp
        return (1 + weight) * self.tp / below if below else 1.0


def bcubed(pred: Labels, truth: Labels) -> Agreement:
    """Return for the average item the share of its category that is of its kind, and of its kind that is with it."""
    _check(pred, truth)
    both, by_pred, by_truth = Counter(zip(pred, truth, strict=True)), Counter(pred), Counter(truth)
    n = len(pred)
    precision = sum(count * count / by_pred[p] for (p, _), count in both.items()) / n
    recall = sum(count * count / by_truth[t] for (_, t), count in both.items()) / n
    return Agreement(precision=precision, recall=recall)


def pair_counts(pred: Labels, truth: Labels) -> PairCounts:
    """Count pairs of items by who puts them together."""
    _check(pred, truth)
    together = sum(comb(count, 2) for count in Counter(zip(pred, truth, strict=True)).values())
    in_pred = sum(comb(count, 2) for count in Counter(pred).values())
    in_truth = sum(comb(count, 2) for count in Counter(truth).values())
    pairs = comb(len(pred), 2)
    return PairCounts(
        tp=together, fp=in_pred - together, fn=in_truth - together, tn=pairs - in_pred - in_truth + together
    )


def purity(pred: Labels, truth: Labels) -> float:
    """Return the share of items that are of their category's most frequent kind; finer categories raise it."""
    _check(pred, truth)
    best: Counter[Hashable] = Counter()
    for (p, _), count in Counter(zip(pred, truth, strict=True)).items():
        best[p] = max(best[p], count)
    return best.total() / len(pred)


def matched_accuracy(pred: Labels, truth: Labels) -> float:
    """Return the share of items that agree when categories and kinds are paired one to one for the best."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    _check(pred, truth)
    rows, columns = list(dict.fromkeys(pred)), list(dict.fromkeys(truth))
    table = np.zeros((len(rows), len(columns)), dtype=int)
    for (p, t), count in Counter(zip(pred, truth, strict=True)).items():
        table[rows.index(p), columns.index(t)] = count
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / len(pred))


def adjusted_mutual_information(pred: Labels, truth: Labels) -> float:
    """Return AMI with arithmetic mean: 0 by chance, 1 for the same grouping (also for one group against one group)."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(_numbers(truth), _numbers(pred)))


def mutual_information(pred: Labels, truth: Labels) -> float:
    """Return the mutual information in nats."""
    from sklearn.metrics import mutual_info_score

    return float(mutual_info_score(_numbers(truth), _numbers(pred)))


def adjusted_rand(pred: Labels, truth: Labels) -> float:
    """Return the Rand index corrected for chance."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(_numbers(truth), _numbers(pred)))


def v_measure(pred: Labels, truth: Labels) -> VMeasure:
    """Return homogeneity, completeness and their harmonic mean, which is also NMI with arithmetic mean."""
    from sklearn.metrics import homogeneity_completeness_v_measure

    homogeneity, completeness, v = homogeneity_completeness_v_measure(_numbers(truth), _numbers(pred))
    return VMeasure(homogeneity=float(homogeneity), completeness=float(completeness), v=float(v))


def _numbers(labels: Labels) -> list[int]:
    known: dict[Hashable, int] = {}
    return [known.setdefault(label, len(known)) for label in labels]


def _check(pred: Labels, truth: Labels) -> None:
    if not pred or len(pred) != len(truth):
        raise InvalidInput(f"both groupings must label the same items, at least one, got {len(pred)} and {len(truth)}")
