"""One caller listened to in pieces: what is told of an utterance, when, and out of which audio."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from offhook.speech.ports import (
    FRAME_BYTES,
    HEARD_BEHIND_S,
    Heard,
    HearingEvent,
    Listening,
    RecognitionError,
    SpeechBegan,
    SpeechEnded,
)
from offhook.speech.recognition.frame import Piece, Words
from offhook.speech.recognition.hearing import (
    LEAD_MS,
    PIECE_MAX_MS,
    TRAIL_MS,
    PieceHearing,
    agreement,
)
from offhook.speech.recognition.news import EVENTS_MAX
from tests.support.virtual_time import run

VOICE, SILENCE = b"\x10" * FRAME_BYTES, b"\xff" * FRAME_BYTES


class SlowEngine:
    """Needs 100 ms for a piece; what it understands is how long the voice in it is."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.waiting = 0
        self.fails = 0

    async def recognise(self, piece: Piece) -> Words:
        self.pieces.append(piece)
        self.waiting += 1
        await asyncio.sleep(0.1)
        self.waiting -= 1
        if self.fails:
            self.fails -= 1
            raise RecognitionError("the engine is gone")
        voiced = piece.ulaw.count(VOICE[:1]) // FRAME_BYTES * 20
        return Words(f"{voiced}" if voiced else "", 0.8)


class Ear:
    """A hearing, fed in real time; keeps what it was told."""

    def __init__(self, engine: SlowEngine, options: Listening) -> None:
        self.closed: list[PieceHearing] = []
        self.hearing = PieceHearing(
            engine, options, (), self.closed.append, is_voice=lambda ulaw: ulaw == VOICE
        )
        self.told: list[HearingEvent | str] = []
        self._taking = asyncio.create_task(self._take())

    async def _take(self) -> None:
        while True:
            try:
                event = await self.hearing.next()
            except RecognitionError as error:
                self.told.append(str(error))
                continue
            if event is None:
                return
            self.told.append(event)

    async def hear(self, frame: bytes, ms: int) -> None:
        for _ in range(ms // 20):
            self.hearing.hear(frame)
            await asyncio.sleep(0.02)

    async def finish(self) -> None:
        self.hearing.finish()
        await self._taking

    @property
    def finals(self) -> list[Heard]:
        return [event for event in self.told if isinstance(event, Heard) and event.is_final]

    @property
    def partials(self) -> list[Heard]:
        return [event for event in self.told if isinstance(event, Heard) and not event.is_final]


def listened(
    script: Callable[[Ear], Awaitable[None]],
    options: Listening | None = None,
    engine: SlowEngine | None = None,
) -> tuple[Ear, SlowEngine]:
    """Run a script on an ear, then say that there is no more."""
    engine = engine or SlowEngine()

    async def scenario() -> Ear:
        ear = Ear(engine, options or Listening())
        await script(ear)
        await ear.finish()
        ear.hearing.close()
        assert ear.closed == [ear.hearing]
        return ear

    return run(scenario()), engine


def test_an_utterance_is_told_from_its_beginning_to_its_words() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(SILENCE, 1000)
        await ear.hear(VOICE, 600)
        assert ear.told == [SpeechBegan(1000)]
        await ear.hear(SILENCE, 1000)
        assert ear.told == [
            SpeechBegan(1000),
            SpeechEnded(1600),
            Heard("600", 0.8, True, None, 1000, 1600),
        ]

    listened(script)


def test_a_pause_is_used_to_recognise_so_that_the_words_are_there_when_the_utterance_ends() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 600)
        await ear.hear(SILENCE, 700)
        await asyncio.sleep(0)
        assert [final.text for final in ear.finals] == ["600"], "without waiting for the engine"

    _, engine = listened(script)
    assert len(engine.pieces) == 1


def test_the_audio_has_a_lead_and_a_trail_and_no_other_silence() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(SILENCE, 5000)
        ear.hearing._engine.waiting = 1  # type: ignore[misc]
        await ear.hear(VOICE, 400)
        await ear.hear(SILENCE, 5000)

    _, engine = listened(script)
    (piece,) = engine.pieces
    assert len(piece.ulaw) == (LEAD_MS + 400 + TRAIL_MS) * 8
    assert piece.ulaw.startswith(SILENCE * (LEAD_MS // 20) + VOICE)
    assert piece.ulaw.endswith(VOICE + SILENCE * (TRAIL_MS // 20))


def test_a_longer_end_silence_makes_one_utterance_of_several_pieces() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 600)
        await ear.hear(SILENCE, 1500)
        await ear.hear(VOICE, 800)
        await ear.hear(SILENCE, 1900)
        assert ear.finals == []
        await ear.hear(SILENCE, 200)

    ear, engine = listened(script, Listening(end_silence_ms=2000))
    assert [final.text for final in ear.finals] == ["600 800"]
    assert [len(piece.ulaw) <= (LEAD_MS + 800 + TRAIL_MS) * 8 for piece in engine.pieces] == [True, True]


def test_a_long_speech_is_cut_where_it_pauses() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 12_000)
        await ear.hear(SILENCE, 200)
        await ear.hear(VOICE, 4_000)
        await ear.hear(SILENCE, 1000)

    ear, engine = listened(script)
    assert [final.text for final in ear.finals] == ["12000 4000"]
    assert all(len(piece.ulaw) <= PIECE_MAX_MS * 8 for piece in engine.pieces)


def test_ten_minutes_without_a_pause_are_understood_whole() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 600_000)
        await ear.hear(SILENCE, 1000)

    ear, engine = listened(script)
    (final,) = ear.finals
    assert sum(map(int, final.text.split())) == 600_000
    assert all(len(piece.ulaw) <= PIECE_MAX_MS * 8 for piece in engine.pieces)


def test_partial_results_grow_and_say_how_stable_they_are() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 2000)
        await ear.hear(SILENCE, 1000)

    ear, _ = listened(script, Listening(wants_partials=True))
    lengths = [int(partial.text) for partial in ear.partials]
    assert lengths == sorted(lengths)
    assert 2 <= len(lengths) <= 5
    assert [partial.stability for partial in ear.partials[:-1]] == [0.0] * (len(lengths) - 1)
    assert ear.told.index(ear.partials[-1]) < ear.told.index(ear.finals[0])


