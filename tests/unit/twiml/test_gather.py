"""Gather: every attribute absent, good and bad; what may be inside."""

import pytest

from offhook.twiml.document import Document
from offhook.twiml.parser import parse
from offhook.twiml.problem import Level
from offhook.twiml.prosody import Phrase
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.gather_speech import GatherSpeech
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.say import Say


def read(attributes: str = "", inside: str = "") -> Document:
    return parse(f"<Response><Gather {attributes}>{inside}</Gather></Response>".encode())


def only(document: Document) -> Gather:
    (verb,) = document.verbs
    assert isinstance(verb, Gather)
    return verb


def codes(document: Document) -> list[int]:
    return [problem.code for problem in document.problems]


def test_defaults() -> None:
    document = read()

    assert document.problems == ()
    assert only(document) == Gather(
        takes_keys=True,
        speech=None,
        action=None,
        method="POST",
        timeout_s=5.0,
        num_digits=None,
        finish_on_key="#",
        action_on_empty_result=False,
        prompts=(),
    )


def test_every_attribute_of_keys() -> None:
    document = read(
        'input="dtmf" action="/menu?a=1" method="GET" timeout="10" numDigits="1" finishOnKey="*" '
        'actionOnEmptyResult="true"'
    )

    assert document.problems == ()
    assert only(document) == Gather(True, None, "/menu?a=1", "GET", 10.0, 1, "*", True, ())


def test_gather_finish_on_key_empty() -> None:
    assert only(read('finishOnKey=""')).finish_on_key == ""


def test_an_empty_action_is_the_current_document() -> None:
    assert only(read('action=""')).action is None


def test_a_boolean_is_taken_in_any_case() -> None:
    assert only(read('actionOnEmptyResult="True"')).action_on_empty_result is True


def test_timeout_auto_is_the_default() -> None:
    document = read('timeout="auto"')

    assert only(document).timeout_s == 5.0
    assert document.problems == ()


@pytest.mark.parametrize(
    ("words", "takes_keys", "takes_speech"),
    [
        ("dtmf", True, False),
        ("speech", False, True),
        ("dtmf speech", True, True),
        ("speech dtmf", True, True),
        ("DTMF Speech", True, True),
    ],
)
def test_input_is_keys_or_speech_or_both(words: str, takes_keys: bool, takes_speech: bool) -> None:
    document = read(f'input="{words}"')

    assert document.problems == ()
    assert only(document).takes_keys is takes_keys
    assert (only(document).speech is not None) is takes_speech


def speech(attributes: str = "") -> GatherSpeech:
    """What a Gather of speech says, without a problem."""
    document = read(f'input="speech" {attributes}')
    assert document.problems == ()
    found = only(document).speech
    assert found is not None
    return found


def test_the_defaults_of_speech() -> None:
    assert speech() == GatherSpeech(5.0, 60.0, (), "en-US", True, "default", None, "POST", True)


def test_every_attribute_of_speech() -> None:
    attributes = (
        'speechTimeout="3" maxSpeechTime="30" hints="yes, no , $OOV_CLASS_DIGIT_SEQUENCE,," language="en-GB" '
        'profanityFilter="false" speechModel="deepgram_nova-3" partialResultCallback="/p" '
        'partialResultCallbackMethod="get" bargeIn="false"'
    )
    hints = ("yes", "no", "$OOV_CLASS_DIGIT_SEQUENCE")
    expected = GatherSpeech(3.0, 30.0, hints, "en-GB", False, "deepgram_nova-3", "/p", "GET", False)
    assert speech(attributes) == expected


@pytest.mark.parametrize(
    ("attributes", "silence_s"),
    [
        ("", 5.0),
        ('timeout="8"', 8.0),
        ('timeout="8" speechTimeout="2"', 2.0),
        ('speechTimeout="auto"', None),
        ('timeout="auto"', None),
        ('timeout="auto" speechTimeout="2"', 2.0),
        ('speechTimeout="61"', 60.0),
        ('timeout="8" speechTimeout="3" speechModel="phone_call"', 3.0),
    ],
)
def test_the_timeout_of_speech_is_that_of_the_gather_unless_it_has_one(
    attributes: str, silence_s: float | None
) -> None:
    assert speech(attributes).silence_s == silence_s


