"""What a recording server is told of the call: `application/rs-metadata+xml` (RFC 7865), always complete.

The participants are the caller's side and whoever talks with it, each with the stream that carries what it
says. Every change is told by another document, which has all that is so now, and whoever has left since the
last one. Called by `recording_session.py`. The media type is RFC 9806's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

NAMESPACE: Final = "urn:ietf:params:xml:ns:recording:1"
MEDIA_TYPE: Final = "application/rs-metadata+xml"
REQUEST_TYPE: Final = "application/rs-metadata-request"
"""Of the body by which a server asks for a whole document (RFC 7866 §8.2)."""


@dataclass(frozen=True, slots=True)
class RecordedSession:
    """What stays the same while it is recorded."""

    session_id: str
    """Base64 of 16 bytes (RFC 7865 §6.10)."""
    sip_session_id: str
    """Call-ID of the recorded call."""
    began: datetime
    streams: tuple[tuple[str, str], ...]
    """Id, and label in the SDP (RFC 4574), of each stream."""


@dataclass(frozen=True, slots=True)
class RecordedParticipant:
    """Somebody who talks, or has talked."""

    participant_id: str
    """Base64 of 16 bytes, its own."""
    aor: str
    """Its URI."""
    stream_id: str | None
    """Of what it says; None where that is not recorded."""
    joined: datetime
    left: datetime | None = None
    """None while it is there."""
    speaks: bool = True
    """Whether it can be heard; not where it is on hold that way."""
    hears: bool = True
    """Whether it hears the others."""


def metadata(session: RecordedSession, participants: Sequence[RecordedParticipant]) -> bytes:
    """The document."""
    root = ET.Element("recording", xmlns=NAMESPACE)
    _add(root, "datamode", "complete")
    element = ET.SubElement(root, "session", session_id=session.session_id)
    _add(element, "sipSessionID", session.sip_session_id)
    _add(element, "start-time", _moment(session.began))
    for each in participants:
        element = ET.SubElement(root, "participant", participant_id=each.participant_id)
        ET.SubElement(element, "nameID", aor=each.aor)
    for stream_id, label in session.streams:
        element = ET.SubElement(root, "stream", stream_id=stream_id, session_id=session.session_id)
        _add(element, "label", label)
    element = ET.SubElement(root, "sessionrecordingassoc", session_id=session.session_id)
    _add(element, "associate-time", _moment(session.began))
    for each in participants:
        element = ET.SubElement(
            root,
            "participantsessionassoc",
            participant_id=each.participant_id,
            session_id=session.session_id,
        )
        _add(element, "associate-time", _moment(each.joined))
        if each.left is not None:
            _add(element, "disassociate-time", _moment(each.left))
    for each in participants:
        if each.left is None:
            element = ET.SubElement(root, "participantstreamassoc", participant_id=each.participant_id)
            _add_streams(element, session, each)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _add_streams(element: ET.Element, session: RecordedSession, participant: RecordedParticipant) -> None:
    """What it sends, and what it hears of the others (RFC 7865 §6.9)."""
    for stream_id, _ in session.streams:
        if stream_id != participant.stream_id:
            if participant.hears:
                _add(element, "recv", stream_id)
        elif participant.speaks:
            _add(element, "send", stream_id)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
