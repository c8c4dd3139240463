"""Calls that the death of the node cut, in a real store of each kind."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.call.ledger import Ledger
from offhook.model.call import CallStatus
from offhook.model.notification import LogLevel
from offhook.store.ports import PageRequest
from offhook.switchboard.left_open import PAGE, close_calls_left_open
from tests.support.stores import ACCOUNT, BORN, call, numbered, opened


def test_each_call_that_was_cut_is_noted_once_and_no_other(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            ledger = Ledger(store, SystemClock(), SystemChance())
            cut = [replace(call(number), status=CallStatus.IN_PROGRESS) for number in range(PAGE + 5)]
            ended = replace(call(PAGE + 5), status=CallStatus.BUSY, ended_at=BORN)
            for each in (*cut, ended):
                store.calls.post(each)
            lived_until = BORN + timedelta(minutes=1)
            assert await close_calls_left_open(store, ledger, lived_until) == len(cut)
            assert await close_calls_left_open(store, ledger, lived_until) == 0
            page = await store.notifications.list(ACCOUNT, PageRequest(size=1000))
            assert {(each.error_code, each.log) for each in page.items} == {(12400, LogLevel.ERROR)}
            assert "node ended while the call ran" in page.items[0].message_text
            noted = sorted(each.call_sid or "" for each in page.items)
            assert noted == sorted(each.sid for each in cut)
            found = await store.calls.fetch(ACCOUNT, numbered("CA", 0))
            assert found is not None
            assert (found.status, found.ended_at) == (CallStatus.FAILED, lived_until)

    asyncio.run(run())
