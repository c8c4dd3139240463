"""ConversationRelay's messages, JSON in text frames (reference/twiml 10.2, 10.3).

    the application -> us    text, play, sendDigits, language, end: `read_message`
    us -> the application    setup, prompt, dtmf, interrupt, error, info: one function each

What is sent when: `conversation_relay.py`. Fields that are not ours are left alone; a field of ours that has
another type than Twilio's is a malformed message (64107). A field that is null is absent: serializers write
so what an application has left out, and what a message must have may not be left out.
Source: https://www.twilio.com/docs/voice/conversationrelay/websocket-messages (read 2026-11).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from offhook.base.errors import PeerError

MESSAGE_MAX: Final = 65_536
"""Characters of one message. Ours: a document of TwiML has as many."""
LOOPS_MAX: Final = 1_000
"""Of `play`; also what 0 stands for."""
SOURCE_MAX: Final = 2_048
"""Characters of a URL. Ours."""
HANDOFF_MAX: Final = 32_768
"""Characters of `handoffData`. Ours."""
_DIGITS: Final = re.compile(r"[0-9wW#*]{1,64}\Z")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}\Z")


class RelayMessageError(PeerError):
    """A message that is none: noted as 64107, and left."""


class Interruptible(StrEnum):
    """By what of the caller's the agent can be interrupted, or what of it is reported meanwhile."""

    NONE = "none"
    DTMF = "dtmf"
    SPEECH = "speech"
    ANY = "any"

    @property
    def by_key(self) -> bool:
        """Whether a key does it."""
        return self in (Interruptible.DTMF, Interruptible.ANY)

    @property
    def by_speech(self) -> bool:
        """Whether words do it."""
        return self in (Interruptible.SPEECH, Interruptible.ANY)


@dataclass(frozen=True, slots=True)
class Text:
    """Words for the caller, or a part of them."""

    token: str
    """May be empty."""
    last: bool = False
    """Whether it closes the talk cycle."""
    lang: str = ""
    """BCP 47 tag; empty is the language in force."""
    interruptible: Interruptible | None = None
    """None is what the document says."""
    preemptible: bool | None = None
    """None is what the document says."""


