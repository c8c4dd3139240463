"""The line that the odd phones use: a node, and what its application asks of a caller."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from twilio.rest.api.v2010.account.call import CallInstance

from offhook.sip.message import Request
from tests.support.application import WebApplication
from tests.support.node import Node
from tests.support.odd_phone import SSRC, OddPhone
from tests.support.sdk import sdk_client
from tests.support.sound import key_tones, mu_law, tone

MENU: Final = "sip:menu@app.sip.localhost"
HANGUP: Final = "<Response><Hangup/></Response>"
BEEP_HZ: Final = 440
LIMIT_S: Final = 10.0
EVENT: Final = ("0 101", "a=rtpmap:101 telephone-event/8000")
"""What an ordinary phone says of its keys."""


@dataclass
class Line:
    """One test after another uses it."""

    node: Node
    application: WebApplication

    def forget(self) -> None:
        """Begin anew."""
        self.application.documents.clear()
        self.application.asked.queue.clear()

    def phone(self) -> OddPhone:
        """A phone of the test's own, to be left by `with`."""
        return OddPhone(self.node.sip_port)

    def asks(self, document: str) -> None:
        """What the caller's first document is, inside `<Response>`."""
        self.application.documents |= {"/voice": f"<Response>{document}</Response>", "/keys": HANGUP}
        self.application.files["/beep"] = ("audio/basic", mu_law(tone(BEEP_HZ)))

    def asks_for_keys(self) -> None:
        """A beep, then keys until `#`."""
        self.asks("<Gather finishOnKey='#' timeout='15' action='/keys'><Play>/beep</Play></Gather>")

    @contextmanager
    def gathering(self, *description: str) -> Iterator[OddPhone]:
        """A phone in a call that waits for keys. description: as of `OddPhone.audio`."""
        self.asks_for_keys()
        with self.phone() as phone:
            phone.call(MENU, phone.audio(*description))
            self.call_sid()
            until_sound(phone)
            yield phone

    def dial(self, phone: OddPhone, **parameters: str) -> Request:
        """Call the phone by the API, with the Voice URL for when it answers; the INVITE."""
        voice = f"{self.application.base_url}/voice"
        sdk_client(self.node).calls.create(
            to=f"sip:odd@{phone.address}", from_="sip:desk@app.sip.localhost", url=voice, **parameters
        )
        return phone.next_request("INVITE")

    def call_sid(self) -> str:
        """Of the call that has asked for its first document."""
        asked = self.application.next_request()
        assert asked.path == "/voice"
        return asked.form["CallSid"]

    def keys(self, phone: OddPhone) -> str:
        """What was told of the keys before `#`; the node has hung up then, and the phone has heard of it."""
        asked = self.application.next_request()
        assert asked.path == "/keys"
        phone.respond(phone.next_request("BYE"), 200)
        return asked.form["Digits"]

    def record(self, call_sid: str) -> CallInstance:
        """The call as the API shows it."""
        return sdk_client(self.node).calls(call_sid).fetch()

    def until(self, call_sid: str, status: str) -> None:
        """Ask the API until the call is so far."""
        limit = time.monotonic() + LIMIT_S
        while self.record(call_sid).status != status:
            assert time.monotonic() < limit, f"{call_sid} is not {status}"

    def notes(self, call_sid: str) -> list[str]:
        """The codes in its debugger log."""
        return [each.error_code for each in sdk_client(self.node).calls(call_sid).notifications.list()]


def until_sound(phone: OddPhone) -> None:
    """Wait until the node says something that is not silence: by then it listens for keys."""
    while len(set(phone.hear().payload)) < 8:
        pass


def press(phone: OddPhone, key: str, timestamp: int, payload_type: int = 101) -> None:
    """A key as RFC 4733 has it, 100 ms long."""
    for number in range(5):
        phone.send_event(payload_type, key, timestamp, 160 * (number + 1), marker=number == 0)
    for _ in range(3):
        phone.send_event(payload_type, key, timestamp, 800, end=True)


def send_tone(
    phone: OddPhone,
    key: str,
    timestamp: int,
    *,
    packet: int = 160,
    ssrc: int = SSRC,
    sequence_number: int | None = None,
) -> int:
    """120 ms of a key's tones and as much silence; the timestamp that follows."""
    if sequence_number is not None:
        phone.sequence_number = sequence_number
    return phone.send_audio(mu_law(key_tones(key)), timestamp, packet=packet, ssrc=ssrc)
