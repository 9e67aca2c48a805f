"""What can go wrong, as one tree; each message is a sentence a person can act on.

EvaldashError
├── NotFound            a project, trace, batch, mode … that was named is not there
├── Ambiguous           a name fits several things; the message lists them
├── InvalidInput        a parameter, file or record breaks a rule the message names
│   ├── FilterSyntaxError   a filter expression cannot be read; points at the place
│   └── UnreadableSource    nothing of a file could be read as traces
├── Conflict            what was asked does not fit the present state (published version, batch under way)
├── MissingDependency   an optional part is not installed; the message says how to get it
├── StoreError          the store cannot be opened or is broken
│   └── StoreTooNew         written by a newer evaldash
├── Cancelled           a person stopped the work; what was stored before stays
└── ModelError          the language model could not give a usable answer
    └── BudgetExceeded      a run would cost more than its limit
"""

from __future__ import annotations


class EvaldashError(Exception):
    """Root of all errors that a user may see; its text is one sentence, never a traceback."""


class NotFound(EvaldashError):
    """Something that was named does not exist."""


class Ambiguous(EvaldashError):
    """A name fits more than one thing."""


class InvalidInput(EvaldashError):
    """A parameter, file or record breaks a rule."""


class FilterSyntaxError(InvalidInput):
    """A filter expression cannot be read."""


class UnreadableSource(InvalidInput):
    """Nothing of a source could be read as traces."""


class Conflict(EvaldashError):
    """What was asked does not fit the present state."""


class MissingDependency(EvaldashError):
    """An optional part is not installed."""


class StoreError(EvaldashError):
    """The store cannot be opened or is broken."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of evaldash."""


class Cancelled(EvaldashError):
    """A person stopped the work before its end."""


class ModelError(EvaldashError):
    """The language model could not give a usable answer."""


class BudgetExceeded(ModelError):
    """A model run would cost more than its limit."""
