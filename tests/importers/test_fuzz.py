"""Broken and hostile input: every importer gives traces, issues or one sentence, and never hangs.

At least INPUTS inputs are tried: records of each format with something in them replaced, real files with their bytes
disturbed, and values that Hypothesis makes up. What fails is printed with its seed: the same seed makes it again.
"""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaldash.errors import EvaldashError
from evaldash.importers import IMPORTERS
from tests.importers.reading import read
from tests.importers.test_contract import SAMPLES

pytestmark = pytest.mark.slow
INPUTS = 30_000
BY_BYTES = 6_000  # of them: files with their bytes disturbed
MADE_UP = 60  # records of Hypothesis for each importer
LONGEST_S = 2.0  # for one input
MAX_FILE = 40_000  # bytes of a real file that are disturbed; a longer one is cut, which is a disturbance too
EXPORTS = Path(__file__).parents[1] / "fixtures" / "exports"
SHARED = (
    Path(__file__).resolve().parents[3] / "shared" / "traces"
)  # where it is missing, the exports alone are disturbed
NAMES = [importer.name for importer in IMPORTERS]


def _nested(depth: int) -> Any:
    value: Any = "end"
    for level in range(depth):
        value = [value] if level % 2 else {"content": value}
    return value


NASTY: tuple[Any, ...] = (
    None, "", " ", [], {}, [[]], [{}], [None], {"": None}, True, 0, -1, 1e308, float("nan"), float("inf"), 10**40,
    "NaN", "\ud800", "\0", "\u202egnp.exe", "\x1b[31mred", "=HYPERLINK(1)", "x" * 50_000, "{",
    '{"a": ', '"\\"{}\\""', "[[[[",
    "0" * 400, "9" * 30, "2026-13-45T99:99:99Z", "9999999999999999999999", "-1", "🙂" * 100, {"role": "user"},
    {"role": None, "content": None}, {"role": "asistant", "content": [["a", ["b"]]]}, {"type": "text", "text": None},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, [1, "two", None, {"three": 3}],
    {"$ref": "#"}, _nested(60), _nested(150), json.dumps(json.dumps(json.dumps({"role": "user", "content": "deep"}))),
    "{'single': 'quotes', 'none': None}", "attachment://0", "<script>alert(1)</script>", {"id": 1, "parent_id": 1},
)  # fmt: skip


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container of a value with a key in it."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ()
        for key in keys:
            yield item, key
            waiting.append(item[key])


def _put_nasty(rng: random.Random, container: Any, key: Any) -> None:
    container[key] = copy.deepcopy(rng.choice(NASTY))


def _take_away(rng: random.Random, container: Any, key: Any) -> None:
    del container[key]


def _wrap(rng: random.Random, container: Any, key: Any) -> None:
    container[key] = rng.choice(([container[key]], {"value": container[key]}, json.dumps(container[key])))


def _swap(rng: random.Random, container: Any, key: Any) -> None:
    other = rng.choice(list(container) if isinstance(container, dict) else range(len(container)))
    container[key], container[other] = container[other], container[key]


def _repeat(rng: random.Random, container: Any, key: Any) -> None:
    if isinstance(container, list):
        container.insert(rng.randrange(len(container) + 1), copy.deepcopy(container[key]))
    else:
        container[f"{key}2"] = container[key]


CHANGES: tuple[Callable[[random.Random, Any, Any], None], ...] = (
    _put_nasty,
    _put_nasty,
    _take_away,
    _wrap,
    _swap,
    _repeat,
)


def _changed(rng: random.Random, record: Any) -> Any:
    made = copy.deepcopy(record)
    for _ in range(rng.randint(1, 4)):
        places = list(_places(made))
        if not places:
            break
        rng.choice(CHANGES)(rng, *rng.choice(places))
    return made


def _disturbed(rng: random.Random, data: bytes) -> bytes:
    """Return bytes with something cut out, doubled, overwritten or cut off."""
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.choice((1, 1, 2, 10, 300)))
    rubbish = bytes(rng.randrange(256) for _ in range(end - start))
    mark = rng.choice((b"{", b"[", b"]", b"}", b'"', b"\0", b"\n"))
    return rng.choice((
        data[:start], data[start:], data[:start] + data[end:], data[:start] + rubbish + data[end:],
        data[:start] + mark + data[start:], data[:end] + data[start:end] * 3 + data[end:],
    ))  # fmt: skip


def _tried(data: bytes | str, *, format: str | None, seed: object) -> None:
    """Read once; all but an EvaldashError, and all that takes too long, is a failure that names its seed."""
    started = time.process_time()
    try:
        read(data, format=format)
    except EvaldashError:
        pass
    except Exception as error:
        raise AssertionError(f"{format}, seed {seed}: {type(error).__name__}: {error}") from error
    taken = time.process_time() - started
    assert taken < LONGEST_S, f"{format}, seed {seed}: {taken:.1f} s"


def _records(name: str) -> list[Any]:
    return [SAMPLES[name].record]


@pytest.mark.parametrize("name", NAMES)
def test_records_with_something_wrong_in_them(name: str) -> None:
    share = -(-(INPUTS - BY_BYTES) // len(NAMES))
    for number in range(share):
        seed = f"{name}:{number}"
        rng = random.Random(seed)  # noqa: S311 (the same on every machine)
        records = [_changed(rng, rng.choice(_records(name))) for _ in range(rng.choice((1, 1, 2)))]
        text = "".join(json.dumps(record) + "\n" for record in records)
        _tried(text, format=rng.choice((name, name, None)), seed=seed)


def _real_files() -> list[Path]:
    found = [path for path in EXPORTS.rglob("*") if path.is_file()]
    found += [path for path in SHARED.rglob("*") if path.is_file() and "LICENSE" not in path.name]
    return sorted(found)


def test_real_files_with_their_bytes_disturbed() -> None:
    files = [path.read_bytes()[:MAX_FILE] for path in _real_files()]
    for number in range(BY_BYTES):
        seed = f"bytes:{number}"
        rng = random.Random(seed)  # noqa: S311 (the same on every machine)
        data = rng.choice(files)
        for _ in range(rng.randint(1, 3)):
            data = _disturbed(rng, data) or b"{"
        _tried(data, format=rng.choice((None, None, rng.choice(NAMES))), seed=seed)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(NASTY[:20]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", NAMES)
def test_values_nobody_thought_of(name: str) -> None:
    keys = sorted({key for container, key in _places(SAMPLES[name].record) if isinstance(key, str)})
    records = st.dictionaries(st.sampled_from(keys), JSON_VALUES, min_size=1, max_size=8)

    @settings(max_examples=MADE_UP, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(records)
    def reads(record: Any) -> None:
        _tried(json.dumps(record), format=name, seed=record)

    reads()
