"""`<Dial><Sip>` in virtual time: several URIs for one callee, and what its answer tells the whisper."""

import asyncio
import socket
from collections import Counter

import pytest

from offhook.base.ids import SeededChance
from offhook.model.call import CallStatus
from offhook.phone.phone_call import PhoneCall
from offhook.routing.order_of_trial import in_order_of_trial
from offhook.twiml.dial.sip import SipTarget
from tests.support.callee import Callee
from tests.support.memory_store import DOMAIN
from tests.support.small_exchange import SmallExchange
from tests.unit.verbs.test_dial import VOICE, WHISPER, child, on_call, told

BOB = "sip:bob@app.sip.localhost"


def uris(*written: tuple[str, int]) -> str:
    """A Dial of one Sip with these URIs, each with its priority."""
    inside = "".join(f"<Uri priority='{priority}'>{uri}</Uri>" for uri, priority in written)
    return f"<Dial action='/done'><Sip>{inside}</Sip></Dial>"


@pytest.mark.parametrize("status", [408, 500, 503])
def test_the_next_uri_by_priority_is_tried_where_a_server_failed(status: int) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        first = await callees[0].ringing()
        assert first.session.request.headers.get("X-Try") == "1"
        await asyncio.sleep(1)
        assert callees[0].invited.empty(), "one after the other"
        first.refuse(status, headers=(("X-Why", "down"),))
        second = await callees[0].ringing()
        assert second.session.request.headers.get("X-Try") == "2"
        assert second.session.call_id != first.session.call_id
        second.answer((("X-Desk", "2"),))
        await asyncio.sleep(1)
        assert small.media.ports[0].joined_to is small.media.ports[1]
        second.hang_up()

    small = on_call(uris((f"{BOB}?X-Try=2", 20), (f"{BOB}?X-Try=1", 10)), act)
    results = told(small)
    assert (results["DialCallStatus"], results["DialSipHeader_X-Desk"]) == ("completed", "2")
    assert "DialSipHeader_X-Why" not in results
    assert small.store.notifications.codes == [32011]
    assert str(status) in small.store.notifications.history[0].message_text
    children = {call.sid for call in small.store.calls.history if call.parent_call_sid}
    assert len(children) == 1, "one callee is one call"


@pytest.mark.parametrize("status", [486, 404, 480, 603])
def test_a_callee_s_own_word_is_final(status: int) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        (await callees[0].ringing()).refuse(status)
        await asyncio.sleep(10)
        assert callees[0].invited.empty()

    small = on_call(uris((BOB, 1), (BOB, 2)), act)
    assert told(small)["DialSipResponseCode"] == str(status)


def test_when_all_uris_fail_each_failure_is_noted_and_the_last_one_told() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        (await callees[0].ringing()).refuse(500)
        (await callees[0].ringing()).refuse(503)

    small = on_call(uris((BOB, 1), (BOB, 2)), act)
    assert (told(small)["DialCallStatus"], told(small)["DialSipResponseCode"]) == ("failed", "503")
    assert small.store.notifications.codes == [32011, 32011]


def test_a_uri_that_leads_nowhere_is_noted_and_passed_over() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        leg.answer()
        await asyncio.sleep(1)
        leg.hang_up()

    small = on_call(uris(("sip:carol@app.sip.localhost", 1), (BOB, 2)), act)
    assert told(small)["DialCallStatus"] == "completed"
    assert small.store.notifications.codes == [32009]


def test_uris_of_which_none_leads_anywhere_fail_the_call_with_the_code_of_each() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        """Nobody does anything."""

    carol, secure = "sip:carol@app.sip.localhost", f"{BOB};secure=true"
    small = on_call(uris((carol, 1), (secure, 2)), act)
    assert told(small)["DialCallStatus"] == "failed"
    assert small.store.notifications.codes == [32009, 32209], "bob is registered, but not over TLS"


