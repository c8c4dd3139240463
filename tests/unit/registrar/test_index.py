"""Bindings in memory: flat look-ups, and nothing left behind by refreshes."""

from dataclasses import replace

from offhook.registrar.binding import BindingState
from offhook.registrar.index import BindingIndex, Entry
from tests.support.registration import MemoryBindings
from tests.support.stores import binding, numbered

USER = (numbered("SD", 1), "alice")


def registered(index: BindingIndex, number: int, deadline: float) -> Entry:
    entry = Entry(binding(number), 0.0)
    index.register(entry, entry.binding, deadline)
    assert entry.state is BindingState.ACTIVE
    return entry


def test_a_refresh_leaves_nothing_behind() -> None:
    index = BindingIndex(MemoryBindings())
    entry = registered(index, 1, 600.0)
    for refresh in range(1000):
        index.register(entry, replace(entry.binding, cseq=refresh), 600.0 + 30 * refresh)
    assert len(index) == 1
    assert sum(map(len, index._buckets.values())) == 1
    assert index.expire(600.0 + 30 * 999) == 1
    assert (len(index), index._buckets, index._by_user) == (0, {}, {})


def test_each_is_ended_in_its_minute_and_not_before() -> None:
    index = BindingIndex(MemoryBindings())
    for number in range(10):
        registered(index, number, 600.0 + 10 * number)
    assert [index.expire(600.0 + 10 * step) for step in range(10)] == [1] * 10


def test_what_expired_is_not_found_before_it_is_swept() -> None:
    index = BindingIndex(MemoryBindings())
    entry = registered(index, 1, 600.0)
    assert index.find(USER, 599.9) == [entry]
    assert index.find(USER, 600.0) == []
    assert len(index) == 1


def test_a_binding_that_is_over_stays_over() -> None:
    index = BindingIndex(MemoryBindings())
    entry = registered(index, 1, 600.0)
    index.unregister(entry)
    index.unregister(entry)
    index.register(entry, entry.binding, 1200.0)
    assert (entry.state, len(index)) == (BindingState.REMOVED, 0)


def test_the_newest_form_is_what_a_busy_store_gets_later() -> None:
    rows = MemoryBindings(is_busy=True)
    index = BindingIndex(rows)
    entry = registered(index, 1, 600.0)
    index.register(entry, replace(entry.binding, cseq=77), 700.0)
    index.unregister(registered(index, 2, 600.0))
    rows.is_busy = False
    index.expire(0.0)
    assert [row.cseq for row in rows.rows.values()] == [77]
    assert index._unsaved == {}


def test_restoring_twice_is_restoring_once() -> None:
    index = BindingIndex(MemoryBindings())
    index.restore(binding(1), 600.0, 0.0)
    index.restore(binding(1), 600.0, 0.0)
    assert (len(index), len(index.find(USER, 0.0))) == (1, 1)
