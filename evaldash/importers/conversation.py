"""A conversation in the making: every model call brings the whole history again, each step of it is shown once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaldash.domain.trace import Json, Role, Step, StepKind, canonical_json
from evaldash.importers.fields import parsed_if_json

Key = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Item:
    """A step that is shown, and the item it stands in (an inner model call in its tool call)."""

    step: Step
    parent: Item | None = None


class Conversation:
    """Steps in order. `say` takes a list of them, history and all, and shows what was not there yet."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._by_key: dict[Key, list[Item]] = {}
        self._asked: set[str] = set()

    def say(self, steps: Sequence[Step], *, position: int | None, parent: Item | None = None) -> None:
        """Show the steps that are not shown yet. `position`: of the raw record that says them, None: of none.

        New steps between known ones go between them; new ones at the beginning before the first known one, new ones
        at the end to the end.
        """
        had_question = self.has(Role.USER)
        seen: Counter[Key] = Counter()
        known = [self._known(step, seen) for step in steps]
        last = next((i for i in reversed(range(len(known))) if known[i] is not None), -1)
        anchor: Item | None = None
        waiting: list[Item] = []
        for place, (step, item) in enumerate(zip(steps, known, strict=True)):
            if item is not None:
                self._complete(item, step)
                anchor, waiting = item, self._put_before(item, waiting)
                continue
            fresh = Item(replace(step, source_positions=() if position is None else (position,)), parent)
            self._remember(fresh)
            if place > last:
                self._append(fresh)
            elif anchor is None:
                waiting.append(fresh)
            else:
                self.items.insert(self.items.index(anchor) + 1, fresh)
                anchor = fresh
        if not had_question and self.has(Role.USER):
            self._question_first()

    def add(self, step: Step, *, parent: Item | None = None) -> Item:
        """Show a step of its own: a look-up, an inner model call, an event."""
        item = Item(step, parent)
        self.items.append(item)
        self._remember(item)
        return item

    def insert_after(self, item: Item | None, step: Step) -> None:
        """Show a step right after another one; None: first."""
        place = 0 if item is None else self.items.index(item) + 1
        self.items.insert(place, Item(step))

    def asked(self, text: str) -> bool:
        """Tell whether a user said just this."""
        return _plain(text) in self._asked

    def has(self, role: Role) -> bool:
        """Tell whether `role` said anything yet."""
        return any(item.step.role is role and item.step.kind is StepKind.MESSAGE for item in self.items)

    def call(self, call_id: str | None, name: str | None, arguments: Json) -> Item | None:
        """Return the shown tool call that a tool span carries out: by its id, else the first open one like it."""
        if call_id and (found := self._by_key.get(("call", call_id))):
            return found[0]
        same = [item for item in self.items if item.step.kind is StepKind.TOOL_CALL and item.step.name == name]
        free = [item for item in same if item.step.attributes.get("span") is None]
        if call_id:
            free = [item for item in free if not item.step.attributes.get("call_id")]
        alike = [item for item in free if _alike(item.step.arguments, arguments)]
        if alike:
            return alike[0]
        return free[0] if len(free) == 1 and arguments is None else None

    def steps(self) -> tuple[Step, ...]:
        """Return the steps, with the indices of their parents (from 1)."""
        index = {id(item): number for number, item in enumerate(self.items, start=1)}
        return tuple(_placed(item, index) for item in self.items)

    def _known(self, step: Step, seen: Counter[Key]) -> Item | None:
        key = key_of(step)
        seen[key] += 1
        there = self._by_key.get(key, ())
        if len(there) >= seen[key]:
            return there[seen[key] - 1]
        if step.kind is StepKind.TOOL_CALL:
            return self._claimed(step, key)
        return None

    def _claimed(self, step: Step, key: Key) -> Item | None:
        """Return the tool call that a span showed before, without the id that the messages give it."""
        call_id = step.attributes.get("call_id")
        same = (item for item in self.items if item.step.kind is StepKind.TOOL_CALL and item.step.name == step.name)
        for item in same:
            if item.step.attributes.get("call_id") is None and call_id and _alike(item.step.arguments, step.arguments):
                item.step = replace(item.step, attributes={**item.step.attributes, "call_id": call_id})
                self._by_key.setdefault(key, []).append(item)
                return item
        return None

    def _complete(self, item: Item, step: Step) -> None:
        """Take over what a later telling of the same step adds: the result of a call."""
        if item.step.kind is not StepKind.TOOL_CALL:
            return
        shown = item.step
        item.step = replace(
            shown,
            name=shown.name or step.name,
            arguments=step.arguments if shown.arguments is None else shown.arguments,
            result=step.result if shown.result is None else shown.result,
            error=shown.error or step.error,
        )

    def _append(self, item: Item) -> None:
        """Put a step at the end; a question before what was looked up for it just now."""
        place = len(self.items)
        while place and _is_question(item.step) and self.items[place - 1].step.kind is StepKind.RETRIEVAL:
            place -= 1
        self.items.insert(place, item)

    def _question_first(self) -> None:
        """Put the first question before what was looked up for it: a span may retrieve before any model is asked."""
        kinds = [item.step.kind for item in self.items]
        start = kinds.index(StepKind.MESSAGE)
        end = next(i for i, item in enumerate(self.items) if _is_question(item.step)) + 1
        if set(kinds[start:end]) == {StepKind.MESSAGE}:
            self.items = [*self.items[start:end], *self.items[:start], *self.items[end:]]

    def _put_before(self, item: Item, waiting: list[Item]) -> list[Item]:
        if waiting:
            place = self.items.index(item)
            self.items[place:place] = waiting
        return []

    def _remember(self, item: Item) -> None:
        step = item.step
        self._by_key.setdefault(key_of(step), []).append(item)
        if step.kind is StepKind.MESSAGE and step.role is Role.USER and step.text:
            self._asked.add(_plain(step.text))


def key_of(step: Step) -> Key:
    """Return what makes two tellings the same step: who said what; of a tool call its id, else name and arguments."""
    if step.kind is StepKind.TOOL_CALL:
        call_id = step.attributes.get("call_id")
        if call_id:
            return ("call", str(call_id))
        return ("call", step.name or "", _canonical(step.arguments))
    return (step.kind.value, step.role.value if step.role else "", _plain(step.text or ""))


def _is_question(step: Step) -> bool:
    return step.kind is StepKind.MESSAGE and step.role is Role.USER


def _plain(text: str) -> str:
    return " ".join(text.split())


def _canonical(value: Json) -> str:
    return canonical_json(parsed_if_json(value))


def _alike(one: Json, other: Json) -> bool:
    return _canonical(one) == _canonical(other)


def _placed(item: Item, index: dict[int, int]) -> Step:
    attributes = {name: value for name, value in item.step.attributes.items() if name != "span"}
    parent = None if item.parent is None else index[id(item.parent)]
    own = index[id(item)]
    positions = tuple(sorted(set(item.step.source_positions)))
    return replace(
        item.step,
        parent=parent if parent is not None and parent < own else None,
        attributes=attributes,
        source_positions=positions,
    )
