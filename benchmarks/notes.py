"""How near the local suggestions come to people, and how fast: notes as short texts of known kinds, and coded notes.

    python benchmarks/notes.py ../shared [--choose] [--seconds]

`--choose` prints the grid from which the one setting was taken: draws from BANKING77 alone, four ways of drawing.
B-cubed intervals: bootstrap over notes of their own precision and recall, 95 %; AMI: jackknife, 95 %. Notes that the
method leaves over count as a group each, as a person has to place them.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.taxonomy import Suggestion, Taxonomy
from evaldash.embedding import get_embedder
from evaldash.stats import scoring
from evaldash.taxonomy import grouping
from evaldash.taxonomy.notes import CodeText
from evaldash.taxonomy.suggest_local import suggest_local

DRAWS = 30
RESAMPLES = 2_000
RECOVERED = 0.5  # F1 of the best group from which a person's category counts as found


@dataclass(frozen=True)
class Coded:
    """Notes with the category that somebody gave them."""

    texts: list[str]
    kinds: list[str]
    vectors: NDArray[np.float32]

    def take(self, rows: Sequence[int]) -> Coded:
        """Some of them."""
        chosen = [int(row) for row in rows]
        return Coded([self.texts[r] for r in chosen], [self.kinds[r] for r in chosen], self.vectors[chosen])


def coded(pairs: Sequence[tuple[str, str]]) -> Coded:
    """Embed notes."""
    texts = [text for text, _ in pairs]
    return Coded(texts, [kind for _, kind in pairs], get_embedder("minilm").embed(texts))


def banking(shared: Path) -> Coded:
    """BANKING77's test set: 3,080 short texts of 77 kinds."""
    with (shared / "texts" / "banking77_test.csv").open(encoding="utf-8", newline="") as file:
        return coded([(row["text"], row["category"]) for row in csv.DictReader(file)])


def support_bot(shared: Path) -> Coded:
    """29 notes of reviewers with the mode another tool gave them."""
    with (shared / "traces" / "support_bot_notes" / "notes.csv").open(encoding="utf-8", newline="") as file:
        return coded([(row["note"], row["failure_mode"]) for row in csv.DictReader(file) if row["failure_mode"]])


def tau(shared: Path) -> Coded:
    """39 failure notes of people on tau-bench runs with their category."""
    runs = json.loads((shared / "traces" / "tau_retail_agent" / "failure_annotations.json").read_text("utf-8"))
    return coded([(f["step_reason"], f["failure_category"]) for run in runs for f in run["failures"]])


def draws(texts: Coded, how: str) -> Iterator[Coded]:
    """30 sets of 8 to 12 kinds: 60 to 120 notes, evenly or skewed over kinds, 25 to 45 skewed, or kinds far apart."""
    rng = np.random.default_rng({"even": 1, "skewed": 2, "few": 3, "apart": 4}[how])
    kinds = sorted(set(texts.kinds))
    rows_of = {kind: [row for row, other in enumerate(texts.kinds) if other == kind] for kind in kinds}
    for _ in range(DRAWS):
        count = int(rng.integers(8, 13))
        total = int(rng.integers(25, 46) if how == "few" else rng.integers(60, 121))
        chosen = far_kinds(texts, rows_of, count, rng) if how == "apart" else list(rng.choice(kinds, count, False))
        shares = rng.dirichlet(np.ones(count)) if how in ("skewed", "few") else np.full(count, 1 / count)
        sizes = np.clip(np.round(shares * total).astype(int), 1, 40)
        picked = [rng.choice(rows_of[kind], size, False) for kind, size in zip(chosen, sizes, strict=True)]
        yield texts.take(np.concatenate(picked).tolist())


def far_kinds(texts: Coded, rows_of: dict[str, list[int]], count: int, rng: np.random.Generator) -> list[str]:
    """Kinds whose centres are no neighbours: what different failure modes of one product are like at best."""
    kinds = list(rows_of)
    centres = np.stack([texts.vectors[rows_of[kind]].mean(axis=0) for kind in kinds])
    centres -= centres.mean(axis=0)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    chosen = [int(rng.integers(len(kinds)))]
    while len(chosen) < count:
        nearest = (centres @ centres[chosen].T).max(axis=1)
        fitting = [i for i in rng.permutation(len(kinds)) if nearest[i] < 0.25]
        chosen.append(int(fitting[0]) if fitting else int(nearest.argmin()))
    return [kinds[i] for i in chosen]


