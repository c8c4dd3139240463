"""Documents that run while another verb holds the call: what is heard, what ends them, what stops them."""

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable
from typing import ClassVar, TypeVar

import pytest

from offhook.phone.phone_call import PhoneCall
from offhook.twiml.verbs.pause import Pause
from offhook.verbs.catalogue import RUNNERS
from offhook.verbs.hold_music import is_playlist
from offhook.verbs.program import Program
from offhook.verbs.side_document import (
    ANNOUNCEMENT,
    ROUND_MIN_S,
    WAIT_IN_QUEUE,
    SideDocument,
    SideEnd,
    SideEnding,
)
from offhook.verbs.verb import Flow, GoTo, Needs, Next
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

T = TypeVar("T")

VOICE = "http://app.test/voice"
WAIT = "http://app.test/wait"
NEXT = "http://app.test/next"
SONG = "http://app.test/song.wav"

Act = Callable[[Program, SmallExchange, PhoneCall], Awaitable[T]]


class HoldsTheCall:
    """Stands for the verb that holds the call: `Pause`, while the test runs."""

    needs: ClassVar = Needs.MEDIA

    def __init__(self) -> None:
        self.program: asyncio.Queue[Program] = asyncio.Queue()

    async def run(self, verb: Pause, program: Program) -> Next:
        self.program.put_nowait(program)
        await asyncio.sleep(verb.length_s)
        return Flow.CONTINUE


@pytest.fixture
def on_hold(monkeypatch: pytest.MonkeyPatch) -> Callable[..., T]:
    """Runs an act on a call that a verb holds."""

    def start(act: Act[T], documents: dict[str, str | int]) -> T:
        holder = HoldsTheCall()

        async def scenario() -> T:
            shelf: dict[str, str | int] = {VOICE: "<Response><Pause length='9000'/></Response>", **documents}
            async with small_exchange(shelf) as small:
                with monkeypatch.context() as patched:
                    patched.setitem(RUNNERS, Pause, holder)
                    caller = await small.call()
                    program = await holder.program.get()
                outcome = await act(program, small, caller)
                await caller.hang_up()
                return outcome

        return run(scenario())

    return start


Held = Callable[[Act[T], dict[str, str | int]], T]


def document(*verbs: str) -> str:
    return f"<Response>{''.join(verbs)}</Response>"


def wav(seconds: float) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(round(seconds * 16_000)))
    return buffer.getvalue()


def ending(end: SideEnd) -> SideEnding:
    return end.ending


def once(
    on_hold: Held[SideEnd], documents: dict[str, str | int], allowed: frozenset[type] = WAIT_IN_QUEUE
) -> tuple[SideEnd, SmallExchange]:
    """Run the wait document once."""
    seen: list[SmallExchange] = []

    async def act(program: Program, small: SmallExchange, caller: PhoneCall) -> SideEnd:
        seen.append(small)
        return await SideDocument(program, allowed).run(GoTo(WAIT, "POST"))

    return on_hold(act, documents), seen[0]


def test_a_document_is_run_in_order_and_says_when_it_has_run_out(on_hold: Held[SideEnd]) -> None:
    end, small = once(on_hold, {WAIT: document("<Say>One.</Say>", "<Pause/>", "<Say>Two.</Say>")})
    assert end == SideEnd(SideEnding.RAN_OUT)
    assert small.voice.texts == ["One.", "Two."]
    assert [asked.url for asked in small.bookshelf.asked] == [VOICE, WAIT]


def test_a_redirect_leads_on(on_hold: Held[SideEnd]) -> None:
    shelf: dict[str, str | int] = {
        WAIT: document("<Redirect>/next</Redirect>", "<Say>Never.</Say>"),
        NEXT: document("<Say>Next.</Say>"),
    }
    end, small = once(on_hold, shelf, ANNOUNCEMENT)
    assert (ending(end), small.voice.texts) == (SideEnding.RAN_OUT, ["Next."])


def test_it_begins_again_for_ever_and_each_request_is_told_what_is_so_then(on_hold: Held[None]) -> None:
    async def act(program: Program, small: SmallExchange, caller: PhoneCall) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()

        def results() -> tuple[tuple[str, str], ...]:
            return (("QueueTime", str(round(loop.time() - began))),)

        waiting = asyncio.ensure_future(SideDocument(program).run(GoTo(WAIT, "GET"), results, repeats=True))
        await asyncio.sleep(35)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])
        told = [dict(asked.results)["QueueTime"] for asked in small.bookshelf.asked if asked.url == WAIT]
        assert told == ["0", "10", "20", "30"]
        assert {asked.method for asked in small.bookshelf.asked if asked.url == WAIT} == {"GET"}

    on_hold(act, {WAIT: document("<Pause length='10'/>")})


def test_one_that_has_nothing_to_hear_is_asked_for_once_a_second_at_most(on_hold: Held[None]) -> None:
    async def act(program: Program, small: SmallExchange, caller: PhoneCall) -> None:
        waiting = asyncio.ensure_future(SideDocument(program).run(GoTo(WAIT, "POST"), repeats=True))
        await asyncio.sleep(10 * ROUND_MIN_S + 0.5)
        assert [asked.url for asked in small.bookshelf.asked].count(WAIT) == 11
        waiting.cancel()
        await asyncio.wait([waiting])

    on_hold(act, {WAIT: document()})


def test_documents_that_lead_to_one_another_without_a_word_are_given_up(on_hold: Held[SideEnd]) -> None:
    end, small = once(on_hold, {WAIT: document("<Redirect/>")})
    assert ending(end) is SideEnding.FAILED
    assert end.error is not None
    assert end.error.code == 11215
    assert small.store.notifications.codes == [11215]
    assert len(small.bookshelf.asked) == 1 + 1001


