import pytest

from offhook.sdp.direction import Direction, direction

BOTH, SEND, RECV, NONE = Direction.SENDRECV, Direction.SENDONLY, Direction.RECVONLY, Direction.INACTIVE


@pytest.mark.parametrize(("ours", "theirs"), [(BOTH, BOTH), (SEND, RECV), (RECV, SEND), (NONE, NONE)])
def test_the_other_end_sees_the_mirror(ours: Direction, theirs: Direction) -> None:
    assert ours.mirrored is theirs


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (BOTH, BOTH, BOTH),
        (BOTH, SEND, SEND),
        (RECV, SEND, NONE),
        (NONE, BOTH, NONE),
        (RECV, BOTH, RECV),
        (SEND, SEND, SEND),
    ],
)
def test_within_is_what_both_allow(one: Direction, other: Direction, both: Direction) -> None:
    assert one.within(other) is both
    assert other.within(one) is both


def test_made_of_sending_and_receiving() -> None:
    for each in Direction:
        assert direction(sends=each.sends, receives=each.receives) is each
