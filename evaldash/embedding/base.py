"""What every embedder offers."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evaldash.errors import Cancelled

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (texts done, texts in all)."""

ShouldStop: TypeAlias = Callable[[], bool]
"""Asked between batches; True ends the work with Cancelled."""


class Embedder(ABC):
    """Turns texts into vectors of one length; equal texts get equal vectors, up to rounding."""

    name: str  # stored beside each vector, at most 100 characters: another model needs another name
    english_only: ClassVar[bool] = False  # a text in another language gets a vector that says little
    chars_per_write: ClassVar[int] = 200_000  # of text between two writes to the store: some seconds of work
    texts_per_write: ClassVar[int] = 512

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """How long a vector is. An endpoint knows it after its first answer only; before that it asks."""

    @abstractmethod
    def embed(
        self, texts: Sequence[str], *, progress: Progress | None = None, should_stop: ShouldStop | None = None
    ) -> NDArray[np.float32]:
        """Return an array (len(texts), dimensions) of rows of length 1; a text without words gives a row of zeros.

        Raises Cancelled when `should_stop` says so, MissingDependency when the model is not there, ModelError when an
        endpoint does not answer.
        """


def text_hash(text: str) -> str:
    """Return the sha256 (64 hex digits) of a text: the key under which its vector is kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def without_surrogates(text: str) -> str:
    """Return `text` with "?" for lone surrogates, which JSON may hold and no tokeniser takes."""
    return text.encode("utf-8", "replace").decode()


def raise_if_stopped(should_stop: ShouldStop | None, *, done: int, total: int) -> None:
    """Raise Cancelled when the caller wants the work to end."""
    if should_stop is not None and should_stop():
        raise Cancelled(f"embedding was stopped after {done} of {total} texts; run it again to embed the rest")
