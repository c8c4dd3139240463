"""The SDP of a recording session: a `sendonly` stream for each track, with its label (RFC 7866 §7.1).

Each stream is an offer and answer of its own (`call/negotiation.py`), and the description has all of them in
a row: G.711 of both laws, plain RTP, or SRTP where the server is to have that (RFC 4568). The server may
offer anew, and pause with `a=inactive` (RFC 7866 §7.2). Called by `recording_session.py`.
"""

from collections.abc import Sequence
from dataclasses import replace

from offhook.base.errors import PeerError
from offhook.base.ids import Chance
from offhook.call.negotiation import Negotiation
from offhook.sdp.direction import Direction
from offhook.sdp.offer_answer import AudioAgreement, LocalAudio
from offhook.sdp.session_description import MediaDescription, Origin, SessionDescription


class NoMediaError(PeerError):
    """The server takes none of the streams."""


class RecordedStream:
    """One of ours, and what is agreed on for it."""

    def __init__(self, label: str, port: int, chance: Chance, *, is_secure: bool) -> None:
        """label: its `a=label` (RFC 4574). port: UDP port of its RTP."""
        self.label = label
        self._port = port
        self._negotiation = Negotiation(chance)
        self._negotiation.protect(is_secure=is_secure)
        self._refused: MediaDescription | None = None

    @property
    def agreement(self) -> AudioAgreement | None:
        """None where the server does not want it."""
        return None if self._refused is not None else self._negotiation.agreement

    @property
    def is_paused(self) -> bool:
        """Whether nothing is to be sent now."""
        return self.agreement is None or not self.agreement.direction.sends

    def offer(self, host: str) -> MediaDescription:
        """Ours, offered; one that was refused stays so (RFC 3264 §8.2)."""
        if self._refused is not None:
            return self._refused
        return self._labelled(self._negotiation.offer(self._local(host)))

    def accept_answer(self, answer: SessionDescription) -> None:
        """Take what the server says to it. answer: with this stream alone. Raises: PeerError."""
        (media,) = answer.media
        if self._refused is not None:
            return
        if media.port == 0:
            self._refuse(media)
        else:
            self._negotiation.accept_answer(answer.to_bytes())

    def consider(self, offer: SessionDescription, host: str) -> None:
        """Take the server's own offer. offer: with this stream alone. Raises: PeerError."""
        (media,) = offer.media
        if media.port:
            self._negotiation.consider(offer.to_bytes(), self._local(host))

    def respond(self, offered: MediaDescription, host: str) -> MediaDescription:
        """The answer to the offer that was considered."""
        if offered.port == 0:
            return self._refuse(offered)
        self._refused = None
        return self._labelled(self._negotiation.respond(self._local(host)))

    def _refuse(self, media: MediaDescription) -> MediaDescription:
        self._refused = MediaDescription(media.media, 0, media.protocol, media.formats)
        return self._refused

    def _local(self, host: str) -> LocalAudio:
        return LocalAudio(
            host=host,
            port=self._port,
            session_id=0,
            version=0,
            direction=Direction.SENDONLY,
            has_events=False,
        )

    def _labelled(self, said: bytes) -> MediaDescription:
        (media,) = SessionDescription.parse(said).media
        return replace(media, attributes=(*media.attributes, ("label", self.label)))


class RecordedStreams:
    """All of one session with one server."""

    def __init__(self, session_id: int, streams: Sequence[RecordedStream]) -> None:
        """session_id: of `o=`; the first version as well."""
        self.streams = tuple(streams)
        self._session_id = session_id
        self._version = session_id
        self._said: tuple[str, tuple[MediaDescription, ...]] | None = None

    def offer(self, host: str) -> bytes:
        """Our description, offered. host: the address that the server can reach."""
        return self._say(host, tuple(stream.offer(host) for stream in self.streams))

    def accept_answer(self, body: bytes) -> None:
        """Take the server's answer. Raises: PeerError when it does not fit, or wants no stream."""
        answer = SessionDescription.parse(body)
        if len(answer.media) != len(self.streams):
            raise NoMediaError("the answer has not as many streams as the offer", section="RFC 3264 §6")
        for stream, media in zip(self.streams, answer.media, strict=True):
            stream.accept_answer(replace(answer, media=(media,)))
        self._expect_some()

    def answer(self, body: bytes, host: str) -> bytes:
        """Our answer to the server's own offer; streams beyond ours are refused.

        Raises: PeerError, and what was agreed on stays, when it does not fit.
        """
        offer = SessionDescription.parse(body)
        ours = offer.media[: len(self.streams)]
        if len(ours) < len(self.streams):
            raise NoMediaError("the offer has fewer streams than there are", section="RFC 3264 §8")
        if not any(media.port for media in ours):
            raise NoMediaError("the offer takes every stream away: BYE would end it", section="RFC 3264 §8.2")
        for stream, media in zip(self.streams, ours, strict=True):
            stream.consider(replace(offer, media=(media,)), host)
        said = [stream.respond(media, host) for stream, media in zip(self.streams, ours, strict=True)]
        more = offer.media[len(ours) :]
        said += [MediaDescription(each.media, 0, each.protocol, each.formats) for each in more]
        return self._say(host, tuple(said))

    def _expect_some(self) -> None:
        if not any(stream.agreement for stream in self.streams):
            raise NoMediaError("no stream of the recording is taken", section="RFC 7866 §7.1")

    def _say(self, host: str, media: tuple[MediaDescription, ...]) -> bytes:
        """The version grows when what we say has changed (RFC 3264 §8)."""
        if self._said is not None and self._said != (host, media):
            self._version += 1
        self._said = host, media
        origin = Origin("-", self._session_id, self._version, host)
        return SessionDescription(origin=origin, host=host, media=media).to_bytes()
