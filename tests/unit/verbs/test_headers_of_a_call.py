"""Custom headers and User-to-User in every direction, by the rows of reference/sip-interface 7; injection."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from offhook.phone.phone_call import PhoneCall
from offhook.sip.message import Request
from offhook.webhook.parameters import standard_parameters
from offhook.webhook.ports import ProgressNews
from tests.support.callee import Callee, open_callee
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import OFFICE

VOICE = "http://app.test/voice"
DONE = "http://app.test/done"
NEWS = "http://app.test/news"
WHISPER = "http://app.test/whisper"
UUI = "3132;encoding=hex;purpose=isdn-uui;content=isdn-uui;x=y"
ESCAPED_UUI = UUI.replace(";", "%3B").replace("=", "%3D")

SENT: list[str] = []
"""What the node sent in the last scenario."""

Act = Callable[[SmallExchange, PhoneCall, Callee], Awaitable[None]]


async def answer_for_a_second(small: SmallExchange, caller: PhoneCall, bob: Callee) -> None:
    leg = await bob.ringing()
    leg.answer()
    await asyncio.sleep(1)
    leg.hang_up()


def on_call(
    document: str,
    act: Act = answer_for_a_second,
    headers: tuple[tuple[str, str], ...] = (),
) -> tuple[SmallExchange, list[Request]]:
    """A caller whose INVITE has these headers; BOB in its document is a phone. Its INVITEs are returned."""

    async def scenario() -> tuple[SmallExchange, list[Request]]:
        SENT.clear()
        bob = await open_callee(71)
        text = document.replace("BOB", f"bob@{bob.address}")
        shelf: dict[str, str | int] = {
            VOICE: f"<Response>{text}</Response>",
            DONE: "<Response/>",
            WHISPER: "<Response/>",
        }
        try:
            async with small_exchange(shelf, OFFICE) as small:
                small.node.trace(
                    lambda message: SENT.append(message.data.decode()) if message.is_ours else None
                )
                caller = await small.dial(headers=headers)
                await act(small, caller, bob)
                await caller.ended()
                assert await small.exchange.drain(60)
        finally:
            await bob.close()
        return small, [leg.session.request for leg in bob.legs]

    return run(scenario())


def dialled(headers: str = "", attributes: str = "action='/done'", noun: str = "") -> str:
    return f"<Dial {attributes}><Sip {noun}>sip:BOB{headers}</Sip></Dial>"


def sip_headers(small: SmallExchange, url: str) -> dict[str, str]:
    """The `SipHeader_` parameters of the request for this document."""
    (request,) = [each for each in small.bookshelf.asked if each.url == url]
    parameters = standard_parameters(request.call, request.sip)
    return {name: value for name, value in parameters if name.startswith("SipHeader_")}


def dial_headers(small: SmallExchange) -> dict[str, str]:
    (request,) = [each for each in small.bookshelf.asked if each.url == DONE]
    return {name: value for name, value in request.results if name.startswith("DialSipHeader_")}


def noted(small: SmallExchange) -> list[int]:
    return [each.error_code for each in small.store.notifications.history]


FROM_A_PEER = (
    ("X-Order", "a=1;b=2, c"),
    ("x-order", "again"),
    ("User-To-User", UUI),
    ("X-Twilio-CallSid", "CAforged"),
    ("Diversion", "<sip:x@y>;reason=unconditional"),
    ("P-Asserted-Identity", "<sip:x@y>"),
    ("Remote-Party-ID", "<sip:x@y>"),
    ("History-Info", "<sip:x@y>;index=1"),
    ("Reason", "Q.850;cause=16"),
)
"""Of which the `X-` headers and, from a caller, User-to-User are told."""


def test_rows_1_and_2_of_a_callers_invite() -> None:
    small, _ = on_call("<Hangup/>", lambda *_: asyncio.sleep(0), FROM_A_PEER)
    assert sip_headers(small, VOICE) == {
        "SipHeader_X-Order": "a=1;b=2, c, again",
        "SipHeader_User-to-User": UUI,
    }


def test_rows_3_and_4_into_the_invite_to_a_callee() -> None:
    names = ("Remote-Party-ID", "P-Preferred-Identity", "P-Called-Party-ID")
    written = "&amp;".join([f"{name.lower()}=%3Csip:x%40y%3E" for name in names])
    headers = (
        f"?X-Order=%2B1+2%2C3&amp;user-to-user={ESCAPED_UUI}&amp;{written}&amp;Diversion=x&amp;x-order=4"
    )
    small, (invite,) = on_call(dialled(headers))
    sent = {name: value for name, value in invite.headers.fields if name not in ("Via", "Record-Route")}
    assert {name: sent[name] for name in names} == dict.fromkeys(names, "<sip:x@y>")
    assert (sent["X-Order"], sent["User-to-User"]) == ("+1+2,3, 4", UUI)
    assert "Diversion" not in sent
    assert (noted(small), sent["X-Twilio-ApiVersion"]) == ([32113], "2010-04-01")
    record = [call for call in small.store.calls.history if call.parent_call_sid][-1]
    assert (sent["X-Twilio-CallSid"], sent["X-Twilio-AccountSid"]) == (record.sid, record.account_sid)


def test_row_5_of_a_callees_answer_to_the_whisper() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, bob: Callee) -> None:
        leg = await bob.ringing()
        leg.answer(FROM_A_PEER)
        await asyncio.sleep(1)
        leg.hang_up()

    small, _ = on_call(dialled(noun="url='/whisper'"), act)
    assert sip_headers(small, WHISPER) == {"SipHeader_X-Order": "a=1;b=2, c, again"}


@pytest.mark.parametrize("where", ["refusal", "answer"])
def test_row_6_of_a_callees_final_response_to_the_action(where: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, bob: Callee) -> None:
        leg = await bob.ringing()
        if where == "refusal":
            leg.refuse(486, headers=FROM_A_PEER)
            return
        leg.answer(FROM_A_PEER)
        await asyncio.sleep(1)
        leg.hang_up()

    small, _ = on_call(dialled(), act)
    assert dial_headers(small) == {"DialSipHeader_X-Order": "a=1;b=2, c, again"}


def test_row_9_nothing_in_status_callbacks() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, bob: Callee) -> None:
        leg = await bob.ringing()
        leg.answer(FROM_A_PEER)
        await asyncio.sleep(1)
        leg.hang_up()

    small, _ = on_call(dialled(noun="statusCallback='/news'"), act, FROM_A_PEER)
    (news,) = small.bookshelf.delivered
    assert isinstance(news, ProgressNews)
    assert news.url == NEWS
    assert "a=1" not in repr(news)


def test_row_11_nothing_of_the_caller_in_the_invite_to_the_callee() -> None:
    _, (invite,) = on_call(dialled(), headers=FROM_A_PEER)
    names = {name.lower() for name, _ in invite.headers.fields}
    assert not names & {name.lower() for name, _ in FROM_A_PEER if not name.startswith("X-Twilio")}
    assert invite.headers.get("X-Twilio-CallSid") != "CAforged"


def test_row_12_nothing_of_ringing_and_of_the_end() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, bob: Callee) -> None:
        leg = await bob.ringing()
        leg.ring((("X-Ringing", "1"),))
        leg.answer()
        await asyncio.sleep(1)
        leg.hang_up((("X-Bye", "1"),))

    small, _ = on_call(dialled(noun="url='/whisper'"), act)
    assert (sip_headers(small, WHISPER), dial_headers(small)) == ({}, {})


def test_our_bye_says_why_and_for_which_call() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, bob: Callee) -> None:
        leg = await bob.ringing()
        leg.answer()
        await asyncio.sleep(1)
        await caller.hang_up()
        await asyncio.sleep(1)
        assert leg.is_ended

    _small, (invite,) = on_call(dialled(), act)
    (sent,) = [each for each in SENT if each.startswith("BYE")]
    assert 'Reason: Q.850;cause=16;text="Normal call clearing"\r\n' in sent
    assert f"X-Twilio-CallSid: {invite.headers.get('X-Twilio-CallSid')}\r\n" in sent


def test_the_phone_that_lost_is_told_that_another_one_answered() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, bob: Callee) -> None:
        first, _ = [await bob.ringing() for _ in range(2)]
        first.answer()
        await asyncio.sleep(1)
        first.hang_up()

    _small, _ = on_call("<Dial><Sip>sip:BOB</Sip><Sip>sip:BOB</Sip></Dial>", act)
    (sent,) = [each for each in SENT if each.startswith("CANCEL")]
    assert 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n' in sent


WITH_HEADER = "<Dial><Sip><Uri>sip:BOB</Uri><Headers><Header name='{}' value='{}'/></Headers></Sip></Dial>"
INJECTED = "&#13;&#10;X-Injected: 1&#13;&#10;Route: &lt;sip:evil.test&gt;"


@pytest.mark.parametrize(
    ("document", "code", "is_called"),
    [
        (dialled("?X-A=1%0D%0AX-Injected:%201&amp;X-B=2"), 32112, True),
        (dialled("?X-A%0D%0AX-Injected=1"), 32111, True),
        (dialled(f"?X-A=1{INJECTED}"), 32112, True),
        (f"<Dial><Sip>sip:bob{INJECTED}@BOB</Sip></Dial>", 13243, False),
        (f"<Dial><Sip>sip:BOB;a=b{INJECTED}</Sip></Dial>", 32110, True),
        (
            WITH_HEADER.format("X-A", f"1{INJECTED}"),
            32112,
            True,
        ),
        (
            WITH_HEADER.format(f"X-A{INJECTED}", "1"),
            13252,
            True,
        ),
        (dialled(noun=f"username='u{INJECTED}' password='p'"), 13249, True),
        (dialled(noun=f"username='u' password='p{INJECTED}'"), 13249, True),
        (dialled(noun=f"sendDigits='1{INJECTED}'"), 13242, True),
        (dialled(attributes=f"callerId='bob{INJECTED}'"), 13247, False),
        (f"<Dial><Client>bob{INJECTED}</Client></Dial>", 12200, False),
        (f"<Refer><Sip>sip:carol@127.0.0.1?X-A=1{INJECTED}</Sip></Refer>", 32112, False),
        (f"<Refer><Sip>sip:carol{INJECTED}@127.0.0.1</Sip></Refer>", 13243, False),
    ],
)
def test_no_document_can_put_a_line_into_a_message(document: str, code: int, *, is_called: bool) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, bob: Callee) -> None:
        if is_called:
            await answer_for_a_second(small, caller, bob)

    small, invites = on_call(document, act)
    assert len(invites) == is_called
    assert not [each for each in SENT if "\r\nX-Injected" in each or "\r\nRoute: <sip:evil" in each]
    assert noted(small)[0] == code
