"""What a call leaves in its trace, told by the owner, the runner, the courier and the ledger."""

from offhook.sip.message import Request
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from offhook.trace.ports import Happening, SipMessage, Trace
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
MENU = "http://app.test/menu"
GATHER = "<Response><Gather numDigits='1' action='/menu'/></Response>"


def trace_of(small: SmallExchange, call_sid: str) -> Trace:
    trace = small.traces.trace(call_sid)
    assert trace is not None
    return trace


def shown(entry: SipMessage | Happening) -> str:
    """An entry in a few words."""
    if isinstance(entry, Happening):
        return f"{entry.kind} {entry.text}"
    message = parse_message(entry.data, Limits())
    word = message.method if isinstance(message, Request) else message.status
    return f"{'>' if entry.is_ours else '<'} {word}"


def test_a_call_is_traced_from_its_invite_to_the_answer_to_our_bye() -> None:
    async def scenario() -> list[str]:
        documents = {VOICE: GATHER, MENU: "<Response><Foo/><Pause/></Response>"}
        async with small_exchange(documents) as small:
            call = await small.call()
            small.port.press("5")
            await call.ended()
            sid = small.store.calls.last.sid
            return [shown(entry) for entry in trace_of(small, sid).entries]

    entries = run(scenario())  # virtual time stands still between them: messages and the rest are in order
    assert [entry for entry in entries if entry[0] in "<>"] == [
        "< INVITE",
        "> 100",
        "> 180",
        "> 200",
        "< ACK",
        "> BYE",
        "< 200",
    ]
    assert [entry for entry in entries if entry[0] not in "<>"] == [
        "status ringing",
        f"webhook {VOICE}",
        "status in-progress",
        "verb Gather",
        "digit 5",
        f"webhook {MENU}",
        f"note <Foo> is not a TwiML verb: skipped (line 1, column 11) in the document from {MENU}",
        "verb Pause",
        "status completed",
    ]


def test_a_webhook_has_its_method_its_time_its_failure_and_what_the_verb_found() -> None:
    async def scenario() -> list[Happening]:
        async with small_exchange({VOICE: GATHER}) as small:
            small.bookshelf.delay_s = 0.25
            call = await small.call()
            small.port.press("5")
            await call.ended()
            entries = trace_of(small, small.store.calls.last.sid).entries
            return [each for each in entries if isinstance(each, Happening) and each.kind == "webhook"]

    first, second, *_ = run(scenario())
    assert (first.text, dict(first.facts)) == (VOICE, {"method": "POST", "ms": 250, "code": None})
    assert (second.text, dict(second.facts)) == (
        MENU,
        {"method": "POST", "ms": 250, "code": 11200, "Digits": "5", "FinishedOnKey": ""},
    )


def test_a_stream_has_its_beginning_and_what_it_was_like() -> None:
    document = "<Response><Connect><Stream url='wss://agent.test/talk'/></Connect></Response>"

    async def scenario() -> list[Happening]:
        async with small_exchange({VOICE: document}) as small:
            call = await small.call()
            socket = await small.sockets.at(0)
            socket.hang_up()
            await call.ended()
            entries = trace_of(small, small.store.calls.last.sid).entries
            return [each for each in entries if isinstance(each, Happening) and each.kind == "stream"]

    begins, ends = run(scenario())
    assert begins.text.startswith("MZ")
    assert dict(begins.facts) == {"url": "wss://agent.test/talk"}
    assert dict(ends.facts)["faults"] == 0
