"""Messages of one leg over SIP: MESSAGE in its dialog (RFC 3428), with a body of JSON.

    ours     at most 16 wait; one at a time is out, so that they arrive in their order; told when the peer's
             final response is here, or when it takes longer than 10 s
    theirs   200 where it ends here, 202 where somebody else is being told (§7: a relay does not know yet
             whether it is delivered), 480 where they do not keep up; 415 another type, charset or
             encoding, 400 no JSON, 413 too long

Implements `message_carrier.py`; owned by `call/leg.py`, which hands it the news of its session.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from offhook.base.errors import safe_excerpt
from offhook.base.frozen import frozen
from offhook.call.message_carrier import (
    CarrierBusyError,
    CarrierError,
    MessageReceiver,
    NotTakenError,
    Reception,
)
from offhook.model.user_defined_message import BAD_CONTENT, BAD_TYPE, JSON, ContentError, check_content
from offhook.sip import grammar
from offhook.sip.body import content_type
from offhook.sip.error import SipError
from offhook.sip.event import MessageAnswered, MessageReceived
from offhook.sip.message import Request
from offhook.sip.session.invite_session import InviteSession
from offhook.transport.ports import SipEndpoint
from offhook.waiting.timeout import timeout

WAITING_MAX: Final = 16
"""Messages of ours that have no answer yet, the one that is out included."""
ANSWER_S: Final = 10.0
"""How long is waited for the answer to a message, in line and out: who sent it waits as long for us."""
NOT_OFFERED: Final = "the peer of the call takes no messages: MESSAGE is not in its Allow"
TOO_LATE: Final = "the call ended before the peer had the message"
CHARSETS: Final = ("utf-8", "us-ascii")
"""Lower-case. JSON is UTF-8 (RFC 8259 §8.1), of which ASCII is a part; parameter or not."""
_STATUS: Final = {Reception.HEARD: 200, Reception.PASSED_ON: 202, Reception.NO_ROOM: 480}
_ANSWERED_WITH: Final[dict[int, tuple[tuple[str, str], ...]]] = {
    415: (("Accept", JSON), ("Accept-Encoding", "identity")),
    480: (("Retry-After", "1"),),
}


@frozen
class _Waiting:
    """A message of ours, and who waits for what becomes of it."""

    body: bytes
    """The JSON."""
    outcome: "asyncio.Future[None]"
    """Done once the peer has it, or it is known that it has not."""


class SipMessages:
    """Of one leg. Implements `MessageCarrier`."""

    __slots__ = ("_endpoint", "_line", "_out", "_receiver", "_session")

    def __init__(self, endpoint: SipEndpoint, session: Callable[[], InviteSession | None]) -> None:
        """session: the leg's; None while it has none."""
        self._endpoint = endpoint
        self._session = session
        self._receiver: MessageReceiver | None = None
        self._line: list[_Waiting] = []
        self._out: _Waiting | None = None

    def listen(self, receiver: MessageReceiver) -> None:
        """Give the peer's messages to this one from now on."""
        self._receiver = receiver

    # Ours

    def send(self, content: str) -> Coroutine[Any, Any, None]:
        """Send a message behind those that wait; what is given ends when the peer has it.

        Raises: NotTakenError, CarrierBusyError, at once; then NotTakenError for one whose turn never came,
        CarrierError for one that was refused or got no answer.
        """
        session = self._session()
        if session is None or not session.takes_messages:
            raise NotTakenError(NOT_OFFERED)
        if len(self._line) + (self._out is not None) >= WAITING_MAX:
            raise CarrierBusyError(f"{WAITING_MAX} messages wait for the peer of the call already")
        waiting = _Waiting(content.encode(), asyncio.get_running_loop().create_future())
        self._line.append(waiting)
        self._send_next()
        return self._settled(waiting)

    async def _settled(self, waiting: _Waiting) -> None:
        try:
            async with timeout(ANSWER_S):
                await waiting.outcome
        except TimeoutError as error:
            if waiting in self._line:
                raise NotTakenError(f"a message before it has had no answer for {ANSWER_S:g} s") from error
            raise CarrierError(f"the peer of the call did not answer within {ANSWER_S:g} s") from error
        finally:
            if waiting in self._line:
                self._line.remove(waiting)

    def close(self) -> None:
        """The call is over: nobody waits any longer."""
        self._clear_line(TOO_LATE)
        if self._out is not None:
            _fail(self._out, CarrierError(TOO_LATE))
            self._out = None

    def _clear_line(self, why: str) -> None:
        for waiting in self._line:
            _fail(waiting, NotTakenError(why))
        self._line.clear()

    def _send_next(self) -> None:
        session = self._session()
        if self._out is not None or not self._line or session is None or session.has_message:
            return
        if not session.takes_messages:
            self._clear_line(NOT_OFFERED)
            return
        self._out = self._line.pop(0)
        session.message(JSON, self._out.body, self._endpoint.now())
        self._endpoint.flush()

    # The news of the session

    def handle_event(self, event: MessageReceived | MessageAnswered) -> None:
        """Take one."""
        if isinstance(event, MessageReceived):
            self._handle_received(event)
            return
        answered, self._out = self._out, None
        if answered is not None and not answered.outcome.done():
            if 200 <= event.status < 300:
                answered.outcome.set_result(None)
            else:
                said = f"the peer of the call answered {event.status} {event.reason}".rstrip()
                _fail(answered, CarrierError(said))
        self._send_next()

    def _handle_received(self, event: MessageReceived) -> None:
        try:
            content = content_of(event.incoming.request)
        except ContentError as error:
            status = error.status or 400
            if self._receiver is not None:
                self._receiver.handle_bad_message(error)
        else:
            receiver = self._receiver
            reception = receiver.handle_message(content) if receiver is not None else Reception.HEARD
            status = _STATUS[reception]
        headers = _ANSWERED_WITH.get(status, ())
        event.session.respond(event.incoming, status, self._endpoint.now(), headers)
        self._endpoint.flush()


def content_of(request: Request) -> str:
    """The JSON text of a MESSAGE. Raises: ContentError 32701 (415), 32702 (400), 32703 (413)."""
    kind = content_type(request)
    if kind != JSON:
        raise ContentError(BAD_TYPE, f"a message of {safe_excerpt(kind) or 'no type'}: {JSON} is taken", 415)
    encoding = (request.headers.get("Content-Encoding") or "identity").strip().lower()
    if encoding != "identity":
        raise ContentError(BAD_TYPE, f"a message encoded as {safe_excerpt(encoding)}: identity is taken", 415)
    charset = _charset(request)
    if charset not in CHARSETS:
        raise ContentError(BAD_TYPE, f"a message in {safe_excerpt(charset)}: UTF-8 is taken", 415)
    try:
        content = request.body.decode()
    except UnicodeDecodeError as error:
        raise ContentError(BAD_CONTENT, f"the content is no UTF-8: {error.reason}", 400) from error
    check_content(content)
    return content


def _charset(request: Request) -> str:
    _, semicolon, rest = (request.headers.get("Content-Type") or "").partition(";")
    try:
        parameters = grammar.parse_parameters(semicolon + rest)
    except SipError as error:
        raise ContentError(BAD_TYPE, f"a Content-Type that cannot be read: {error}", 415) from error
    return grammar.unquote(grammar.find_parameter(parameters, "charset") or CHARSETS[0]).lower()


def _fail(waiting: _Waiting, error: CarrierError) -> None:
    if not waiting.outcome.done():
        waiting.outcome.set_exception(error)
