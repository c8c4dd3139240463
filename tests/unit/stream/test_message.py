"""What a server may send is read, and nothing that it sends raises; our own numbers count every message."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.stream.media_stream import MediaStream
from offhook.stream.message import (
    NAME_MAX,
    ClearReceived,
    Fault,
    FaultReceived,
    MarkReceived,
    MediaReceived,
    StreamStart,
    StreamTrack,
    read_message,
)

SID = "MZ" + "1" * 32


def message(**fields: object) -> str:
    return json.dumps({"streamSid": SID, **fields})


@given(st.binary(max_size=1000))
def test_media_is_what_was_encoded(payload: bytes) -> None:
    text = message(event="media", media={"payload": base64.b64encode(payload).decode(), "track": "x"})
    assert read_message(text, SID) == MediaReceived(payload)


@given(st.text())
def test_a_mark_is_named_whatever(name: str) -> None:
    assert read_message(message(event="mark", mark={"name": name}), SID) == MarkReceived(name[:NAME_MAX])


def test_clear_needs_nothing_else() -> None:
    assert read_message(message(event="clear"), SID) == ClearReceived()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.NOT_JSON),
        ("{", Fault.NOT_JSON),
        ("null", Fault.NOT_JSON),
        ("[" * 200_000, Fault.NOT_JSON),
        ("{}", Fault.UNKNOWN_EVENT),
        (message(event=["media"]), Fault.UNKNOWN_EVENT),
        (message(event="start"), Fault.UNKNOWN_EVENT),
        (message(event="Media"), Fault.UNKNOWN_EVENT),
        (json.dumps({"event": "clear"}), Fault.WRONG_STREAM),
        (json.dumps({"event": "clear", "streamSid": "MZ"}), Fault.WRONG_STREAM),
        (message(event="media"), Fault.NO_FIELD),
        (message(event="media", media="AA=="), Fault.NO_FIELD),
        (message(event="media", media={"payload": None}), Fault.NO_FIELD),
        (message(event="media", media={"payload": 1}), Fault.NOT_TEXT),
        (message(event="mark", mark={}), Fault.NO_FIELD),
        (message(event="mark", mark={"name": 7}), Fault.NOT_TEXT),
        (message(event="media", media={"payload": "A"}), Fault.NOT_BASE64),
        (message(event="media", media={"payload": "AA==\n"}), Fault.NOT_BASE64),
        (message(event="media", media={"payload": "\u00ff\u00ff"}), Fault.NOT_BASE64),
    ],
)
def test_what_is_none_of_them_says_why(text: str, fault: Fault) -> None:
    received = read_message(text, SID)
    assert isinstance(received, FaultReceived)
    assert received.fault is fault
    assert received.code == 31951
    assert len(received.why) < 200


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_nothing_raises(text: str) -> None:
    assert read_message(text, SID) is not None


@given(st.lists(st.sampled_from(["media", "mark", "dtmf"]), max_size=30))
def test_numbers_count_every_message_after_connected_and_chunks_every_frame(events: list[str]) -> None:
    stream = MediaStream(StreamStart("AC", "CA", SID, (StreamTrack.INBOUND,)))
    texts = [stream.start()]
    for event in events:
        match event:
            case "media":
                texts.append(stream.media(StreamTrack.INBOUND, 20, b"\x00" * 160))
            case "mark":
                texts.append(stream.mark('"quoted"'))
            case _:
                texts.append(stream.dtmf("#"))
    texts.append(stream.stop())
    messages = [json.loads(text) for text in texts]
    assert [each["sequenceNumber"] for each in messages] == [str(n + 1) for n in range(len(messages))]
    chunks = [each["media"]["chunk"] for each in messages if each["event"] == "media"]
    assert chunks == [str(n + 1) for n in range(len(chunks))]
    assert {each["streamSid"] for each in messages} == {SID}
