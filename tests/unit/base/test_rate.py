"""So many a second for each key."""

from offhook.base.rate import Rate


def test_the_sixth_within_a_second_is_one_too_many() -> None:
    rate = Rate(5)
    assert [rate.admit("alice", 10.0 + n / 10) for n in range(7)] == [True] * 5 + [False] * 2
    assert rate.admit("bob", 10.5)
    assert rate.admit("alice", 11.0)


def test_the_table_forgets() -> None:
    rate = Rate(5)
    for second in range(20):
        for number in range(500):
            rate.admit((second, number), float(2 * second))
    assert len(rate) < 2000


def test_without_a_limit_nothing_is_kept() -> None:
    rate = Rate(None)
    assert all(rate.admit("alice", 1.0) for _ in range(1000))
    assert len(rate) == 0
