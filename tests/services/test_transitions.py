"""Where agents go wrong, and a mode as a ticket."""

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.services import coding, taxonomy
from evaldash.services.browse import trace_ids
from evaldash.services.tickets import ticket
from evaldash.services.transitions import transitions
from evaldash.storage.store import Store
from tests.support.traces import conversation, make_project


def test_the_first_wrong_step_stands_against_the_one_before_it(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(4)])
    ids = trace_ids(store, project)
    for place, (trace, steps) in enumerate(zip(ids, [(4, 3), (3,), (1,), (None,)], strict=True)):
        codes = tuple(OpenCode(id=f"c{place}{i}", text="wrong", step=step) for i, step in enumerate(steps))
        reading = Reading(id=f"r{place}", trace=trace, verdict=Verdict.FAIL, codes=codes)
        coding.save_reading(store, project, reading, coder="ana")
    found = transitions(store, project)
    assert found.cells == {("user message", "find_booking"): (ids[0], ids[1]), ("start", "system message"): (ids[2],)}
    assert (found.placed, found.unplaced) == (3, 1)


def test_a_ticket_quotes_and_never_obeys(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(3)])
    trace = trace_ids(store, project)[0]
    mode = taxonomy.create(store, project, "Late @all <b>", definition="Is it late?", who="ana").taxonomy.modes[0]
    code = OpenCode(id="c1", text="late ` ![x](http://evil)", step=4, mode=mode.id)
    reading = Reading(id="r1", trace=trace, verdict=Verdict.FAIL, codes=(code,))
    coding.save_reading(store, project, reading, coder="ana")
    text = ticket(store, project, mode.id, address="http://127.0.0.1:8501")
    assert text.startswith("# Late \\@all \\<b\\>\n\nIs it late?")
    assert "`late ' ![x](http://evil)`, step 4" in text
    assert f"http://127.0.0.1:8501/code?project=trains&trace={trace}" in text
    assert "cannot be estimated" in text
