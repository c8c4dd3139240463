"""The supervisor of the engine: order, bounds, and every way in which a child can fail."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from math import inf, nan
from pathlib import Path

import pytest

from offhook.base.errors import UsageError
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.ports import SpeechError, SpeechSynthesizer, SpokenAudio, Utterance
from offhook.speech.settings import Settings

ENGINE = Path(__file__).parents[2] / "support" / "speech_engine.py"


def drive(
    script: Callable[[HibariSynthesizer], Awaitable[None]],
    start: str = "well",
    *,
    timeout_s: float = 10.0,
    start_timeout_s: float = 10.0,
    queue_size: int = 32,
) -> None:
    """Run a script on a synthesizer whose child is the engine in tests/support, and close it."""

    async def run() -> None:
        command = (sys.executable, str(ENGINE), start)
        synthesizer = HibariSynthesizer(Settings(command, timeout_s, start_timeout_s, queue_size))
        try:
            await script(synthesizer)
        finally:
            await synthesizer.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


async def say(synthesizer: SpeechSynthesizer, text: str) -> str:
    return (await synthesizer.synthesize(Utterance(text))).samples.decode()


async def pid_and_served(synthesizer: SpeechSynthesizer) -> tuple[int, int]:
    pid, served = (await say(synthesizer, "served")).split()
    return int(pid), int(served)


def test_a_text_is_spoken_at_the_rate_of_the_engine() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        assert await synthesizer.synthesize(Utterance("hello")) == SpokenAudio(b"hello", 8_000)

    drive(script)


def test_the_engine_is_told_how_a_text_is_to_be_spoken() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        utterance = Utterance("manner", rate=0.8, gain_db=-inf, trims_start=True)

        spoken = await synthesizer.synthesize(utterance)

        assert spoken.samples.decode() == repr(utterance)

    drive(script)


@pytest.mark.parametrize("rate", [0.0, 0.19, 2.01, nan])
def test_a_rate_that_nothing_is_spoken_at_never_reaches_the_engine(rate: float) -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        with pytest.raises(UsageError, match="rate"):
            await synthesizer.synthesize(Utterance("hello", rate=rate))

    drive(script)


def test_texts_are_spoken_by_one_child_in_the_order_in_which_they_came() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        answers = await asyncio.gather(*(pid_and_served(synthesizer) for _ in range(10)))

        assert [served for _, served in answers] == list(range(10))
        assert len({pid for pid, _ in answers}) == 1

    drive(script)


def test_start_warms_the_child_up() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        await synthesizer.start()

        assert (await pid_and_served(synthesizer))[1] == 1

    drive(script)


@pytest.mark.parametrize(
    ("text", "message"), [("crash", "its process ended"), ("babble", "a frame of"), ("refuse", "because")]
)
def test_a_failure_is_reported_to_its_own_request_and_the_next_one_is_spoken(text: str, message: str) -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        failed, spoken = await asyncio.gather(
            say(synthesizer, text), say(synthesizer, "hello"), return_exceptions=True
        )

        assert isinstance(failed, SpeechError)
        assert message in str(failed)
        assert spoken == "hello"

    drive(script)


def test_a_refused_text_leaves_the_child_alive_and_a_crash_replaces_it() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        first, _ = await pid_and_served(synthesizer)
        with pytest.raises(SpeechError):
            await say(synthesizer, "refuse")
        same, served = await pid_and_served(synthesizer)
        assert (same, served) == (first, 2)
        with pytest.raises(SpeechError):
            await say(synthesizer, "crash")

        other, served = await pid_and_served(synthesizer)

        assert other != first
        assert served == 0

    drive(script)


def test_a_text_is_spoken_all_the_same_where_its_child_is_killed() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        first, _ = await pid_and_served(synthesizer)
        os.kill(first, signal.SIGKILL)

        assert (await pid_and_served(synthesizer))[0] != first

    drive(script)


def test_a_child_that_hangs_is_replaced_after_the_timeout() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        await synthesizer.start()
        first, _ = await pid_and_served(synthesizer)
        with pytest.raises(SpeechError, match="within 1 s"):
            await say(synthesizer, "hang")

        await synthesizer.start()
        assert (await pid_and_served(synthesizer))[0] != first
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)

    drive(script, timeout_s=1.0)


def test_a_full_queue_refuses_at_once() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        answers = await asyncio.gather(
            *(say(synthesizer, f"text {i}") for i in range(5)), return_exceptions=True
        )

        assert answers[:3] == ["text 0", "text 1", "text 2"]
        assert all(
            isinstance(answer, SpeechError) and "3 texts wait" in str(answer) for answer in answers[3:]
        )

    drive(script, queue_size=3)


def test_a_text_is_at_most_4096_characters() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        assert await say(synthesizer, "é" * 4_096) == "é" * 4_096
        with pytest.raises(SpeechError, match="4097"):
            await say(synthesizer, "é" * 4_097)

    drive(script)


def test_a_caller_that_hangs_up_does_not_disturb_the_next_one() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        await synthesizer.start()
        running = asyncio.create_task(say(synthesizer, "first"))
        waiting = asyncio.create_task(say(synthesizer, "second"))
        last = asyncio.create_task(say(synthesizer, "served"))
        await asyncio.sleep(0)
        running.cancel()
        waiting.cancel()

        # start, perhaps "first", never "second"
        assert (await last).split()[1] in ("1", "2")
        assert running.cancelled()
        assert waiting.cancelled()

    drive(script)


@pytest.mark.parametrize(
    ("start", "message"),
    [("ended", "its process ended"), ("garbled", "a frame of"), ("silent", "it needed too long")],
)
def test_a_child_that_does_not_start_fails_its_request(start: str, message: str) -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        with pytest.raises(SpeechError, match=message):
            await say(synthesizer, "hello")

    drive(script, start, start_timeout_s=0.5 if start == "silent" else 10.0)


def test_a_program_that_does_not_exist_fails_its_request() -> None:
    async def run() -> None:
        synthesizer = HibariSynthesizer(Settings(("/nonexistent/engine",)))
        with pytest.raises(SpeechError, match="cannot be started"):
            await synthesizer.start()
        await synthesizer.close()

    asyncio.run(run())


def test_close_fails_what_still_waits_and_ends_the_child() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        pid, _ = await pid_and_served(synthesizer)
        answers = [asyncio.create_task(say(synthesizer, text)) for text in ("hang", "hello")]
        await asyncio.sleep(0)

        await synthesizer.close()

        results = await asyncio.gather(*answers, return_exceptions=True)
        assert all(isinstance(result, SpeechError) for result in results)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        with pytest.raises(UsageError):
            await say(synthesizer, "hello")

    drive(script)


def test_close_without_a_request_and_twice_is_fine() -> None:
    async def script(synthesizer: HibariSynthesizer) -> None:
        await synthesizer.close()

    drive(script)


def test_the_child_inherits_no_socket_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_AUTH_TOKEN", "secret")

    async def script(synthesizer: HibariSynthesizer) -> None:
        assert "OFFHOOK_AUTH_TOKEN" not in await say(synthesizer, "environment")
        assert f"socket:[{os.fstat(listener.fileno()).st_ino}]" not in await say(synthesizer, "descriptors")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        drive(script)
