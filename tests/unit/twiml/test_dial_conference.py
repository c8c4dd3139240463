"""`<Conference>`: its attributes and its name, as read."""

import pytest

from offhook.twiml.dial.conference import Conference, ConferenceCallback, is_label
from offhook.twiml.dial.number import Number
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.recording_callback import RecordingCallback
from tests.support.twiml import codes, document, only_noun


def read(attributes: str = "", name: str = "room") -> Conference:
    return only_noun(document(f"<Dial><Conference {attributes}>{name}</Conference></Dial>"), Conference)


def problems(attributes: str, name: str = "room") -> list[int]:
    return codes(document(f"<Dial><Conference {attributes}>{name}</Conference></Dial>"))


def test_the_defaults_are_those_of_the_page() -> None:
    assert read() == Conference("room")
    assert problems("") == []


def test_every_attribute_is_read() -> None:
    noun = read(
        "muted='true' beep='onExit' startConferenceOnEnter='false' endConferenceOnExit='TRUE' "
        "participantLabel='ann' jitterBufferSize='off' waitUrl='/wait' waitMethod='get' maxParticipants='5' "
        "record='record-from-start' trim='do-not-trim' region='ie1' coach='CA1' "
        "statusCallback='/news' statusCallbackMethod='GET' statusCallbackEvent='start end' "
        "recordingStatusCallback='/rec' recordingStatusCallbackMethod='GET' "
        "recordingStatusCallbackEvent='absent'",
        " A room ",
    )
    assert noun == Conference(
        "A room",
        is_muted=True,
        beeps_on_enter=False,
        beeps_on_exit=True,
        starts_conference=False,
        ends_conference=True,
        label="ann",
        jitter_buffer="off",
        wait_url="/wait",
        wait_method="GET",
        participants_max=5,
        is_recorded=True,
        trim=False,
        region="ie1",
        coach="CA1",
        callback=ConferenceCallback("/news", "GET", frozenset({"start", "end"})),
        recording_callback=RecordingCallback("/rec", "GET", frozenset({"absent"})),
    )


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ("muted='maybe'", 13230),
        ("endConferenceOnExit='1'", 13231),
        ("startConferenceOnEnter=''", 13232),
        ("waitUrl='ftp://x/y'", 13233),
        ("waitMethod='PUT'", 13234),
        ("beep='loud'", 13235),
        ("trim='all'", 13239),
        ("participantLabel='a/b'", 12200),
        ("participantLabel=''", 12200),
        (f"participantLabel='{'l' * 129}'", 12200),
        (f"participantLabel='CA{'0' * 32}'", 12200),
        ("jitterBufferSize='huge'", 12200),
        ("maxParticipants='1'", 12200),
        ("record='sometimes'", 12200),
        ("region='mars1'", 12200),
        ("statusCallback='x y'", 11100),
        ("statusCallbackMethod='PUT'", 12200),
        ("statusCallbackEvent='begin'", 12200),
        ("eventCallbackUrl='x y'", 11100),
        ("recordingStatusCallback='x y'", 13256),
        ("recordingStatusCallbackEvent='none'", 13621),
        ("colour='red'", 12200),
    ],
)
def test_a_bad_value_is_noted_and_the_default_stands(attributes: str, code: int) -> None:
    assert problems(attributes) == [code]
    assert read(attributes) == Conference("room")


def test_more_participants_than_there_can_be_are_as_many_as_there_can_be() -> None:
    assert read("maxParticipants='5000'").participants_max == 250


def test_an_empty_wait_url_is_silence_and_an_empty_callback_is_none() -> None:
    assert read("waitUrl=''").wait_url == ""
    assert read("statusCallback='' statusCallbackEvent='start'").callback is None
    assert read("statusCallback='/news'").callback is None, "no event, no callback"


@pytest.mark.parametrize("name", ["", "   ", "n" * 129])
def test_13237_for_what_is_no_name(name: str) -> None:
    found = document(f"<Dial><Conference>{name}</Conference></Dial>")
    assert codes(found) == [13237]
    assert only_noun(found, Undiallable) == Undiallable("Conference", 13237)


def test_the_longest_name_is_one() -> None:
    assert read(name="n" * 128).name == "n" * 128


def test_13000_for_what_stands_beside_it() -> None:
    found = document("<Dial><Conference>room</Conference><Number>+14155551212</Number></Dial>")
    assert codes(found) == [13000]
    assert only_noun(found, Conference) == Conference("room")
    found = document("<Dial><Number>+14155551212</Number><Conference>room</Conference></Dial>")
    assert codes(found) == [13000]
    assert only_noun(found, Number) == Number("+14155551212")


def test_what_is_inside_is_skipped() -> None:
    found = document("<Dial><Conference>ro<Say/>om</Conference></Dial>")
    assert codes(found) == [12200]
    assert only_noun(found, Conference) == Conference("room")


def test_what_is_a_label() -> None:
    assert is_label("l" * 128)
    assert not is_label("")
    assert not is_label(f"CA{'0' * 32}")