def test_no_speech_is_longer_than_a_minute() -> None:
    assert speech('maxSpeechTime="61"').longest_s == 60.0


def test_13335_auto_beside_a_model_is_the_timeout() -> None:
    document = read('input="speech" timeout="7" speechTimeout="auto" speechModel="phone_call"')

    assert codes(document) == [13335]
    found = only(document).speech
    assert found is not None
    assert found.silence_s == 7.0


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ('input="voice"', 13326),
        ('input=""', 13326),
        ('method="PUT"', 13312),
        ('timeout="0"', 13313),
        ('timeout="-5"', 13313),
        ('timeout="soon"', 13313),
        ('numDigits="0"', 13314),
        ('numDigits="one"', 13314),
        ('finishOnKey="##"', 13310),
        ('finishOnKey="A"', 13310),
        ('actionOnEmptyResult="yes"', 13338),
        ('speechTimeout="0"', 13327),
        ('maxSpeechTime="x"', 13328),
        ('partialResultCallbackMethod="PATCH"', 13329),
        (f'hints="{"x" * 101}"', 13330),
        (f'hints="{"a," * 500}a"', 13330),
        ('language="klingonese"', 13331),
        ('bargeIn="maybe"', 13332),
        ('profanityFilter="1"', 13333),
        ('speechModel="mine"', 13334),
        ('speechTimeout="auto" speechModel="phone_call"', 13335),
        ('enhanced="x"', 12200),
        ('numdigits="1"', 12200),
    ],
)
def test_a_bad_value_is_noted_and_the_default_used(attribute: str, code: int) -> None:
    document = read(attribute)

    assert codes(document) == [code]
    assert only(document) == only(read())


def test_a_bad_value_of_speech_is_its_default() -> None:
    bad = 'speechTimeout="0" maxSpeechTime="x" language="klingonese" bargeIn="maybe" speechModel="mine"'
    document = read(f'input="speech" {bad}')

    assert sorted(codes(document)) == [13327, 13328, 13331, 13332, 13334]
    assert only(document).speech == speech()


def test_prompts_are_say_and_pause_in_order() -> None:
    document = read("", "<Say>One</Say>\n<Pause length='2'/><Say voice='alice'>Two</Say>")

    assert document.problems == ()
    assert only(document).prompts == (
        Say((Phrase("One"),), "", "", 1),
        Pause(2.0),
        Say((Phrase("Two"),), "alice", "", 1),
    )


@pytest.mark.parametrize(("attribute", "code"), [("voice='robot'", 13321), ("loop='x'", 13322)])
def test_a_say_in_gather_has_its_own_codes(attribute: str, code: int) -> None:
    document = read("", f"<Say {attribute}>One</Say>")

    assert only(document).prompts == (Say((Phrase("One"),), "", "", 1),)
    assert codes(document) == [code]


@pytest.mark.parametrize("say", ["<Say/>", "<Say>...!?</Say>"])
def test_an_empty_say_in_gather_is_dropped(say: str) -> None:
    document = read("", say)

    assert only(document).prompts == ()
    assert codes(document) == [13520]


@pytest.mark.parametrize("name", ["Dial", "Gather", "Redirect", "Foo", "say"])
def test_13320_for_another_verb_inside(name: str) -> None:
    document = read("", f"<{name}/><Say>One</Say>")

    assert len(only(document).prompts) == 1
    assert codes(document) == [13320]


def test_12200_for_text_inside() -> None:
    assert codes(read("", "Press one")) == [12200]


def test_11100_for_a_bad_action_which_is_kept_for_its_turn() -> None:
    document = read('action="my app"')

    assert only(document).action == "my app"
    assert [(problem.code, problem.level) for problem in document.problems] == [(11100, Level.ERROR)]


def test_11100_for_a_bad_url_that_only_hears_news() -> None:
    assert codes(read('partialResultCallback="ftp://example.com/"')) == [11100]
