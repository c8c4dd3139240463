"""Five REGISTERs a second for each user (reference/sip-interface 5)."""

from offhook.registrar.rate import RegisterRate
from tests.support.memory_store import DOMAIN


def test_the_sixth_within_a_second_is_one_too_many() -> None:
    rate = RegisterRate(5)
    assert [rate.admit(DOMAIN, "alice", 10.0 + n / 10) for n in range(7)] == [True] * 5 + [False] * 2
    assert rate.admit(DOMAIN, "bob", 10.5)
    assert rate.admit(DOMAIN, "alice", 11.0)


def test_the_table_forgets() -> None:
    rate = RegisterRate(5)
    for second in range(20):
        for number in range(500):
            rate.admit(DOMAIN, f"user{second}-{number}", float(2 * second))
    assert len(rate) < 2000
