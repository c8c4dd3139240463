"""The demo IVR. Mounted by the roof under a prefix; nothing here knows which, nor that it is in the node.

    POST /voice            welcome, then the menu twice, then goodbye
    POST /menu             without Digits the menu; with them: 1 the time, 2 how the caller came,
                           3 record a message, 4 be put through to the phone, else the menu
    POST /recorded         the message back, from
    GET  /recordings/{Sid} its audio
    POST /dialled          why nobody was reached; goodbye

Its TwiML is in `twiml`, the way to the audio in `recordings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from offhook.base.clock import Clock
from offhook.demo import twiml
from offhook.demo.recordings import Recordings, is_recording_sid
from offhook.demo.signature import is_signed
from offhook.demo.spoken_time import spoken_time

MAX_BODY: Final = 64 * 1024
"""Bytes of a request; an INVITE with every header it can hold needs less."""
MAX_SPOKEN: Final = 200
"""Characters of an address that are read out."""

WELCOME: Final = "Welcome to Offhook."
MENU: Final = (
    "Press one for the time, or two to hear how you called. "
    "Press three to record a message, or four to ring the phone."
)
SPEAK: Final = "Speak after the tone, then press pound."
RINGING: Final = "Ringing the phone."
NOTHING_RECORDED: Final = "Nothing was recorded."
YOU_SAID: Final = "You said:"
GOODBYE: Final = "Goodbye."
NOT_REGISTERED: Final = "No phone is registered. The lines that were printed at the start register one."
UNREACHED: Final = {
    "busy": "The phone is busy.",
    "no-answer": "Nobody answered the phone.",
    "failed": "The phone did not take the call.",
}
"""What is said of a DialCallStatus."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's handlers. Each answers requests alone that the account signed; others get 403."""

    recordings: Recordings
    phone: str
    """SIP URI that is rung by 4."""
    clock: Clock
    zone: tzinfo | None
    """Whose time is told; None is the machine's own."""

    async def voice(self, request: Request) -> Response:
        """The first document of a call."""
        if await self._form(request) is None:
            return _forbidden()
        return _answer(twiml.ask(f"{WELCOME} {MENU}"), twiml.ask(MENU), twiml.say(GOODBYE))

    async def menu(self, request: Request) -> Response:
        """What a key leads to."""
        form = await self._form(request)
        if form is None:
            return _forbidden()
        match form.get("Digits", ""):
            case "":
                return _answer(twiml.ask(MENU), twiml.ask(MENU), twiml.say(GOODBYE))
            case "1":
                now = self.clock.utc_now().astimezone(self.zone).time()
                return _answer(twiml.say(f"It is {spoken_time(now)}. {GOODBYE}"))
            case "2":
                return _answer(twiml.say(f"{_how_you_called(form)} {GOODBYE}"))
            case "3":
                return _answer(twiml.say(SPEAK), twiml.record())
            case "4":
                return _answer(twiml.say(RINGING), twiml.dial(self.phone))
            case digit:
                return _answer(twiml.say(f"{_spelled(digit)} is not on the menu."), twiml.back_to_menu())

    async def recorded(self, request: Request) -> Response:
        """The message back."""
        form = await self._form(request)
        if form is None:
            return _forbidden()
        sid = form.get("RecordingSid", "")
        if not is_recording_sid(sid) or form.get("RecordingDuration", "0") == "0":
            return _answer(twiml.say(NOTHING_RECORDED), twiml.back_to_menu())
        return _answer(twiml.say(YOU_SAID), twiml.play(f"recordings/{sid}"), twiml.say(GOODBYE))

    async def recording(self, request: Request) -> Response:
        """The audio that `recorded` plays."""
        if await self._form(request) is None:
            return _forbidden()
        audio = await self.recordings.fetch(request.path_params["sid"])
        if audio.status != 200:
            return PlainTextResponse("The recording cannot be had.\n", audio.status)
        return Response(audio.content, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    async def dialled(self, request: Request) -> Response:
        """What came of ringing the phone."""
        form = await self._form(request)
        if form is None:
            return _forbidden()
        return _answer(twiml.say(f"{_why_unreached(form)} {GOODBYE}".strip()))

    async def _form(self, request: Request) -> Mapping[str, str] | None:
        """The parameters of a signed request; None when the signature is wrong or missing."""
        body = (await request.body()).decode("utf-8", "replace")
        form = parse_qsl(body, keep_blank_values=True)
        signature = request.headers.get("X-Twilio-Signature", "")
        token = self.recordings.auth_token
        return dict(form) if is_signed(signature, str(request.url), form, token) else None


def build_demo(recordings: Recordings, phone: str, clock: Clock, zone: tzinfo | None = None) -> Starlette:
    """The application, for the calls of the account whose recordings it is given. See `Demo`."""
    demo = Demo(recordings, phone, clock, zone)
    return Starlette(
        routes=[
            Route("/voice", demo.voice, methods=["POST"]),
            Route("/menu", demo.menu, methods=["POST"]),
            Route("/recorded", demo.recorded, methods=["POST"]),
            Route("/recordings/{sid}", demo.recording, methods=["GET"]),
            Route("/dialled", demo.dialled, methods=["POST"]),
        ],
        max_body_size=MAX_BODY,
    )


def _how_you_called(form: Mapping[str, str]) -> str:
    caller, domain = form.get("From", ""), form.get("SipDomain", "")
    if not domain:
        return f"You called from {_spoken_address(caller)}."
    return f"You called from {_spoken_address(caller)}, at the domain {_spoken_address(domain)}."


def _why_unreached(form: Mapping[str, str]) -> str:
    """Empty when the two have talked. A call that was sent to a phone has a Call-ID, one to nobody none."""
    status = form.get("DialCallStatus", "")
    if status == "failed" and "DialSipCallId" not in form:
        return NOT_REGISTERED
    return UNREACHED.get(status, "")


def _spoken_address(address: str) -> str:
    """`sip:alice@192.0.2.1` as `alice at 192 dot 0 dot 2 dot 1`."""
    bare = address[:MAX_SPOKEN].removeprefix("sips:").removeprefix("sip:")
    return bare.replace("@", " at ").replace(".", " dot ").replace(":", " colon ") or "nowhere"


def _spelled(digit: str) -> str:
    """A key as a word: the two that are no digits have names."""
    return {"*": "Star", "#": "Pound"}.get(digit, digit[:1])


def _answer(*verbs: str) -> Response:
    return Response(twiml.document(*verbs), media_type="text/xml")


def _forbidden() -> Response:
    return PlainTextResponse("The request is not signed with this account's AuthToken.\n", 403)