def suggested(notes: Coded) -> Suggestion:
    """The local suggestion from nothing."""
    codes = [CodeText(str(number), text) for number, text in enumerate(notes.texts)]
    return suggest_local(codes, notes.vectors, taxonomy=Taxonomy(), suggestion_id="benchmark")


def labels(found: Suggestion, count: int) -> list[int]:
    """A group number for each note; those left over have one of their own."""
    group = {code: number for number, mode in enumerate(found.modes) for code in mode.codes}
    return [group.get(str(note), count + note) for note in range(count)]


def f1(pred: Sequence[int], truth: Sequence[str]) -> float:
    """B-cubed F1."""
    return scoring.bcubed(pred, truth).f1


def f1_of(pred: Sequence[str], truth: Sequence[str]) -> float:
    """B-cubed F1 of kinds."""
    numbers = {kind: number for number, kind in enumerate(dict.fromkeys(pred))}
    return f1([numbers[kind] for kind in pred], truth)


def bcubed_interval(pred: Sequence[int], truth: Sequence[str]) -> tuple[float, float]:
    """Bootstrap of the notes' own precision and recall."""
    p, t = np.array(pred), np.array(truth)
    same_p, same_t = p[:, None] == p, t[:, None] == t
    both = (same_p & same_t).sum(axis=1)
    rows = np.random.default_rng(0).integers(0, len(p), (RESAMPLES, len(p)))
    precision = (both / same_p.sum(axis=1))[rows].mean(axis=1)
    recall = (both / same_t.sum(axis=1))[rows].mean(axis=1)
    low, high = np.quantile(2 * precision * recall / (precision + recall), [0.025, 0.975])
    return float(low), float(high)


def ami_interval(pred: Sequence[int], truth: Sequence[str]) -> tuple[float, float]:
    """Jackknife over notes: a bootstrap would repeat notes, which are then always together."""
    n, ami = len(pred), scoring.adjusted_mutual_information
    left_out = [ami([*pred[:i], *pred[i + 1 :]], [*truth[:i], *truth[i + 1 :]]) for i in range(n)]
    reach = 1.96 * float(np.sqrt((n - 1) / n * np.square(np.array(left_out) - np.mean(left_out)).sum()))
    return ami(pred, truth) - reach, ami(pred, truth) + reach


def recovery(pred: Sequence[int], truth: Sequence[str]) -> dict[str, float]:
    """F1 of the best group for each category of a person."""
    found = {}
    for kind in sorted(set(truth)):
        mine = {i for i, other in enumerate(truth) if other == kind}
        groups = [{i for i, g in enumerate(pred) if g == group} for group in set(pred)]
        found[kind] = max(2 * len(mine & group) / (len(mine) + len(group)) for group in groups)
    return found


def told(notes: Coded) -> list[str]:
    """What the likeness of notes could tell at most: each note in the kind whose other notes it is most like.

    That knows the kinds of all other notes, which no grouping does.
    """
    kinds = sorted(set(notes.kinds))
    member = np.array([[kind == other for other in kinds] for kind in notes.kinds], dtype=float)
    alike = grouping.likeness(notes.vectors, notes.texts).astype(float)
    np.fill_diagonal(alike, 0)
    others = member.sum(axis=0) - member
    means = np.where(others > 0, alike @ member / np.maximum(others, 1), -1)
    return [kinds[int(best)] for best in means.argmax(axis=1)]


