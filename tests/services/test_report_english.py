"""The report of small projects reads as English: no "1 traces", no "1 trace were", no "a 8 %"."""

import re

import pytest

from evaldash.domain.coding import Verdict
from evaldash.services import taxonomy
from evaldash.services.coding import list_codes
from evaldash.services.fixes import record_fix
from evaldash.services.reporting import report_bytes
from evaldash.services.wording import a_percent
from evaldash.storage.store import Store
from tests.services.test_saturation import draw, judge
from tests.support.traces import conversation, make_project

WRONG = re.compile(
    r"\b1 (?:of them )?(?:\w+ )?(?:traces|notes|modes|fixes|groups|inputs|bugs|points)\b"
    r"|\b1 \w+ were\b|\ba (?:8|8\d|11|18) %|\b(?!1 )\d+ (?:trace|note|failure mode|fix)\b(?! of)"
    r"|\b0 traces (?:deferred|passed)",
)
ALLOWED = re.compile(r"of 1 \w*traces|\d+ of \d+ traces|in \d+ read trace\b|batch \d+ trace")


@pytest.mark.parametrize(
    ("judged", "failing", "modes", "deferred"),
    [(0, 0, 0, 0), (1, 0, 0, 0), (1, 1, 1, 0), (2, 1, 1, 1), (2, 2, 2, 0), (25, 2, 1, 1), (25, 25, 2, 2)],
)
def test_with_few_of_everything(store: Store, judged: int, failing: int, modes: int, deferred: int) -> None:
    project = make_project(store, [conversation(number) for number in range(60)])
    drawn = draw(store, project, "uniform", size=judged + deferred + 1, seed=1)
    for place, trace in enumerate(drawn[: judged + deferred]):
        if place < deferred:
            judge(store, project, trace, verdict=Verdict.DEFERRED)
        else:
            fails = place - deferred < failing
            judge(store, project, trace, *([f"note {(place - deferred) % max(modes, 1)}"] if fails else []))
    for number in range(modes):
        codes = [code.id for code in list_codes(store, project)[0] if code.text == f"note {number}"]
        taxonomy.create(store, project, f"Mode {number}", codes=codes, who="ana")
        record_fix(store, project, f"Mode {number}", "told it", who="ana", kind="bug", version="2")
    lines = report_bytes(store, project, format="md").decode().splitlines()
    wrong = [line for line in lines if WRONG.search(re.sub(ALLOWED, "", line))]
    assert not wrong, wrong


def test_the_article_goes_with_the_number() -> None:
    assert [a_percent(share) for share in (0.07, 0.08, 0.11, 0.18, 0.8, 1.0)] == [
        "a 7 %", "an 8 %", "an 11 %", "an 18 %", "an 80 %", "a 100 %",
    ]  # fmt: skip
