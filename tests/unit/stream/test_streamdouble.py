"""Our messages beside those of streamdouble, an independent model of Twilio's side (PyPI, Apache 2.0).

What it has from Twilio's pages must be what we have: the same messages for the same events, field by field,
and the same reading of what a server says.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamdouble.protocol import (  # type: ignore[import-untyped]
    InboundClear,
    InboundMark,
    InboundMedia,
    MediaStreamEncoder,
    ProtocolViolation,
    StreamIdentity,
    parse_outbound,
)

from offhook.stream.media_stream import MediaStream
from offhook.stream.message import (
    CONNECTED,
    ClearReceived,
    FaultReceived,
    MarkReceived,
    MediaReceived,
    StreamStart,
    StreamTrack,
    read_message,
)

SID, ACCOUNT, CALL = "MZ" + "1" * 32, "AC" + "2" * 32, "CA" + "3" * 32
INBOUND, OUTBOUND = StreamTrack.INBOUND, StreamTrack.OUTBOUND

events = st.lists(
    st.tuples(
        st.sampled_from(["inbound", "outbound", "mark", "dtmf"]), st.binary(min_size=160, max_size=160)
    ),
    max_size=40,
)


@given(events, st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=3))
def test_the_same_call_has_the_same_messages(
    happens: list[tuple[str, bytes]], custom: dict[str, str]
) -> None:
    theirs = MediaStreamEncoder(StreamIdentity(SID, ACCOUNT, CALL))
    ours = MediaStream(StreamStart(ACCOUNT, CALL, SID, (INBOUND, OUTBOUND), tuple(custom.items())))
    wanted = [theirs.connected(), theirs.start(tracks=["inbound", "outbound"], custom_parameters=custom)]
    made = [CONNECTED, ours.start()]
    times = {INBOUND: 0, OUTBOUND: 0}
    for what, payload in happens:
        match what:
            case "mark":
                wanted.append(theirs.mark(payload.hex()))
                made.append(ours.mark(payload.hex()))
            case "dtmf":
                wanted.append(theirs.dtmf("#"))
                made.append(ours.dtmf("#"))
            case track:
                wanted.append(theirs.media(payload, track=track))
                made.append(ours.media(StreamTrack(track), times[StreamTrack(track)], payload))
                times[StreamTrack(track)] += 20
    wanted.append(theirs.stop())
    made.append(ours.stop())
    assert [json.loads(text) for text in made] == wanted


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"event": "media", "streamSid": SID, "media": {"payload": "AAEC"}}),
        json.dumps({"event": "media", "streamSid": SID, "media": {"payload": "?"}}),
        json.dumps({"event": "media", "streamSid": SID, "media": {}}),
        json.dumps({"event": "media", "streamSid": SID}),
        json.dumps({"event": "mark", "streamSid": SID, "mark": {"name": "a"}}),
        json.dumps({"event": "mark", "streamSid": SID, "mark": "a"}),
        json.dumps({"event": "clear", "streamSid": SID}),
        json.dumps({"streamSid": SID}),
        "nonsense",
        "[]",
        "",
    ],
)
def test_what_a_server_says_is_read_alike(text: str) -> None:
    ours = read_message(text, SID)
    try:
        theirs = parse_outbound(text)
    except ProtocolViolation:
        assert isinstance(ours, FaultReceived)
        return
    match theirs:
        case InboundMedia(payload=payload):
            assert ours == MediaReceived(payload)
        case InboundMark(name=name):
            assert ours == MarkReceived(name)
        case InboundClear():
            assert ours == ClearReceived()
        case _:
            assert isinstance(ours, FaultReceived)
