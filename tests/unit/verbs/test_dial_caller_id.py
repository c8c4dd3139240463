"""Whom the callees of a Dial see, and that a number is shown nobody else's number."""

import asyncio
from dataclasses import replace

import pytest

from offhook.model.call import Call
from offhook.phone.phone_call import PhoneCall
from tests.support.callee import Callee
from tests.support.small_exchange import SmallExchange
from tests.unit.switchboard.test_own_numbers import NUMBER, OFFICE_LINE, SUPPORT, finals
from tests.unit.switchboard.test_own_numbers import on_call as on_call_to_number
from tests.unit.verbs.test_dial import BOB, child, on_call

SILENT = "<Response><Pause length='1'/></Response>"
OURS = OFFICE_LINE.phone_number


def called(dial: str, number: str = SILENT, stranger: str = "") -> tuple[SmallExchange, Call, Call]:
    """The child call to the number, and the call that came in there."""

    def prepare(small: SmallExchange) -> None:
        if stranger:
            theirs = replace(NUMBER, sid="PN" + "7" * 32, phone_number=stranger, account_sid="AC" + "f" * 32)
            small.store.incoming_phone_numbers.add(theirs)

    small = on_call_to_number(number, dial=dial, prepare=prepare)
    _, outbound, inbound = finals(small)
    return small, outbound, inbound


@pytest.mark.parametrize("written", [OURS, "(555) 010-0999"], ids=["E.164", "as people write it"])
def test_a_number_of_the_account_is_shown_to_a_number(written: str) -> None:
    small, outbound, inbound = called(f"<Dial callerId='{written}'>{SUPPORT}</Dial>")
    assert (outbound.from_, inbound.from_) == (OURS, OURS)
    assert (outbound.phone_number_sid, inbound.phone_number_sid) == (OFFICE_LINE.sid, NUMBER.sid)
    assert small.store.notifications.codes == []


@pytest.mark.parametrize("caller_id", ["+15550100555", "reception", "client:bob"])
def test_any_other_caller_id_is_noted_and_the_caller_s_own_is_shown(caller_id: str) -> None:
    small, outbound, inbound = called(f"<Dial callerId='{caller_id}'>{SUPPORT}</Dial>")
    assert outbound.from_ == inbound.from_ == "sip:alice@127.0.0.1"
    assert outbound.phone_number_sid is None
    assert small.store.notifications.codes == [13214]
    assert caller_id in small.store.notifications.history[0].message_text


def test_the_number_of_another_account_is_nobody_s_to_show() -> None:
    stranger = "+15550100555"
    small, outbound, _ = called(f"<Dial callerId='{stranger}'>{SUPPORT}</Dial>", stranger=stranger)
    assert (outbound.from_, outbound.phone_number_sid) == ("sip:alice@127.0.0.1", None)
    assert small.store.notifications.codes == [13214]


def test_the_number_that_a_call_came_from_may_be_shown_on_its_way_further() -> None:
    second = "+15550100201"
    forward = f"<Response><Pause length='2'/><Dial callerId='{OURS}'>{second}</Dial></Response>"
    other = replace(NUMBER, sid="PN" + "6" * 32, phone_number=second, voice_url="http://number.test/second")

    async def act(small: SmallExchange, caller: PhoneCall) -> None:
        await asyncio.sleep(1)  # it came in from the number, which is the account's no more from here on
        small.store.incoming_phone_numbers.add(replace(OFFICE_LINE, account_sid="AC" + "f" * 32))

    small = on_call_to_number(
        forward,
        act,
        dial=f"<Dial callerId='{OURS}'>{SUPPORT}</Dial>",
        prepare=lambda small: small.store.incoming_phone_numbers.add(other),
        documents={"http://number.test/second": SILENT},
    )
    further = next(call for call in finals(small) if call.to == second and call.parent_call_sid)
    assert (further.from_, further.phone_number_sid) == (OURS, None)
    assert small.store.notifications.codes == []


def test_sip_sees_what_is_written_and_a_number_of_the_account_is_known_for_it() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        assert leg.session.request.from_.uri.username == OURS
        leg.refuse(486)

    def prepare(small: SmallExchange) -> None:
        small.store.incoming_phone_numbers.add(OFFICE_LINE)

    small = on_call(f"<Dial callerId='{OURS}'>{BOB}</Dial>", act, before=prepare)
    assert child(small).phone_number_sid == OFFICE_LINE.sid
    assert 13214 not in small.store.notifications.codes


def test_of_several_nouns_each_sees_what_it_may() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        assert leg.session.request.from_.uri.username == "reception"
        await asyncio.sleep(1)
        leg.refuse(486)

    def prepare(small: SmallExchange) -> None:
        small.store.incoming_phone_numbers.add(NUMBER)

    small = on_call(
        f"<Dial callerId='reception' action='/done'>{BOB}<Number>{SUPPORT}</Number></Dial>",
        act,
        documents={NUMBER.voice_url or "": "<Response><Reject/></Response>"},
        before=prepare,
    )
    froms = {call.to: call.from_ for call in small.store.calls.history if call.parent_call_sid}
    assert froms == {"client:bob": "reception", SUPPORT: "sip:alice@127.0.0.1"}
    assert small.store.notifications.codes[0] == 13214


def test_nobody_is_called_while_the_caller_id_cannot_be_looked_up() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        """Nobody does anything."""

    def stall(small: SmallExchange) -> None:
        small.store.incoming_phone_numbers.is_busy = True

    small = on_call(f"<Dial callerId='{OURS}'>{BOB}</Dial>", act, before=stall)
    assert small.store.notifications.codes == [12400]
    assert small.voice.texts == ["After."]