@dataclass(frozen=True, slots=True)
class Play:
    """A file for the caller."""

    source: str
    loop: int = 1
    """1 to 1,000."""
    preemptible: bool = False
    interruptible: Interruptible | None = None


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Keys to press: `0-9 * #`, and `w` to wait half a second."""

    digits: str


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """What is spoken or understood from now on; empty leaves it."""

    tts: str = ""
    transcription: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """The application has done."""

    handoff_data: str = ""


ServerMessage = Text | Play | SendDigits | SwitchLanguage | End


def read_message(text: str) -> ServerMessage:
    """A message of the application. Raises: RelayMessageError."""
    if len(text) > MESSAGE_MAX:
        raise RelayMessageError(f"longer than {MESSAGE_MAX} characters", excerpt=text)
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RelayMessageError("not JSON", excerpt=text) from error
    if not isinstance(message, dict):
        raise RelayMessageError("no JSON object", excerpt=text)
    message = {name: value for name, value in message.items() if value is not None}
    fields = _Fields(message, text)
    match message.get("type"):
        case "text":
            return Text(
                fields.text("token", MESSAGE_MAX),
                fields.boolean("last", default=False),
                fields.language("lang"),
                fields.interruptible(),
                fields.boolean_or_none("preemptible"),
            )
        case "play":
            loop = fields.whole_number("loop", 1)
            return Play(
                fields.text("source", SOURCE_MAX, is_needed=True),
                min(loop or LOOPS_MAX, LOOPS_MAX),
                fields.boolean("preemptible", default=False),
                fields.interruptible(),
            )
        case "sendDigits":
            return SendDigits(fields.digits())
        case "language":
            switch = SwitchLanguage(fields.language("ttsLanguage"), fields.language("transcriptionLanguage"))
            if not switch.tts and not switch.transcription:
                raise fields.fault("neither ttsLanguage nor transcriptionLanguage")
            return switch
        case "end":
            return End(fields.text("handoffData", HANDOFF_MAX) if "handoffData" in message else "")
        case kind:
            what = "it has no type" if kind is None else f"no message is of the type {str(kind)[:40]!r}"
            raise fields.fault(f"{what} (text, play, sendDigits, language and end are)")


class _Fields:
    """The fields of one message, each read by its kind."""

    def __init__(self, message: Mapping[str, Any], text: str) -> None:
        self._message = message
        self._text = text

    def fault(self, what: str) -> RelayMessageError:
        return RelayMessageError(what, excerpt=self._text)

    def text(self, name: str, maximum: int, *, is_needed: bool = False) -> str:
        value = self._message.get(name)
        if not isinstance(value, str) or (is_needed and not value.strip()):
            raise self.fault(f"{name} is no text")
        if len(value) > maximum:
            raise self.fault(f"{name} is longer than {maximum} characters")
        return _encodable(value)

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self.boolean_or_none(name)
        return default if value is None else value

    def boolean_or_none(self, name: str) -> bool | None:
        if name not in self._message:
            return None
        value = self._message[name]
        if not isinstance(value, bool):
            raise self.fault(f"{name} is neither true nor false")
        return value

    def whole_number(self, name: str, default: int) -> int:
        value = self._message.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.fault(f"{name} is no whole number from 0")
        return value

    def language(self, name: str) -> str:
        value = self._message.get(name, "")
        if not isinstance(value, str) or (value and _LANGUAGE.match(value) is None):
            raise self.fault(f"{name} is no language")
        return value

    def digits(self) -> str:
        value = self._message.get("digits")
        if not isinstance(value, str) or _DIGITS.match(value) is None:
            raise self.fault("digits are not 1 to 64 of 0-9 w # *")
        return value

    def interruptible(self) -> Interruptible | None:
        if "interruptible" not in self._message:
            return None
        value = self._message["interruptible"]
        if isinstance(value, bool):
            return Interruptible.ANY if value else Interruptible.NONE
        if isinstance(value, str) and value in tuple(Interruptible):
            return Interruptible(value)
        raise self.fault("interruptible is none of true, false, none, dtmf, speech, any")


# What we send


@dataclass(frozen=True, slots=True)
class Setup:
    """Who calls whom: the first message of a session."""

    session_id: str
    """`VX` and 32 hexadecimal digits."""
    account_sid: str
    call_sid: str
    from_: str
    to: str
    direction: str
    """`inbound`, `outbound-api` or `outbound-dial`."""
    call_status: str
    """`RINGING` or `IN_PROGRESS`."""
    parent_call_sid: str = ""
    forwarded_from: str = ""
    caller_name: str = ""
    custom_parameters: tuple[tuple[str, str], ...] = ()

    @property
    def call_type(self) -> str:
        """`SIP`, `CLIENT` or `PSTN`, by the other side's address."""
        other = (self.from_ if self.direction == "inbound" else self.to).lower()
        if other.startswith("client:"):
            return "CLIENT"
        return "SIP" if other.startswith(("sip:", "sips:")) else "PSTN"

    def message(self) -> str:
        """As it is sent."""
        return _message(
            "setup",
            sessionId=self.session_id,
            accountSid=self.account_sid,
            callSid=self.call_sid,
            parentCallSid=self.parent_call_sid,
            **{"from": self.from_},
            to=self.to,
            forwardedFrom=self.forwarded_from,
            callerName=self.caller_name,
            callType=self.call_type,
            direction=self.direction,
            callStatus=self.call_status,
            customParameters=dict(self.custom_parameters),
        )


def prompt(words: str, language: str, *, last: bool) -> str:
    """What the caller said, all of the utterance so far."""
    return _message("prompt", voicePrompt=words, lang=language, last=last)


def dtmf(digit: str) -> str:
    """A key."""
    return _message("dtmf", digit=digit)


def interrupt(utterance: str, duration_ms: int) -> str:
    """The caller has cut the agent short after these words, and so many milliseconds of its talk cycle."""
    return _message("interrupt", utteranceUntilInterrupt=utterance, durationUntilInterruptMs=duration_ms)


def error(description: str) -> str:
    """Something is wrong."""
    return _message("error", description=description)


def info(name: str, value: str | int) -> str:
    """An event that the document asked for."""
    return _message("info", name=name, value=value)


def _message(kind: str, **fields: object) -> str:
    return _encodable(json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":")))


def _encodable(text: str) -> str:
    """The same with a question mark for each half of a surrogate pair that stands alone, as JSON allows."""
    return text.encode("utf-8", "replace").decode()
