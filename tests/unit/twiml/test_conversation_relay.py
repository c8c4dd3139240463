"""`<ConversationRelay>`: what is read of it, what is noted."""

from typing import Any

import pytest

from offhook.twiml.connect.conversation_relay import ConversationRelay, RelayLanguage
from offhook.twiml.parser import read
from offhook.twiml.verbs.connect import Connect

URL = "wss://agent.test/talk"


def relay(attributes: str = "", inside: str = "", url: str = URL) -> tuple[ConversationRelay, list[int]]:
    """The noun, and the codes that are noted."""
    noun = f"<ConversationRelay url='{url}' {attributes}>{inside}</ConversationRelay>"
    document = read(f"<Response><Connect>{noun}</Connect></Response>".encode())
    (verb,) = document.verbs
    assert isinstance(verb, Connect)
    assert isinstance(verb.noun, ConversationRelay)
    return verb.noun, [problem.code for problem in document.problems]


def test_the_defaults_are_twilios() -> None:
    assert relay() == (ConversationRelay(URL), [])
    noun = ConversationRelay(URL)
    assert (noun.tts_language, noun.transcription_language) == ("en-US", "en-US")
    assert (noun.interruptible, noun.welcome_interruptible, noun.reported) == ("any", "any", "none")
    assert (noun.sensitivity, noun.speech_timeout_ms) == ("high", 0)
    assert not any((noun.dtmf_detection, noun.preemptible, noun.partial_prompts, noun.ignore_backchannel))


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("welcomeGreeting='Hello!'", "welcome_greeting", "Hello!"),
        ("welcomeGreetingInterruptible='speech'", "welcome_interruptible", "speech"),
        ("language='de-DE'", "tts_language", "de-DE"),
        ("language='de-DE'", "transcription_language", "de-DE"),
        ("language='de-DE' ttsLanguage='fr-FR'", "tts_language", "fr-FR"),
        ("language='de-DE' transcriptionLanguage='multi'", "transcription_language", "multi"),
        ("ttsProvider='amazon'", "tts_provider", "Amazon"),
        ("voice='Joanna-Neural'", "voice", "Joanna-Neural"),
        ("speechModel='nova-2-general'", "speech_model", "nova-2-general"),
        ("interruptible='true'", "interruptible", "any"),
        ("interruptible='False'", "interruptible", "none"),
        ("interruptible='DTMF'", "interruptible", "dtmf"),
        ("interruptSensitivity='low'", "sensitivity", "low"),
        ("dtmfDetection='true'", "dtmf_detection", True),
        ("reportInputDuringAgentSpeech='any'", "reported", "any"),
        ("preemptible='true'", "preemptible", True),
        ("hints='a, b c,,'", "hints", ("a", "b c")),
        ("events='speaker-events tokens-played'", "events", frozenset({"speaker-events", "tokens-played"})),
        ("events='tokens-played' debug='debugging'", "events", frozenset({"debugging", "tokens-played"})),
        ("partialPrompts='true'", "partial_prompts", True),
        ("ignoreBackchannel='true'", "ignore_backchannel", True),
        ("profanityFilter='true'", "profanity_filter", True),
        ("speechTimeout='600'", "speech_timeout_ms", 600),
        ("speechTimeout='5000'", "speech_timeout_ms", 5_000),
        ("speechTimeout='auto'", "speech_timeout_ms", 0),
    ],
)
def test_an_attribute_is_read(written: str, field: str, value: Any) -> None:
    noun, codes = relay(written)

    assert getattr(noun, field) == value
    assert codes == []


@pytest.mark.parametrize(
    "written",
    [
        *("welcomeGreetingInterruptible='often'", "language='?'", "ttsProvider='Acme'"),
        *("interruptible='perhaps'", "interruptSensitivity='huge'", "dtmfDetection='1'"),
        *("reportInputDuringAgentSpeech='x'", "preemptible='x'", f"hints='{'a' * 101}'"),
        *("events='everything'", "debug='x'", "speechTimeout='599'", "speechTimeout='5001'"),
        *("speechTimeout='fast'", "speechTimeout='²'", "deepgramSmartFormat='x'", f"voice='{'v' * 129}'"),
        *("elevenlabsTextNormalization='x'", "partialPrompts=''", "transcriptionProvider='Acme'"),
    ],
)
def test_a_bad_value_is_64101_and_its_default_is_used(written: str) -> None:
    assert relay(written) == (ConversationRelay(URL), [64101])


@pytest.mark.parametrize("written", ["conversationId='x'", "turnDetection='x'", "eotThreshold='0.7'"])
def test_what_is_its_services_own_is_left(written: str) -> None:
    assert relay(written) == (ConversationRelay(URL), [])


def test_an_attribute_that_nobody_knows_is_noted() -> None:
    assert relay("colour='red'")[1] == [12200]


@pytest.mark.parametrize("url", ["", "https://agent.test/", "wss://", "wss://a b"])
def test_a_url_that_can_be_none_is_64102(url: str) -> None:
    noun, codes = relay(url=url)

    assert noun.url == url
    assert codes == [64102]


def test_its_children_are_languages_and_parameters() -> None:
    noun, codes = relay(
        inside="<Language code='es-ES' ttsProvider='Google' voice='v' speechModel='m' hints='uno'/>"
        "<Language/><Parameter name='a' value='b'/><Parameter name='a' value='c'/><Say>x</Say>"
    )

    assert noun.languages == (RelayLanguage("es-ES", "Google", "v", "m", ("uno",)),)
    assert noun.parameters == (("a", "b"), ("a", "c"))
    assert codes == [64101, 12200]


def test_a_language_without_a_child_is_spoken_as_the_noun_says() -> None:
    noun, _ = relay("ttsProvider='Amazon' voice='Joanna' hints='x'", "<Language code='es-ES' voice='v'/>")

    assert noun.spoken("ES-es") == RelayLanguage("es-ES", voice="v")
    assert noun.spoken("fr-FR") == RelayLanguage("fr-FR", "Amazon", "Joanna", "", ("x",))
