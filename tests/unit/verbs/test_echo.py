"""`<Echo>`: what the caller says comes back, frame by frame, and not ever later."""

import asyncio

from tests.support.small_exchange import small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"


def test_what_the_caller_says_is_sent_back_until_it_hangs_up() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Echo/><Say>Never.</Say></Response>"}) as small:
            caller = await small.call()
            await asyncio.sleep(0.1)
            for number in range(3):
                small.port.utter(bytes([number]) * 160)
                await asyncio.sleep(0.02)
            (feed,) = small.port._feeds
            assert feed.samples == b"".join(bytes([number]) * 160 for number in range(3))
            await caller.hang_up()
        assert small.voice.texts == []
        assert small.port.taps == {}

    run(scenario())


def test_an_echo_that_falls_behind_begins_anew() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Echo/></Response>"}) as small:
            caller = await small.call()
            await asyncio.sleep(0.1)
            for _ in range(30):
                small.port.utter(bytes(160))
            await asyncio.sleep(0.1)
            (feed,) = small.port._feeds
            assert feed.waiting_ms <= 220
            await caller.hang_up()

    run(scenario())
