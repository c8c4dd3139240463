"""The demo IVR. Mounted by the roof under a prefix; nothing here knows which, nor that it is in the node.

    POST /voice   welcome, then the menu twice, then goodbye
    POST /menu    without Digits the menu; with them: 1 the time, 2 how the caller came, else the menu

It writes its TwiML by hand, as the shortest example of what an application answers.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from offhook.base.clock import Clock
from offhook.base.redact import Secret
from offhook.demo.signature import is_signed
from offhook.demo.spoken_time import spoken_time

MAX_BODY: Final = 64 * 1024
"""Bytes of a request; an INVITE with every header it can hold needs less."""
MAX_SPOKEN: Final = 200
"""Characters of an address that are read out."""

WELCOME: Final = "Welcome to Offhook."
MENU: Final = "For the time, press one. To hear how you called us, press two."
GOODBYE: Final = "Goodbye."


def build_demo(auth_token: Secret, clock: Clock, zone: tzinfo | None = None) -> Starlette:
    """The application.

    auth_token: of the account whose calls it answers; requests that it did not sign get 403.
    zone: whose time is told; None is the machine's own.
    """

    async def voice(request: Request) -> Response:
        if await _read_form(request, auth_token) is None:
            return _forbidden()
        return _twiml(_ask(f"{WELCOME} {MENU}") + _ask(MENU) + _say(GOODBYE))

    async def menu(request: Request) -> Response:
        form = await _read_form(request, auth_token)
        if form is None:
            return _forbidden()
        match form.get("Digits", ""):
            case "":
                return _twiml(_ask(MENU) + _ask(MENU) + _say(GOODBYE))
            case "1":
                now = clock.utc_now().astimezone(zone).time()
                return _twiml(_say(f"It is {spoken_time(now)}. {GOODBYE}"))
            case "2":
                return _twiml(_say(f"{_how_you_called(form)} {GOODBYE}"))
            case digit:
                return _twiml(_say(f"{_spelled(digit)} is not on the menu.") + "<Redirect>menu</Redirect>")

    return Starlette(
        routes=[Route("/voice", voice, methods=["POST"]), Route("/menu", menu, methods=["POST"])],
        max_body_size=MAX_BODY,
    )


async def _read_form(request: Request, auth_token: Secret) -> Mapping[str, str] | None:
    """The parameters of a signed request; None when the signature is wrong or missing."""
    body = (await request.body()).decode("utf-8", "replace")
    form = parse_qsl(body, keep_blank_values=True)
    signature = request.headers.get("X-Twilio-Signature", "")
    return dict(form) if is_signed(signature, str(request.url), form, auth_token) else None


def _how_you_called(form: Mapping[str, str]) -> str:
    caller, domain = form.get("From", ""), form.get("SipDomain", "")
    if not domain:
        return f"You called from {_spoken_address(caller)}."
    return f"You called from {_spoken_address(caller)}, at the domain {_spoken_address(domain)}."


def _spoken_address(address: str) -> str:
    """`sip:alice@192.0.2.1` as `alice at 192 dot 0 dot 2 dot 1`."""
    bare = address[:MAX_SPOKEN].removeprefix("sips:").removeprefix("sip:")
    return bare.replace("@", " at ").replace(".", " dot ").replace(":", " colon ") or "nowhere"


def _spelled(digit: str) -> str:
    """A key as a word: the two that are no digits have names."""
    return {"*": "Star", "#": "Pound"}.get(digit, digit[:1])


def _ask(prompt: str) -> str:
    return f'<Gather action="menu" numDigits="1" timeout="5">{_say(prompt)}</Gather>'


def _say(text: str) -> str:
    return f"<Say>{escape(text)}</Say>"


def _twiml(verbs: str) -> Response:
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Response>{verbs}</Response>', media_type="text/xml"
    )


def _forbidden() -> Response:
    return PlainTextResponse("The request is not signed with this account's AuthToken.\n", 403)
