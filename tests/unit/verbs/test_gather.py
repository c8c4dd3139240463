"""`<Gather>` on a live call in virtual time: keys, timeouts, what the action is told."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
KEYS = "http://app.test/keys"
PROMPT = "x" * 40  # two seconds in the spelling voice
DONE = {KEYS: "<Response><Say>Got it.</Say></Response>"}


def gather(attributes: str = "", prompt: str = PROMPT, after: str = "<Say>Nothing.</Say>") -> dict[str, str]:
    document = f"<Response><Gather action='/keys' {attributes}><Say>{prompt}</Say></Gather>{after}</Response>"
    return {VOICE: document, **DONE}


def on_call(documents: dict[str, str], act: Callable[[SmallExchange], Awaitable[None]]) -> SmallExchange:
    """Run a call over the documents; `act` is what the caller does once answered."""

    async def scenario() -> SmallExchange:
        async with small_exchange(documents) as small:
            call = await small.call()
            await act(small)
            await call.ended()
        return small

    return run(scenario())


async def nothing(small: SmallExchange) -> None:
    """The caller listens."""


def test_the_first_key_silences_the_prompt_and_the_last_one_goes_to_the_action() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(1)
        small.port.press("12")

    small = on_call(gather("numDigits='2'"), act)
    assert [asked.url for asked in small.bookshelf.asked] == [VOICE, KEYS]
    assert small.bookshelf.asked[1].results == (("Digits", "12"), ("FinishedOnKey", ""))
    # 1 s of the prompt of 2 s, then "Got it." of 0.35 s: the prompt was cut.
    assert small.store.calls.last.duration_s == 1


def test_the_finish_key_ends_the_collection() -> None:
    async def act(small: SmallExchange) -> None:
        small.port.press("407#")

    small = on_call(gather(), act)
    assert small.bookshelf.asked[1].results == (("Digits", "407"), ("FinishedOnKey", "#"))


def test_the_timeout_begins_when_the_prompt_ends() -> None:
    small = on_call(gather("timeout='5'", after=""), nothing)
    assert [asked.url for asked in small.bookshelf.asked] == [VOICE]
    assert small.store.calls.last.duration_s == 2 + 5


def test_each_key_restarts_the_timeout() -> None:
    async def act(small: SmallExchange) -> None:
        for key in "123":
            await asyncio.sleep(4)
            small.port.press(key)

    small = on_call(gather("timeout='5'"), act)
    assert dict(small.bookshelf.asked[1].results)["Digits"] == "123"
    assert small.store.calls.last.duration_s in (12 + 5, 12 + 5 + 1)


def test_no_input_falls_through_to_the_next_verb() -> None:
    small = on_call(gather("timeout='1'"), nothing)
    assert small.voice.texts == [PROMPT, "Nothing."]


def test_no_input_goes_to_the_action_when_asked_to() -> None:
    small = on_call(gather("timeout='1' actionOnEmptyResult='true'"), nothing)
    assert small.bookshelf.asked[1].results == (("Digits", ""), ("FinishedOnKey", ""))


def test_the_finish_key_pressed_first_is_no_input() -> None:
    async def act(small: SmallExchange) -> None:
        small.port.press("#")

    small = on_call(gather(), act)
    assert small.voice.texts == [PROMPT, "Nothing."]


def test_without_an_action_the_same_document_is_asked_again_with_the_digits() -> None:
    documents = {VOICE: "<Response><Gather numDigits='1'><Say>Press.</Say></Gather></Response>"}

    async def act(small: SmallExchange) -> None:
        small.port.press("5")

    small = on_call(documents, act)
    assert [asked.url for asked in small.bookshelf.asked] == [VOICE, VOICE]
    assert dict(small.bookshelf.asked[1].results)["Digits"] == "5"


def test_keys_pressed_while_nobody_gathers_are_dropped() -> None:
    document = "<Response><Say>xxxxxxxxxxxxxxxxxxxx</Say><Gather timeout='1' action='/keys'/></Response>"

    async def act(small: SmallExchange) -> None:
        small.port.press("9")

    small = on_call({VOICE: document, **DONE}, act)
    assert [asked.url for asked in small.bookshelf.asked] == [VOICE]


@pytest.mark.parametrize("loop", [1, 3])
def test_say_speaks_as_often_as_loop_says(loop: int) -> None:
    small = on_call({VOICE: f"<Response><Say loop='{loop}'>Again.</Say></Response>"}, nothing)
    assert len(small.port.played) == loop
    assert small.voice.texts == ["Again."], "what was spoken before comes from the prompt cache"


def test_a_long_text_is_spoken_piece_by_piece_in_order() -> None:
    text = " ".join(f"This is sentence number {n} of a rather long announcement to you." for n in range(8))
    small = on_call({VOICE: f"<Response><Say>{text}</Say></Response>"}, nothing)
    assert len(small.voice.texts) > 1
    assert " ".join(small.voice.texts) == text


def test_keys_in_sip_info_are_gathered_and_one_told_twice_counts_once() -> None:
    documents = gather("numDigits='3'")

    async def scenario() -> SmallExchange:
        async with small_exchange(documents) as small:
            call = await small.call()
            session = call._leg.session
            for key in "41":
                body = f"Signal={key}\r\nDuration=160\r\n".encode()
                session.info("application/dtmf-relay", body, small.caller.now())
                small.caller.flush()
                await asyncio.sleep(1)
                if key == "4":
                    small.port.press("4")  # a second later it is another key press …
                    await asyncio.sleep(0.1)
                    session.info("application/dtmf", b"4", small.caller.now())  # … and this is the same
                    small.caller.flush()
                    await asyncio.sleep(1)
            await call.ended()
        return small

    assert dict(run(scenario()).bookshelf.asked[1].results)["Digits"] == "441"
