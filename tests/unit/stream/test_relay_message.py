"""ConversationRelay's messages: what is read, what is refused, what we send."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.stream import relay_message as relay
from offhook.stream.relay_message import (
    End,
    Interruptible,
    Play,
    RelayMessageError,
    SendDigits,
    ServerMessage,
    Setup,
    SwitchLanguage,
    Text,
    read_message,
)


def read(**fields: Any) -> ServerMessage:
    return read_message(json.dumps(fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "text", "token": "Hi"}, Text("Hi")),
        ({"type": "text", "token": "", "last": True}, Text("", last=True)),
        (
            {"type": "text", "token": "Hola", "lang": "es-ES", "interruptible": False, "preemptible": True},
            Text("Hola", lang="es-ES", interruptible=Interruptible.NONE, preemptible=True),
        ),
        (
            {"type": "text", "token": "x", "interruptible": "dtmf"},
            Text("x", interruptible=Interruptible.DTMF),
        ),
        ({"type": "text", "token": "x", "interruptible": True}, Text("x", interruptible=Interruptible.ANY)),
        ({"type": "text", "token": "x", "of another version": [1]}, Text("x")),
        ({"type": "play", "source": "https://a.test/b.mp3"}, Play("https://a.test/b.mp3")),
        ({"type": "play", "source": "b.wav", "loop": 0, "preemptible": True}, Play("b.wav", 1000, True)),
        ({"type": "play", "source": "b.wav", "loop": 5000}, Play("b.wav", 1000)),
        ({"type": "sendDigits", "digits": "9w1#*"}, SendDigits("9w1#*")),
        ({"type": "language", "ttsLanguage": "de-DE"}, SwitchLanguage(tts="de-DE")),
        (
            {"type": "language", "ttsLanguage": "de-DE", "transcriptionLanguage": "multi"},
            SwitchLanguage("de-DE", "multi"),
        ),
        ({"type": "end"}, End()),
        ({"type": "end", "handoffData": '{"reason":"done"}'}, End('{"reason":"done"}')),
    ],
)
def test_a_message_is_read(fields: dict[str, Any], message: ServerMessage) -> None:
    assert read(**fields) == message


@pytest.mark.parametrize(
    ("required", "optional"),
    [
        ({"type": "text", "token": "Hi"}, ("last", "lang", "interruptible", "preemptible")),
        ({"type": "play", "source": "b.wav"}, ("loop", "preemptible", "interruptible")),
        ({"type": "language", "ttsLanguage": "de-DE"}, ("transcriptionLanguage",)),
        ({"type": "end"}, ("handoffData",)),
    ],
)
def test_an_optional_field_that_is_null_is_absent(
    required: dict[str, Any], optional: tuple[str, ...]
) -> None:
    assert read(**required, **dict.fromkeys(optional)) == read(**required)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "text"},
        {"type": "text", "token": None},
        {"type": "text", "token": 7},
        {"type": "text", "token": "x", "last": "yes"},
        {"type": "text", "token": "x", "lang": "e"},
        {"type": "text", "token": "x", "interruptible": "maybe"},
        {"type": "text", "token": "x", "preemptible": 1},
        {"type": "play"},
        {"type": "play", "source": " "},
        {"type": "play", "source": "x" * 2049},
        {"type": "play", "source": "x", "loop": -1},
        {"type": "play", "source": "x", "loop": True},
        {"type": "play", "source": "x", "loop": 1.5},
        {"type": "sendDigits", "digits": ""},
        {"type": "sendDigits", "digits": "12x"},
        {"type": "sendDigits", "digits": "1" * 65},
        {"type": "sendDigits", "digits": "1\n"},
        {"type": "sendDigits"},
        {"type": "play", "source": None, "loop": 1},
        {"type": "sendDigits", "digits": None},
        {"type": "language", "ttsLanguage": None, "transcriptionLanguage": None},
        {"type": None, "token": "x"},
        {"type": "language"},
        {"type": "language", "ttsLanguage": ""},
        {"type": "language", "ttsLanguage": "English please"},
        {"type": "end", "handoffData": {"reason": "done"}},
        {"type": "media"},
        {"type": ["text"]},
        {"foo": "bar"},
        {},
    ],
)
def test_a_message_that_is_none_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(RelayMessageError):
        read(**fields)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", '"text"', "{", "[" * 60_000, f'{{"type":"text","token":"{"x" * 65_536}"}}', "NaN"],
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(RelayMessageError):
        read_message(text)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(["text", "play", "sendDigits", "language", "end", "other"]),
    st.dictionaries(
        st.sampled_from(
            [
                "token",
                "last",
                "lang",
                "interruptible",
                "preemptible",
                "source",
                "loop",
                "digits",
                "ttsLanguage",
                "handoffData",
            ]
        ),
        _json,
    ),
)
def test_any_object_is_a_message_or_an_error(kind: str, fields: dict[str, Any]) -> None:
    with contextlib.suppress(RelayMessageError):
        message = read(type=kind, **fields)
        assert isinstance(message, Text | Play | SendDigits | SwitchLanguage | End)


@given(st.text(max_size=80))
def test_any_text_is_a_message_or_an_error(text: str) -> None:
    with pytest.raises(RelayMessageError):
        read_message(text)


def test_half_a_character_is_a_question_mark() -> None:
    assert read_message('{"type":"text","token":"a\\ud800b"}') == Text("a?b")
    assert (
        relay.info("tokensPlayed", "\ud800").encode() == b'{"type":"info","name":"tokensPlayed","value":"?"}'
    )


def test_setup_says_who_calls_whom() -> None:
    setup = Setup(
        "VX1", "AC1", "CA1", "sip:a@b", "+1555", "inbound", "IN_PROGRESS", custom_parameters=(("x", "é"),)
    )

    assert json.loads(setup.message()) == {
        "type": "setup",
        "sessionId": "VX1",
        "accountSid": "AC1",
        "callSid": "CA1",
        "parentCallSid": "",
        "from": "sip:a@b",
        "to": "+1555",
        "forwardedFrom": "",
        "callerName": "",
        "callType": "SIP",
        "direction": "inbound",
        "callStatus": "IN_PROGRESS",
        "customParameters": {"x": "é"},
    }


@pytest.mark.parametrize(
    ("from_", "to", "direction", "kind"),
    [
        ("sip:a@b", "+1555", "inbound", "SIP"),
        ("+1555", "sip:a@b", "inbound", "PSTN"),
        ("client:bob", "+1555", "inbound", "CLIENT"),
        ("+1555", "sip:a@b", "outbound-api", "SIP"),
        ("+1555", "client:bob", "outbound-api", "CLIENT"),
    ],
)
def test_the_type_of_a_call_is_that_of_the_other_side(from_: str, to: str, direction: str, kind: str) -> None:
    assert Setup("VX1", "AC1", "CA1", from_, to, direction, "IN_PROGRESS").call_type == kind


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (
            relay.prompt("Hi", "en-US", last=False),
            {"type": "prompt", "voicePrompt": "Hi", "lang": "en-US", "last": False},
        ),
        (relay.dtmf("#"), {"type": "dtmf", "digit": "#"}),
        (
            relay.interrupt("Life is", 460),
            {"type": "interrupt", "utteranceUntilInterrupt": "Life is", "durationUntilInterruptMs": 460},
        ),
        (relay.error("no"), {"type": "error", "description": "no"}),
        (relay.info("agentSpeaking", "on"), {"type": "info", "name": "agentSpeaking", "value": "on"}),
    ],
)
def test_what_we_send_has_the_fields_of_twilios(message: str, fields: dict[str, Any]) -> None:
    assert json.loads(message) == fields


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ('{"event": "media"}', "it has no type (text, play, sendDigits, language and end are)"),
        (
            '{"type": "stop"}',
            "no message is of the type 'stop' (text, play, sendDigits, language and end are)",
        ),
    ],
)
def test_a_message_of_no_known_type_is_told_which_there_are(message: str, why: str) -> None:
    with pytest.raises(RelayMessageError) as raised:
        read_message(message)
    assert str(raised.value).startswith(why)
