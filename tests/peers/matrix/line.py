"""One line of the matrix: a phone with a Domain and an application of its own goes through its cells."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any, Final, Protocol

import numpy as np
from twilio.base.exceptions import TwilioException

from tests.peers.matrix.cells import Act, Line, Media, Peer, obstacle
from tests.support.application import Asked, WebApplication
from tests.support.node import Node
from tests.support.odd_phone import OddPhone
from tests.support.office import PASSWORD
from tests.support.sdk import sdk_client
from tests.support.sound import AUDIBLE, RATE_HZ, level, mu_law, read_wav, tone

GREETING_HZ: Final = 440
AGAIN_HZ: Final = 710
"""What is heard behind a hold."""
CLEAR: Final = 0.5
"""How much of a second must be the tone: linphone leaves out 10 or 20 ms now and then, more of them when the
machine is busy. Of another sound it is next to nothing."""
DEAF: Final = frozenset({Peer.BARESIP})
"""baresip 1.0 records nothing behind a hold of its own; that its key is heard shows that the call goes on."""
WINDOW: Final = RATE_HZ * 5 // 4
OK: Final = "ok"
ELSEWHERE: Final = "elsewhere"
NO_SRTP: Final = 32207
REFUSED: Final = f"refused with 488, {NO_SRTP}"
Outcomes = dict[Act, str]
GREETING: Final = f"<Play>/tone/{GREETING_HZ}</Play>"
DOCUMENTS: Final = {
    "/voice": f"<Response>{GREETING}<Redirect>/menu</Redirect></Response>",
    "/menu": "<Response><Gather numDigits='1' timeout='30' action='/key'/></Response>",
    "/key": "<Response><Gather numDigits='1' timeout='30' action='/back'/></Response>",
    "/back": f"<Response><Play>/tone/{AGAIN_HZ}</Play><Hangup/></Response>",
    "/refer": f"<Response>{GREETING}<Hangup/></Response>",
    "/done": "<Response><Hangup/></Response>",
}


FAILURES: Final = (AssertionError, OSError, ValueError, TwilioException)
"""What a phone that does not do as it should makes of a step: it is the outcome of the cell."""


def failure(error: BaseException) -> str:
    """As the table says it."""
    return f"failed: {type(error).__name__}: {error}".replace("\n", " ")[:1500]


class Phone(Protocol):
    """What the phones have in common."""

    @property
    def printed(self) -> Any: ...
    def dial(self, uri: str) -> None: ...
    def press(self, key: str) -> None: ...
    def hold(self) -> None: ...
    def resume(self) -> None: ...
    def transfer(self, uri: str) -> None: ...
    def wait_established(self) -> None: ...
    def wait_closed(self) -> None: ...
    def wait_refused(self) -> None: ...
    def heard(self) -> Path: ...


class Desk:
    """Who is called at the other end of a line: a Domain, its user and its application."""

    def __init__(self, node: Node, line: Line, application: WebApplication) -> None:
        self.node = node
        self.line = line
        self.application = application
        self.domain = f"{line.name}.sip.localhost"
        application.documents |= DOCUMENTS
        for hz in (GREETING_HZ, AGAIN_HZ):
            application.files[f"/tone/{hz}"] = ("audio/basic", mu_law(2 * tone(hz)))
        self._open()

    def _open(self) -> None:
        sdk = sdk_client(self.node)
        listed = sdk.sip.credential_lists.create(self.line.name)
        sdk.sip.credential_lists(listed.sid).credentials.create(self.line.name, PASSWORD)
        voice_url = f"{self.application.base_url}/voice"
        domain = sdk.sip.domains.create(
            self.domain,
            voice_url=voice_url,
            sip_registration=True,
            secure=self.line.is_secure and not self.line.is_refused,
        )
        for allowed in (
            sdk.sip.domains(domain.sid).auth.calls,
            sdk.sip.domains(domain.sid).auth.registrations,
        ):
            allowed.credential_list_mappings.create(listed.sid)

    def asked(self, path: str) -> dict[str, str]:
        """The next request of the node, which must be for that path; its form."""
        asked = self._next(path)
        assert asked.path == path, f"{asked.path} was asked for, not {path}"
        return asked.form

    def _next(self, wanted: str) -> Asked:
        try:
            return self.application.next_request()
        except Empty:
            raise AssertionError(f"{wanted} was not asked for") from None

    def put_through_to(self, other: OddPhone) -> None:
        """Who calls is put through, and may transfer: once it is answered, it is bridged."""
        noun = f"<Sip>sip:other@{other.address}</Sip>"
        self.application.documents["/voice"] = (
            f"<Response><Dial answerOnBridge='true' referUrl='/refer' action='/done'>{noun}</Dial></Response>"
        )

    def refers(self) -> None:
        """Who calls next is to call `elsewhere` instead, once `let_refer` says so."""
        documents = self.application.documents
        documents["/voice"] = "<Response><Redirect>/elsewhere</Redirect></Response>"
        target = f"sip:{ELSEWHERE}@{self.domain}"
        documents["/elsewhere"] = f"<Response><Refer action='/done'><Sip>{target}</Sip></Refer></Response>"
        self.application.held["/elsewhere"] = threading.Event()

    def let_refer(self) -> None:
        """The call has come: who calls after it is not to."""
        self.asked("/voice")
        self.asked("/elsewhere")
        self.application.documents["/voice"] = self.application.documents["/refer"]
        self.application.held["/elsewhere"].set()

    def was_called_instead(self) -> None:
        """The call to `elsewhere` has come, and the one before was told of it."""
        first = self._next("/voice or /done")
        second = self._next("/done" if first.path == "/voice" else "/voice")
        forms = {each.path: each.form for each in (first, second)}
        assert ELSEWHERE in forms["/voice"]["To"]
        assert forms["/done"]["NotifySipResponseCode"] == "200", forms["/done"]

    def noted(self) -> list[str]:
        """The codes of the one call that it had."""
        sdk = sdk_client(self.node)
        (call,) = [each for each in sdk.calls.list() if f"sip:desk@{self.domain}" in each.to]
        return [each.error_code for each in sdk.calls(call.sid).notifications.list()]


class Results:
    """What became of the cells; a failure in one leaves the others to be tried."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.outcomes: Outcomes = {act: obstacle(line, act) for act in Act}

    def is_wanted(self, act: Act) -> bool:
        """Whether it can be run."""
        return not self.outcomes[act]

    @contextmanager
    def of(self, *acts: Act) -> Iterator[None]:
        """Run these; what goes wrong is their outcome."""
        wanted = [act for act in acts if self.is_wanted(act)]
        try:
            yield
        except FAILURES as error:
            said = failure(error)
        else:
            said = OK
        for act in wanted:
            self.outcomes[act] = said


