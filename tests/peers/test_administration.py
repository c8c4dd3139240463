"""A node run by its commands alone: a Domain is made, its callers are let in, a call is ended."""

import json
import os
import pty
import select
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.application import running_application
from tests.support.node import OFFHOOK, ROOT, Node, running_node
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer

LIMIT_S = 60
PASSWORD = "Correct-Horse-7"
DOCUMENT = "<Response><Say>Hold the line.</Say><Pause length='60'/></Response>"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        yield node


def environment(node: Node) -> dict[str, str]:
    return {
        **os.environ,
        "OFFHOOK_URL": node.base_url,
        "OFFHOOK_ACCOUNT_SID": node.account_sid,
        "OFFHOOK_AUTH_TOKEN": node.auth_token,
    }


def offhook(node: Node, *arguments: str) -> str:
    """What a command printed; it must have done what was asked."""
    done = subprocess.run(
        [OFFHOOK, *arguments],
        cwd=ROOT,
        env=environment(node),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_allowed_caller_is_answered_until_the_call_is_ended_by_command(node: Node) -> None:
    with running_application({"/voice": DOCUMENT}) as application:
        offhook(node, "domain", "create", "office", "--voice-url", f"{application.base_url}/voice")
        uri = f"sip:x@office.sip.localhost:{node.sip_port}"
        refused = subprocess.run([OFFHOOK, "call", uri], capture_output=True, timeout=LIMIT_S, check=False)
        assert refused.returncode == 1
        offhook(node, "domain", "allow", "office", "127.0.0.1")
        with subprocess.Popen(
            [OFFHOOK, "call", uri, "--for", "60"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as call:
            assert call.stdout is not None
            assert next(line for line in call.stdout if line.startswith("answered"))
            (running, *_) = json.loads(offhook(node, "calls", "list", "--json"))
            assert running["status"] == "in-progress"
            assert offhook(node, "calls", "end", running["sid"]).startswith(f"{running['sid']}: ")
            assert "the other side hung up" in call.stdout.read()
        ended = json.loads(offhook(node, "calls", "show", running["sid"], "--json"))
        assert ended["status"] == "completed"
        assert offhook(node, "calls", "end", running["sid"]) == f"{running['sid']}: completed\n"


def test_a_user_with_a_password_typed_at_the_terminal_registers(node: Node) -> None:
    offhook(node, "domain", "create", "phones", "--registration")

    status, shown = type_passwords(node, PASSWORD, PASSWORD)

    assert status == 0, shown
    assert "phones.sip.localhost: alice may call and register" in shown
    assert PASSWORD not in shown
    with UdpPhone(node.sip_port) as phone:
        response = phone.ask(
            "REGISTER",
            "sip:phones.sip.localhost",
            to="sip:alice@phones.sip.localhost",
            call_id="administration",
            login=("alice", PASSWORD),
            headers=[("Contact", f"<sip:alice@{phone.address}>")],
        )
        assert response.status == 200


def test_two_passwords_that_differ_are_refused(node: Node) -> None:
    status, shown = type_passwords(node, PASSWORD, f"{PASSWORD}8", user="bob")

    assert status == 2
    assert "the two passwords differ" in shown


def type_passwords(node: Node, first: str, again: str, *, user: str = "alice") -> tuple[int, str]:
    """`offhook domain user add phones USER` at a terminal: exit status, and all that stood there."""
    terminal, side = pty.openpty()
    with subprocess.Popen(
        [OFFHOOK, "domain", "user", "add", "phones", user],
        cwd=ROOT,
        env=environment(node),
        stdin=side,
        stdout=side,
        stderr=side,
        start_new_session=True,
    ) as command:
        os.close(side)
        try:
            shown = _read_until(terminal, "Password: ")
            os.write(terminal, f"{first}\n".encode())
            shown += _read_until(terminal, "Again: ")
            os.write(terminal, f"{again}\n".encode())
            shown += _read_until(terminal, None)
        finally:
            os.close(terminal)
        return command.wait(LIMIT_S), shown


def _read_until(terminal: int, prompt: str | None) -> str:
    """What comes up to a prompt, or to the end."""
    shown = ""
    while prompt is None or not shown.endswith(prompt):
        assert select.select([terminal], [], [], LIMIT_S)[0], f"nothing more came after {shown!r}"
        try:
            shown += os.read(terminal, 1).decode(errors="replace")
        except OSError:  # EIO: the other side has closed
            break
    return shown
