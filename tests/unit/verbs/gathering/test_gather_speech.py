"""`<Gather input="speech">` in virtual time: what is listened to, who wins, what the action is told."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from offhook.model.recording import RecordingTrack
from offhook.speech.ports import Listening, RecognitionError
from offhook.webhook.ports import EventNews
from tests.support.scripted_recognizer import ScriptedHearing
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
SAID = "http://app.test/said"
NEWS = "http://app.test/partial"
PROMPT = "x" * 40  # two seconds in the spelling voice
DONE = {SAID: "<Response><Say>Got it.</Say></Response>"}
DEAF = "speech recognition is off"

Act = Callable[[SmallExchange], Awaitable[None]]


def gather(attributes: str = 'input="speech"', after: str = "<Say>Nothing.</Say>") -> dict[str, str]:
    document = f"<Response><Gather action='/said' {attributes}><Say>{PROMPT}</Say></Gather>{after}</Response>"
    return {VOICE: document, **DONE}


def on_call(documents: dict[str, str], act: Act, *, why_deaf: str = "") -> SmallExchange:
    """Run a call over the documents; `act` is what the caller does once answered."""

    async def scenario() -> SmallExchange:
        async with small_exchange(documents) as small:
            small.recognizer.why_deaf = why_deaf
            call = await small.call()
            await asyncio.sleep(0.01)
            await act(small)
            await call.ended()
        return small

    small = run(scenario())
    assert all(hearing.is_closed for hearing in small.recognizer.hearings)
    return small


def hearing(small: SmallExchange) -> ScriptedHearing:
    (only,) = small.recognizer.hearings
    return only


def asked(small: SmallExchange) -> list[tuple[str, dict[str, str]]]:
    return [(each.url, dict(each.results)) for each in small.bookshelf.asked[1:]]


def test_what_was_said_goes_to_the_action() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(3)
        hearing(small).say("two pieces of cake", 0.87654)

    small = on_call(gather(), act)
    assert asked(small) == [(SAID, {"SpeechResult": "two pieces of cake", "Confidence": "0.8765"})]


def test_a_confidence_that_the_engine_does_not_say_is_left_out() -> None:
    async def act(small: SmallExchange) -> None:
        hearing(small).say("yes", None)

    assert asked(on_call(gather(), act)) == [(SAID, {"SpeechResult": "yes"})]


def test_the_caller_is_listened_to_during_the_prompt_which_speech_silences() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(1)
        small.port.utter(b"\x10" * 160)
        await asyncio.sleep(0.01)
        assert hearing(small).frames == 1
        hearing(small).begin()
        await asyncio.sleep(0.01)
        assert not small.port.is_playing
        hearing(small).end("agent")

    small = on_call(gather(), act)
    assert asked(small)[0][1]["SpeechResult"] == "agent"
    assert small.store.calls.last.duration_s == 1


def test_only_what_the_caller_says_is_listened_to() -> None:
    async def act(small: SmallExchange) -> None:
        small.port.utter(b"\x10" * 160, RecordingTrack.OUTBOUND)
        await asyncio.sleep(0.01)
        assert hearing(small).frames == 0
        hearing(small).say("yes")

    on_call(gather(), act)


def test_without_barge_in_the_prompt_is_heard_to_its_end_and_then_the_caller() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(1.9)
        assert small.recognizer.hearings == []
        await asyncio.sleep(0.2)
        hearing(small).say("after the tone")

    small = on_call(gather('input="speech" bargeIn="false"'), act)
    assert asked(small)[0][1]["SpeechResult"] == "after the tone"


@pytest.mark.parametrize(
    ("attributes", "options"),
    [
        ("", Listening(end_silence_ms=5000)),
        (
            'speechTimeout="auto" hints="sales, support" language="en-GB" profanityFilter="false"',
            Listening("en-GB", ("sales", "support"), False, None, False),
        ),
        (
            'speechTimeout="3" speechModel="deepgram_nova-3" partialResultCallback="/partial"',
            Listening(wants_partials=True, end_silence_ms=3000, model="deepgram_nova-3"),
        ),
    ],
)
def test_the_attributes_are_what_the_recogniser_is_asked_for(attributes: str, options: Listening) -> None:
    async def act(small: SmallExchange) -> None:
        assert hearing(small).options == options
        hearing(small).say("yes")

    on_call(gather(f'input="speech" {attributes}'), act)


async def nothing(small: SmallExchange) -> None:
    """The caller listens."""


def test_nothing_said_within_the_timeout_falls_through() -> None:
    small = on_call(gather('input="speech" timeout="3"'), nothing)
    assert asked(small) == []
    assert small.voice.texts == [PROMPT, "Nothing."]
    assert small.store.calls.last.duration_s == 2 + 3


def test_nothing_said_goes_to_the_action_when_asked_to() -> None:
    small = on_call(gather('input="speech" timeout="1" actionOnEmptyResult="true"'), nothing)
    assert asked(small) == [(SAID, {"Digits": "", "FinishedOnKey": ""})]


def test_who_speaks_is_not_cut_off_by_the_timeout() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(4)
        hearing(small).begin()
        await asyncio.sleep(20)
        hearing(small).end("a long story")

    assert asked(on_call(gather('input="speech" timeout="3"'), act))[0][1]["SpeechResult"] == "a long story"


def test_speech_ends_at_max_speech_time_and_what_was_said_counts() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(3)
        hearing(small).begin()
        await asyncio.sleep(9.9)
        assert not hearing(small).is_finished
        hearing(small).last_words = "a very long story"
        await asyncio.sleep(0.2)
        assert hearing(small).is_finished

    small = on_call(gather('input="speech" maxSpeechTime="10"'), act)
    assert asked(small)[0][1]["SpeechResult"] == "a very long story"


def test_keys_are_left_alone_where_only_speech_is_wanted() -> None:
    async def act(small: SmallExchange) -> None:
        small.port.press("1")
        await asyncio.sleep(1)
        assert small.port.is_playing
        hearing(small).say("yes")

    assert asked(on_call(gather(), act)) == [(SAID, {"SpeechResult": "yes", "Confidence": "0.9"})]


def test_with_both_the_first_key_wins() -> None:
    async def act(small: SmallExchange) -> None:
        small.port.press("4")
        await asyncio.sleep(0.1)
        assert hearing(small).is_closed
        await asyncio.sleep(1)
        small.port.press("2#")

    small = on_call(gather('input="dtmf speech"'), act)
    assert asked(small) == [(SAID, {"Digits": "42", "FinishedOnKey": "#"})]


def test_with_both_the_first_word_wins_and_the_finish_key_is_ignored() -> None:
    async def act(small: SmallExchange) -> None:
        hearing(small).begin()
        await asyncio.sleep(1)
        small.port.press("#")
        await asyncio.sleep(1)
        hearing(small).end("operator")

    small = on_call(gather('input="speech dtmf"'), act)
    assert asked(small) == [(SAID, {"SpeechResult": "operator", "Confidence": "0.9"})]


def test_partial_results_are_told_in_order_and_never_waited_for() -> None:
    async def act(small: SmallExchange) -> None:
        small.bookshelf.delay_s = 0.3
        hearing(small).begin()
        hearing(small).partial("I would", 0.0)
        hearing(small).partial("I would, like two", 0.5)
        await asyncio.sleep(0.1)
        small.bookshelf.delay_s = 1.0
        hearing(small).end("I would like to go.")

    small = on_call(gather('input="speech" partialResultCallback="/partial"'), act)
    news = [each for each in small.bookshelf.delivered if isinstance(each, EventNews)]
    assert {(each.url, each.method) for each in news} == {(NEWS, "POST")}
    assert [dict(each.parameters) for each in news] == [
        {
            "UnstableSpeechResult": "I would",
            "StableSpeechResult": "",
            "Stability": "0",
            "SequenceNumber": "0",
        },
        {
            "UnstableSpeechResult": "I would, like two",
            "StableSpeechResult": "I would,",
            "Stability": "0.5",
            "SequenceNumber": "1",
        },
    ]
    assert all(each.call is not None and each.call.sid == small.store.calls.last.sid for each in news)
    assert asked(small)[0][1]["SpeechResult"] == "I would like to go."


def test_13340_without_a_recogniser_nobody_is_heard_to_say_anything() -> None:
    small = on_call(gather('input="speech" timeout="2"'), nothing, why_deaf=DEAF)
    assert small.store.notifications.codes == [13340]
    assert DEAF in small.store.notifications.history[-1].message_text
    assert small.voice.texts == [PROMPT, "Nothing."]


def test_13340_without_a_recogniser_keys_are_gathered() -> None:
    async def act(small: SmallExchange) -> None:
        small.port.press("7#")

    small = on_call(gather('input="dtmf speech"'), act, why_deaf=DEAF)
    assert asked(small) == [(SAID, {"Digits": "7", "FinishedOnKey": "#"})]


def test_13340_an_utterance_that_is_lost_is_noted_and_the_caller_may_say_it_again() -> None:
    async def act(small: SmallExchange) -> None:
        hearing(small).begin()
        hearing(small).tell(RecognitionError("the engine is gone"))
        await asyncio.sleep(3)
        hearing(small).say("once more")

    small = on_call(gather(), act)
    assert small.store.notifications.codes == [13340]
    assert asked(small)[0][1]["SpeechResult"] == "once more"


def test_13331_a_language_that_the_recogniser_does_not_know_is_noted() -> None:
    async def act(small: SmallExchange) -> None:
        hearing(small).say("yes")

    async def scenario() -> SmallExchange:
        async with small_exchange(gather('input="speech" language="es-ES"')) as small:
            small.recognizer.remarks = ("Spanish is heard as English",)
            call = await small.call()
            await asyncio.sleep(0.01)
            await act(small)
            await call.ended()
        return small

    small = run(scenario())
    assert small.store.notifications.codes == [13331]
    assert "Spanish is heard as English" in small.store.notifications.history[-1].message_text


def test_a_caller_who_hangs_up_while_speaking_is_let_go() -> None:
    async def scenario() -> SmallExchange:
        async with small_exchange(gather()) as small:
            call = await small.call()
            await asyncio.sleep(0.01)
            hearing(small).begin()
            await asyncio.sleep(1)
            await call.close()
        return small

    small = run(scenario())
    assert asked(small) == []
    assert hearing(small).is_closed