def test_it_is_silent_as_soon_as_it_is_cancelled(on_hold: Held[None]) -> None:
    async def act(program: Program, small: SmallExchange, caller: PhoneCall) -> None:
        small.bookshelf.media[SONG] = wav(30)
        waiting = asyncio.ensure_future(SideDocument(program).run(GoTo(WAIT, "POST"), repeats=True))
        await asyncio.sleep(5)
        assert small.port.is_playing
        waiting.cancel()
        await asyncio.wait([waiting])
        assert not small.port.is_playing

    on_hold(act, {WAIT: document(f"<Play>{SONG}</Play>")})


def test_a_clip_plays_until_it_is_cancelled(on_hold: Held[None]) -> None:
    async def act(program: Program, small: SmallExchange, caller: PhoneCall) -> None:
        music = program.voice.hold_music()
        waiting = asyncio.ensure_future(SideDocument(program).run(music))
        await asyncio.sleep(600)
        assert small.port.played == [music]
        assert small.port.is_playing
        waiting.cancel()
        await asyncio.wait([waiting])
        assert not small.port.is_playing

    on_hold(act, {})


def test_twilios_playlists_are_played_from_here(on_hold: Held[None]) -> None:
    async def act(program: Program, small: SmallExchange, caller: PhoneCall) -> None:
        url = "http://twimlets.com/holdmusic?Bucket=com.twilio.music.ambient"
        waiting = asyncio.ensure_future(SideDocument(program).run(GoTo(url, "GET")))
        await asyncio.sleep(60)
        assert small.port.played == [program.voice.hold_music()]
        assert [asked.url for asked in small.bookshelf.asked] == [VOICE]
        waiting.cancel()
        await asyncio.wait([waiting])

    on_hold(act, {})


@pytest.mark.parametrize(
    ("verb", "told"),
    [("<Leave/>", SideEnding.LEFT), ("<Hangup/>", SideEnding.HUNG_UP)],
    ids=["Leave", "Hangup"],
)
def test_what_the_document_decides_is_told_to_the_verb(
    on_hold: Held[SideEnd], verb: str, told: SideEnding
) -> None:
    end, small = once(on_hold, {WAIT: document("<Say>Bye.</Say>", verb, "<Say>Never.</Say>")})
    assert (ending(end), small.voice.texts) == (told, ["Bye."])


def test_a_key_leads_to_the_action_of_a_gather_and_what_it_says_ends_the_wait(on_hold: Held[SideEnd]) -> None:
    async def act(program: Program, small: SmallExchange, caller: PhoneCall) -> SideEnd:
        side = SideDocument(program, WAIT_IN_QUEUE)
        waiting = asyncio.ensure_future(side.run(GoTo(WAIT, "POST"), lambda: (("QueuePosition", "1"),)))
        await asyncio.sleep(2)
        small.port.press("5")
        end = await waiting
        told = dict(small.bookshelf.asked[-1].results)
        assert (told["Digits"], told["QueuePosition"]) == ("5", "1")
        return end

    shelf: dict[str, str | int] = {
        WAIT: document("<Gather numDigits='1' action='/next'><Say>Press.</Say></Gather>"),
        NEXT: document("<Leave/>"),
    }
    assert ending(on_hold(act, shelf)) is SideEnding.LEFT


@pytest.mark.parametrize(
    ("verb", "allowed"),
    [
        ("<Dial>+15005550001</Dial>", WAIT_IN_QUEUE),
        ("<Record/>", WAIT_IN_QUEUE),
        ("<Reject/>", WAIT_IN_QUEUE),
        ("<Hangup/>", ANNOUNCEMENT),
        ("<Leave/>", ANNOUNCEMENT),
        ("<Gather/>", ANNOUNCEMENT),
    ],
)
def test_a_verb_that_may_not_stand_there_stops_it_and_is_noted(
    on_hold: Held[SideEnd], verb: str, allowed: frozenset[type]
) -> None:
    end, small = once(on_hold, {WAIT: document("<Say>One.</Say>", verb, "<Say>Never.</Say>")}, allowed)
    assert ending(end) is SideEnding.FORBIDDEN
    assert small.voice.texts == ["One."]
    assert small.store.notifications.codes == [13238]


@pytest.mark.parametrize(
    ("answer", "code"),
    [(11200, 11200), (11750, 11750), ("<Response>", 12100), ("<Hello/>", 12102)],
    ids=["not there", "64 kB and a byte", "no XML", "no Response"],
)
def test_a_document_that_cannot_be_run_is_told_to_the_verb_as_a_value(
    on_hold: Held[SideEnd], answer: str | int, code: int
) -> None:
    end, small = once(on_hold, {WAIT: answer})
    assert ending(end) is SideEnding.FAILED
    assert end.error is not None
    assert end.error.code == code
    assert small.store.notifications.codes == [code]


def test_a_sound_that_is_not_there_is_noted_and_what_follows_goes_on(on_hold: Held[SideEnd]) -> None:
    end, small = once(on_hold, {WAIT: document(f"<Play>{SONG}</Play>", "<Say>Still here.</Say>")})
    assert (ending(end), small.voice.texts) == (SideEnding.RAN_OUT, ["Still here."])
    assert small.store.notifications.codes == [11200]


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("http://twimlets.com/holdmusic?Bucket=com.twilio.music.rock", True),
        ("https://twimlets.com/holdmusic", True),
        ("http://www.twimlets.com/holdmusic/", True),
        ("http://twimlets.com/echo", False),
        ("http://app.test/holdmusic", False),
    ],
)
def test_the_playlists_are_known_by_their_address(url: str, is_one: bool) -> None:
    assert is_playlist(url) is is_one
