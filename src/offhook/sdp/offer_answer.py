"""Offer and answer for one audio stream (RFC 3264, RFC 6337), plain or with a key for SRTP (RFC 4568).

One m=audio over RTP/AVP is used, or over RTP/SAVP where our end has a key: never the one for the other.
Every other stream is refused with port 0, in its place. An answer has one codec (no switching in mid-call)
and telephone-event under the offerer's number. Called by `call/` and `phone/`, which turn an AudioAgreement
into a MediaPlan.

Leaves out: DTLS-SRTP, ICE, rtcp-mux (not accepted: the answer lacks it), IPv6 media.
"""

import re
from collections.abc import Iterable
from dataclasses import field, replace
from enum import StrEnum
from typing import Final

from offhook.base.frozen import frozen
from offhook.sdp.crypto import SUITES, CryptoAttribute, answered_crypto, choose_crypto
from offhook.sdp.direction import Direction, direction
from offhook.sdp.error import (
    NoCommonCodecError,
    Obstacle,
    SdpUsageError,
    SrtpRefusedError,
    SrtpRequiredError,
    another_profile,
    malformed,
    not_acceptable,
)
from offhook.sdp.session_description import MediaDescription, Origin, SessionDescription

PTIME_MS: Final = 20
"""What we send, and ask for (reference, section 11)."""
PTIME_RANGE_MS: Final = (10, 60)
"""What we take from a peer; it bounds what the peer may announce."""
TELEPHONE_EVENT: Final = 101
"""Payload type of telephone-event in our offers (reference, section 12)."""
EVENT_CLOCKS_HZ: Final = frozenset({8000, 16_000, 24_000, 32_000, 48_000})
"""Of telephone-event, as wide-band phones write it."""
UNSPECIFIED: Final = "0.0.0.0"  # noqa: S104 - an address in SDP that means hold, not one to bind

PLAIN: Final = "RTP/AVP"
SECURE: Final = "RTP/SAVP"
"""The profiles of m=audio (RFC 3551, RFC 3711 §12)."""

_RTPMAP: Final = re.compile(r"([0-9]{1,3}) +([A-Za-z0-9\-_.]+)/([0-9]{1,6})(?:/([0-9]{1,2}))? *\Z")
_OCTET: Final = "25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]"
_IPV4: Final = re.compile(rf"({_OCTET})(?:\.(?:{_OCTET})){{3}}\Z")
"""No leading zeros, which some read as octal."""
_RTCP: Final = re.compile(r"([0-9]{1,5})(?: IN IP[46] \S+)? *\Z")


class Codec(StrEnum):
    """A codec by its name in rtpmap, compared without case."""

    PCMU = "PCMU"
    PCMA = "PCMA"

    @property
    def static_payload_type(self) -> int:
        """RFC 3551 table 4."""
        return 0 if self is Codec.PCMU else 8


Mapped = tuple[int, str, int]
"""A payload type: number, name in upper-case, clock rate in Hz.

One of more than one channel, and one that says nothing of itself, has no name.
"""

_CODECS: Final = {codec.value: codec for codec in Codec}
_UNMAPPED: Final = {
    **{codec.static_payload_type: (codec.value, 8000, 1) for codec in Codec},
    TELEPHONE_EVENT: ("TELEPHONE-EVENT", 8000, 1),
}
"""What a number is that has no rtpmap: the static ones, and 101, which old phones took for one."""


@frozen
class LocalAudio:
    """Our end of an audio stream."""

    host: str
    """Address in c= and o=, the one the peer can reach."""
    port: int
    """Of RTP; RTCP is the next one."""
    session_id: int
    """Of o=, the same for the life of a call."""
    version: int
    """Of o=, raised by the caller when the description changes (RFC 3264 §8)."""
    codecs: tuple[Codec, ...] = (Codec.PCMU, Codec.PCMA)
    """What we speak, in the order of our offers; at least one."""
    direction: Direction = Direction.SENDRECV
    """What we are willing to do."""
    has_events: bool = True
    """Whether we speak telephone-event."""
    key_and_salt: bytes | None = field(default=None, repr=False)
    """What we send SRTP with: the stream is RTP/SAVP, ours and the peer's. None is plain RTP."""

    @property
    def offered_event(self) -> tuple[int, int] | None:
        """Number and clock of telephone-event in our offers."""
        return (TELEPHONE_EVENT, 8000) if self.has_events else None

    @property
    def profile(self) -> str:
        """Of the stream."""
        return PLAIN if self.key_and_salt is None else SECURE


