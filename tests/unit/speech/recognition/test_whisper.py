"""The supervisor of the recogniser: order, bounds, and every way in which a child can fail."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from offhook.speech.ports import Listening, RecognitionError
from offhook.speech.recognition.frame import Piece
from offhook.speech.recognition.settings import Settings
from offhook.speech.recognition.whisper import WhisperRecognizer

ENGINE = Path(__file__).parents[3] / "support" / "recognition_engine.py"


def drive(
    script: Callable[[WhisperRecognizer], Awaitable[None]],
    start: str = "well",
    *,
    model: Path | None = None,
    timeout_s: float = 10.0,
    start_timeout_s: float = 10.0,
    queue_size: int = 32,
) -> None:
    """Run a script on a recogniser whose child is the engine in tests/support, and close it."""

    async def run() -> None:
        command = (sys.executable, str(ENGINE), start)
        recognizer = WhisperRecognizer(Settings(model, command, timeout_s, start_timeout_s, queue_size))
        try:
            await script(recognizer)
        finally:
            await recognizer.close()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


def piece(*hints: str) -> Piece:
    return Piece(b"\xff" * 320, hints=hints)


async def pid_and_served(recognizer: WhisperRecognizer) -> tuple[int, int]:
    pid, served = (await recognizer.recognise(piece("served"))).text.split()
    return int(pid), int(served)


async def warmed_up(recognizer: WhisperRecognizer) -> None:
    """Ask until the engine has started, however long that takes on a busy machine."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(RecognitionError):
                await pid_and_served(recognizer)
                return


def test_a_piece_is_recognised_in_its_language() -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        words = await recognizer.recognise(Piece(b"\xff" * 320, "en-GB"))
        assert (words.text, words.confidence) == ("en-GB 320 bytes", 0.75)

    drive(script)


def test_one_child_serves_all_callers_one_after_the_other() -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        answers = await asyncio.gather(*(pid_and_served(recognizer) for _ in range(5)))
        assert len({pid for pid, _ in answers}) == 1
        assert [served for _, served in answers] == [0, 1, 2, 3, 4]

    drive(script)


def test_a_child_that_crashes_is_replaced_and_asked_again_so_that_no_caller_notices(tmp_path: Path) -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        before, _ = await pid_and_served(recognizer)
        words = await recognizer.recognise(piece(f"crash once {tmp_path / 'crashed'}"))
        assert words.text == "here again"
        after, _ = await pid_and_served(recognizer)
        assert after != before

    drive(script)


@pytest.mark.parametrize("fault", ["crash", "babble", "hang"])
def test_a_piece_that_no_engine_survives_fails_alone(fault: str) -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        with pytest.raises(RecognitionError, match=r"the recogniser was lost|not recognised within"):
            await recognizer.recognise(piece(fault))
        assert (await pid_and_served(recognizer))[1] == 0, "a fresh child answers the next caller"

    drive(script, timeout_s=0.5)


@pytest.mark.parametrize("start", ["garbled", "ended", "hasty"])
def test_an_engine_that_does_not_start_is_told_to_who_listens(start: str) -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        with pytest.raises(RecognitionError, match="did not start"):
            await recognizer.recognise(piece())

    drive(script, start)


def test_an_engine_that_never_gets_ready_is_given_up() -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        with pytest.raises(RecognitionError, match=r"did not start: it needed too long"):
            await recognizer.recognise(piece())

    drive(script, "silent", start_timeout_s=0.2)


def test_a_program_that_is_not_there_is_told() -> None:
    async def run() -> None:
        recognizer = WhisperRecognizer(Settings(command=("/nonexistent/engine",)))
        try:
            with pytest.raises(RecognitionError, match="cannot be started"):
                await recognizer.recognise(piece())
        finally:
            await recognizer.close()

    asyncio.run(run())


def test_the_queue_is_bounded_and_the_next_caller_is_told_at_once() -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        await pid_and_served(recognizer)
        waiting = [asyncio.create_task(recognizer.recognise(piece("slow")))]
        await asyncio.sleep(0.1)  # it is with the engine; two may wait
        waiting += [asyncio.create_task(recognizer.recognise(piece("slow"))) for _ in range(2)]
        await asyncio.sleep(0)
        assert recognizer.waiting == 3
        with pytest.raises(RecognitionError, match="2 callers wait for the recogniser already"):
            await recognizer.recognise(piece())
        assert [words.text for words in await asyncio.gather(*waiting)] == ["slow"] * 3
        await asyncio.sleep(0)
        assert recognizer.waiting == 0

    drive(script, queue_size=2)


def test_a_piece_that_waits_too_long_is_lost_and_not_asked_any_more() -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        await warmed_up(recognizer)
        slow = asyncio.create_task(recognizer.recognise(piece("slow")))
        with pytest.raises(RecognitionError, match=r"not recognised within 0\.2 s"):
            await recognizer.recognise(piece("slow"))
        with pytest.raises(RecognitionError, match=r"not recognised within 0\.2 s"):
            await slow

    drive(script, timeout_s=0.2)


def test_who_closes_leaves_nobody_waiting() -> None:
    async def run() -> None:
        recognizer = WhisperRecognizer(Settings(command=(sys.executable, str(ENGINE), "well")))
        waiting = [asyncio.create_task(recognizer.recognise(piece("hang"))) for _ in range(2)]
        hearing = await recognizer.listen(Listening())
        await asyncio.sleep(0.3)
        await recognizer.close()
        await recognizer.close()
        for each in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(each, RecognitionError)
            assert str(each) == "the recogniser was closed"
        assert await hearing.next() is None
        for refused in (recognizer.listen(Listening()), recognizer.recognise(piece())):
            with pytest.raises(RecognitionError, match="is closed"):
                await refused

    asyncio.run(run())


@pytest.mark.parametrize(("language", "remarks"), [("en-GB", 0), ("EN", 0), ("es-ES", 1), ("de", 1)])
def test_a_language_that_the_model_does_not_know_is_remarked(language: str, remarks: int) -> None:
    async def script(recognizer: WhisperRecognizer) -> None:
        hearing = await recognizer.listen(Listening(language))
        assert len(hearing.remarks) == remarks
        assert all(language in remark for remark in hearing.remarks)
        hearing.close()

    drive(script)
