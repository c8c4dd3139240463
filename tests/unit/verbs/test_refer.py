"""`<Refer>` in virtual time: what the phone is asked, what the action is told, and who hangs up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from offhook.call.leg_state import LegCause
from offhook.phone.phone_call import PhoneCall
from offhook.switchboard.place_call import ClientToCall
from offhook.switchboard.update_call import CallUpdate
from offhook.verbs.runner import InlineDocument
from tests.support.callee import Callee
from tests.support.memory_store import ACCOUNT
from tests.support.small_exchange import SmallExchange
from tests.support.transferee import Says, Transferee, following
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import office, wanted
from tests.unit.verbs.test_dial import DONE, answered, on_call
from tests.unit.verbs.test_dial import child as child_of

CAROL = "sip:carol@example.com?X-Case=4%2C2"
REFER = f"<Refer action='/done'><Sip>{CAROL}</Sip></Refer>"
NO_ACTION = f"<Refer><Sip>{CAROL}</Sip></Refer>"

Act = Callable[[SmallExchange, PhoneCall, Transferee], Awaitable[None]]


async def nothing(small: SmallExchange, caller: PhoneCall, phone: Transferee) -> None:
    await caller.ended()


def refer(says: Says, document: str = REFER, act: Act = nothing, after: str = "") -> SmallExchange:
    """A caller that says this when it is referred."""

    async def with_phone(small: SmallExchange, caller: PhoneCall, _: list[Callee]) -> None:
        phone = following(caller._leg, small.caller, says)
        await act(small, caller, phone)
        (asked,) = phone.asked
        assert asked.refer_to == f"<{CAROL}>"
        headers = asked.request.headers
        assert headers.get("Referred-By") == "<sip:anyone@app.sip.localhost>"
        assert headers.get("X-Twilio-CallSid") == small.store.calls.history[0].sid

    return on_call(document, with_phone, phones=0, after=after)


def told(small: SmallExchange) -> list[dict[str, str]]:
    return [dict(each.results) for each in small.bookshelf.asked if each.url == DONE]


def noted(small: SmallExchange) -> list[int]:
    return [each.error_code for each in small.store.notifications.history]


@pytest.mark.parametrize(
    ("says", "results"),
    [
        (Says(tells=(180, 200)), ("in-progress", "202", "200")),
        (Says(tells=(180, 486)), ("busy", "202", "486")),
        (Says(tells=(603,)), ("no-answer", "202", "603")),
        (Says(tells=(404,)), ("failed", "202", "404")),
    ],
    ids=["answered", "busy", "declined", "not found"],
)
def test_the_action_is_told_what_became_of_it(says: Says, results: tuple[str, ...]) -> None:
    small = refer(says)
    names = ("ReferCallStatus", "ReferSipResponseCode", "NotifySipResponseCode")
    assert told(small) == [dict(zip(names, results, strict=True))]
    assert small.voice.texts == ["Done."]
    assert noted(small) == []


@pytest.mark.parametrize("status", [405, 403, 603])
def test_a_phone_that_refuses_is_told_to_the_action_and_the_call_goes_on(status: int) -> None:
    small = refer(Says(status))
    assert told(small) == [{"ReferCallStatus": "failed", "ReferSipResponseCode": str(status)}]
    assert small.voice.texts == ["Done."]
    assert noted(small) == [32011]


def test_a_phone_that_tells_nothing_for_too_long_has_no_status() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, phone: Transferee) -> None:
        await asyncio.sleep(640)
        assert told(small) == []
        await caller.ended()

    small = refer(Says(), act=act)
    results = {"ReferSipResponseCode": "202", "NotifySipResponseCode": "100", "ReferCallStatus": "initiated"}
    assert told(small) == [results]


def test_a_phone_that_hangs_up_before_the_result_is_canceled_for_the_action() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, phone: Transferee) -> None:
        await asyncio.sleep(2)
        await caller.hang_up()

    small = refer(Says(tells=(180,)), act=act)
    results = {"ReferCallStatus": "canceled", "ReferSipResponseCode": "202", "NotifySipResponseCode": "180"}
    assert told(small) == [results]
    assert small.voice.texts == []


def test_a_phone_that_hangs_up_with_its_last_notify_is_told_of_once() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, phone: Transferee) -> None:
        small.bookshelf.delay_s = 1.0
        await caller.ended()

    small = refer(Says(tells=(200,), hangs_up=True), act=act)
    (results,) = told(small)
    assert results["NotifySipResponseCode"] == "200"
    assert small.voice.texts == []


def test_without_an_action_the_next_verb_follows() -> None:
    small = refer(Says(tells=(486,)), NO_ACTION, after="<Say>After.</Say>")
    assert small.voice.texts == ["After."]


@pytest.mark.parametrize("tells", [200, 486])
def test_a_transferred_phone_has_32_s_to_hang_up_then_we_do(tells: int) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, phone: Transferee) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        end = await caller.ended()
        assert end.cause is LegCause.HUNG_UP_THERE
        waited = loop.time() - began
        assert waited == pytest.approx(32.5 if tells == 200 else 0.5, abs=0.3)

    refer(Says(tells=(tells,)), NO_ACTION, act)


def test_a_hangup_after_it_does_not_wait() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, phone: Transferee) -> None:
        async with asyncio.timeout(2):
            await caller.ended()

    refer(Says(tells=(200,)), NO_ACTION, act, after="<Hangup/>")


def test_on_a_client_it_is_13801_and_the_action_is_told_so() -> None:
    async def scenario() -> SmallExchange:
        async with office(41, documents={DONE: "<Response/>"}) as (small, (phone,)):
            document = InlineDocument(f"<Response>{REFER.replace('/done', DONE)}</Response>")
            small.exchange.place(replace(wanted("sip:x@y", start=document), to=ClientToCall("bob")))
            await answered(phone)
            assert await small.exchange.drain(60)
        return small

    small = run(scenario())
    assert noted(small) == [13801]
    assert told(small) == [{"ReferCallStatus": "failed"}]


def test_a_refer_without_a_target_fails() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, _: list[Callee]) -> None:
        await caller.ended()

    small = on_call("<Refer action='/done'/>", act, phones=0)
    assert noted(small) == [13243]
    assert told(small) == [{"ReferCallStatus": "failed"}]


@pytest.mark.parametrize("of_parent", [True, False])
def test_an_update_of_a_bridged_call_refers_the_leg_that_is_updated(*, of_parent: bool) -> None:
    document = InlineDocument(f"<Response>{NO_ACTION}</Response>")

    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        bob = await answered(callees[0])
        await asyncio.sleep(1)
        parent, child = small.store.calls.history[0], child_of(small)
        leg, endpoint = (caller._leg, small.caller) if of_parent else (bob, callees[0].driver)
        phone = following(leg, endpoint, Says(tells=(200,), hangs_up=True))
        sid = (parent if of_parent else child).sid
        await small.exchange.update(ACCOUNT.sid, sid, CallUpdate(start=document))
        await asyncio.sleep(3)
        assert len(phone.asked) == 1
        assert leg.is_ended
        if not of_parent:
            await caller.ended()

    small = on_call("<Dial><Sip>sip:bob@app.sip.localhost</Sip></Dial>", act)
    assert small.voice.texts == ([] if of_parent else ["After."])