@frozen
class SrtpAgreement:
    """What protects the stream, each way its own key."""

    local: CryptoAttribute
    """Our line, the key of what we send."""
    remote: CryptoAttribute
    """The peer's, of the same tag and suite."""


@frozen
class AudioAgreement:
    """What both sides will do."""

    remote_host: str
    """IPv4 address for our RTP; "0.0.0.0" is hold in the old way, and `direction` then sends nothing."""
    remote_port: int
    """1 to 65535."""
    remote_rtcp_port: int | None
    """Of a=rtcp; None is the RTP port plus one."""
    codec: Codec
    """What we send."""
    payload_type: int
    """Its number towards the peer."""
    receive: tuple[tuple[int, Codec], ...]
    """Numbers under which the peer may send audio."""
    telephone_event: int | None
    """Number of the RFC 4733 events that we send; None when the peer has none."""
    direction: Direction
    """Ours."""
    ptime_ms: int
    """Length of the packets the peer announces; 20 when it says nothing, or nothing that we take."""
    telephone_event_hz: int = 8000
    """Their clock: that of our codecs where the peer has it."""
    receive_events: tuple[int, ...] = ()
    """Numbers under which the peer may send events: its own, ours, and 101, which some use unasked."""
    srtp: SrtpAgreement | None = None
    """None is plain RTP."""


@frozen
class ConsideredOffer:
    """An offer that can be answered."""

    offer: SessionDescription
    """As it came."""
    index: int | None
    """The place of the stream that is used; None where the one that was used is taken away, until it comes
    back: hold as some understand it."""
    agreement: AudioAgreement
    """What both sides will do once it is answered."""

    def answer(self, local: LocalAudio) -> SessionDescription:
        """The answer from our end at `local`: the stream that is used, every other one refused."""
        agreed = self.agreement
        streams = [_refused(other) for other in self.offer.media]
        if self.index is None:
            return _description(local, tuple(streams))
        said = replace(local, direction=agreed.direction)
        crypto = None if agreed.srtp is None else agreed.srtp.local
        number = agreed.telephone_event if local.has_events else None
        event = None if number is None else (number, agreed.telephone_event_hz)
        streams[self.index] = _audio(said, ((agreed.payload_type, agreed.codec),), event, crypto)
        return _description(local, tuple(streams))


def make_offer(local: LocalAudio, previous: SessionDescription | None = None) -> SessionDescription:
    """Offer every codec of ours and telephone-event, both ways or as `local.direction` says (hold).

    previous: what we said last in this session, offer or answer; None in the first offer. Its streams
    keep their places, the refused ones refused (RFC 3264 §8, §8.2); its numbers keep their meaning
    (§8.3.2), and what was agreed on is offered first, so that a peer that likes it need not change; so
    does the line of a key that is the same (RFC 4568 §7.1.4).
    Raises: SdpUsageError without a codec.
    """
    index = None if previous is None else _audio_index(previous)
    if previous is None or index is None:
        payload_types = tuple((codec.static_payload_type, codec) for codec in local.codecs)
        audio = _audio(local, payload_types, local.offered_event, _crypto(local))
        return _description(local, _in_place(audio, previous))
    before = previous.media[index]
    mapped = _mapped(before)
    said = [(number, codec) for number, codec in _codecs(mapped) if codec in local.codecs]
    taken = {number for number, _, _ in mapped}
    for codec in local.codecs:
        if all(codec is not other for _, other in said):
            said.append((_free_number(codec.static_payload_type, taken), codec))
            taken.add(said[-1][0])
    event = _telephone_event(mapped)
    if event is None and local.has_events:
        event = (_free_number(TELEPHONE_EVENT, taken), 8000)
    streams = [_refused(other) for other in previous.media]
    streams[index] = _audio(local, tuple(said), event, _crypto(local, before))
    return _description(local, tuple(streams))