def report(name: str, notes: Coded) -> None:
    """Print how near the suggestion comes to a person's categories, and where it does not."""
    found = suggested(notes)
    pred = labels(found, len(notes.texts))
    scores, low_high = scoring.bcubed(pred, notes.kinds), bcubed_interval(pred, notes.kinds)
    ami, ami_bounds = scoring.adjusted_mutual_information(pred, notes.kinds), ami_interval(pred, notes.kinds)
    best, known = recovery(pred, notes.kinds), told(notes)
    right = np.mean([a == b for a, b in zip(known, notes.kinds, strict=True)])
    print(f"\n{name}: {len(pred)} notes, {len(best)} categories, {len(found.modes)} modes suggested,", end=" ")
    print(f"{len(found.left_over)} left over ({found.left_over_reason or 'none'})")
    heap, alone = f1([0] * len(pred), notes.kinds), f1(list(range(len(pred))), notes.kinds)
    print(
        f"  B-cubed F1 {scores.f1:.3f} ({low_high[0]:.2f} to {low_high[1]:.2f}); one heap {heap:.2f}, alone {alone:.2f}"
    )
    print(f"  knowing the kinds of all other notes: {right:.2f} placed right, F1 {f1_of(known, notes.kinds):.3f}")
    print(f"  precision {scores.precision:.3f}, recall {scores.recall:.3f}")
    print(f"  AMI {ami:.3f} ({ami_bounds[0]:.2f} to {ami_bounds[1]:.2f})")
    print(f"  recovered (best F1 of a group at least {RECOVERED}): {sum(v >= RECOVERED for v in best.values())}")
    for kind, value in sorted(best.items(), key=lambda item: -item[1]):
        rows = [i for i, other in enumerate(notes.kinds) if other == kind]
        spread = len({pred[i] for i in rows})
        print(f"    {value:.2f}  {kind}: {len(rows)} notes in {spread} groups")


def choose(texts: Coded) -> None:
    """Print the grid: mean B-cubed F1 over the draws."""
    sets = {how: list(draws(texts, how)) for how in ("even", "skewed", "few", "apart")}
    print(f"{'wording':>8} {'alike':>6} {'roots':>9}  mean   " + "  ".join(sets))
    for wording in (0.0, 0.25, 0.5, 0.75):
        for alike in (0.1, 0.15, 0.2):
            for few, many in ((0.9, 1.6), (1.0, 2.0), (0.1, 9.0)):
                grouping.WORDING, grouping.ALIKE = wording, alike
                grouping.FEWEST_PER_ROOT, grouping.MOST_PER_ROOT = few, many
                means = [
                    np.mean([f1(grouping.group_notes(d.vectors, d.texts), d.kinds) for d in s]) for s in sets.values()
                ]
                row = "  ".join(f"{mean:.3f}" for mean in means)
                print(f"{wording:8.2f} {alike:6.2f} {few:4.1f}-{many:4.1f}  {np.mean(means):.3f}  {row}", flush=True)


def confidence(texts: Coded) -> None:
    """Print how pure modes are by their confidence."""
    pairs = []
    for notes in draws(texts, "skewed"):
        for mode in suggested(notes).modes:
            kinds = [notes.kinds[int(code)] for code in mode.codes]
            pairs.append((mode.confidence or 0.0, max(map(kinds.count, kinds)) / len(kinds)))
    for low, high in ((0.0, 0.1), (0.1, 0.2), (0.2, 0.35), (0.35, 1.0)):
        pure = [purity for value, purity in pairs if low <= value < high]
        print(
            f"  confidence {low:.2f} to {high:.2f}: {len(pure)} modes, {np.mean(pure):.2f} of their notes of one kind"
        )


def seconds(texts: Coded) -> None:
    """Print how long grouping and naming take once the notes are embedded."""
    suggested(texts.take(range(50)))  # imports
    for count in (100, 1_000, 3_000):
        started = time.perf_counter()
        suggested(texts.take(range(count)))
        print(f"  {count:5} notes: {time.perf_counter() - started:.2f} s")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder that holds texts/ and traces/")
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--seconds", action="store_true")
    options = parser.parse_args()
    texts = banking(options.shared)
    if options.choose:
        choose(texts)
        return
    for how in ("even", "skewed", "few", "apart"):
        drawn = list(draws(texts, how))
        scores = [f1(labels(suggested(notes), len(notes.texts)), notes.kinds) for notes in drawn]
        most = np.mean([f1_of(told(notes), notes.kinds) for notes in drawn])
        print(f"BANKING77, {how}: B-cubed F1 {np.mean(scores):.3f}, worst of {DRAWS} draws {min(scores):.3f};", end=" ")
        print(f"knowing the kinds of all other notes {most:.3f}")
    confidence(texts)
    reports: list[tuple[str, Callable[[Path], Coded]]] = [("support_bot_notes", support_bot), ("tau", tau)]
    for name, read in reports:
        report(name, read(options.shared))
    if options.seconds:
        seconds(texts)


if __name__ == "__main__":
    main()
