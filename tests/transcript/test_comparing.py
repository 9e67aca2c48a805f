"""Two versions side by side: steps in pairs, words that differ marked, nothing left out."""

from hypothesis import given
from hypothesis import strategies as st

from evaldash.domain.trace import Role, Step, StepKind
from evaldash.transcript.comparing import comparison, word_diff
from evaldash.transcript.nodes import Node
from tests.transcript.laying_out import readable, words


def said(role: Role, text: str) -> Step:
    return Step(kind=StepKind.MESSAGE, role=role, text=text)


def text_of(nodes: list[Node], *, without: str = "") -> str:
    return "".join(node if isinstance(node, str) else "".join(node[1]) for node in nodes if node[0] != without)


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_diff_holds_both_texts_and_what_they_share(old: str, new: str) -> None:
    left, right = word_diff(old, new)
    assert (text_of(left), text_of(right)) == (old, new)
    assert text_of(left, without="del") == text_of(right, without="ins")


def test_words_and_single_chinese_characters_are_compared() -> None:
    left, right = word_diff("within 5 days", "within 10 days")
    assert [node for node in left if not isinstance(node, str)] == [["del", ["5"]]]
    assert [node for node in right if not isinstance(node, str)] == [["ins", ["10"]]]
    left, _ = word_diff("退款将在五日内", "退款将在十日内")
    assert [node for node in left if not isinstance(node, str)] == [["del", ["五"]]]


def test_steps_stand_beside_each_other_and_a_missing_one_leaves_a_gap() -> None:
    question = said(Role.USER, "Is a berth free?")
    look = Step(kind=StepKind.TOOL_CALL, name="find_berth", arguments={"length": 9}, result="B14")
    mine = readable([question, look, said(Role.ASSISTANT, "Yes, B14.")])
    theirs = readable([question, said(Role.ASSISTANT, "Yes, B15.")])
    rows = comparison(mine, theirs)["rows"]
    assert [row["same"] for row in rows] == [True, False, False]
    assert [row["right"] is None for row in rows] == [False, True, False]
    assert "B14" in words(rows[2]["left"])
    assert ["ins", ["B15"]] in rows[2]["right"]["body"][1][1]


def test_what_a_model_was_sent_is_not_compared() -> None:
    inner = Step(kind=StepKind.MODEL_CALL, name="small", arguments={"temperature": 0.1})
    same = [said(Role.USER, "Hello")]
    assert [row["same"] for row in comparison(readable([*same, inner]), readable(same))["rows"]] == [True]
