"""The filter language that pages and commands share: text in, a tree of facts out.

    expr  = term { "or" term }      term = fact { "and" fact }
    fact  = [ "not" ] ( "(" expr ")" | field op value | "has" field | text )
    op    = = | != | < | <= | > | >= | ~ (contains) | in "(" value, … ")"

A field that is not on the list is refused, with the place in the text. Values are data: they are bound, never spliced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from evaldash.errors import FilterSyntaxError

PLAIN_FIELDS = (
    "id", "session", "version", "format", "cluster", "verdict", "mode", "coder", "batch", "feedback", "started_at",
    "selection",
)  # fmt: skip
NAMED_FIELDS = ("metric", "metadata", "tag", "field")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "~", "in")
MAX_LENGTH = 10_000  # characters; longer filters are mistakes, and would nest without end
MAX_DEPTH = 50  # nested parentheses and nots

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<op><=|>=|!=|=|<|>|~)
      | (?P<mark>[(),])
      | (?P<word>[^\s"(),=<>~!]+)
    )""",
    re.VERBOSE,
)


class Number(float):
    """A number with its digits as they were written: as a word, 1.10 is not 1.1, and 12345678 not 1.23457e+07."""

    written: str

    def __new__(cls, written: str) -> Number:
        """Read a number; ValueError for a text that is none."""
        made = super().__new__(cls, written)
        made.written = written
        return made


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op values`; every op but `in` has one value."""

    field: str
    op: str
    values: tuple[str | float, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """The field has a value at all."""

    field: str


@dataclass(frozen=True, slots=True)
class Search:
    """The words stand in the trace."""

    words: str


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Filter


@dataclass(frozen=True, slots=True)
class All:
    """All parts hold."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Filter, ...]


Filter: TypeAlias = "Compare | Has | Search | Not | All | Any"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    at: int  # the place in the text, from 0


def parse_filter(text: str) -> Filter:
    """Return the tree of a filter; FilterSyntaxError names the place (from 1) and what was expected there."""
    if len(text) > MAX_LENGTH:
        raise FilterSyntaxError(f"the filter is {len(text)} characters long, at most {MAX_LENGTH} are read")
    return _Parser(text).parse()


def searches_of(where: Filter | None) -> tuple[str, ...]:
    """Return what a filter searches for: the words of its texts, less those that must not occur."""
    if isinstance(where, Search):
        return (where.words,)
    if isinstance(where, All | Any):
        return tuple(words for part in where.parts for words in searches_of(part))
    return ()


def values_of(where: Filter | None, field: str) -> tuple[str, ...]:
    """Return the words that a filter compares a field with, anywhere in it."""
    if isinstance(where, Compare):
        return tuple(str(value) for value in where.values) if where.field == field else ()
    if isinstance(where, Not):
        return values_of(where.part, field)
    if isinstance(where, All | Any):
        return tuple(value for part in where.parts for value in values_of(part, field))
    return ()


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise FilterSyntaxError(_message(text, at, "this cannot be read; texts stand between double quotes"))
        tokens.append(_Token(found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup)))
        at = found.end()
    return tokens


def _message(text: str, at: int, problem: str) -> str:
    place = text[at : at + 20]
    where = f"at character {at + 1} ({place!r})" if place else "at its end"
    return f"the filter {text!r} cannot be read {where}: {problem}"


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.position = 0
        self.depth = 0

    def parse(self) -> Filter:
        if not self.tokens:
            raise FilterSyntaxError("the filter is empty; leave it out to select all traces")
        found = self.expr()
        if self.peek() is not None:
            raise self.error('expected "and", "or" or the end')
        return found

    def expr(self) -> Filter:
        parts = [self.term()]
        while self.take_word("or"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def term(self) -> Filter:
        parts = [self.fact()]
        while self.take_word("and"):
            parts.append(self.fact())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def fact(self) -> Filter:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"nested deeper than {MAX_DEPTH}")
        found = self.negatable()
        self.depth -= 1
        return found

    def negatable(self) -> Filter:
        if self.take_word("not"):
            return Not(self.fact())
        if self.take("mark", "("):
            inner = self.expr()
            if not self.take("mark", ")"):
                raise self.error('expected ")"')
            return inner
        if self.take_word("has"):
            return Has(self.field())
        token = self.peek()
        if token is not None and token.kind == "text":
            return Search(self.unquoted(self.next()))
        return self.comparison()

    def comparison(self) -> Filter:
        field = self.field()
        if self.take_word("in"):
            return Compare(field, "in", self.value_list())
        token = self.peek()
        if token is None or token.kind != "op":
            raise self.error(f"expected one of {' '.join(OPERATORS)} after {field}")
        return Compare(field, self.next().value, (self.value(),))

    def field(self) -> str:
        token = self.peek()
        if token is None or token.kind != "word":
            raise self.error("expected a field, a text between quotes, or (")
        prefix, dot, rest = token.value.partition(".")
        if token.value not in PLAIN_FIELDS and not (prefix in NAMED_FIELDS and dot and rest):
            known = ", ".join((*PLAIN_FIELDS, *(f"{name}.NAME" for name in NAMED_FIELDS)))
            raise self.error(f"there is no field {token.value!r}; fields are {known}")
        return self.next().value

    def value_list(self) -> tuple[str | float, ...]:
        if not self.take("mark", "("):
            raise self.error('expected "(" after "in"')
        values = [self.value()]
        while self.take("mark", ","):
            values.append(self.value())
        if not self.take("mark", ")"):
            raise self.error('expected "," or ")"')
        return tuple(values)

    def value(self) -> str | float:
        token = self.peek()
        if token is None or token.kind not in ("text", "word"):
            raise self.error("expected a number, a word, a date or a text between quotes")
        self.next()
        if token.kind == "text":
            return self.unquoted(token)
        try:
            return Number(token.value)
        except ValueError:
            return token.value

    def unquoted(self, token: _Token) -> str:
        return re.sub(r"\\(.)", r"\1", token.value[1:-1])

    def peek(self) -> _Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def next(self) -> _Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def take(self, kind: str, value: str) -> bool:
        token = self.peek()
        if token is None or token.kind != kind or token.value.lower() != value:
            return False
        self.position += 1
        return True

    def take_word(self, value: str) -> bool:
        return self.take("word", value)

    def error(self, problem: str) -> FilterSyntaxError:
        token = self.peek()
        return FilterSyntaxError(_message(self.text, token.at if token else len(self.text), problem))
