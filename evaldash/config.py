"""Settings from the environment; each has a default that works on a laptop without key and network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_STORE = "sqlite:///data/evaldash.db"  # under the current directory
DEMO_PROJECT = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says; a command's own options go before it."""

    database_url: str = DEFAULT_STORE
    project: str | None = None
    coder: str | None = None


def settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read EVALDASH_DATABASE_URL, EVALDASH_PROJECT and EVALDASH_CODER."""
    env = os.environ if environ is None else environ
    return Settings(
        database_url=env.get("EVALDASH_DATABASE_URL") or DEFAULT_STORE,
        project=env.get("EVALDASH_PROJECT") or None,
        coder=env.get("EVALDASH_CODER") or None,
    )
