"""A registration outlives the node: killed and started again, it still reaches the phone."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.baresip import registered_baresip
from tests.support.free_port import free_port
from tests.support.node import running_node
from tests.support.office import OFFICE, Login, open_office, registrations
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

HELLO = "<Response><Say>Hello again.</Say></Response>"


def test_a_registered_phone_is_called_after_the_node_was_killed(tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as outlives_the_phone:
        killed = outlives_the_phone.enter_context(running_node(tmp_path, sip=f"127.0.0.1:{port}"))
        open_office(killed, "bob")
        with registered_baresip(tmp_path / "phone", Login("bob", port)) as phone:
            before = registrations(killed, "bob")
            assert len(before) == 1
            killed.process.kill()
            killed.process.wait()
            node = outlives_the_phone.enter_context(running_node(tmp_path, sip=f"127.0.0.1:{port}"))
            assert registrations(node, "bob") == before
            call = sdk_client(node).calls.create(
                to=f"sip:bob@{OFFICE}", from_=f"sip:desk@{OFFICE}", twiml=HELLO
            )
            phone.wait_established()
            phone.wait_closed()
            assert registrations(node, "bob") == before
        assert registrations(node, "bob") == []
        assert sdk_client(node).calls(call.sid).fetch().status == "completed"
