"""What a recording server is told of the call: `application/rs-metadata+xml` (RFC 7865), complete, once.

Two participants, the caller's side and ours, each with the stream that carries what it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

NAMESPACE: Final = "urn:ietf:params:xml:ns:recording:1"
MEDIA_TYPE: Final = "application/rs-metadata+xml"


@dataclass(frozen=True, slots=True)
class RecordedParticipant:
    """One side of the call. The ids are base64 of 16 bytes, each its own (RFC 7865 §6.10)."""

    participant_id: str
    aor: str
    """Its URI."""
    stream_id: str | None
    """Of what it says; None where that is not recorded."""
    label: str
    """Of its stream in the SDP (RFC 4574)."""


def metadata(
    session_id: str, sip_session_id: str, began: datetime, participants: Sequence[RecordedParticipant]
) -> bytes:
    """The document. session_id: base64 of 16 bytes. sip_session_id: Call-ID of the recorded call."""
    moment = began.strftime("%Y-%m-%dT%H:%M:%SZ")
    root = ET.Element("recording", xmlns=NAMESPACE)
    _add(root, "datamode", "complete")
    session = ET.SubElement(root, "session", session_id=session_id)
    _add(session, "sipSessionID", sip_session_id)
    _add(session, "start-time", moment)
    for each in participants:
        participant = ET.SubElement(root, "participant", participant_id=each.participant_id)
        ET.SubElement(participant, "nameID", aor=each.aor)
    streams = [each for each in participants if each.stream_id is not None]
    for each in streams:
        stream = ET.SubElement(root, "stream", stream_id=each.stream_id or "", session_id=session_id)
        _add(stream, "label", each.label)
    association = ET.SubElement(root, "sessionrecordingassoc", session_id=session_id)
    _add(association, "associate-time", moment)
    for each in participants:
        association = ET.SubElement(
            root, "participantsessionassoc", participant_id=each.participant_id, session_id=session_id
        )
        _add(association, "associate-time", moment)
    for each in participants:
        association = ET.SubElement(root, "participantstreamassoc", participant_id=each.participant_id)
        for other in streams:
            _add(association, "send" if other is each else "recv", other.stream_id or "")
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
