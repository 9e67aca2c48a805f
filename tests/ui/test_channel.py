"""What a board sends as one leaves it finds no board any more: no error on the next view, the events come again."""

from evaldash.ui.workshop import channel


def test_what_comes_from_a_component_that_has_left_is_nothing() -> None:
    assert channel.sent("evaldash_board_that_left") is None
