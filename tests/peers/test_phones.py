"""Real softphones, registered with a password: each calls, is called, hears words and presses keys.

baresip and linphone, over UDP, TCP, and TLS with the node's own CA. What they do goes by what they say
themselves: nothing waits for time.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

from offhook.verbs.voice import pieces
from tests.support.application import WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.linphone import registered_linphone
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, Login, open_office, registrations
from tests.support.sdk import sdk_client
from tests.support.sound import places, read_wav, spoken

pytestmark = pytest.mark.peer

GREETING: Final = "The parcel that you have ordered is waiting for you at the front desk."
DESK: Final = f"sip:desk@{OFFICE}"


class Phone(Protocol):
    """What the phones have in common."""

    def dial(self, uri: str) -> None: ...
    def press(self, key: str) -> None: ...
    def wait_established(self) -> None: ...
    def wait_closed(self) -> None: ...
    def heard(self) -> Path: ...


@dataclass(frozen=True)
class Make:
    """A program, and what is particular about it."""

    registered: Callable[[Path, Login], AbstractContextManager[Phone]]
    """Starts it."""
    agent: str
    """How its User-Agent begins."""


PHONES: Final = {
    "baresip": Make(registered_baresip, "baresip v"),
    "linphone": Make(registered_linphone, "Linphonec/"),
}
TRANSPORTS: Final = ("udp", "tcp", "tls")


def user_of(name: str, transport: str) -> str:
    """A user for each phone: five REGISTERs a second are all that one may send."""
    return f"{name}-{transport}"


def login_of(user: str, node: Node, transport: str) -> Login:
    """By TLS the phone checks the node's certificate."""
    if transport == "tls":
        return Login(user, node.sips_port, transport, node.ca_file)
    return Login(user, node.sip_port, transport)


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    """It lets a caller press a key once the greeting is over, and hangs up."""
    with running_application({}) as application:
        application.documents |= {
            "/voice": greeting(application),
            "/menu": "<Response><Gather numDigits='1' action='/key'/></Response>",
            "/key": "<Response><Hangup/></Response>",
        }
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    with running_node(tmp_path_factory.mktemp("node"), "--voice-url", voice_url) as node:
        users = [user_of(name, transport) for name in PHONES for transport in TRANSPORTS]
        open_office(node, "carol", *users, voice_url=voice_url)
        yield node


def greeting(application: WebApplication) -> str:
    """Words, and a request once they are said."""
    return f"<Response><Say>{GREETING}</Say><Redirect>{application.base_url}/menu</Redirect></Response>"


def press_after_the_greeting(phone: Phone, application: WebApplication, call_sid: str) -> None:
    """The rest of a call that is being greeted, up to its end."""
    assert application.next_request().path == "/menu"
    pressed = application.request_for_key(lambda: phone.press("7"))
    assert (pressed.path, pressed.form["Digits"], pressed.form["CallSid"]) == ("/key", "7", call_sid)
    phone.wait_closed()


def is_the_greeting_in(recording: Path) -> bool:
    """Whether all its words are. linphone leaves out 10 or 20 ms now and then, to catch up."""
    heard = read_wav(recording)
    return all(places(heard, spoken(piece)) for piece in pieces(GREETING))


def record(node: Node, call_sid: str) -> Any:
    """Of a call whose phone has hung up and left since: the node has had its answers by then."""
    return sdk_client(node).calls(call_sid).fetch()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("name", PHONES)
def test_a_registered_phone_is_called(
    node: Node, application: WebApplication, tmp_path: Path, name: str, transport: str
) -> None:
    user = user_of(name, transport)
    make = PHONES[name]
    with make.registered(tmp_path / name, login_of(user, node, transport)) as phone:
        (shown,) = registrations(node, user)
        assert (shown["user"], shown["transport"], shown["source"]) == (user, transport.upper(), "127.0.0.1")
        assert shown["user_agent"].startswith(make.agent)
        call = sdk_client(node).calls.create(
            to=f"sip:{user}@{OFFICE}", from_=DESK, twiml=greeting(application)
        )
        phone.wait_established()
        press_after_the_greeting(phone, application, call.sid)
        assert is_the_greeting_in(phone.heard())
    assert registrations(node, user) == []
    ended = record(node, call.sid)
    assert (ended.status, ended.direction) == ("completed", "outbound-api")


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("name", PHONES)
def test_a_phone_calls_with_its_password(
    node: Node, application: WebApplication, tmp_path: Path, name: str, transport: str
) -> None:
    user = user_of(name, transport)
    make = PHONES[name]
    with make.registered(tmp_path / name, login_of(user, node, transport)) as phone:
        phone.dial(f"sip:parcels@{OFFICE}")
        asked = application.next_request()
        assert (asked.path, asked.form["SipUsername"]) == ("/voice", user)
        phone.wait_established()
        press_after_the_greeting(phone, application, asked.form["CallSid"])
        assert is_the_greeting_in(phone.heard())
    ended = record(node, asked.form["CallSid"])
    assert (ended.status, ended.direction) == ("completed", "inbound")


def test_both_phones_of_a_user_ring_until_one_answers(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with (
        registered_baresip(tmp_path / "desk", Login("carol", node.sip_port), is_answering=False) as desk,
        registered_baresip(tmp_path / "hall", Login("carol", node.sip_port), is_answering=False) as hall,
    ):
        assert len(registrations(node, "carol")) == 2
        call = sdk_client(node).calls.create(
            to=f"sip:carol@{OFFICE}", from_=DESK, twiml=greeting(application)
        )
        desk.wait_for("CALL_INCOMING")
        hall.wait_for("CALL_INCOMING")
        hall.command("accept")
        hall.wait_established()
        desk.wait_closed()
        press_after_the_greeting(hall, application, call.sid)
    assert "CANCEL sip:" in desk.printed.text()
    assert "CANCEL sip:" not in hall.printed.text()
    assert record(node, call.sid).status == "completed"
