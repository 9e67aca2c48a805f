"""The span tree of a trace folds into the conversation that its user had; the plumbing stays one click away.

What the outermost spans were given and gave back is what the user knows. A model call whose user message is one that
the user wrote belongs to the conversation: its messages are shown, history once. Every other model call is an inner
one: a single MODEL_CALL step that holds what was sent and what came back. Tool spans are tied to the calls that asked
for them; other spans show up only with what stands nowhere else: an error, a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaldash.domain.trace import Json, Role, Step, StepKind, Trace, canonical_json
from evaldash.importers.conversation import Conversation, Item
from evaldash.importers.kept import Shown, texts_of
from evaldash.importers.messages import steps_of
from evaldash.importers.said import messages_in
from evaldash.importers.span_costs import latency, milliseconds, summed
from evaldash.importers.span_tree import SpanTree, Visit
from evaldash.importers.spans import Span, SpanKind, SpanTrace


def folded(told: SpanTrace) -> Trace:
    """Return the trace of some spans: its conversation, what it cost and how long it took."""
    tree = SpanTree(told.spans)
    model = next((span.model for span in tree.spans if span.model), None)
    known: dict[str, Json] = {"model": model} if model else {}
    return Trace(
        steps=_Folding(tree, told).steps(),
        raw=tuple(told.raw),
        identity=tuple(told.raw if told.identity is None else told.identity),
        format=told.format,
        external_id=told.external_id,
        session=told.session,
        version=told.version,
        started_at=told.started_at or min((span.started for span in tree.spans if span.started), default=None),
        metadata=known | dict(told.metadata),
        metrics=summed(tree) | latency(tree.spans) | dict(told.metrics),
        tags=tuple(told.tags),
        feedback=told.feedback,
    )


class _Folding:
    """One walk over the tree; `conversation` grows on the way."""

    def __init__(self, tree: SpanTree, told: SpanTrace) -> None:
        self.tree = tree
        self.told = told
        self.conversation = Conversation()
        self.wrappers = tree.holders(SpanKind.MODEL)
        self.in_tools = tree.below(SpanKind.TOOL)
        self.tools: dict[int, Item] = {}  # id() of a tool span -> its step
        self.places: dict[int, Item | None] = {}  # id() of a span -> what stood last when it began
        self.parameters: str | None = None  # of the last model call shown: the same ones are not shown again
        self.root_asked = False

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of the whole trace."""
        self._hear(self.told.input, Role.USER, None)
        for root in self.tree.roots:
            for visit, span in self.tree.walk(root):
                if visit is Visit.OPEN:
                    self._open(span, is_root=span is root)
                else:
                    self._close(span, is_root=span is root)
        self._hear(self.told.output, Role.ASSISTANT, None)
        self._last_words()
        self._plumbing()
        return self.conversation.steps()

    def _open(self, span: Span, *, is_root: bool) -> None:
        self.places[id(span)] = self.conversation.items[-1] if self.conversation.items else None
        if span.kind is SpanKind.MODEL and id(span) not in self.wrappers:
            self._model_call(span)
        elif span.kind is SpanKind.TOOL:
            self._tool(span)
        elif span.kind is SpanKind.RETRIEVAL:
            self._retrieval(span)
        elif is_root or (span.kind is SpanKind.MODEL and not self._is_inner(span)):
            self._begin(span)

    def _close(self, span: Span, *, is_root: bool) -> None:
        if span.kind in (SpanKind.TOOL, SpanKind.RETRIEVAL):
            return
        outer = is_root or (id(span) in self.wrappers and span.kind is SpanKind.MODEL and not self._is_inner(span))
        if outer and (is_root is False or id(span) in self.wrappers or span.kind is not SpanKind.MODEL):
            self._end(span)
        if span.kind is not SpanKind.MODEL or id(span) in self.wrappers:
            self._failed(span)

    def _begin(self, span: Span) -> None:
        """Show what the user said to a span that others stand in."""
        if span.given:
            self.conversation.say(steps_of(span.given), position=span.position)
        else:
            self._hear(span.input, Role.USER, span)

    def _end(self, span: Span) -> None:
        if span.answered:
            self.conversation.say(steps_of(span.answered), position=span.position)
        else:
            self._hear(span.output, Role.ASSISTANT, span)

    def _hear(self, value: Json, role: Role, span: Span | None) -> None:
        if value in (None, "", [], {}):
            return
        messages = messages_in(value, role)
        if messages:
            self.conversation.say(steps_of(messages), position=span.position if span else None)
            self.root_asked |= role is Role.USER and self.conversation.has(Role.USER)

    def _is_inner(self, span: Span) -> bool:
        """Tell whether a model call is plumbing: of a tool, or about something else than what the user wrote."""
        if id(span) in self.in_tools:
            return True
        if not self.root_asked:
            return False
        return not self._continues(steps_of(span.given or messages_in(span.input, Role.USER)))

    def _continues(self, given: Sequence[Step]) -> bool:
        """Tell whether a user message among these is one that the user wrote."""
        users = (step.text for step in given if step.role is Role.USER and step.kind is StepKind.MESSAGE)
        return any(text and self.conversation.asked(text) for text in users)

    def _model_call(self, span: Span) -> None:
        given = span.given or messages_in(span.input, Role.USER)
        answered = span.answered or messages_in(span.output, Role.ASSISTANT)
        told = steps_of(given)  # a long history: read as seldom as can be
        if id(span) in self.in_tools or (self.root_asked and not self._continues(told)):
            self._inner_call(span, given, answered)
            return
        self.conversation.say(told, position=span.position)
        self.conversation.add(_call_step(span, arguments=self._new_parameters(span)))
        # Told together, so that a call and a result in the history find each other; what was given is known by now.
        self.conversation.say(steps_of([*given, *answered]), position=span.position)

    def _inner_call(self, span: Span, given: Sequence[Json], answered: Sequence[Json]) -> None:
        arguments: dict[str, Json] = {"messages": list(given)} if given else {"input": span.input}
        parameters = self._new_parameters(span)
        result: Json = list(answered) if answered else span.output
        parent = self._tool_above(span)
        self.conversation.add(
            _call_step(span, arguments=arguments | dict(parameters or {}), result=result), parent=parent
        )
        if parent is None:
            calls = [step for step in steps_of([*given, *answered]) if step.kind is StepKind.TOOL_CALL]
            self.conversation.say(calls, position=span.position)

    def _new_parameters(self, span: Span) -> dict[str, Json] | None:
        told = canonical_json(dict(span.parameters))
        if not span.parameters or told == self.parameters:
            return None
        self.parameters = told
        return dict(span.parameters)

    def _tool_above(self, span: Span) -> Item | None:
        above = self.tree.parent(span)
        while above is not None and id(above) not in self.tools:
            above = self.tree.parent(above)
        return None if above is None else self.tools[id(above)]

    def _tool(self, span: Span) -> None:
        """Tie a tool span to the call that asked for it; one that nobody asked for is a step of its own."""
        item = self.conversation.call(span.call_id, span.name, span.input)
        if item is None:
            step = Step(
                kind=StepKind.TOOL_CALL,
                role=Role.ASSISTANT,
                name=span.name or None,
                arguments=span.input,
                result=span.output,
                error=span.error,
                source_positions=(span.position,),
                attributes=_tool_attributes(span),
            )
            item = self.conversation.add(step, parent=self._tool_above(span))
        else:
            shown = item.step
            item.step = replace(
                shown,
                result=span.output if shown.result is None else shown.result,
                error=shown.error or span.error,
                source_positions=(*shown.source_positions, span.position),
                attributes={**_tool_attributes(span), **shown.attributes, "span": span.id},
            )
        self.tools[id(span)] = item

    def _retrieval(self, span: Span) -> None:
        self.conversation.add(
            Step(
                kind=StepKind.RETRIEVAL,
                name=span.name or None,
                arguments=span.input,
                result=span.output,
                error=span.error,
                source_positions=(span.position,),
                attributes=_timing(span),
            ),
            parent=self._tool_above(span),
        )

    def _failed(self, span: Span) -> None:
        """Show an error of the plumbing, unless a span below it has told the same."""
        if span.error is None:
            return
        told = any(_same_error(span.error, item.step.error) for item in self.conversation.items if item.step.error)
        if not told:
            step = Step(kind=StepKind.EVENT, name=span.name, error=span.error, source_positions=(span.position,))
            self.conversation.add(step)

    def _last_words(self) -> None:
        """Show the input and output of the first root as they are where nothing in them could be read as said."""
        root = self.tree.roots[0] if self.tree.roots else None
        if root is None or root.kind in (SpanKind.TOOL, SpanKind.RETRIEVAL):
            return
        for role, value in ((Role.USER, root.input), (Role.ASSISTANT, root.output)):
            if value in (None, "", [], {}) or self.conversation.has(role):
                continue
            step = Step(
                kind=StepKind.MESSAGE,
                role=role,
                text=value if isinstance(value, str) else canonical_json(value),
                source_positions=(root.position,),
            )
            if role is Role.USER:
                self.conversation.insert_after(None, step)
            else:
                self.conversation.add(step)

    def _plumbing(self) -> None:
        """Show what chains, agents and wrappers were given and gave back where it stands nowhere else."""
        shown = Shown()
        shown.add_steps(item.step for item in self.conversation.items)
        shown.add(dict(self.told.metadata))
        for span in self.tree.spans:
            if span.kind in (SpanKind.TOOL, SpanKind.RETRIEVAL):
                continue
            given, answered = (None if _all_shown(value, shown) else value for value in (span.input, span.output))
            if given is None and answered is None:
                continue
            step = Step(
                kind=StepKind.EVENT,
                name=span.name or None,
                arguments=given,
                result=answered,
                source_positions=(span.position,),
                attributes=_timing(span),
            )
            self.conversation.insert_after(self.places.get(id(span)), step)
            shown.add_steps([step])


def _call_step(span: Span, *, arguments: Mapping[str, Json] | None, result: Json = None) -> Step:
    return Step(
        kind=StepKind.MODEL_CALL,
        name=span.model or span.name or None,
        arguments=dict(arguments) if arguments else None,
        result=result,
        error=span.error,
        source_positions=(span.position,),
        attributes={**_timing(span), **dict(span.metrics), **dict(span.rest)},
    )


def _tool_attributes(span: Span) -> dict[str, Json]:
    named: dict[str, Json] = {"call_id": span.call_id} if span.call_id else {}
    return named | _timing(span)


def _timing(span: Span) -> dict[str, Json]:
    taken = milliseconds(span.started, span.ended)
    began: dict[str, Json] = {} if span.started is None else {"started_at": span.started.isoformat()}
    return began if taken is None else began | {"latency_ms": taken}


def _same_error(one: str, other: str) -> bool:
    return one in other or other in one


def _all_shown(value: Json, shown: Shown) -> bool:
    return all(shown.holds(item.text) for item in texts_of(value))
