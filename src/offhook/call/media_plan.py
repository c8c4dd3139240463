"""From what offer and answer agreed on to what the media core must do.

Called by `call/leg.py`. RFC 3264 §8.4 for hold: a direction without "send" stops our RTP, and one without
either the media timeout.
"""

from offhook.media.ports import (
    AudioCodec,
    CryptoSuite,
    MediaPlan,
    SrtpKey,
    SrtpKeys,
)
from offhook.sdp.crypto import CryptoAttribute
from offhook.sdp.offer_answer import AudioAgreement


def media_plan(agreement: AudioAgreement) -> MediaPlan:
    """The plan of an agreement; codecs go by the same name on both sides."""
    return MediaPlan(
        remote_host=agreement.remote_host,
        remote_port=agreement.remote_port,
        remote_rtcp_port=agreement.remote_rtcp_port,
        codec=AudioCodec(agreement.codec.value),
        payload_type=agreement.payload_type,
        receive=tuple((number, AudioCodec(codec.value)) for number, codec in agreement.receive),
        telephone_event=agreement.telephone_event,
        telephone_event_hz=agreement.telephone_event_hz,
        receive_events=agreement.receive_events,
        sends=agreement.direction.sends,
        receives=agreement.direction.receives,
    )


def srtp_keys(agreement: AudioAgreement) -> SrtpKeys | None:
    """The keys of an agreement, to be told before its plan; None for plain RTP."""
    srtp = agreement.srtp
    return None if srtp is None else SrtpKeys(_key(srtp.local), _key(srtp.remote))


def _key(line: CryptoAttribute) -> SrtpKey:
    return SrtpKey(CryptoSuite(line.suite), line.key_and_salt)
