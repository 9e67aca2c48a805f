"""Cells of a data frame that was written as text: Python literals, numpy arrays among them; read, never evaluated."""

from __future__ import annotations

import ast
import warnings

from evaldash.domain.trace import Json

MAX_LITERAL = 2_000_000  # characters; a cell with a long conversation is a tenth of it
MAX_BRACKETS = 60  # brackets open at once; the parser of Python fails at some hundreds
OPENING, CLOSING = "[{(", "]})"
ARRAYS = ("array", "list", "tuple")


class _NotLiteral(ValueError):
    """Something in the text is no literal."""


def parsed_if_literal(text: Json) -> Json:
    """Return the list or dictionary that a text holds as a Python literal, else the value as it is."""
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "[", "(") or len(text) > MAX_LITERAL:
        return text
    if _deepest(text) > MAX_BRACKETS:
        return text
    # numpy prints no comma between the items of an array; a line break within a string would be escaped.
    source = text.strip().replace("}\n {", "},\n {").replace("]\n [", "],\n [")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in somebody's text
            tree = ast.parse(source, mode="eval")
        return _value(tree.body)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return text


def _deepest(text: str) -> int:
    depth = deepest = 0
    for mark in text:
        if mark in OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif mark in CLOSING:
            depth -= 1
    return deepest


def _value(node: ast.expr) -> Json:
    found: Json
    match node:
        case ast.Constant(value=None | bool() | int() | float() | str() as value):
            found = value
        case ast.Name(id="nan" | "NaN" | "NaT" | "null"):
            found = None
        case ast.Name(id="true" | "false" as word):
            found = word == "true"
        case ast.List(elts=items) | ast.Tuple(elts=items):
            found = [_value(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            found = {_key(key): _value(value) for key, value in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            found = -number
        case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in ARRAYS:
            found = _value(inner)
        case _:
            raise _NotLiteral("not a literal")
    return found


def _key(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    raise _NotLiteral("a key that is no constant")