def wants_srtp(offer: SessionDescription) -> bool:
    """Whether who takes both, plain RTP and SRTP, answers this offer with SRTP.

    So where it has a stream of it whose key can be used, before a plain one beside it; and where it has no
    plain one, so that what is wrong with the key is what is told.
    """
    audio = [media for media in offer.media if media.media == "audio" and media.port]
    secure = [media for media in audio if media.protocol == SECURE]
    has_plain = any(media.protocol == PLAIN for media in audio)
    return bool(secure) and (not has_plain or any(_has_usable_key(media) for media in secure))


def _has_usable_key(media: MediaDescription) -> bool:
    try:
        choose_crypto(media.values("crypto"))
    except SrtpRequiredError:
        return False
    return True


def consider_offer(
    offer: SessionDescription, local: LocalAudio, before: AudioAgreement | None = None
) -> ConsideredOffer:
    """Find the first codec of the offer that we have (reference, section 11), and all else to agree on.

    local: its address and port do not matter yet. before: what is agreed on in this session; an offer that
    takes its audio away with port 0 (RFC 3264 §8.2) then holds it.
    Raises: NoCommonCodecError (488) when no stream of the offer can be used; SrtpRefusedError or
    SrtpRequiredError (488) when its audio would be the right one but for SRTP; SdpError (400) when the one
    that could is malformed.
    """
    refusal: NoCommonCodecError | None = None
    wrong_profile: SrtpRefusedError | SrtpRequiredError | None = None
    for index, media in enumerate(offer.media):
        try:
            agreement = _agree(offer, media, local)
            if local.key_and_salt is not None:
                theirs = choose_crypto(media.values("crypto"))
                ours = replace(theirs, key_and_salt=local.key_and_salt)
                agreement = replace(agreement, srtp=SrtpAgreement(ours, theirs))
        except NoCommonCodecError as error:
            refusal = refusal or error
        except (SrtpRefusedError, SrtpRequiredError) as error:
            wrong_profile = wrong_profile or error
        else:
            return ConsideredOffer(offer, index, agreement)
    if wrong_profile is not None:
        raise wrong_profile
    if (
        before is not None
        and any(media.media == "audio" for media in offer.media)
        and not any(media.port for media in offer.media if media.media == "audio")
    ):
        return ConsideredOffer(offer, None, replace(before, direction=Direction.INACTIVE))
    streams_offered = " ".join(media.media for media in offer.media)
    what = "no stream that can be used" if refusal is None else refusal.message
    obstacle = Obstacle.STREAMS if refusal is None else refusal.obstacle
    raise not_acceptable(what, section="RFC 3264 §6", excerpt=streams_offered, obstacle=obstacle) from refusal


def accept_answer(offer: SessionDescription, answer: SessionDescription) -> AudioAgreement:
    """What the answer to our offer means.

    Raises: NoCommonCodecError (488) when it refuses our stream; SrtpRequiredError (488) when that was
    SRTP, and its answer is not; SdpError (400) when it is no answer to it.
    """
    if len(answer.media) != len(offer.media):
        raise malformed("answer has another number of streams", section="RFC 3264 §6")
    index = _audio_index(offer)
    if index is None:
        raise SdpUsageError("our offer has no audio")
    ours, theirs = offer.media[index], answer.media[index]
    offered = {codec: number for number, codec in _codecs(_mapped(ours))}
    lines = [CryptoAttribute.parse(value) for value in ours.values("crypto")]
    local = LocalAudio(
        host=offer.host_of(ours),
        port=ours.port,
        session_id=offer.origin.session_id,
        version=offer.origin.version,
        codecs=tuple(offered),
        direction=offer.direction_of(ours),
        key_and_salt=lines[0].key_and_salt if lines else None,
    )
    # The peer sends under the numbers of our offer (RFC 3264 §6.1), whichever codecs it kept.
    receive = tuple((offered[codec], codec) for _, codec in _codecs(_mapped(theirs)) if codec in offered)
    agreement = _agree(answer, theirs, local)
    events = {*agreement.receive_events, *_events(_mapped(ours))}
    agreement = replace(agreement, receive=receive, receive_events=_but_audio(events, receive))
    if not lines:
        return agreement
    return replace(agreement, srtp=SrtpAgreement(*answered_crypto(theirs.values("crypto"), lines)))


def _audio_index(ours: SessionDescription) -> int | None:
    """The place of our audio stream in a description of ours: the one that is not refused."""
    places = [index for index, media in enumerate(ours.media) if media.media == "audio" and media.port]
    return places[0] if places else None


