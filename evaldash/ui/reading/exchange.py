"""The talk between the desk in a browser and this session: what it began with, what changed since, what it asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services import desk_state
from evaldash.services.desk import Queue
from evaldash.services.desk_events import Ack, apply_events
from evaldash.storage.store import Store
from evaldash.ui.context import remember
from evaldash.ui.reading.questions import QUESTIONS, notes_changed
from evaldash.ui.reading.shelf import look_of, shelf_answer
from evaldash.ui.reading.template import edit_template

KEY = "evaldash_desk_state"
SHELF = "evaldash_desk_traces"
SESSION = "evaldash_desk_session"  # session key: what `Exchange` keeps between runs, see `open`
KEPT_CHANGES = 100  # messages of answers that are sent until the browser says that it has them: one may be lost
AT_FIRST = 12  # traces that are looked for before the browser asks
MAX_NAME = 100  # characters of a coder's name


class Exchange:
    """One coder at one queue. What must outlive a run stands in the session, under SESSION."""

    def __init__(self, store: Store, project: Project, queue: Queue, *, coder: str) -> None:
        self.store, self.project, self.queue, self.coder = store, project, queue, coder
        self.base = f"{project.key}:{queue.batch or queue.order[0]}:{'settle:' if queue.settles else ''}"
        self.key = f"{self.base}{coder}"

    def open(self) -> None:
        """Take stock for a page that opens: everything said so far goes to the browser once."""
        before = st.session_state.get(SESSION, {})
        since = desk_state.newest_key(self.store, self.project, coder=self.coder)
        said = desk_state.opening(self.store, self.project, coder=self.coder, order=self.queue.order)
        same = before.get("key") == self.key
        number = before.get("number", time.time_ns() // 1_000_000)  # rises, also from one server to the next
        nothing: dict[str, Any] = {"checks": [], "disagreed": [], "others": {}}
        st.session_state[SESSION] = {
            "key": self.key,
            "opening": {**nothing, **self.queue.extras, **said, "snapshot": number},
            "since": since,
            "number": number,
            "changes": before["changes"] if same else [],
            "modes": desk_state.mode_documents(self.store, self.project),
            "asked": {"need": self._first_wanted(said["readings"])},
            "questions": {},
            "times": 0,  # messages taken: an answer that equals the one before it would not reach the browser without
        }
        notes_changed(self, opening=True)

    @property
    def _session(self) -> dict[str, Any]:
        return st.session_state[SESSION]  # type: ignore[no-any-return]

    @property
    def opening(self) -> dict[str, Any]:
        """What the desk began with."""
        return self._session["opening"]  # type: ignore[no-any-return]

    @property
    def modes(self) -> list[dict[str, str]]:
        """The failure modes as the desk began."""
        return self._session["modes"]  # type: ignore[no-any-return]

    def is_renamed(self) -> bool:
        """Tell whether the name of the coder was given since the page was drawn."""
        return bool(st.session_state.pop(f"{SESSION}_renamed", False))

    def take_events(self) -> None:
        """Write what the browser sent, and note what it asks."""
        sent = st.session_state[KEY].get("events")
        events = [event for event in sent if isinstance(event, dict)] if isinstance(sent, list) else []
        if _of_kind(events, "template"):
            edit_template(self.store, self.project, who=self.coder or None)
        written = [event for event in events if event.get("kind") != "template"]
        questions = {str(event.get("kind")): event for event in written if "id" not in event}
        coder = self.coder or _name_of(questions.pop("who", {}))
        self._session["times"] += 1
        self._forget_changes(questions.pop("seen", {}).get("number"))
        self._session["questions"] = questions
        if not coder:
            return
        answers = apply_events(self.store, self.project, written, coder=coder, batch=self.queue.batch)
        self._note_change(answers, coder)
        if any(event.get("codes") or event.get("kind") == "retract" for event in written):
            notes_changed(self, opening=False)
        if coder != self.coder:
            st.session_state[f"{SESSION}_renamed"] = True
            self._session["key"] = f"{self.base}{coder}"
            remember(coder=coder)

    def take_asked(self) -> None:
        """Note which traces and parts of traces the browser asks for."""
        asked = st.session_state[SHELF].get("asked")
        self._session["asked"] = asked if isinstance(asked, dict) else {}

    def traces(self) -> bytes:
        """Return what was asked for of traces."""
        return shelf_answer(self.store, self.project, self._session["asked"])

    def news(self) -> dict[str, Any]:
        """Return what the browser does not know yet: answers and changes, the last ones again, and what it asked."""
        session = self._session
        answered = {kind: answer for kind, answer in self._answers(session["questions"]) if answer is not None}
        session["questions"] = {}
        modes = desk_state.mode_documents(self.store, self.project)
        changed = {} if modes == session["modes"] else {"modes": modes}
        told = {"key": self.key, "look": look_of(self.store, self.project), "times": session["times"]}
        return {**told, "changes": session["changes"], **changed, **answered}

    def _forget_changes(self, seen: object) -> None:
        if isinstance(seen, int):
            self._session["changes"] = [change for change in self._session["changes"] if change["number"] > seen]

    def _answers(self, questions: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, dict[str, Any] | None]]:
        known: Mapping[str, Callable[..., dict[str, Any] | None]] = QUESTIONS
        return [(kind, known[kind](self, question)) for kind, question in questions.items() if kind in known]

    def _note_change(self, answers: list[Ack], coder: str) -> None:
        if not answers:
            return
        session = self._session
        about = [answer.trace for answer in answers if answer.trace]
        there = list(dict.fromkeys(about))
        newest, readings = desk_state.changes(
            self.store, self.project, coder=coder, since=session["since"], traces=there
        )
        session["since"] = newest
        session["number"] += 1
        change = {"number": session["number"], "answers": [asdict(item) for item in answers], "readings": readings}
        session["changes"] = [*session["changes"], change][-KEPT_CHANGES:]

    def _first_wanted(self, read: Mapping[str, Any]) -> list[str]:
        """Return the traces from the one on which the desk will open."""
        order = self.queue.order
        if self.queue.start:
            place = self.queue.places[self.queue.start]
        else:
            place = next((place for place, trace in enumerate(order) if trace not in read), len(order) - 1)
        return list(order[place : place + AT_FIRST])


def _of_kind(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event.get("kind") == kind]


def _name_of(question: Mapping[str, Any]) -> str:
    name = question.get("coder")
    return " ".join(name.split())[:MAX_NAME] if isinstance(name, str) else ""
