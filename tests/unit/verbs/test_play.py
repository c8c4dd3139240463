"""`<Play>` on live calls in virtual time: what is fetched, played, kept, and what fails."""

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import pytest

from tests.support.silent_media import SilentClip
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
FILE = "http://app.test/hello.wav"


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(int(16_000 * seconds)))
    return file.getvalue()


async def nothing(small: SmallExchange) -> None:
    """The caller listens."""


def on_call(
    verbs: str,
    media: dict[str, bytes | int] | None = None,
    act: Callable[[SmallExchange], Awaitable[None]] = nothing,
    calls: int = 1,
    shelf: Mapping[str, object] = MappingProxyType({}),
) -> SmallExchange:
    async def scenario() -> SmallExchange:
        async with small_exchange({VOICE: f"<Response>{verbs}</Response>"}) as small:
            small.bookshelf.media = media if media is not None else {FILE: wav(2)}
            for name, value in shelf.items():
                setattr(small.bookshelf, name, value)
            for _ in range(calls):
                call = await small.call()
                await act(small)
                await call.ended()
        return small

    return run(scenario())


def test_a_file_named_relative_to_the_document_is_played_to_its_end() -> None:
    small = on_call("<Play>hello.wav</Play><Say>Bye.</Say>")
    assert [asked.url for asked in small.bookshelf.asked_for_media] == [FILE]
    (played, _) = small.port.played
    assert isinstance(played, SilentClip)
    assert len(played.samples) == 32_000
    assert small.store.calls.last.duration_s == 2
    assert small.store.notifications.codes == []


def test_loops_are_played_and_the_file_is_fetched_once() -> None:
    small = on_call("<Play loop='3'>hello.wav</Play>")
    assert len(small.bookshelf.asked_for_media) == 1
    assert small.store.calls.last.duration_s == 6


def test_loop_0_plays_until_the_caller_has_had_enough() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(99)
        await small.calls[0].hang_up()

    small = on_call("<Play loop='0'>hello.wav</Play><Say>Never.</Say>", act=act)
    assert small.store.calls.last.duration_s == 99
    assert small.voice.texts == []


@pytest.mark.parametrize(
    ("shelf", "asked"),
    [
        ({"fresh_s": 3600.0}, [""]),
        ({"fresh_s": 0.0, "etag": '"1"'}, ["", '"1"']),
        ({"fresh_s": 1.0, "etag": '"1"'}, ["", '"1"']),
        ({"fresh_s": 0.0}, ["", ""]),
        ({"fresh_s": None, "etag": '"1"'}, ["", ""]),
    ],
    ids=["fresh", "unchanged", "stale", "unknown", "not to be kept"],
)
def test_a_second_call_asks_again_only_as_far_as_the_answer_wants(
    shelf: dict[str, object], asked: list[str]
) -> None:
    small = on_call("<Play>hello.wav</Play>", calls=2, shelf=shelf)
    assert [each.known.etag for each in small.bookshelf.asked_for_media] == asked
    assert [len(port.played) for port in small.media.ports] == [1, 1]


def test_calls_at_one_time_share_one_fetch() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Play>hello.wav</Play></Response>"}) as small:
            small.bookshelf.media = {FILE: wav(1)}
            small.bookshelf.fresh_s = 60.0
            small.bookshelf.delay_s = 5.0
            calls = [await small.dial() for _ in range(4)]
            for call in calls:
                await call.ended()
            assert len(small.bookshelf.asked_for_media) == 1
            assert [len(port.played) for port in small.media.ports] == [1] * 4

    run(scenario())


def test_keys_are_sent_with_their_waits() -> None:
    small = on_call("<Play digits='12w#'/>")
    assert small.bookshelf.asked_for_media == []
    assert small.store.calls.last.duration_s == 1


def test_a_key_silences_a_file_inside_gather() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(1)
        small.port.press("5")

    verbs = "<Gather numDigits='1' action='/keys'><Play>hello.wav</Play></Gather>"
    small = on_call(verbs, media={FILE: wav(60)}, act=act)
    assert dict(small.bookshelf.asked[1].results)["Digits"] == "5"
    assert small.store.notifications.codes[0] == 11200, "nothing is at /keys"


@pytest.mark.parametrize(
    ("verbs", "media", "code"),
    [
        ("<Play>hello.wav</Play>", {}, 11200),
        ("<Play>hello.wav</Play>", {FILE: 11210}, 11210),
        ("<Play>hello.wav</Play>", {FILE: b"<html>"}, 13420),
        ("<Gather><Play>hello.wav</Play></Gather>", {FILE: b"<html>"}, 13325),
        ("<Play/>", {}, 11100),
    ],
)
def test_what_cannot_be_played_ends_the_document_with_its_code(
    verbs: str, media: dict[str, bytes | int], code: int
) -> None:
    small = on_call(f"{verbs}<Say>Never.</Say>", media)
    assert small.store.notifications.codes[-1] == code
    assert "Never." not in small.voice.texts
    assert small.voice.texts, "the caller hears the error sentence"