def _in_place(audio: MediaDescription, previous: SessionDescription | None) -> tuple[MediaDescription, ...]:
    """Our audio anew, where it was before it was taken away: a place may be used again (RFC 3264 §8.1)."""
    if previous is None:
        return (audio,)
    streams = [_refused(other) for other in previous.media]
    place = next((index for index, media in enumerate(streams) if media.media == "audio"), len(streams))
    streams[place : place + 1] = [audio]
    return tuple(streams)


def _free_number(wanted: int, taken: set[int]) -> int:
    """`wanted`, or the first dynamic number that has no meaning yet (RFC 3551 §3)."""
    return wanted if wanted not in taken else next(each for each in range(96, 128) if each not in taken)


def _agree(remote: SessionDescription, media: MediaDescription, local: LocalAudio) -> AudioAgreement:
    """What one stream of the peer's description and our end have in common."""
    if media.media != "audio" or media.port == 0:
        raise not_acceptable("no audio stream", section="RFC 3264 §5.1", excerpt=media.media)
    if media.protocol != local.profile:
        if local.profile == SECURE or SECURE in media.protocol:
            raise another_profile(media.protocol, wanted=local.profile, is_secure=local.profile == SECURE)
        raise not_acceptable(
            "no plain RTP", section="RFC 3551", excerpt=media.protocol, obstacle=Obstacle.PROFILE
        )
    mapped = _mapped(media)
    common = [(number, codec) for number, codec in _codecs(mapped) if codec in local.codecs]
    if not common:
        formats = " ".join(media.formats)
        raise not_acceptable(
            "no common codec", section="RFC 3264 §6.1", excerpt=formats, obstacle=Obstacle.CODECS
        )
    host = _ipv4(remote.host_of(media))
    theirs = remote.direction_of(media)
    if host == UNSPECIFIED:
        theirs = direction(sends=theirs.sends, receives=False)  # hold of RFC 2543 (RFC 3264 §8.4)
    number, codec = common[0]
    event, event_hz = _telephone_event(mapped) or (None, 8000)
    receive = ((number, codec),)
    return AudioAgreement(
        remote_host=host,
        remote_port=media.port,
        remote_rtcp_port=_rtcp_port(media),
        codec=codec,
        payload_type=number,
        receive=receive,
        telephone_event=event,
        telephone_event_hz=event_hz,
        receive_events=_but_audio({*_events(mapped), *_unasked_events(mapped)}, receive),
        direction=theirs.mirrored.within(local.direction),
        ptime_ms=_ptime_ms(media),
    )


def _codecs(mapped: list[Mapped]) -> list[tuple[int, Codec]]:
    """The payload types of a stream that we know, in its order."""
    found: list[tuple[int, Codec]] = []
    for number, name, rate_hz in mapped:
        codec = _CODECS.get(name)
        if codec is not None and rate_hz == 8000:
            found.append((number, codec))
    return found


def _telephone_event(mapped: list[Mapped]) -> tuple[int, int] | None:
    """Number and clock of telephone-event, best that of our codecs.

    A phone with wide-band codecs offers one for each, and some the wide one alone, whatever the codec.
    """
    events = _events(mapped)
    number = next((number for number, rate_hz in events.items() if rate_hz == 8000), None)
    if number is not None:
        return number, 8000
    return next(iter(events.items()), None)


def _events(mapped: list[Mapped]) -> dict[int, int]:
    """The clocks of the numbers that are telephone-event, in the stream's order."""
    return {
        number: rate_hz
        for number, name, rate_hz in mapped
        if name == "TELEPHONE-EVENT" and rate_hz in EVENT_CLOCKS_HZ
    }


def _unasked_events(mapped: list[Mapped]) -> set[int]:
    """101, where it is nothing else: some phones send events under it that they never told of."""
    return {TELEPHONE_EVENT} - {number for number, name, _ in mapped if name}


def _but_audio(events: Iterable[int], audio: tuple[tuple[int, Codec], ...]) -> tuple[int, ...]:
    return tuple(sorted(set(events) - {number for number, _ in audio}))


def _mapped(media: MediaDescription) -> list[Mapped]:
    """The payload types of the stream, in its order."""
    names = _rtpmap(media)
    found = [
        (number, names.get(number) or _UNMAPPED.get(number, ("", 0, 1))) for number in _payload_types(media)
    ]
    return [(number, name if channels == 1 else "", rate_hz) for number, (name, rate_hz, channels) in found]


