"""Dial: every attribute absent, default, edge, bad; whom it may call."""

from dataclasses import replace

import pytest

from offhook.twiml.dial.client import Client
from offhook.twiml.dial.number import Number
from offhook.twiml.dial.sip import Sip, SipTarget
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.problem import Level
from offhook.twiml.recording_callback import RecordingCallback
from offhook.twiml.verbs.dial import RING_TONES, SINGLE, Dial, RecordMode
from tests.support.twiml import codes, document, only

PLAIN = Dial((Number("+14155551212"),))


def dial(attributes: str = "", inside: str = "+14155551212") -> str:
    return f"<Dial {attributes}>{inside}</Dial>"


def test_defaults() -> None:
    found = document(dial())

    assert found.verbs == (
        Dial(
            nouns=(Number("+14155551212"),),
            action=None,
            method="POST",
            timeout_s=30.0,
            hangup_on_star=False,
            time_limit_s=14_400.0,
            caller_id=None,
            answer_on_bridge=False,
            sequential=False,
            ring_tone=None,
            record=RecordMode.DO_NOT_RECORD,
            recording_track="both",
            trim=False,
            callback=None,
            refer_url=None,
            refer_method="POST",
            call_reason=None,
        ),
    )
    assert found.problems == ()


def test_every_default_written_out_changes_nothing() -> None:
    found = document(
        dial(
            'action="" method="POST" timeout="30" hangupOnStar="false" timeLimit="14400" callerId="" '
            'answerOnBridge="false" sequential="false" ringTone="us" record="do-not-record" '
            'recordingTrack="both" trim="do-not-trim" recordingStatusCallback="" '
            'recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="completed" referUrl="" '
            'referMethod="POST" callReason="" '
            'ifMachine="false" recordingConfigurationId="x" events="x" passports="x"'
        )
    )

    assert found.verbs == (replace(PLAIN, ring_tone="us"),)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('action="/done"', replace(PLAIN, action="/done")),
        ('method="get"', replace(PLAIN, method="GET")),
        ('timeout="5"', replace(PLAIN, timeout_s=5.0)),
        ('timeout="600"', replace(PLAIN, timeout_s=600.0)),
        ('timeout="601"', replace(PLAIN, timeout_s=600.0)),
        ('hangupOnStar="True"', replace(PLAIN, hangup_on_star=True)),
        ('timeLimit="1"', replace(PLAIN, time_limit_s=1.0)),
        ('timeLimit="99999"', replace(PLAIN, time_limit_s=86_400.0)),
        ('callerId="+14155550100"', replace(PLAIN, caller_id="+14155550100")),
        ('callerId="(415) 555-0100"', replace(PLAIN, caller_id="+14155550100")),
        ('callerId="4155550100"', replace(PLAIN, caller_id="4155550100")),
        ('callerId="100"', replace(PLAIN, caller_id="100")),
        ('callerId="client:alice"', replace(PLAIN, caller_id="client:alice")),
        ('callerId="Front-Desk_1.a"', replace(PLAIN, caller_id="Front-Desk_1.a")),
        ('answerOnBridge="true"', replace(PLAIN, answer_on_bridge=True)),
        ('sequential="true"', replace(PLAIN, sequential=True)),
        ('ringTone="US-OLD"', replace(PLAIN, ring_tone="us-old")),
        ('recordingTrack="inbound"', replace(PLAIN, recording_track="inbound")),
        ('trim="trim-silence"', replace(PLAIN, trim=True)),
        ('record="true"', replace(PLAIN, record=RecordMode.FROM_ANSWER)),
        ('record="false"', PLAIN),
        ('referUrl="/r" referMethod="GET"', replace(PLAIN, refer_url="/r", refer_method="GET")),
        ('callReason="Your taxi is here"', replace(PLAIN, call_reason="Your taxi is here")),
        (f'callReason="{"x" * 50}"', replace(PLAIN, call_reason="x" * 50)),
        (
            'recordingStatusCallback="/r" recordingStatusCallbackEvent="in-progress completed absent"',
            replace(
                PLAIN,
                callback=RecordingCallback("/r", "POST", frozenset({"in-progress", "completed", "absent"})),
            ),
        ),
    ],
)
def test_good_values_are_taken(attributes: str, expected: Dial) -> None:
    found = document(dial(attributes))

    assert found.verbs == (expected,)
    assert found.problems == ()


@pytest.mark.parametrize("tone", RING_TONES)
def test_every_ring_tone_is_taken(tone: str) -> None:
    assert only(document(dial(f'ringTone="{tone}"')), Dial).ring_tone == tone


