"""A step as a card: who speaks, what was said, what a tool was given and gave back; long and inner things folded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evaldash.domain.template import Template
from evaldash.domain.trace import Json, Role, Step, StepKind
from evaldash.transcript import jsontree
from evaldash.transcript.code import code, looks_like_a_diff
from evaldash.transcript.documents import as_documents, document_nodes
from evaldash.transcript.facts import IN_FACTS, facts
from evaldash.transcript.images import Images
from evaldash.transcript.markup import parse, visible
from evaldash.transcript.nodes import Node, el
from evaldash.transcript.values import Shown, show_arguments, show_value

WHO = {Role.USER: "User", Role.ASSISTANT: "Assistant", Role.SYSTEM: "System prompt", Role.TOOL: "Tool"}
FOLD_TEXT = 1_600  # characters of a message; of longer ones the beginning is shown
FOLD_THOUGHT = 200  # characters of reasoning; shorter ones are read sooner than opened
FOLD_RESULT = 1_200  # characters of a result; longer ones are one click away
FOLD_ARGUMENTS = 2_000
PLUMBING = frozenset({"call_id", "span", "started_at"})  # ids and times that tie the pieces of a step together
INNER = (StepKind.MODEL_CALL, StepKind.EVENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What cards are made with: how many characters a piece may have, the project's template, the record's images."""

    room: int
    template: Template = field(default_factory=Template)
    images: Images = field(default_factory=lambda: Images(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The nodes of a step; `cut` where a piece of it is longer than the room it had."""

    nodes: list[Node]
    cut: bool


def is_inner(step: Step) -> bool:
    """Tell what a model was sent and a chain passed on, where nothing went wrong: one click away, not in the way."""
    return step.kind in INNER and step.error is None


def label(step: Step) -> str:
    """Return the name of a step for lists and folds."""
    return visible(step.name or "") or step.kind.value.replace("_", " ")


def card(step: Step, drawing: Drawing) -> Card:
    """Return the card of a step."""
    made = _Card(step, drawing)
    if is_inner(step):
        nodes = made.line()
    elif step.kind in (StepKind.TOOL_CALL, StepKind.RETRIEVAL):
        nodes = made.tool()
    elif step.kind in (StepKind.MESSAGE, StepKind.REASONING):
        nodes = made.message()
    else:
        nodes = [made.who(label(step)), *made.text(), *made.failed(), *made.inside()]
    return Card(nodes=nodes, cut=made.cut)


class _Card:
    """One card in the making; `cut` is set by whatever piece had to be shortened."""

    def __init__(self, step: Step, drawing: Drawing) -> None:
        self.step = step
        self.drawing = drawing
        self.cut = False

    def who(self, words: str) -> Node:
        told = facts(self.step.attributes)
        return el("div", words, el("span", f" · {told}", extra="facts") if told else None, extra="who")

    def message(self) -> list[Node]:
        step = self.step
        speaker = visible(step.name or "") or (WHO[step.role] if step.role else step.kind.value)
        said = speaker if step.kind is StepKind.MESSAGE else f"{speaker} · {step.kind.value}"
        if step.name and step.role is Role.SYSTEM:
            said = f"{said} · system prompt"
        return [self.who(said), *self._said(), *self._extras(), *self.failed()]

    def _said(self) -> list[Node]:
        text = self.text()
        chars = len(self.step.text or "")
        if not text:
            return []
        is_thought = self.step.kind is StepKind.REASONING and chars > FOLD_THOUGHT
        if self.step.role is Role.SYSTEM or is_thought:
            return [el("details", el("summary", f"show {chars:,} characters"), *text)]
        return [["clip", text, f"{chars:,} characters"]] if chars > FOLD_TEXT else text

    def _extras(self) -> list[Node]:
        return [*self.arguments(), *self.result()]

    def tool(self) -> list[Node]:
        mark = "⌕" if self.step.kind is StepKind.RETRIEVAL else "⚙"
        return [self.who(f"{mark} {label(self.step)}"), *self.text(), *self.arguments(), *self.failed(), *self.result()]

    def line(self) -> list[Node]:
        told = facts(self.step.attributes)
        title = [label(self.step), el("span", f" · {told}", extra="facts") if told else None]
        inner = [*self.text(), *self.inside()]
        if not inner:
            return [el("div", *title)]
        return [el("details", el("summary", *title), *inner)]

    def inside(self) -> list[Node]:
        """Return what went into a step of the plumbing and came out, and what else its source says of it."""
        rest = {
            name: value for name, value in self.step.attributes.items() if name not in IN_FACTS and name not in PLUMBING
        }
        parts = [*self._messages(), *self.result()]
        if rest:
            parts += [
                el("div", "settings", extra="part"),
                *self._kept(show_arguments(rest, room=self._room, images=self._images)),
            ]
        return parts

    def _messages(self) -> list[Node]:
        """Return what a model was sent as a small talk where it is messages, else as arguments."""
        given = self.step.arguments
        listed = given.get("messages") if isinstance(given, dict) else None
        if not isinstance(given, dict) or not isinstance(listed, list) or not all(_is_said(item) for item in listed):
            return self.arguments()
        rest = {name: value for name, value in given.items() if name != "messages"}
        talk: list[Node] = []
        room = self._room
        for item in listed:
            assert isinstance(item, dict)
            content = str(item["content"])
            self.cut = self.cut or len(content) > room
            talk += [el("div", visible(str(item["role"])), extra="part"), el("pre", visible(content[: max(room, 0)]))]
            room -= len(content)
        more = self._kept(show_arguments(rest, room=self._room, images=self._images)) if rest else []
        return [*talk, *more]

    def text(self) -> list[Node]:
        text = self.step.text or ""
        return (
            [el("div", *self._kept(show_message(text, room=self._room, images=self._images)), extra="text")]
            if text
            else []
        )

    def arguments(self) -> list[Node]:
        given = self.step.arguments
        if given in (None, "", {}, []):
            return []
        found = show_arguments(given, room=self._room, images=self._images)
        return [el("div", *self._folded(found, "arguments", given, FOLD_ARGUMENTS), extra="arguments")]

    def result(self) -> list[Node]:
        step = self.step
        if step.result in (None, "") or step.result == step.error:
            return []
        found = self._documents() or self._result()
        return [el("div", *self._folded(found, "result", step.result, FOLD_RESULT), extra="result")]

    def _result(self) -> Shown:
        view = self.drawing.template.tools.get(self.step.name or "")
        return show_value(self.step.result, room=self._room, images=self._images, view=view)

    def _documents(self) -> Shown | None:
        if self.step.kind is not StepKind.RETRIEVAL:
            return None
        value = self.step.result
        plain = jsontree.as_plain(jsontree.parsed(value)) if isinstance(value, str) else value
        found = as_documents(plain, sure=True)
        if found is None or sum(len(document.text) for document in found) > self._room:
            return None
        return Shown(nodes=document_nodes(found), words=f"{len(found)} documents")

    def _folded(self, found: Shown, name: str, value: Json, limit: int) -> list[Node]:
        nodes = self._kept(found)
        open_documents = self.step.kind is StepKind.RETRIEVAL  # they are cards with folds of their own
        if len(str(value)) <= limit or open_documents:
            return nodes
        return [el("details", el("summary", f"{name} · {found.words}"), *nodes)]

    def _kept(self, found: Shown) -> list[Node]:
        self.cut = self.cut or found.cut
        return found.nodes

    def failed(self) -> list[Node]:
        error = self.step.error
        if error is None:
            return []
        room = self._room
        self.cut = self.cut or len(error) > room
        return [el("div", el("strong", "✗ error "), visible(error[:room]), extra="error")]

    @property
    def _room(self) -> int:
        return self.drawing.room

    @property
    def _images(self) -> Images:
        return self.drawing.images


def show_message(text: str, *, room: int, images: Images) -> Shown:
    """Return a message: Markdown, or a tree where all of it is JSON, a diff in colours, images in their places."""
    words = f"{len(text):,} characters"
    value = jsontree.parsed(text)
    if value is not None:
        tree, cut = jsontree.tree_of(value, room=room)
        return Shown(nodes=[["json", tree]], words=words, cut=cut)
    pieces = images.in_text(text)
    if pieces is not None:
        nodes = [node for piece in pieces for node in (parse(piece) if isinstance(piece, str) else [piece])]
        return Shown(nodes=nodes, words=words)
    kept = text[:room]
    is_diff = looks_like_a_diff(kept) and "```" not in kept
    nodes = [code(visible(kept), "diff")] if is_diff else list(parse(kept))
    if len(text) > room:
        nodes = [*nodes, el("div", f"… {len(text) - room:,} more characters", extra="hint")]
    return Shown(nodes=nodes, words=words, cut=len(text) > room)


def _is_said(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("role"), str) and isinstance(item.get("content"), str)
