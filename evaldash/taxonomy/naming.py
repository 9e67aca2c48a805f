"""The rules that names of failure modes keep, and how a mode is found by what people call it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

from evaldash.domain.taxonomy import FailureMode, Taxonomy
from evaldash.errors import Ambiguous, InvalidInput, NotFound

MAX_NAME_LENGTH = 120  # characters; longer ones are definitions
MAX_CHOICES_SHOWN = 20  # names listed in a message


def tidy_name(name: str) -> str:
    """Return `name` with single spaces and without control characters; InvalidInput when it is empty or too long."""
    visible = "".join(" " if unicodedata.category(char) == "Cc" else char for char in name)
    tidy = " ".join(visible.split())
    if not tidy:
        raise InvalidInput("the name of a failure mode must not be empty; say in a few words what goes wrong")
    if len(tidy) > MAX_NAME_LENGTH:
        raise InvalidInput(
            f"the name of a failure mode must have at most {MAX_NAME_LENGTH} characters, got {len(tidy)}; "
            "put the rest into its definition"
        )
    return tidy


def name_key(name: str) -> str:
    """Return what two names share when they count as the same: case, spacing and composition of letters do not."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def free_name(name: str, modes: Iterable[FailureMode]) -> str:
    """Return the tidy name when no mode has it, else raise InvalidInput with the one that does."""
    tidy = tidy_name(name)
    for mode in modes:
        if name_key(mode.name) == name_key(tidy):
            raise InvalidInput(
                f"there is already a failure mode named {mode.name!r}; choose another name, or merge them"
            )
    return tidy


def unique_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, with a number behind it when its key is in `taken`; cut so that it keeps to the length."""
    keys, number, candidate = set(taken), 1, name[:MAX_NAME_LENGTH].strip()
    while name_key(candidate) in keys:
        number += 1
        suffix = f" ({number})"
        candidate = name[: MAX_NAME_LENGTH - len(suffix)].strip() + suffix
    return candidate


def find_mode(taxonomy: Taxonomy, called: str) -> FailureMode:
    """Return the mode with this id or name (in any case).

    Raises NotFound with the names there are, Ambiguous when `called` fits several.
    """
    found = [mode for mode in taxonomy.modes if mode.id == called or name_key(mode.name) == name_key(called)]
    if not found:
        raise NotFound(f"there is no failure mode {called!r}; there are {listed(mode.name for mode in taxonomy.modes)}")
    if len(found) > 1:
        choices = listed(f"{mode.name} ({mode.id})" for mode in found)
        raise Ambiguous(f"{called!r} fits several failure modes: {choices}; give the id")
    return found[0]


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence part, shortened when there are many; "none yet" when there are none."""
    shown = list(names)
    more = f" and {len(shown) - MAX_CHOICES_SHOWN} more" if len(shown) > MAX_CHOICES_SHOWN else ""
    return ", ".join(shown[:MAX_CHOICES_SHOWN]) + more if shown else "none yet"
