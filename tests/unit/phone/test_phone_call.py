"""The phone's call over real SIP on loopback, in virtual time: what may be asked of it, and when."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from offhook.phone.phone_call import CallEndedError, PhoneCall
from tests.support.small_exchange import small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"


async def record(call: PhoneCall, folder: Path) -> None:
    call.record(folder / "heard.wav")


async def press(call: PhoneCall, folder: Path) -> None:
    await call.press("1")


async def play(call: PhoneCall, folder: Path) -> None:
    await call.play(call._leg._media._engine.load_clip(bytes(320), 8000))


@pytest.mark.parametrize("act", [record, press, play])
def test_a_call_that_was_ended_as_it_was_answered_says_so(
    act: Callable[[PhoneCall, Path], Awaitable[None]], tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response/>"}) as small:
            call = await small.call()
            await call.ended()
            with pytest.raises(CallEndedError):
                await act(call, tmp_path)
            assert small.caller_media.ports[0].recordings == []

    run(scenario())
