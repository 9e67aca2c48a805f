"""The board's side of the server: changes made in the browser, each written once and answered.

An event carries an id of its own, so that one sent twice is one version. It names modes and notes by id; a mode made in
the browser brings the id that later events call it by. What cannot be done is answered with its sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Decision, Outcome, Taxonomy
from evaldash.errors import Conflict, EvaldashError, InvalidInput, StoreError
from evaldash.services import review
from evaldash.services import taxonomy as changes
from evaldash.services.desk_events import MAX_ID, Ack
from evaldash.services.events import Step, ids, new_mode_id, part, text
from evaldash.services.wording import count_of
from evaldash.storage import decisions, open_codes, projects, taxonomies
from evaldash.storage.store import Connection, Store
from evaldash.taxonomy import editing
from evaldash.taxonomy.naming import find_mode

WORDS = ("definition", "applies_when", "not_when", "severity", "owner")


def apply_events(store: Store, project: Project, events: object, *, who: str) -> list[Ack]:
    """Write the changes of a browser in their order and answer each; what is no event at all is passed over.

    Where the store is busy or away, that event and those after it get no answer.
    """
    answers = []
    for event in events if isinstance(events, list) else []:
        if not isinstance(event, dict) or not isinstance(event.get("id"), str) or len(event["id"]) > MAX_ID:
            continue
        try:
            _apply(store, project, event, who=who)
            answers.append(Ack(id=event["id"]))
        except StoreError:
            break  # not refused: the browser keeps what has no answer, and sends it again
        except EvaldashError as error:
            answers.append(Ack(id=event["id"], error=str(error)))
    return answers


def _apply(store: Store, project: Project, event: Mapping[str, Any], *, who: str) -> None:
    kind = str(event.get("kind"))
    if kind == "publish":
        _publish(store, project, text(event, "name"), who=who)
        return
    with store.write() as connection:
        if taxonomies.was_made(connection, project, event["id"]) or decisions.was_made(
            connection, project, event["id"]
        ):
            return
        if kind == "undo":
            changes.take_back(connection, project, who=who, event=event["id"])
        elif kind == "redo":
            changes.bring_back(connection, project, who=who, event=event["id"])
        elif kind in DECISIONS:
            made = DECISIONS[kind](connection, project, event)
            decisions.add(connection, project, [made], by=who, event=event["id"])
            projects.touch(connection, project)
        else:
            _change(connection, project, event, who=who)


def _change(connection: Connection, project: Project, event: Mapping[str, Any], *, who: str) -> None:
    make = STEPS.get(str(event.get("kind")))
    if make is None:
        known = ", ".join([*STEPS, "undo", "redo", *DECISIONS, "publish"])
        raise InvalidInput(f"a change must be one of {known}; got {str(event.get('kind'))[:20]!r}")
    step = make(connection, project, event)
    before = taxonomies.load(connection, project)
    after = step.edit(before, open_codes.code_ids(connection, project))
    changes.save_change(
        connection, project, after, action=step.action, summary=step.summary(before), by=who,
        suggestion=step.suggestion, event=event["id"], before=before,
    )  # fmt: skip
    decisions.add(connection, project, [*step.decisions, *_places(event)], by=who, event=None)


def _publish(store: Store, project: Project, name: str, *, who: str) -> None:
    """Publish once: the same name for the same version again is the same event sent twice."""
    try:
        changes.publish(store, project, name, who=who)
    except Conflict:
        if changes.view(store, project).taxonomy.published != " ".join(name.split()):
            raise


def _move(_connection: Connection, _project: Project, event: Mapping[str, Any]) -> Step:
    codes, to = ids(event, "codes"), text(event, "to") or None

    def summary(before: Taxonomy) -> str:
        return f"{count_of(len(codes), 'note')} to {find_mode(before, to).name if to else 'no mode'}"

    return Step(
        action="move",
        edit=lambda now, known: editing.move(now, codes, to=to, known_codes=known),
        summary=summary,
    )


def _place(_connection: Connection, _project: Project, event: Mapping[str, Any]) -> Step:
    """Notes to the modes that were likely for them, each to its own, as one change."""
    places = {code: str(mode) for code, mode in part(event, "places").items()}
    return Step(
        action="place",
        edit=lambda now, known: editing.assign(now, places, known_codes=known),
        summary=lambda _: f"{count_of(len(places), 'note')} to their likely modes",
    )


def _create(connection: Connection, project: Project, event: Mapping[str, Any]) -> Step:
    codes, name, mode = ids(event, "codes"), text(event, "name"), new_mode_id(connection, project, event)

    def edit(now: Taxonomy, known: set[str]) -> Taxonomy:
        words = text(event, "definition")
        return editing.create(now, name, definition=words, codes=codes, known_codes=known, new_id=lambda: mode)

    return Step(action="create", edit=edit, summary=lambda _: f"made {name} with {count_of(len(codes), 'note')}")


def _split(connection: Connection, project: Project, event: Mapping[str, Any]) -> Step:
    codes, name, mode = ids(event, "codes"), text(event, "name"), new_mode_id(connection, project, event)
    source = text(event, "source")
    return Step(
        action="split",
        edit=lambda now, _: editing.split(now, source, codes, into=name, new_id=lambda: mode),
        summary=lambda before: f"split {name} from {find_mode(before, source).name}",
    )


def _merge(_connection: Connection, _project: Project, event: Mapping[str, Any]) -> Step:
    sources, into = ids(event, "modes"), text(event, "into")

    def summary(before: Taxonomy) -> str:
        names = [find_mode(before, mode).name for mode in sources if mode != into]
        return f"merged {', '.join(names)} into {find_mode(before, into).name}"

    return Step(action="merge", edit=lambda now, _: editing.merge(now, sources, into=into), summary=summary)


def _describe(_connection: Connection, _project: Project, event: Mapping[str, Any]) -> Step:
    """Name and words of a mode, as one change."""
    mode, name = text(event, "mode"), text(event, "name") if "name" in event else None
    words = {field: text(event, field) for field in WORDS if field in event}

    def edit(now: Taxonomy, _: set[str]) -> Taxonomy:
        named = now if name is None else editing.rename(now, mode, name)
        return editing.define(named, mode, **words) if words or name is None else named

    def summary(before: Taxonomy) -> str:
        old = find_mode(before, mode).name
        return f"renamed {old} to {' '.join(name.split())}" if name is not None else f"defined {old}"

    return Step(action="define" if name is None else "rename", edit=edit, summary=summary)


def _retire(_connection: Connection, _project: Project, event: Mapping[str, Any]) -> Step:
    mode = text(event, "mode")
    return Step(
        action="retire",
        edit=lambda now, _: editing.retire(now, mode),
        summary=lambda before: f"retired {find_mode(before, mode).name}",
    )


STEPS: Mapping[str, Callable[[Connection, Project, Mapping[str, Any]], Step]] = {
    "accept": review.acceptance,
    "move": _move,
    "place": _place,
    "create": _create,
    "split": _split,
    "merge": _merge,
    "describe": _describe,
    "retire": _retire,
}


def _decision(_connection: Connection, _project: Project, event: Mapping[str, Any]) -> Decision:
    outcome = event.get("outcome")
    if outcome not in set(Outcome):
        raise InvalidInput(f"outcome must be one of {', '.join(Outcome)}, got {str(outcome)[:20]!r}")
    about, subject = text(event, "about")[:30], text(event, "subject")[:200]
    if not about or not subject:
        raise InvalidInput("a decision must say what it is about and on which subject; got an empty one")
    return Decision(
        kind=about,
        subject=subject,
        suggester=text(event, "suggester")[:100] or "local",
        outcome=Outcome(outcome),
    )


DECISIONS: Mapping[str, Callable[[Connection, Project, Mapping[str, Any]], Decision]] = {
    "decide": _decision,
    "reject": review.rejection,
    "reopen": review.reopening,
}


def _places(event: Mapping[str, Any]) -> list[Decision]:
    """Return what a move says of the places that were likely for its notes: there, or somewhere else."""
    likely, places = part(event, "likely"), part(event, "places")
    found = []
    for code in likely:
        mode, suggester = (text(part(likely, code), name) for name in ("mode", "suggester"))
        went = places.get(code, event.get("to", event.get("mode"))) or ""
        outcome = Outcome.ACCEPTED if went == mode else Outcome.REJECTED
        content = {"likely": mode, "went": str(went)[:MAX_ID]}
        found.append(
            Decision(kind="place", subject=str(code)[:200], suggester=suggester[:100], outcome=outcome, content=content)
        )
    return found
