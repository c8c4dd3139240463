"""`<Say>` on a live call in virtual time: what the voice is asked for, and what the caller hears of it."""

import pytest

from offhook.speech.ports import Part, Utterance
from offhook.twiml.prosody import Break, Phrase
from offhook.twiml.verbs.say import Say
from offhook.verbs.say import utterances
from tests.support.silent_media import SilentClip
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
A, B = "a" * 20, "b" * 20
"""A second each in the spelling voice."""


def on_call(verbs: str) -> SmallExchange:
    async def scenario() -> SmallExchange:
        async with small_exchange({VOICE: f"<Response>{verbs}</Response>"}) as small:
            call = await small.call()
            await call.ended()
        return small

    return run(scenario())


def asked(*parts: Phrase | Break) -> list[Utterance | Break]:
    return list(utterances(Say(parts, "alice", "en-GB", 1), Part, {}))


def test_a_text_without_ssml_is_one_utterance_without_manner() -> None:
    assert asked(Phrase("Hello.")) == [Utterance("Hello.", "en-GB", "alice")]


def test_the_manner_of_a_phrase_is_that_of_its_utterance() -> None:
    assert asked(Phrase("Hello.", 0.5, -6.0)) == [Utterance("Hello.", "en-GB", "alice", 0.5, -6.0)]


@pytest.mark.parametrize(
    ("parts", "trims"),
    [
        # The pause of the voice's own between sentences, whole.
        ((Phrase("One."), Phrase("Two.", 0.5)), [(False, False), (False, False)]),
        # That before a text alone is as long as the pause at a comma.
        ((Phrase("One,"), Phrase("two", 0.5)), [(False, True), (False, False)]),
        ((Phrase("One"), Phrase("two", 0.5)), [(False, True), (True, False)]),
        ((Phrase("One."), Break(800), Phrase("Two")), [(False, True), (True, False)]),
        ((Break(800), Phrase("One"), Break(0)), [(True, True)]),
    ],
)
def test_silence_is_left_out_where_a_phrase_stands_close_to_another_or_to_a_break(
    parts: tuple[Phrase | Break, ...], trims: list[tuple[bool, bool]]
) -> None:
    assert [
        (each.trims_start, each.trims_end) for each in asked(*parts) if isinstance(each, Utterance)
    ] == trims


def test_parts_are_heard_in_order_each_round() -> None:
    small = on_call(f"<Say loop='2'>{A}<break time='2s'/><prosody rate='50%'>{B}</prosody></Say>")

    lengths = [len(clip.samples) // 16 for clip in small.port.played if isinstance(clip, SilentClip)]
    assert lengths == [1_000, 2_000, 2_000] * 2
    assert small.voice.texts == [A, B]
    assert small.store.calls.last.duration_s == 10
    assert small.store.notifications.codes == []


def test_a_bad_value_is_noted_and_the_call_goes_on() -> None:
    small = on_call(f"<Say><prosody rate='1000%'>{A}</prosody></Say>")

    assert small.voice.utterances == [Utterance(A)]
    assert small.store.notifications.codes == [12200]
