"""Settings from the environment; each has a default that works on a laptop without key and network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evaldash.errors import InvalidInput

DEFAULT_STORE = "sqlite:///data/evaldash.db"  # under the current directory
DEMO_PROJECT = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says; a command's own options go before it."""

    database_url: str = DEFAULT_STORE
    project: str | None = None
    coder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a file, an archive or a record is read; what is beyond is refused with a sentence."""

    unpacked_bytes: int = 32 << 30  # of an archive or a packed file, all members together
    unpack_ratio: int = 200  # unpacked to packed bytes; JSON of traces packs 5 to 30 times
    members: int = 100_000  # files in an archive
    record_bytes: int = 64 << 20  # of one record; a trace of 3 MB is large, 64 MB is a mistake
    columns: int = 1_000  # of a table


def limits(environ: Mapping[str, str] | None = None) -> Limits:
    """Read the limits that the environment sets; raises InvalidInput for what is no whole number above 0."""
    env = os.environ if environ is None else environ
    default = Limits()
    return Limits(
        unpacked_bytes=_whole_number(env, "EVALDASH_MAX_UNPACKED_BYTES", default.unpacked_bytes),
        unpack_ratio=_whole_number(env, "EVALDASH_MAX_UNPACK_RATIO", default.unpack_ratio),
        members=_whole_number(env, "EVALDASH_MAX_MEMBERS", default.members),
        record_bytes=_whole_number(env, "EVALDASH_MAX_RECORD_BYTES", default.record_bytes),
        columns=_whole_number(env, "EVALDASH_MAX_COLUMNS", default.columns),
    )


def _whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name)
    if not value:
        return default
    if not (value.isascii() and value.isdecimal()) or int(value) == 0:
        raise InvalidInput(f"{name} must be a whole number above 0, got {value!r}; change it or take it away")
    return int(value)


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return where is kept what can be made again: EVALDASH_CACHE_FOLDER, else `evaldash` in the user's cache."""
    env = os.environ if environ is None else environ
    if env.get("EVALDASH_CACHE_FOLDER"):
        return Path(env["EVALDASH_CACHE_FOLDER"]).expanduser()
    return Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "evaldash"


def settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read EVALDASH_DATABASE_URL, EVALDASH_PROJECT and EVALDASH_CODER."""
    env = os.environ if environ is None else environ
    return Settings(
        database_url=env.get("EVALDASH_DATABASE_URL") or DEFAULT_STORE,
        project=env.get("EVALDASH_PROJECT") or None,
        coder=env.get("EVALDASH_CODER") or None,
    )