@pytest.mark.parametrize(("waiting", "partials"), [(0, 13), (1, 3), (4, 3), (5, 0)])
def test_partial_results_are_rarer_while_others_wait_for_the_engine(waiting: int, partials: int) -> None:
    engine = SlowEngine()

    async def script(ear: Ear) -> None:
        engine.waiting = waiting
        await ear.hear(VOICE, 6500)
        await ear.hear(SILENCE, 1000)

    ear, _ = listened(script, Listening(wants_partials=True), engine)
    assert abs(len(ear.partials) - partials) <= 1 - (not partials)


def test_nothing_is_recognised_beforehand_while_others_wait_for_the_engine() -> None:
    engine = SlowEngine()

    async def script(ear: Ear) -> None:
        engine.waiting = 1
        await ear.hear(VOICE, 2000)
        await ear.hear(SILENCE, 690)
        assert engine.pieces == []
        await ear.hear(SILENCE, 200)

    listened(script, None, engine)
    assert len(engine.pieces) == 1


def test_sound_without_words_has_an_empty_final() -> None:
    class NoWords(SlowEngine):
        async def recognise(self, piece: Piece) -> Words:
            self.pieces.append(piece)
            return Words("", 0.0)

    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 300)
        await ear.hear(SILENCE, 1000)

    ear, _ = listened(script, Listening(wants_partials=True), NoWords())
    assert [(final.text, final.confidence) for final in ear.finals] == [("", 0.0)]
    assert ear.partials == []


def test_an_utterance_that_is_lost_is_told_and_the_next_one_is_heard() -> None:
    engine = SlowEngine()
    engine.fails = 2  # the draft, then the piece itself

    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 600)
        await ear.hear(SILENCE, 1000)
        await ear.hear(VOICE, 400)
        await ear.hear(SILENCE, 1000)

    ear, _ = listened(script, None, engine)
    assert [event if isinstance(event, str) else type(event).__name__ for event in ear.told] == [
        "SpeechBegan",
        "SpeechEnded",
        "the engine is gone",
        "SpeechBegan",
        "SpeechEnded",
        "Heard",
    ]


def test_finish_ends_the_utterance_under_way() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 500)

    ear, _ = listened(script)
    assert ear.told == [SpeechBegan(0), SpeechEnded(500), Heard("500", 0.8, True, None, 0, 500)]
    ear.hearing.hear(VOICE)  # and what comes after is dropped


def test_silence_is_nothing() -> None:
    async def script(ear: Ear) -> None:
        await ear.hear(SILENCE, 60_000)

    ear, engine = listened(script)
    assert (ear.told, engine.pieces) == ([], [])


def test_what_waits_to_be_recognised_is_bounded() -> None:
    async def script(ear: Ear) -> None:
        for _ in range((HEARD_BEHIND_S + 30) * 50):  # faster than real time
            ear.hearing.hear(VOICE)
        for _ in range(100):
            ear.hearing.hear(SILENCE)

    ear, engine = listened(script)
    assert ear.told[-1] == f"{HEARD_BEHIND_S} s of speech wait to be recognised already"
    assert sum(len(piece.ulaw) for piece in engine.pieces) <= HEARD_BEHIND_S * 8000


def test_a_hearing_that_nobody_takes_from_is_closed() -> None:
    async def scenario() -> None:
        closed: list[PieceHearing] = []
        hearing = PieceHearing(
            SlowEngine(), Listening(end_silence_ms=200), (), closed.append, lambda ulaw: ulaw == VOICE
        )
        for _ in range(EVENTS_MAX):
            for frame in [VOICE] * 4 + [SILENCE] * 20:
                hearing.hear(frame)
        assert closed == [hearing]
        assert await hearing.next() is None

    run(scenario())


def test_a_frame_of_another_length_is_refused() -> None:
    async def script(ear: Ear) -> None:
        with pytest.raises(ValueError, match="a frame of 80 bytes"):
            ear.hearing.hear(VOICE[:80])

    listened(script)


@pytest.mark.parametrize(
    ("filters", "shown"), [(True, "this s*** is f****** broken"), (False, "this shit is fucking broken")]
)
def test_swear_words_are_masked_unless_they_are_wanted(filters: bool, shown: str) -> None:
    class Angry(SlowEngine):
        async def recognise(self, piece: Piece) -> Words:
            return Words("this shit is fucking broken", 0.9)

    async def script(ear: Ear) -> None:
        await ear.hear(VOICE, 1200)
        await ear.hear(SILENCE, 1000)

    ear, _ = listened(script, Listening(profanity_filter=filters, wants_partials=True), Angry())
    assert {event.text for event in (*ear.partials, *ear.finals)} == {shown}


@pytest.mark.parametrize(
    ("before", "now", "stability"),
    [
        ("", "I would", 0.0),
        ("I would", "I would like", 0.667),
        ("I would.", "i would, like to", 0.5),
        ("a b", "a b", 1.0),
        ("a", "b", 0.0),
        ("a", "", 0.0),
    ],
)
def test_stability_is_how_much_of_a_result_was_there_before(before: str, now: str, stability: float) -> None:
    assert agreement(before, now) == stability
