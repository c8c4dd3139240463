"""Calls of an elastic SIP trunk: what a PBX that calls the world, or is called by it, is run on.

    PBX -> NAME.pstn.… -> the number, by the node's default trunk or at home; From is one of the account's
    number on a trunk -> the PBX, by its origination URLs -> all have failed: the disaster recovery URL

Both are documents of one Dial, so that ringing, failover, recording and the answers to the caller are those
of every other call. Called by `called.py`. Source: reference/sip-interface 8.3, 4.4. Left out: REFER by
TransferMode, Diversion.
"""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from offhook.model.recording import RecordingSource
from offhook.model.trunk import OriginationUrl, RecordingMode, Trunk
from offhook.verbs.runner import InlineDocument

TIME_LIMIT_S: Final = 86_400
"""Nobody but the two parties ends a trunk's call: the longest that Dial takes."""


def to_the_world(trunk: Trunk, number: str, caller: str) -> InlineDocument:
    """Call a number for the PBX. number, caller: E.164."""
    return _dial(trunk, f"<Number>{escape(number)}</Number>", callerId=caller)


def to_the_pbx(trunk: Trunk, urls: Sequence[OriginationUrl], number: str) -> InlineDocument:
    """Call the PBX for a number. urls: those that are enabled, at least one. number: E.164."""
    uris = "".join(_uri(trunk, url, number) for url in urls)
    return _dial(trunk, f"<Sip>{uris}</Sip>")


def _uri(trunk: Trunk, url: OriginationUrl, number: str) -> str:
    scheme, _, place = url.sip_url.partition(":")
    secure = ";secure=true" if trunk.secure and "secure=true" not in place.lower() else ""
    text = escape(f"{scheme}:{number}@{place}{secure}")
    return f'<Uri priority="{url.priority}" weight="{url.weight}">{text}</Uri>'


def _dial(trunk: Trunk, nouns: str, **attributes: str) -> InlineDocument:
    attributes |= {"answerOnBridge": "true", "timeLimit": str(TIME_LIMIT_S)}
    if trunk.recording_mode is not RecordingMode.DO_NOT_RECORD:
        attributes |= {"record": trunk.recording_mode.value, "trim": trunk.recording_trim.value}
    written = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    document = f"<Response><Dial {written}>{nouns}</Dial></Response>"
    return InlineDocument(document, dial_is_recorded_as=RecordingSource.TRUNKING)
