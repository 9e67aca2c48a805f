"""Signals of trouble and what others judged before stand folded, so that they do not lead whoever reads."""

from evaldash.domain.trace import Feedback, Json, Role, Step, StepKind, Trace
from evaldash.transcript.payload import imported, trace_payload


def test_signals_and_earlier_judgements_are_asides() -> None:
    raw: Json = {"n": 1}
    steps = (Step(kind=StepKind.MESSAGE, role=Role.USER, text="Where is it?"),)
    said = (Feedback(name="thumbs", value="down"), Feedback(name="mistake", value="bot, step 3", comment="lied"))
    trace = Trace(
        steps=steps,
        raw=(raw,),
        identity=(raw,),
        format="test",
        metrics={"empty_answers": 1, "retries": 2},
        feedback=said,
    )
    payload = trace_payload(imported(trace))
    assert payload["feedback"] == ["thumbs: down"]
    assert payload["asides"] == [
        "tools were called again 2 times",
        "ends without an answer",
        "mistake: bot, step 3 “lied”",
    ]
