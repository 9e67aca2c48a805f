"""Any sentence-transformers model on this machine, by its folder or by the name under which it was fetched before."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evaldash.embedding.base import Embedder, Progress, ShouldStop, raise_if_stopped, without_surrogates
from evaldash.embedding.windows import by_length, pooled, windows_of
from evaldash.errors import InvalidInput, MissingDependency

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PREFIX = "st:"
MAX_WINDOWS = 8
TOKENS_PER_BATCH = 8_192
TEXTS_PER_BLOCK = 64
LONGEST = 86  # characters of a folder or name: the name of its vectors holds a hundred, and must lead back to it
WEIGHTS = ("model.safetensors", "pytorch_model.bin", "0_StaticEmbedding/model.safetensors")

_lock = threading.Lock()
_loaded: dict[str, SentenceTransformer] = {}


class SentenceTransformersModel(Embedder):
    """A model in a sentence-transformers folder; long texts are read in windows of its own length and pooled.

    Nothing is fetched: a name works when the model is in the local cache already. The name of its vectors carries a
    hash of the weights, so that another model in the same folder gets vectors of its own.
    """

    english_only: ClassVar[bool] = False

    def __init__(self, where: str) -> None:
        """Raises InvalidInput for a folder that is not there or holds no model, and for a path that is too long."""
        where = re.sub(r"@(?:name|[0-9a-f]{10})$", "", where)  # the name of its vectors works as well
        if len(where) > LONGEST:
            raise InvalidInput(
                f"a model's folder or name has at most {LONGEST} characters, got {len(where)} in {where!r}; "
                "give a shorter way to it, such as a link"
            )
        self.where = where
        folder = Path(where).expanduser()
        if os.sep in where and where.startswith((".", "~", os.sep)) and not (folder / "modules.json").is_file():
            raise InvalidInput(f"{PREFIX}{where} must name a sentence-transformers folder (with modules.json in it)")
        self.name = f"{PREFIX}{where}@{_mark(folder)}"

    @property
    def dimensions(self) -> int:
        """As the model says."""
        return int(_model(self.name, self.where).get_embedding_dimension() or 0)

    def embed(
        self, texts: Sequence[str], *, progress: Progress | None = None, should_stop: ShouldStop | None = None
    ) -> NDArray[np.float32]:
        """Return an array (len(texts), dimensions) of rows of length 1; a text without words gives a row of zeros.

        Raises Cancelled when `should_stop` says so, MissingDependency when the model cannot be loaded.
        """
        model = _model(self.name, self.where)
        result = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), TEXTS_PER_BLOCK):
            raise_if_stopped(should_stop, done=start, total=len(texts))
            block = texts[start : start + TEXTS_PER_BLOCK]
            result[start : start + len(block)] = _embed_block(model, block, self.dimensions)
            if progress is not None:
                progress(start + len(block), len(texts))
        return result


def _embed_block(model: SentenceTransformer, texts: Sequence[str], dimensions: int) -> NDArray[np.float32]:
    tokenizer: Any = model.tokenizer
    size = max(8, int(model.max_seq_length or 256) - 2)
    clean = [without_surrogates(text) if text.strip() else "" for text in texts]
    encoded = tokenizer(clean, add_special_tokens=False, truncation=False, padding=False, verbose=False)["input_ids"]
    windows = [window for i, ids in enumerate(encoded) for window in windows_of(i, ids, size=size, at_most=MAX_WINDOWS)]
    vectors = np.zeros((len(windows), dimensions), dtype=np.float32)
    pieces = Counter(window.text for window in windows)
    for batch in by_length(windows, tokens_per_batch=TOKENS_PER_BATCH):
        # The model's own `encode` puts its marks around the words; a text of one window goes in as it is.
        cut = [
            clean[windows[i].text] if pieces[windows[i].text] == 1 else str(tokenizer.decode(windows[i].tokens))
            for i in batch
        ]
        vectors[batch] = model.encode(cut, batch_size=len(cut), normalize_embeddings=True, show_progress_bar=False)
    return pooled(vectors, windows, texts=len(texts))


def _mark(folder: Path) -> str:
    """Return ten hex digits for the weights in a folder, "name" for a model that is known by its name."""
    path = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if path is None:
        return "name"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:10]


def _model(name: str, where: str) -> SentenceTransformer:
    """Return the model under the name of its vectors: another model may come to stand in the same folder."""
    with _lock:
        if name not in _loaded:
            _loaded[name] = _load(where)
        return _loaded[name]


def _load(where: str) -> SentenceTransformer:
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    folder = Path(where).expanduser()
    try:
        model = SentenceTransformer(
            str(folder) if folder.is_dir() else where, device="cpu", local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise MissingDependency(
            f"the model {where!r} cannot be loaded from this machine ({str(error).splitlines()[0][:120]}); "
            "give the folder it was saved to"
        ) from error
    return model.eval()
