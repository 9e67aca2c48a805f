"""Long texts are cut into windows and pooled by hand-checked arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from evaldash.embedding.windows import Window, by_length, pooled, windows_of


@pytest.mark.parametrize(
    ("tokens", "starts"),
    [
        pytest.param(0, [], id="no tokens, no window"),
        pytest.param(3, [0], id="short"),
        pytest.param(4, [0], id="just one window"),
        pytest.param(9, [0, 4, 8], id="the rest is a window of its own"),
        pytest.param(40, [0, 16, 36], id="too long: beginning, middle and end"),
    ],
)
def test_where_windows_begin(tokens: int, starts: list[int]) -> None:
    windows = windows_of(7, range(tokens), size=4, at_most=3)
    assert [window.tokens[0] for window in windows] == starts
    assert all(len(window.tokens) <= 4 and window.text == 7 for window in windows)


def test_windows_are_averaged_by_their_tokens() -> None:
    windows = [Window(0, (1, 2, 3)), Window(0, (4,)), Window(2, (5, 6))]
    vectors = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
    result = pooled(vectors, windows, texts=3)
    assert result == pytest.approx(np.array([[3 / 10**0.5, 1 / 10**0.5], [0, 0], [0, 1]]))


def test_batches_hold_each_window_once_longest_first_within_the_budget() -> None:
    windows = [Window(i, tuple(range(length))) for i, length in enumerate([2, 9, 3, 1, 30, 3])]
    batches = list(by_length(windows, tokens_per_batch=10))
    assert sorted(i for batch in batches for i in batch) == list(range(6))
    assert batches[0] == [4]
    assert all(len(batch) == 1 or len(batch) * len(windows[batch[0]].tokens) <= 10 for batch in batches)
