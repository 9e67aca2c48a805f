"""The reading desk in a real Chromium: what was pressed is what stands in the store, on the trace on the screen."""

import time

import pytest
from playwright.sync_api import Page, expect

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Feedback, Json, Role, Step, StepKind, Trace
from evaldash.services import coding, taxonomy
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage import traces
from evaldash.storage.store import Store
from tests.support.app_server import AppServer
from tests.support.desk import CODER, all_saved, draft_kept, newest, on_screen, open_desk
from tests.support.traces import conversation, make_project

pytestmark = pytest.mark.browser
HOSTILE = (
    "<script>window.hacked=1</script> <img src=x onerror=window.hacked=1> [click](javascript:window.hacked=1) "
    "![picture](https://example.invalid/a.png) \u202egnp.exe \x1b[31mred"
)


@pytest.fixture
def project(store: Store) -> Project:
    found = make_project(store, [conversation(number) for number in range(40)])
    taxonomy.create(store, found, "Wrong train", who=CODER)
    draw_batch(store, found, SampleRequest(strategy="uniform", size=36, seed=1))
    return found


def test_pass_fail_and_defer_land_on_the_trace_that_was_on_the_screen(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    first = open_desk(page, app_server)
    page.keyboard.press("p")
    second = on_screen(page)
    page.keyboard.press("f")
    page.keyboard.type("Looked up the wrong booking, p f d u 1")
    page.keyboard.press("Alt+s")
    page.keyboard.press("Control+Enter")
    third = on_screen(page)
    page.keyboard.press("d")
    fourth = on_screen(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("1")
    all_saved(page)
    found = newest(store, project)
    assert len({first, second, third, fourth}) == 4
    assert found[first].verdict is Verdict.PASS
    assert found[second].verdict is Verdict.FAIL
    assert [(code.text, code.step) for code in found[second].codes] == [("Looked up the wrong booking, p f d u 1", 1)]
    assert found[third].verdict is Verdict.DEFERRED
    assert [(code.text, code.step) for code in found[fourth].codes] == [("Wrong train", 2)]
    now = taxonomy.view(store, project)
    assert [code.trace for code in now.by_mode[now.taxonomy.modes[0].id]] == [fourth]
    assert found[first].batch == 1


def test_five_keys_in_300_ms_reach_five_traces(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    pressed: list[tuple[str, str]] = []
    for _ in range(6):
        for key in ("p", "d", "p", "p", "d"):
            pressed.append((on_screen(page), key))
            page.keyboard.press(key)
    all_saved(page)
    found = newest(store, project)
    verdicts = {"p": Verdict.PASS, "d": Verdict.DEFERRED}
    assert len({trace for trace, _ in pressed}) == 30
    assert [found[trace].verdict for trace, _ in pressed] == [verdicts[key] for _, key in pressed]


def test_nothing_is_lost_when_the_server_is_killed(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    saved = []
    for _ in range(30):
        saved.append(on_screen(page))
        page.keyboard.press("p")
    all_saved(page)
    half_read = on_screen(page)
    page.keyboard.press("f")
    page.keyboard.type("half a sentence about")
    draft_kept(store, project, half_read, "half a sentence about")
    app_server.kill()
    page.keyboard.type(" the seat")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    offline = on_screen(page)
    page.keyboard.press("p")  # without a server: waits in the browser
    draft_kept(store, project, half_read, "half a sentence about")
    assert set(newest(store, project)) == set(saved)
    app_server.restart()
    open_desk(page, app_server, trace=half_read)
    expect(page.get_by_test_id("note")).to_have_value("half a sentence about the seat")
    all_saved(page)
    assert set(newest(store, project)) == {*saved, offline}


def test_a_draft_survives_a_reload_and_another_page(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server)
    page.keyboard.press("f")
    page.keyboard.type("ignored the bicycle")
    page.reload()
    expect(page.get_by_test_id("note")).to_have_value("ignored the bicycle", timeout=30_000)
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="trains")).to_be_visible()
    page.get_by_role("link", name="Code").first.click()
    expect(page.get_by_test_id("note")).to_have_value("ignored the bicycle", timeout=30_000)
    assert on_screen(page) == trace
    assert newest(store, project) == {}


def test_undo_takes_back_the_last_saves(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    first = open_desk(page, app_server)
    page.keyboard.press("p")
    second = on_screen(page)
    page.keyboard.press("f")
    page.keyboard.type("late")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("u")
    expect(page.get_by_test_id("desk")).to_have_attribute("data-trace", second)
    expect(page.get_by_test_id("note")).to_have_value("late")
    all_saved(page)
    assert set(newest(store, project)) == {first}
    page.keyboard.press("u")
    all_saved(page)
    assert newest(store, project) == {}


def test_keys_are_text_while_one_writes_and_composing_saves_nothing(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server)
    page.keyboard.press("n")
    page.keyboard.type("pfd123?/uc")
    note = page.get_by_test_id("note")
    expect(note).to_have_value("pfd123?/uc")
    note.evaluate("""node => node.dispatchEvent(new KeyboardEvent("keydown",
        {key: "Enter", ctrlKey: true, isComposing: true, bubbles: true, composed: true}))""")
    page.wait_for_timeout(500)
    assert on_screen(page) == trace
    assert newest(store, project) == {}


def test_a_fail_needs_words_and_a_typed_note_is_not_passed_over(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server)
    page.keyboard.press("f")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Say in a few words")).to_be_visible()
    page.keyboard.type("late")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.get_by_text("A note is typed")).to_be_visible()
    assert on_screen(page) == trace
    assert newest(store, project) == {}


def test_two_coders_do_not_see_each_other(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    trace = open_desk(page, app_server)
    page.keyboard.press("p")
    all_saved(page)
    open_desk(page, app_server, coder="ben", trace=trace)
    expect(page.get_by_role("button", name="Pass")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("d")
    all_saved(page)
    verdicts = {item.coder: item.verdict for item in coding.list_annotations(store, project) if item.trace == trace}
    assert verdicts == {CODER: Verdict.PASS, "ben": Verdict.DEFERRED}


def test_trace_text_is_shown_and_never_run(page: Page, app_server: AppServer, store: Store) -> None:
    raw: Json = {"id": "bad"}
    steps = (
        Step(kind=StepKind.MESSAGE, role=Role.USER, text=HOSTILE),
        Step(kind=StepKind.TOOL_CALL, name=HOSTILE, arguments={"a": HOSTILE}, result=HOSTILE, error=HOSTILE),
    )
    bad = Trace(steps=steps, raw=(raw,), identity=(raw,), format="test", external_id=HOSTILE, metadata={"x": HOSTILE})
    made = make_project(store, [bad], name="trains")
    draw_batch(store, made, SampleRequest(strategy="uniform", size=1))
    taxonomy.create(store, made, "<img src=x onerror=window.hacked=1>", who=CODER)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_desk(page, app_server)
    transcript = page.get_by_test_id("transcript")
    expect(transcript).to_contain_text("<script>window.hacked=1</script>")
    expect(transcript).to_contain_text("⟨U+202E⟩")
    assert page.evaluate("window.hacked") is None
    assert transcript.locator("img, script, a, iframe").count() == 0
    assert not [url for url in asked if "example.invalid" in url]


def test_a_link_opens_the_trace_it_names(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    wanted = conversation(39).id
    assert open_desk(page, app_server, trace=wanted[:12]) == wanted


def test_the_next_trace_is_there_at_once(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    """A loose bound against a rerun between key and trace; the figures are the benchmark's business."""
    open_desk(page, app_server)
    started = time.perf_counter()
    seen = set()
    for _ in range(10):
        seen.add(on_screen(page))
        page.keyboard.press("ArrowRight")
    assert len(seen) == 10
    assert time.perf_counter() - started < 5


def test_the_plumbing_is_folded_and_the_raw_record_one_click_away(
    page: Page, app_server: AppServer, store: Store
) -> None:
    raw: Json = {"id": "folded", "secret detail": "only in the raw record"}
    inner = [
        Step(kind=StepKind.MODEL_CALL, name=f"small-{i}", arguments={"prompt": f"Route request {i}"}) for i in range(3)
    ]
    steps = (
        Step(kind=StepKind.MESSAGE, role=Role.USER, text="Is a berth free?"),
        *inner,
        Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text="Yes, B14."),
    )
    trace = Trace(steps=steps, raw=(raw,), identity=(raw,), format="test", metadata={"plan": "guest"})
    draw_batch(store, make_project(store, [trace], name="trains"), SampleRequest(strategy="uniform", size=1))
    open_desk(page, app_server)
    transcript = page.get_by_test_id("transcript")
    expect(transcript.get_by_text("Route request 1")).not_to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(transcript.locator(".here")).to_have_attribute("data-step", "5")
    transcript.get_by_text("3 inner steps").click()
    transcript.get_by_text("small-1", exact=True).click()
    expect(transcript.get_by_text("Route request 1")).to_be_visible()
    page.get_by_test_id("raw").locator("summary").click()
    expect(page.get_by_test_id("raw")).to_contain_text("only in the raw record")


def test_what_users_said_later_stands_above_the_trace(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server)
    with store.write() as connection:
        key = traces.keys_of(connection, project, [trace])[trace]
        traces.add_feedback(connection, [(key, Feedback(name="stars", value=1, comment="wrong seat"))])
    open_desk(page, app_server, trace=trace)
    expect(page.get_by_test_id("desk")).to_contain_text("stars: 1 “wrong seat”")


def test_keys_lead_to_questions_and_errors_and_a_link_leads_back(
    page: Page, app_server: AppServer, store: Store
) -> None:
    def message(role: Role, text: str, error: str | None = None) -> Step:
        return Step(kind=StepKind.MESSAGE, role=role, text=text, error=error)

    steps = (
        message(Role.SYSTEM, "You help train passengers."),
        message(Role.USER, "Is seat 4 free?"),
        Step(kind=StepKind.TOOL_CALL, name="find_seat", error="the seat plan is closed"),
        message(Role.ASSISTANT, "I cannot tell."),
        message(Role.USER, "And seat 5?"),
    )
    raw: Json = {"id": "keys"}
    made = make_project(store, [Trace(steps=steps, raw=(raw,), identity=(raw,), format="test")], name="trains")
    draw_batch(store, made, SampleRequest(strategy="uniform", size=1))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    trace = open_desk(page, app_server)
    here = page.get_by_test_id("transcript").locator(".here")
    for key, step in (("]", "2"), ("]", "5"), ("[", "2"), ("e", "3"), ("e", "3"), ("E", "3"), ("j", "4"), ("E", "3")):
        page.keyboard.press(key)
        expect(here).to_have_attribute("data-step", step)
    page.keyboard.press("l")
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert trace in page.evaluate("navigator.clipboard.readText()")