def go_through(phone: Phone, desk: Desk) -> Outcomes:
    """Every cell of a phone that is registered."""
    results = Results(desk.line)
    if desk.line.is_refused:
        with results.of(Act.IN):
            refused(phone, desk)
        outcome = results.outcomes[Act.IN]
        return {**results.outcomes, Act.IN: REFUSED if outcome == OK else outcome}
    with results.of(Act.IN):
        calls(phone, desk)
        with results.of(Act.DTMF):
            phone.press("7")
            assert desk.asked("/key")["Digits"] == "7"
        with results.of(Act.HOLD):
            phone.hold()
            phone.resume()
            phone.press("8")
            assert desk.asked("/back")["Digits"] == "8"
            phone.wait_closed()
            assert desk.line.peer in DEAF or is_heard(AGAIN_HZ, phone), "nothing was heard behind the hold"
        assert is_heard(GREETING_HZ, phone), "the greeting was not heard"
    if results.is_wanted(Act.OUT):
        with results.of(Act.OUT):
            is_called(phone, desk)
    with results.of(Act.REFER):
        transfers(phone, desk)
        is_transferred(phone, desk)
    return results.outcomes


def calls(phone: Phone, desk: Desk) -> None:
    """It calls and hears the greeting."""
    phone.dial(f"sip:desk@{desk.domain}")
    assert desk.asked("/voice")["SipUsername"] == desk.line.name
    phone.wait_established()
    desk.asked("/menu")
    if desk.line.media is not Media.RTP:
        assert f" {desk.line.media.suite} inline:" in phone.printed.text()


def is_called(phone: Phone, desk: Desk) -> None:
    """It is called, answers and hears."""
    secure = ";secure=true" if desk.line.is_secure else ""
    sdk_client(desk.node).calls.create(
        to=f"sip:{desk.line.name}@{desk.domain}{secure}",
        from_=f"sip:desk@{desk.domain}",
        twiml=f"<Response><Play>{desk.application.base_url}/tone/{AGAIN_HZ}</Play><Hangup/></Response>",
    )
    phone.wait_established()
    phone.wait_closed()
    assert is_heard(AGAIN_HZ, phone), "nothing was heard of the call to it"


def transfers(phone: Phone, desk: Desk) -> None:
    """It is put through to somebody and transfers it."""
    target = f"sip:elsewhere@{desk.domain}"
    with OddPhone(desk.node.sip_port) as other:
        desk.put_through_to(other)
        phone.dial(f"sip:desk@{desk.domain}")
        desk.asked("/voice")
        call = other.next_request("INVITE")
        other.respond(call, 200, other.audio())
        other.next_request("ACK")
        phone.wait_established()
        phone.transfer(target)
        form = desk.asked("/refer")
        assert target in form["ReferTransferTarget"], form
        phone.wait_closed()
        other.respond(other.next_request("BYE"), 200)
    desk.asked("/done")


def is_transferred(phone: Phone, desk: Desk) -> None:
    """It is asked to call somebody else, and does."""
    desk.refers()
    phone.dial(f"sip:desk@{desk.domain}")
    desk.let_refer()
    desk.was_called_instead()


def refused(phone: Phone, desk: Desk) -> None:
    """It calls, and the node says that SRTP is for TLS."""
    phone.dial(f"sip:desk@{desk.domain}")
    phone.wait_refused()
    assert desk.noted() == [str(NO_SRTP)]


def is_heard(hz: int, phone: Phone) -> bool:
    """Whether a second of what the phone heard in its last call is this tone."""
    heard = read_wav(phone.heard())
    windows = (heard[start : start + WINDOW] for start in range(0, len(heard) - WINDOW, WINDOW // 5))
    return any(level(window, hz) > CLEAR for window in windows if np.abs(window).mean() > AUDIBLE)
