"""Where new notes belong, and what figures propose for a taxonomy."""

import numpy as np
import pytest

from evaldash.domain.taxonomy import FailureMode
from evaldash.taxonomy.helping import Held, proposals
from evaldash.taxonomy.places import Place, make_placer


def around(direction: int, count: int, *, noise: float = 0.1, seed: int = 0) -> np.ndarray:
    """Unit vectors about one direction of 20."""
    rng = np.random.default_rng(seed + direction)
    rows = np.eye(20)[[direction] * count] + rng.normal(0, noise, (count, 20))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def placer():
    vectors = np.concatenate([around(0, 4), around(1, 4)])
    codes = [f"c{i}" for i in range(8)]
    return make_placer(codes, vectors, {code: "dates" if i < 4 else "tone" for i, code in enumerate(codes)})


def test_a_note_like_those_of_a_mode_goes_there(placer):
    found = placer.place(around(1, 1, seed=9)[0])
    assert (found.mode, found.is_new) == ("tone", False)
    assert found.confidence > 0.9


def test_a_note_between_two_modes_or_of_neither_may_be_new(placer):
    between = (np.eye(20)[0] + np.eye(20)[1]).astype(np.float32) / np.sqrt(2)
    assert placer.place(between).is_new
    assert placer.place(around(7, 1)[0]).is_new


def test_a_note_without_words_and_a_taxonomy_without_notes_place_nothing(placer):
    nowhere = Place(mode=None, confidence=0.0)
    assert placer.place(np.zeros(20, dtype=np.float32)) == nowhere
    assert make_placer(["a"], around(0, 1), {}).place(around(0, 1)[0]) == nowhere


def test_one_mode_alone_is_offered_only_to_what_is_close():
    one = make_placer(["a", "b"], around(0, 2), {"a": "m", "b": "m"})
    assert not one.place(around(0, 1, seed=4)[0]).is_new
    assert one.place(around(3, 1)[0]).is_new


def held(name: str, first: int, vectors: np.ndarray, *, traces: range) -> Held:
    count = len(vectors)
    return Held(
        mode=FailureMode(id=name.lower(), name=name),
        rows=tuple(range(first, first + count)),
        codes=tuple(f"{name.lower()}{i}" for i in range(count)),
        texts=tuple(f"{name} number {i}" for i in range(count)),
        traces=frozenset(f"t{i}" for i in traces),
    )


def found_kinds(modes: list[Held], vectors: np.ndarray) -> list[tuple[str, tuple[str, ...]]]:
    return [(item.kind, item.modes) for item in proposals(modes, vectors, traces=100)]


def test_two_names_for_one_failure_are_a_merge_but_not_where_they_occur_together():
    vectors = np.concatenate([around(0, 10), around(0, 10, seed=50), around(1, 10)])
    apart = [
        held("A", 0, vectors[:10], traces=range(10)),
        held("B", 10, vectors[10:20], traces=range(20, 30)),
        held("C", 20, vectors[20:], traces=range(40, 50)),
    ]
    assert found_kinds(apart, vectors) == [("merge", ("a", "b"))]
    together = [apart[0], held("B", 10, vectors[10:20], traces=range(2, 12)), apart[2]]
    assert found_kinds(together, vectors) == []


def test_a_mode_inside_another_is_told():
    vectors = np.concatenate([around(0, 6), around(1, 6)])
    modes = [held("A", 0, vectors[:6], traces=range(6)), held("B", 6, vectors[6:], traces=range(12))]
    assert proposals(modes, vectors, traces=20)[0].reason.startswith("6 of 6 traces with A also hold B")


def test_a_mode_of_two_kinds_is_a_split_with_its_notes_and_a_name():
    vectors = np.concatenate([around(0, 8), around(1, 5)])
    [found] = proposals([held("A", 0, vectors, traces=range(13))], vectors, traces=20)
    assert (found.kind, found.codes) == ("split", tuple(f"a{i}" for i in range(8, 13)))
    assert found.name
    assert "groups of 8 and 5" in found.reason
    one = around(0, 13)
    assert proposals([held("A", 0, one, traces=range(13))], one, traces=20) == []


def test_thin_modes_and_far_notes_are_told():
    vectors = np.concatenate([around(0, 6), around(1, 6)])
    vectors[5] = around(1, 1, seed=77)[0]
    modes = [held("A", 0, vectors[:6], traces=range(3)), held("B", 6, vectors[6:], traces=range(20, 30))]
    found = proposals(modes, vectors, traces=40)
    assert [(item.kind, item.codes) for item in found] == [("far", ("a5",)), ("thin", ())]
    assert "3 of the 5 examples" in found[1].reason


def test_a_subject_changes_with_what_it_rests_on():
    vectors = np.concatenate([around(0, 8), around(1, 5)])
    first = proposals([held("A", 0, vectors, traces=range(13))], vectors, traces=20)
    again = proposals([held("A", 0, vectors, traces=range(13))], vectors, traces=25)
    fewer = proposals([held("A", 0, vectors[:12], traces=range(13))], vectors, traces=20)
    assert first[0].subject == again[0].subject != fewer[0].subject
