"""A table of token vectors distilled from MiniLM: a hundred times faster, somewhat coarser, made once and kept.

The recipe is model2vec's (MIT; Tulkens & van Dongen 2024): every token of the vocabulary goes through the model on its
own, the vectors are reduced to their principal components, and each is weighted by how rare its token is (smooth
inverse frequency, Arora et al. 2017, with frequencies by Zipf's law). A text is the weighted mean of its tokens.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evaldash.config import cache_folder
from evaldash.embedding import minilm
from evaldash.embedding.base import Embedder, Progress, ShouldStop, raise_if_stopped, without_surrogates

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DIMENSIONS = 256  # principal components kept of 384
SIF = 3e-4  # smooth inverse frequency: a token of probability p weighs SIF / (SIF + p)
RANK_OF_LETTERS = 1_000
TOKENS_AT_ONCE = 2_048  # distilled in one forward pass; each is three tokens long
TEXTS_PER_BLOCK = 128
CHARS_PER_BLOCK = 4_000_000  # the tokens of a block take some 100 MB
RECIPE = 1  # another recipe gives other vectors: raise it and the name of the embedder with it

_lock = threading.Lock()
_loaded: list[tuple[Tokenizer, NDArray[np.float32]]] = []  # at most one for the process: 31 MB


class Static(Embedder):
    """Mean of token vectors distilled from MiniLM: no window, no limit of length, and no torch after the first time."""

    name = "static"
    english_only: ClassVar[bool] = True
    chars_per_write: ClassVar[int] = 4_000_000
    texts_per_write: ClassVar[int] = 4_096

    @property
    def dimensions(self) -> int:
        """256."""
        return DIMENSIONS

    def embed(
        self, texts: Sequence[str], *, progress: Progress | None = None, should_stop: ShouldStop | None = None
    ) -> NDArray[np.float32]:
        """Return an array (len(texts), 256) of rows of length 1; a text without words gives a row of zeros.

        Raises Cancelled when `should_stop` says so, MissingDependency when MiniLM is missing at the first use.
        """
        result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        if not any(text.strip() for text in texts):
            return result
        tokenizer, table = _load()
        done = 0
        for block in _blocks(texts):
            raise_if_stopped(should_stop, done=done, total=len(texts))
            result[block] = _means(tokenizer, table, texts[block])
            done = block.stop
            if progress is not None:
                progress(done, len(texts))
        return result


def _blocks(texts: Sequence[str]) -> list[slice]:
    """Return runs of texts, each of at most 128 and, but for its last, 4 million characters."""
    blocks, start, chars = [], 0, 0
    for position, text in enumerate(texts):
        chars += len(text)
        if chars >= CHARS_PER_BLOCK or position - start + 1 == TEXTS_PER_BLOCK:
            blocks.append(slice(start, position + 1))
            start, chars = position + 1, 0
    return blocks if start == len(texts) else [*blocks, slice(start, len(texts))]


def _means(tokenizer: Tokenizer, table: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
    from scipy.sparse import csr_array

    encoded = tokenizer.encode_batch_fast([without_surrogates(text) for text in texts], add_special_tokens=False)
    ids = [np.asarray(item.ids, dtype=np.int32) for item in encoded]
    pointers = np.concatenate([[0], np.cumsum([len(row) for row in ids])])
    tokens = np.concatenate(ids)
    counts = csr_array((np.ones(len(tokens), dtype=np.float32), tokens, pointers), shape=(len(texts), len(table)))
    sums: NDArray[np.float32] = counts @ table  # the length of a text is gone with the next line
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return unit


def is_distilled() -> bool:
    """Tell whether the table is made already; else the first use takes half a minute longer."""
    return bool(_loaded) or _table_path().is_file()


def _load() -> tuple[Tokenizer, NDArray[np.float32]]:
    with _lock:
        if not _loaded:
            path = _table_path()
            table = _kept(path)
            if table is None:
                table = distil()
                _keep(path, table)
            _loaded.append((_tokenizer(), table))
        return _loaded[0]


def _table_path() -> Path:
    return cache_folder() / f"static-{minilm.WEIGHTS_SHA256[:12]}-{DIMENSIONS}-{RECIPE}.npy"


def _kept(path: Path) -> NDArray[np.float32] | None:
    """Return the table that is kept there, None where there is none or it is damaged."""
    try:
        table: NDArray[np.float32] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    whole = table.ndim == 2 and table.shape[1] == DIMENSIONS and table.dtype == np.float32
    return table if whole else None


def _keep(path: Path, table: NDArray[np.float32]) -> None:
    """Write the table whole or not at all; where nothing can be written it is made again the next time."""
    own = path.with_name(f"{path.name}.{hashlib.sha256(str(time.time_ns()).encode()).hexdigest()[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with own.open("wb") as file:
            np.save(file, table, allow_pickle=False)
        own.replace(path)
    except OSError:
        with suppress(OSError):
            own.unlink()


def distil() -> NDArray[np.float32]:
    """Return the weighted vector of every token of MiniLM's vocabulary, (30522, 256); takes 20 to 60 s on two cores."""
    model = minilm.load_model()
    tokenizer: Any = model.tokenizer
    count = len(tokenizer)
    vectors = np.concatenate(
        [
            minilm.forward(model, [[token] for token in range(start, min(start + TOKENS_AT_ONCE, count))])
            for start in range(0, count, TOKENS_AT_ONCE)
        ]
    )
    table = _main_components(vectors) * _weights(tokenizer.convert_ids_to_tokens(range(count)))[:, None]
    table[tokenizer.all_special_ids] = 0
    return table.astype(np.float32)


def _main_components(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, keepdims=True)
    _, axes = np.linalg.eigh(centred.T @ centred)
    components: NDArray[np.float64] = centred @ axes[:, : -DIMENSIONS - 1 : -1]
    return components


def _weights(tokens: Sequence[str]) -> NDArray[np.float64]:
    """Return the weight of each token of a vocabulary whose words stand in the order of how frequent they are.

    Before its words such a vocabulary holds marks and single characters by code point: punctuation counts as the most
    frequent, a letter on its own as neither frequent nor rare.
    """
    words = np.array([len(token) > 1 and not token.startswith("[") for token in tokens])
    letters = np.array([any(c.isalnum() for c in token) for token in tokens])
    ranks = np.where(words, np.cumsum(words), np.where(letters, RANK_OF_LETTERS, 1))
    shares = 1 / (ranks + 1.0)
    shares /= shares.sum()
    weights: NDArray[np.float64] = SIF / (SIF + shares)
    return weights


def _tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(minilm.model_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
