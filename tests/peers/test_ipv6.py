"""A node and a phone that speak SIP over IPv6: each hears the other, by media of IPv4."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.office import OFFICE, PASSWORD, open_office, registrations
from tests.support.printed import Printed

pytestmark = pytest.mark.peer

LIMIT_S = 60
DESK = "desk.sip.localhost"
WELCOME = "Welcome to the office."
HERE, MORNING = "Dave speaking.", "Good morning."
DOCUMENTS = {
    "/welcome": f"<Response><Say>{WELCOME}</Say></Response>",
    "/dial": f"<Response><Dial><Sip>dave@{OFFICE}</Sip></Dial></Response>",
}


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application(DOCUMENTS) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), sip="[::1]:0") as node:
        open_office(node, "carol", "dave", voice_url=f"{application.base_url}/dial")
        open_office(node, "carol", voice_url=f"{application.base_url}/welcome", name=DESK)
        yield node


def offhook(node: Node, command: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [OFFHOOK, command, *arguments, "--proxy", f"[::1]:{node.sip_port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def call(node: Node, uri: str, *arguments: str) -> None:
    """Carol calls, and hears all that she expects."""
    caller = offhook(node, "call", uri, "--auth", f"carol:{PASSWORD}", *arguments)
    said, _ = caller.communicate(timeout=LIMIT_S)
    assert caller.returncode == 0, said


def test_who_calls_over_ipv6_hears_what_is_said(node: Node) -> None:
    call(node, f"sip:anybody@{DESK}", "--expect", WELCOME)


def test_a_phone_that_registered_over_ipv6_is_rung_and_hears_the_caller(node: Node) -> None:
    address = f"sip:dave:{PASSWORD}@{OFFICE}"
    dave = offhook(node, "phone", "--register", address, "--once", "--say", HERE, "--expect", MORNING)
    printed = Printed(dave)
    try:
        printed.wait_for("registered")
        (binding,) = registrations(node, "dave")
        assert "[::1]" in binding["contact"]
        call(node, f"sip:dave@{OFFICE}", "--expect", HERE, "--say", MORNING, "--for", "8")
        assert dave.wait(LIMIT_S) == 0, printed.text()
    finally:
        if dave.poll() is None:
            dave.kill()
        dave.wait(LIMIT_S)
        printed.close()
