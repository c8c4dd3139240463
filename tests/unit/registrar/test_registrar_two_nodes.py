"""Registrations of several nodes on one database (design 2.4)."""

import asyncio

from tests.support.memory_store import ACCOUNT
from tests.support.registration import MemoryBindings, Shop
from tests.unit.registrar.test_registrar import DESK, MOBILE, code, header


def two_shops() -> tuple[Shop, Shop]:
    """Two nodes that share a store, and phones that may use either."""
    rows = MemoryBindings(is_shared=True)
    return Shop(rows=rows), Shop(rows=rows, seed=9)


def pass_time(*shops: Shop, seconds: float = 1.0) -> None:
    for shop in shops:
        shop.clock.now += seconds


def test_what_one_node_registers_another_one_calls_refreshes_and_ends() -> None:
    one, other = two_shops()
    one.register("alice", DESK, cseq=10)
    assert other.bindings("alice") == one.bindings("alice")
    pass_time(other, seconds=60)
    assert other.register("alice", DESK, cseq=20).status == 200
    pass_time(one, seconds=60)
    assert [binding.cseq for binding in one.found("alice")] == [20]
    answer = other.register("alice", MOBILE)
    assert len(header(answer, "Contact")) == 2
    assert other.register("alice", DESK, expires=0, cseq=30).status == 200
    assert len(one.bindings("alice")) == 1


def test_a_node_does_not_end_what_was_refreshed_at_another_one() -> None:
    one, other = two_shops()
    one.register("alice", DESK, expires=600, cseq=10)
    pass_time(other, seconds=500)
    assert other.register("alice", DESK, expires=3600, cseq=20).status == 200
    pass_time(one, seconds=700)
    assert one.registrar.expire(one.clock.now) == 1, "as far as it knows"
    assert len(one.rows.rows) == 1
    assert [binding.cseq for binding in one.found("alice")] == [20]


def test_the_eleventh_contact_is_refused_whichever_node_has_the_ten() -> None:
    one, other = two_shops()
    for number in range(10):
        (one, other)[number % 2].register("alice", f"<sip:alice@10.0.0.1:{6000 + number}>")
    answer = other.register("alice", DESK)
    assert (answer.status, code(answer)) == (403, 32007)


def test_any_node_ends_a_registration_by_its_sid() -> None:
    one, other = two_shops()
    one.register("alice", DESK)
    (binding,) = one.found("alice")
    assert asyncio.run(other.registrar.remove(ACCOUNT.sid, binding.sid, other.clock.now))
    assert one.bindings("alice") == []
    assert not asyncio.run(one.registrar.remove(ACCOUNT.sid, binding.sid, one.clock.now))