@pytest.mark.parametrize(
    ("word", "is_on", "is_dual", "is_from_ringing"),
    [
        ("do-not-record", False, False, False),
        ("record-from-answer", True, False, False),
        ("record-from-ringing", True, False, True),
        ("record-from-answer-dual", True, True, False),
        ("record-from-ringing-dual", True, True, True),
    ],
)
def test_every_mode_of_recording(word: str, is_on: bool, is_dual: bool, is_from_ringing: bool) -> None:
    mode = only(document(dial(f'record="{word}"')), Dial).record

    assert mode == word
    assert (mode.is_on, mode.is_dual, mode.is_from_ringing) == (is_on, is_dual, is_from_ringing)


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ('method="PUT"', 13210),
        ('ifMachine="maybe"', 13211),
        ('timeout="4"', 13212),
        ('timeout="0"', 13212),
        ('timeout="long"', 13212),
        ('hangupOnStar="yes"', 13213),
        ('callerId="a b"', 13214),
        ('callerId="sip:alice@example.com"', 13214),
        ('callerId="client:"', 13214),
        ('callerId="a&#13;&#10;X-Evil: 1"', 13214),
        ('timeLimit="0"', 13216),
        ('record="on"', 13217),
        ('sequential="1"', 13218),
        ('answerOnBridge="1"', 13219),
        ('ringTone="xx"', 13220),
        (f'callerId="{"1" * 256}"', 13248),
        ('recordingStatusCallback="tel:1"', 13256),
        ('recordingStatusCallback="/r" recordingStatusCallbackEvent="started"', 13621),
        ('trim="yes"', 13699),
        ('recordingTrack="left"', 12200),
        ('recordingStatusCallbackMethod="PUT"', 12200),
        ('referMethod="PUT"', 12200),
        (f'callReason="{"x" * 51}"', 12200),
        ('callerid="+14155550100"', 12200),
    ],
)
def test_a_bad_value_is_noted_and_the_default_used(attribute: str, code: int) -> None:
    found = document(dial(attribute))

    assert found.verbs == (PLAIN,)
    assert codes(found) == [code]


@pytest.mark.parametrize("name", ["action", "referUrl"])
def test_11100_for_a_bad_url_which_is_kept_for_its_turn(name: str) -> None:
    found = document(dial(f'{name}="my app"'))

    verb = only(found, Dial)
    assert "my app" in (verb.action, verb.refer_url)
    assert [(problem.code, problem.level) for problem in found.problems] == [(11100, Level.ERROR)]


def test_nouns_are_called_in_document_order() -> None:
    found = document(dial("", "<Client>bob</Client>\n<Number>+442071838750</Number><Sip>sip:a@b.c</Sip>"))

    assert only(found, Dial).nouns == (Client("bob"), Number("+442071838750"), Sip((SipTarget("sip:a@b.c"),)))
    assert found.problems == ()


@pytest.mark.parametrize("inside", ["", "  ", "nobody", "12345"])
def test_13223_for_a_text_that_is_no_number_which_fails_when_it_is_dialled(inside: str) -> None:
    found = document(dial("", inside))

    assert only(found, Dial).nouns == (Undiallable("Number", 13223),)
    assert codes(found) == [13223]


def test_ten_nouns_are_called_and_13250_tells_of_the_eleventh() -> None:
    ten, eleven = "<Client>a</Client>" * 10, "<Client>a</Client>" * 11

    assert len(only(document(dial("", ten)), Dial).nouns) == 10
    assert codes(document(dial("", ten))) == []
    assert len(only(document(dial("", eleven)), Dial).nouns) == 10
    assert codes(document(dial("", eleven))) == [13250]


def test_12200_for_text_beside_nouns() -> None:
    found = document(dial("", "+14155551212<Client>bob</Client>"))

    assert only(found, Dial).nouns == (Client("bob"),)
    assert codes(found) == [12200]


@pytest.mark.parametrize("name", ["Say", "Dial", "Foo"])
def test_13215_for_another_element_inside(name: str) -> None:
    found = document(dial("", f"<{name}>x</{name}><Client>bob</Client>"))

    assert only(found, Dial).nouns == (Client("bob"),)
    assert codes(found) == [13215]


def test_13215_for_a_noun_in_the_wrong_case_says_what_was_meant() -> None:
    found = document(dial("", "<number>+14155551212</number><Client>bob</Client>"))

    assert codes(found) == [13215]
    assert "did you mean <Number>?" in found.problems[0].message


@pytest.mark.parametrize("noun", sorted(SINGLE))
def test_13000_for_what_stands_beside_a_noun_that_must_stand_alone(noun: str) -> None:
    inside = {"Application": f"AP{'1' * 32}"}.get(noun, "support")
    found = document(dial("", f"<{noun}>{inside}</{noun}><Client>bob</Client><Queue>q</Queue>"))

    (kept,) = only(found, Dial).nouns
    assert type(kept).__name__ == noun
    assert codes(found) == [13000, 13000]


def test_13000_for_a_conference_among_others() -> None:
    found = document(dial("", "<Number>+14155551212</Number><Conference>room</Conference>"))

    assert codes(found) == [13000]
    assert only(found, Dial).nouns == (Number("+14155551212"),)


@pytest.mark.parametrize("caller_id", ["a b", "sip:alice@example.com", "x&#13;&#10;Via: y", "Zoë"])
def test_13247_for_a_caller_id_that_sip_cannot_show_fails_the_sip_nouns(caller_id: str) -> None:
    found = document(dial(f'callerId="{caller_id}"', "<Sip>sip:a@b.c</Sip><Client>bob</Client>"))

    verb = only(found, Dial)
    assert verb.nouns == (Undiallable("Sip", 13247), Client("bob"))
    assert verb.caller_id is None
    assert [(problem.code, problem.level) for problem in found.problems] == [(13247, Level.ERROR)]


def test_it_says_where_it_and_its_nouns_stand() -> None:
    verb = only(document("\n <Dial>\n  <Client>bob</Client></Dial>"), Dial)
    noun = verb.nouns[0]

    assert (verb.line, verb.column) == (2, 2)
    assert (noun.line, noun.column) == (3, 3)