def _payload_types(media: MediaDescription) -> list[int]:
    if not all(each.isascii() and each.isdigit() and len(each) <= 3 for each in media.formats):
        raise malformed(
            "payload type is no number", section="RFC 8866 §5.14", excerpt=" ".join(media.formats)
        )
    return [int(each) for each in media.formats if int(each) <= 127]


def _rtpmap(media: MediaDescription) -> dict[int, tuple[str, int, int]]:
    """Payload types to name in upper-case, clock rate in Hz, channels."""
    names: dict[int, tuple[str, int, int]] = {}
    for value in media.values("rtpmap"):
        found = _RTPMAP.match(value)
        if found is None:
            raise malformed("malformed rtpmap", section="RFC 8866 §6.6", excerpt=value)
        number, rate_hz = int(found[1]), int(found[3])
        # Some write a number twice, for telephone-event of two clocks; ours is the one to keep.
        if number not in names or (rate_hz == 8000 and names[number][1] != 8000):
            names[number] = (found[2].upper(), rate_hz, int(found[4] or 1))
    return names


def _ipv4(host: str) -> str:
    found = _IPV4.match(host)
    if found is None:
        raise not_acceptable(
            "media address is not IPv4", section="RFC 8866 §5.7", excerpt=host, obstacle=Obstacle.ADDRESS
        )
    if 224 <= int(found[1]) <= 239 or host == "255.255.255.255":
        raise not_acceptable(
            "media address is not unicast", section="RFC 8866 §5.7", excerpt=host, obstacle=Obstacle.MULTICAST
        )
    return host


def _rtcp_port(media: MediaDescription) -> int | None:
    value = media.attribute("rtcp")
    if value is None:
        return None
    found = _RTCP.match(value)
    if found is None or not 0 < int(found[1]) <= 65_535:
        raise malformed("malformed rtcp", section="RFC 3605 §2.1", excerpt=value)
    return int(found[1])


def _ptime_ms(media: MediaDescription) -> int:
    value = media.attribute("ptime") or ""
    low, high = PTIME_RANGE_MS
    if value.isascii() and value.isdigit() and len(value) <= 4 and low <= int(value) <= high:
        return int(value)
    return PTIME_MS


def _audio(
    local: LocalAudio,
    payload_types: tuple[tuple[int, Codec], ...],
    event: tuple[int, int] | None,
    crypto: CryptoAttribute | None,
) -> MediaDescription:
    """event: number and clock of telephone-event."""
    if not payload_types:
        raise SdpUsageError("no codec to offer")
    formats = [str(number) for number, _ in payload_types]
    attributes: list[tuple[str, str | None]] = [
        ("rtpmap", f"{number} {codec}/8000") for number, codec in payload_types
    ]
    if event is not None:
        number, rate_hz = event
        formats.append(str(number))
        attributes += [("rtpmap", f"{number} telephone-event/{rate_hz}"), ("fmtp", f"{number} 0-16")]
    attributes += [("ptime", str(PTIME_MS)), (local.direction.value, None)]
    if crypto is not None:
        attributes.insert(0, ("crypto", str(crypto)))
    return MediaDescription("audio", local.port, local.profile, tuple(formats), None, tuple(attributes))


def _crypto(local: LocalAudio, before: MediaDescription | None = None) -> CryptoAttribute | None:
    """The one line that we offer: the one `before`, where its key is the same."""
    key = local.key_and_salt
    if key is None:
        return None
    offered = CryptoAttribute(1, SUITES[0], key)
    for value in before.values("crypto") if before is not None else ():
        said = CryptoAttribute.parse(value)
        if replace(offered, tag=said.tag, suite=said.suite).is_same(said):
            return said
    return offered


def _refused(media: MediaDescription) -> MediaDescription:
    """The same stream with port 0, its formats kept (RFC 3264 §6)."""
    return MediaDescription(media.media, 0, media.protocol, media.formats)


def _description(local: LocalAudio, media: tuple[MediaDescription, ...]) -> SessionDescription:
    origin = Origin("-", local.session_id, local.version, local.host)
    return SessionDescription(origin, media, host=local.host)
