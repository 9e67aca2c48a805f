"""Failure modes suggested without a model: notes with close meanings, named by what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.taxonomy import SuggestedMode, Suggestion, Taxonomy
from evaldash.errors import InvalidInput
from evaldash.taxonomy.naming import name_key, unique_name
from evaldash.taxonomy.notes import CodeText, count_of, quoted, without_mode
from evaldash.taxonomy.phrases import name_groups, says_too_little

Vectors: TypeAlias = NDArray[np.float32]
"""One row per code; rows of length 1, or of zeros for a text without words."""

Grouping: TypeAlias = Callable[[Vectors], Sequence[int]]
"""Labels for rows, -1 for a row that fits nowhere: the grouping of small sets (`evaldash.clustering`)."""

METHOD = "local"
# Cosine to the centre of an existing mode, and by how much the second must be farther. On draws from BANKING77
# (MiniLM, six modes of 3 to 12 notes, four unknown kinds) .92 of what was offered was right and .82 of what belonged
# to a mode was offered to it.
CLOSE_COSINE = 0.60
CLEAR_MARGIN = 0.10
FEW_NOTES = 10  # below this many notes one alone may be a mode: a first reading has hardly any pairs
EVIDENCE = 3  # notes that stand for a mode


@dataclass(frozen=True, slots=True)
class _Group:
    members: tuple[int, ...]  # positions in codes, most central first
    existing: str | None = None


def suggest_local(
    codes: Sequence[CodeText],
    vectors: Vectors,
    *,
    taxonomy: Taxonomy,
    group: Grouping,
    suggestion_id: str,
) -> Suggestion:
    """Return failure modes for the codes without one; changes nothing.

    `codes` are all codes, those with a mode included (they say where their mode lies); `vectors` (len(codes), d) are
    their embeddings. Notes that say too little are left over. The others go to an existing mode that is clearly close,
    or are grouped anew; a group of one is left over, unless fewer than 10 notes were asked about. The same input gives
    the same output. Raises InvalidInput when codes and vectors do not match.
    """
    if len(vectors) != len(codes):
        raise InvalidInput(f"vectors must have one row per code, got {len(vectors)} rows for {len(codes)} codes")
    asked = without_mode(codes, taxonomy)
    vague = [p for p in asked if says_too_little(codes[p].text) or not vectors[p].any()]
    telling = [p for p in asked if p not in set(vague)]
    homes = _existing_homes(telling, codes, vectors, taxonomy)
    new, alone = _new_groups([p for p in telling if p not in homes], vectors, group, few=len(asked) < FEW_NOTES)
    known = [_Group(_central_first(_held(homes, mode.id), vectors), mode.id) for mode in taxonomy.modes]
    return Suggestion(
        id=suggestion_id,
        method=METHOD,
        modes=tuple(_described([g for g in known if g.members] + new, codes, taxonomy)),
        left_over=tuple(codes[p].id for p in sorted((*vague, *alone))),
        left_over_reason=_reason([codes[p].text for p in vague], alone=len(alone)),
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
    positions: Sequence[int], vectors: Vectors, group: Grouping, *, few: bool
) -> tuple[list[_Group], list[int]]:
    """Return the groups, largest first, and the positions that stand alone."""
    if not positions:
        return [], []
    labelled: dict[int, list[int]] = {}
    alone: list[int] = []
    for position, label in zip(positions, group(vectors[list(positions)]), strict=True):
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


def _described(groups: Sequence[_Group], codes: Sequence[CodeText], taxonomy: Taxonomy) -> list[SuggestedMode]:
    names = {mode.id: mode for mode in taxonomy.modes}
    taken = {name_key(mode.name) for mode in taxonomy.modes}
    candidates = name_groups([[codes[p].text for p in g.members] for g in groups])
    modes = []
    for found, offered in zip(groups, candidates, strict=True):
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
            )
        )
    return modes


def _first_free(offered: Sequence[str], taken: set[str]) -> str:
    free = next((name for name in offered if name_key(name) not in taken), None)
    return unique_name(free or (offered[0] if offered else "Unnamed group"), taken)


def _reason(vague: Sequence[str], *, alone: int) -> str:
    parts = []
    if vague:
        example = next((text for text in vague if text.strip()), "")
        like = f", like {quoted(example)}" if example else ""
        parts.append(f"{count_of(len(vague), 'note')} too short or vague to tell what went wrong{like}")
    if alone:
        parts.append(f"{count_of(alone, 'note')} unlike all others")
    return "; ".join(parts)
