"""Failure modes suggested without a model: notes with close meanings, named by what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.counting import count_of
from evaldash.domain.taxonomy import SuggestedMode, Suggestion, Taxonomy
from evaldash.errors import InvalidInput
from evaldash.taxonomy.grouping import MOST_NOTES, group_notes, likeness, silhouettes
from evaldash.taxonomy.naming import name_key, unique_name
from evaldash.taxonomy.notes import CodeText, quoted, without_mode
from evaldash.taxonomy.phrases import name_groups, says_too_little
from evaldash.taxonomy.several import failures_told

Vectors: TypeAlias = NDArray[np.float32]
"""One row per code; rows of length 1, or of zeros for a text without words."""

Grouping: TypeAlias = Callable[[Vectors, Sequence[str]], Sequence[int]]
"""Labels for notes with vectors and texts, -1 for one that fits nowhere: `group_notes`, or another for huge sets."""

METHOD = "local"
# Cosine to the centre of an existing mode, and by how much the second must be farther. On draws from BANKING77
# (MiniLM, six modes of 3 to 12 notes, four unknown kinds) .92 of what was offered was right and .82 of what belonged
# to a mode was offered to it.
CLOSE_COSINE = 0.60
CLEAR_MARGIN = 0.10
FEW_NOTES = 10  # below this many notes one alone may be a mode: a first reading has hardly any pairs
EVIDENCE = 3  # notes that stand for a mode
_TOO_LITTLE = "too short or vague to tell what went wrong"
_SEVERAL = "telling of several failures; write each as a note of its own"
_ALONE = "unlike all others"


@dataclass(frozen=True, slots=True)
class _Group:
    members: tuple[int, ...]  # positions in codes, most central first
    existing: str | None = None


def suggest_local(
    codes: Sequence[CodeText],
    vectors: Vectors,
    *,
    taxonomy: Taxonomy,
    suggestion_id: str,
    group: Grouping = group_notes,
) -> Suggestion:
    """Return failure modes for the codes without one; changes nothing.

    `codes` are all codes, those with a mode included (they say where their mode lies); `vectors` (len(codes), d) are
    their embeddings. Notes that say too little, or tell of several failures, are left over with the reason. The others
    go to an existing mode that is clearly close, or are grouped anew; a group of one is left over, unless fewer than 10
    notes were asked about. The same input gives the same output. Raises InvalidInput when codes and vectors do not
    match.
    """
    if len(vectors) != len(codes):
        raise InvalidInput(f"vectors must have one row per code, got {len(vectors)} rows for {len(codes)} codes")
    asked = without_mode(codes, taxonomy)
    vague = [p for p in asked if says_too_little(codes[p].text) or not vectors[p].any()]
    several = [p for p in asked if p not in set(vague) and len(failures_told(codes[p].text)) > 1]
    telling = [p for p in asked if p not in {*vague, *several}]
    homes = _existing_homes(telling, codes, vectors, taxonomy)
    fresh = [p for p in telling if p not in homes]
    new, alone = _new_groups(fresh, codes, vectors, group, few=len(asked) < FEW_NOTES)
    known = [_Group(_central_first(_held(homes, mode.id), vectors), mode.id) for mode in taxonomy.modes]
    groups = [g for g in known if g.members] + new
    reasons = dict.fromkeys(vague, _TOO_LITTLE) | dict.fromkeys(several, _SEVERAL) | dict.fromkeys(alone, _ALONE)
    return Suggestion(
        id=suggestion_id,
        method=METHOD,
        modes=tuple(_described(groups, codes, taxonomy, _confidences(groups, codes, vectors))),
        left_over=tuple(codes[p].id for p in sorted(reasons)),
        left_over_reason=_reason([codes[p].text for p in vague], several=len(several), alone=len(alone)),
        reasons={codes[p].id: reasons[p] for p in sorted(reasons)},
    )


def _existing_homes(
    telling: Sequence[int], codes: Sequence[CodeText], vectors: Vectors, taxonomy: Taxonomy
) -> dict[int, str]:
    """Return position -> mode id for the notes that are clearly close to one existing mode."""
    rows = {
        mode.id: [p for p, c in enumerate(codes) if taxonomy.assignments.get(c.id) == mode.id]
        for mode in taxonomy.modes
    }
    ids = [mode_id for mode_id, positions in rows.items() if positions]
    if not ids or not telling:
        return {}
    centres = np.stack([_unit(vectors[rows[mode_id]].mean(axis=0)) for mode_id in ids])
    cosines = vectors[list(telling)] @ centres.T
    ranked = np.sort(cosines, axis=1)
    second = ranked[:, -2] if len(ids) > 1 else np.full(len(telling), -1.0)
    clear = (ranked[:, -1] >= CLOSE_COSINE) & (ranked[:, -1] - second >= CLEAR_MARGIN)
    return {p: ids[int(best)] for p, best, ok in zip(telling, cosines.argmax(axis=1), clear, strict=True) if ok}


def _new_groups(
    positions: Sequence[int], codes: Sequence[CodeText], vectors: Vectors, group: Grouping, *, few: bool
) -> tuple[list[_Group], list[int]]:
    """Return the groups, largest first, and the positions that stand alone."""
    if not positions:
        return [], []
    labelled: dict[int, list[int]] = {}
    alone: list[int] = []
    labels = group(vectors[list(positions)], [codes[p].text for p in positions])
    for position, label in zip(positions, labels, strict=True):
        (alone if label < 0 else labelled.setdefault(int(label), [])).append(position)
    groups = [members for members in labelled.values() if len(members) > 1 or few]
    alone += [members[0] for members in labelled.values() if len(members) == 1 and not few]
    groups.sort(key=lambda members: (-len(members), members[0]))
    return [_Group(_central_first(members, vectors)) for members in groups], alone


def _central_first(members: Sequence[int], vectors: Vectors) -> tuple[int, ...]:
    if not members:
        return ()
    rows = vectors[list(members)]
    nearness = np.round(rows @ _unit(rows.mean(axis=0)), 6)  # equal notes stay in their order on every machine
    return tuple(members[i] for i in np.argsort(-nearness, kind="stable"))


def _held(homes: dict[int, str], mode_id: str) -> list[int]:
    return [position for position, home in homes.items() if home == mode_id]


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _confidences(groups: Sequence[_Group], codes: Sequence[CodeText], vectors: Vectors) -> list[float | None]:
    """Return for each group its mean silhouette over likeness, not below 0; None where there is nothing to compare."""
    places = [p for group in groups for p in group.members]
    if len(groups) < 2 or len(places) > MOST_NOTES:
        return [None] * len(groups)
    distances = 1 - likeness(vectors[places], [codes[p].text for p in places])
    own = np.repeat(np.arange(len(groups)), [len(group.members) for group in groups])
    scores = silhouettes(distances, own)
    return [round(max(0.0, float(scores[own == number].mean())), 3) for number in range(len(groups))]


def _described(
    groups: Sequence[_Group], codes: Sequence[CodeText], taxonomy: Taxonomy, confidences: Sequence[float | None]
) -> list[SuggestedMode]:
    names = {mode.id: mode for mode in taxonomy.modes}
    taken = {name_key(mode.name) for mode in taxonomy.modes}
    candidates = name_groups([[codes[p].text for p in g.members] for g in groups])
    modes = []
    for found, offered, confidence in zip(groups, candidates, confidences, strict=True):
        ids = tuple(codes[p].id for p in found.members)
        known = names.get(found.existing or "")
        name = known.name if known else _first_free(offered, taken)
        taken.add(name_key(name))
        modes.append(
            SuggestedMode(
                name=name,
                definition=known.definition if known else f"Notes like: {quoted(codes[found.members[0]].text)}",
                codes=ids,
                evidence=ids[:EVIDENCE],
                existing=found.existing,
                confidence=confidence,
            )
        )
    return modes


def _first_free(offered: Sequence[str], taken: set[str]) -> str:
    free = next((name for name in offered if name_key(name) not in taken), None)
    return unique_name(free or (offered[0] if offered else "Unnamed group"), taken)


def _reason(vague: Sequence[str], *, several: int, alone: int) -> str:
    parts = []
    if vague:
        example = next((text for text in vague if text.strip()), "")
        like = f", like {quoted(example)}" if example else ""
        parts.append(f"{count_of(len(vague), 'note')} {_TOO_LITTLE}{like}")
    if several:
        parts.append(f"{count_of(several, 'note')} {_SEVERAL}")
    if alone:
        parts.append(f"{count_of(alone, 'note')} {_ALONE}")
    return "; ".join(parts)