def test_without_any_response_the_next_uri_is_tried_after_four_seconds() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))

        async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
            began = asyncio.get_running_loop().time()
            leg = await callees[0].ringing()
            assert asyncio.get_running_loop().time() - began == pytest.approx(4, abs=0.5)
            leg.answer()
            await asyncio.sleep(1)
            leg.hang_up()

        small = on_call(uris((f"sip:bob@127.0.0.1:{deaf.getsockname()[1]}", 1), (BOB, 2)), act)
    assert told(small)["DialCallStatus"] == "completed"
    assert small.store.notifications.codes == [32011]
    assert "could not be reached" in small.store.notifications.history[0].message_text


def test_a_callee_that_never_responds_is_a_failure_and_no_person_who_did_not_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))

        async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
            """Nobody does anything."""

        noun = f"<Sip>sip:bob@127.0.0.1:{deaf.getsockname()[1]}</Sip>"
        small = on_call(f"<Dial timeout='60' action='/done'>{noun}</Dial>", act, phones=0)
    assert (told(small)["DialCallStatus"], told(small)["DialSipResponseCode"]) == ("failed", "408")
    assert (child(small).status, small.store.notifications.codes) == (CallStatus.FAILED, [32011])


def test_weights_share_the_calls_among_uris_of_one_priority() -> None:
    heavy, light, none, last = (
        SipTarget("sip:heavy@x", priority=1, weight=30),
        SipTarget("sip:light@x", priority=1, weight=10),
        SipTarget("sip:none@x", priority=1, weight=0),
        SipTarget("sip:last@x", priority=2, weight=65_535),
    )
    chance = SeededChance(7)
    orders = [in_order_of_trial((last, none, light, heavy), chance) for _ in range(2000)]
    first = Counter(order[0] for order in orders)
    assert {order[-1] for order in orders} == {last}
    assert {len(set(order)) for order in orders} == {4}
    assert first[heavy] / 2000 == pytest.approx(0.75, abs=0.05)
    assert first[light] / 2000 == pytest.approx(0.25, abs=0.05)


def test_without_weights_the_order_is_that_of_the_document() -> None:
    targets = tuple(SipTarget(f"sip:{n}@x", weight=0) for n in range(5))
    assert in_order_of_trial(targets, SeededChance(1)) == targets


@pytest.mark.parametrize("is_own", [True, False], ids=["a user of ours", "a foreign host"])
def test_the_whisper_is_told_what_the_callee_answered(is_own: bool) -> None:
    said = (("X-Desk", "7"), ("User-to-User", "31"), ("X-Twilio-CallSid", "CAforged"))

    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        leg.answer(said)
        await asyncio.sleep(1)
        leg.hang_up()

    def go_past_the_registrar(small: SmallExchange) -> None:
        (binding,) = small.store.bindings.kept.values()
        if not is_own:
            sip = f"<Sip url='/whisper'>{binding.contact}</Sip>"
            small.bookshelf.documents[VOICE] = f"<Response><Dial>{sip}</Dial></Response>"

    small = on_call(
        "<Dial><Sip url='/whisper'>bob@app.sip.localhost</Sip></Dial>",
        act,
        documents={WHISPER: "<Response/>"},
        before=go_past_the_registrar,
    )
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == WHISPER]
    sip = asked.sip
    assert sip is not None
    assert sip.headers == (("X-Desk", "7"),)
    assert (sip.call_id, sip.source_ip, sip.username) == (child(small).sip_call_id, "127.0.0.1", None)
    if is_own:
        assert (sip.domain, sip.domain_sid) == (DOMAIN.domain_name, DOMAIN.sid)
    else:
        assert (sip.domain, sip.domain_sid) == ("127.0.0.1", None)


def test_the_whisper_of_a_client_is_told_nothing_of_sip() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        leg.answer((("X-Desk", "7"),))
        await asyncio.sleep(1)
        leg.hang_up()

    small = on_call(
        "<Dial><Client url='/whisper'>bob</Client></Dial>", act, documents={WHISPER: "<Response/>"}
    )
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == WHISPER]
    assert asked.sip is None
