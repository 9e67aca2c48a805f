"""Texts become vectors: one interface, and the embedders there are as an explicit list.

`minilm` and `static` need no network. `st:FOLDER` is any sentence-transformers folder (or `st:NAME` one that is on this
machine already), `openai:MODEL` any model behind an endpoint that speaks OpenAI's embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evaldash.embedding import endpoint, folder
from evaldash.embedding.base import Embedder, Progress, ShouldStop, text_hash
from evaldash.embedding.minilm import MiniLM
from evaldash.embedding.static import Static, is_distilled
from evaldash.errors import InvalidInput

DEFAULT_EMBEDDER = MiniLM.name
FAST_EMBEDDER = Static.name

EMBEDDERS: tuple[type[Embedder], ...] = (MiniLM, Static)

_BY_PREFIX: Mapping[str, Callable[[str], Embedder]] = {
    folder.PREFIX: folder.SentenceTransformersModel,
    endpoint.PREFIX: endpoint.Endpoint,
}
_BY_NAME = {embedder.name: embedder for embedder in EMBEDDERS}
if len(_BY_NAME) != len(EMBEDDERS):
    raise RuntimeError("two embedders share a name; each name in EMBEDDERS must be given once")


def get_embedder(name: str = DEFAULT_EMBEDDER) -> Embedder:
    """Return the embedder called `name`; nothing is loaded before its first use.

    Raises InvalidInput for a name that is neither in EMBEDDERS nor begins with `st:` or `openai:`.
    """
    for prefix, make in _BY_PREFIX.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            return make(name.removeprefix(prefix))
    if name not in _BY_NAME:
        known = ", ".join([*sorted(_BY_NAME), "st:FOLDER", "openai:MODEL"])
        raise InvalidInput(f"embedder must be one of {known}, got {name!r}")
    return _BY_NAME[name]()


__all__ = [
    "DEFAULT_EMBEDDER",
    "EMBEDDERS",
    "FAST_EMBEDDER",
    "Embedder",
    "Progress",
    "ShouldStop",
    "get_embedder",
    "is_distilled",
    "text_hash",
]
