"""The SDP of a recording session: a `sendonly` m= line for each track, with its label (RFC 7866 §7.1).

G.711 µ-law alone, which every recording server takes. Called by `recording_session.py`.
"""

from dataclasses import dataclass
from typing import Final

from offhook.base.errors import PeerError
from offhook.media.ports import AudioCodec, MediaPlan
from offhook.sdp.session_description import MediaDescription, Origin, SessionDescription

PCMU: Final = 0


class NoMediaError(PeerError):
    """The server takes none of the streams."""


@dataclass(frozen=True, slots=True)
class OfferedStream:
    """One of ours."""

    label: str
    port: int
    """UDP port of its RTP."""


def offer(host: str, session_id: int, streams: tuple[OfferedStream, ...]) -> bytes:
    """Our description; it never changes while the session lasts."""
    return SessionDescription(
        origin=Origin("-", session_id, session_id, host),
        host=host,
        media=tuple(
            MediaDescription(
                media="audio",
                port=stream.port,
                protocol="RTP/AVP",
                formats=(str(PCMU),),
                attributes=(
                    ("rtpmap", f"{PCMU} PCMU/8000"),
                    ("ptime", "20"),
                    ("label", stream.label),
                    ("sendonly", None),
                ),
            )
            for stream in streams
        ),
    ).to_bytes()


def plans(answer: bytes, count: int) -> tuple[MediaPlan | None, ...]:
    """Where each stream goes, in the order of the offer; None for one that is not wanted.

    Raises: PeerError when the answer does not fit, or wants none.
    """
    description = SessionDescription.parse(answer)
    if len(description.media) != count:
        raise NoMediaError("the answer has not as many streams as the offer", section="RFC 3264 §6")
    found = tuple(_plan(media, description.host) for media in description.media)
    if not any(found):
        raise NoMediaError("no stream of the recording is taken", section="RFC 7866 §7.1")
    return found


def _plan(media: MediaDescription, session_host: str | None) -> MediaPlan | None:
    host = media.host or session_host
    if media.port == 0 or host is None or str(PCMU) not in media.formats:
        return None
    if media.attribute("inactive") is not None or media.attribute("sendonly") is not None:
        return None
    return MediaPlan(
        remote_host=host,
        remote_port=media.port,
        codec=AudioCodec.PCMU,
        payload_type=PCMU,
        receive=((PCMU, AudioCodec.PCMU),),
        receives=False,
    )
