"""What waits for more of its trace waits on disk: memory stays flat however many spans an export holds."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator
from typing import Any, Self

IN_MEMORY = 16 << 20  # bytes that wait in memory before a file is used


class Spool:
    """JSON values under keys, given back key by key in the order in which the keys first came.

    Only the places of the values are kept in memory (16 bytes each). The file has no name and goes with the spool.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by close)
        self._places: dict[str, array[int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._places)

    def put(self, key: str, value: Any) -> None:
        """Keep a value under a key."""
        # json, not orjson: NaN, lone surrogates and long integers come back as they were.
        content = json.dumps(value, separators=(",", ":")).encode()
        self._file.seek(0, 2)
        self._places.setdefault(key, array("Q")).extend((self._file.tell(), len(content)))
        self._file.write(content)

    def groups(self) -> Iterator[list[Any]]:
        """Yield the values of each key, in the order in which they came."""
        for places in self._places.values():
            yield [self._value(places[i], places[i + 1]) for i in range(0, len(places), 2)]

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _value(self, start: int, length: int) -> Any:
        self._file.seek(start)
        return json.loads(self._file.read(length))
