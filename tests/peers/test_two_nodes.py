"""Two real nodes on one PostgreSQL: one leaves alone what the other has running, and closes what it left."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.support.application import WebApplication, running_application
from tests.support.callee import Callee, open_callee
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, PASSWORD, open_office, registrations
from tests.support.postgres import PostgresCluster
from tests.support.sdk import sdk_client
from tests.support.tcp_phone import TcpPhone
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer

DESK = f"sip:desk@{OFFICE}"
LONG = "<Response><Pause length='600'/></Response>"
MEETING = "<Response><Dial><Conference>Team</Conference></Dial></Response>"
HELLO = "<Response><Say>Hello.</Say></Response>"


@pytest.fixture
def application() -> Iterator[WebApplication]:
    with running_application({"/news": ""}) as application:
        yield application


def begin(nodes: ExitStack, folder: Path, url: str) -> Node:
    folder.mkdir()
    return nodes.enter_context(running_node(folder, database_url=url))


def register(node: Node, phone: UdpPhone, user: str, password: str = PASSWORD) -> int:
    """The status of a REGISTER."""
    return phone.ask(
        "REGISTER",
        f"sip:{OFFICE}",
        to=f"sip:{user}@{OFFICE}",
        call_id=f"{user}-{phone.address}",
        login=(user, password),
        headers=(("Contact", f"<sip:{user}@{phone.address}>"),),
    ).status


def test_a_call_lives_through_the_start_of_another_node_which_closes_it_when_its_own_dies(
    postgres: PostgresCluster, tmp_path: Path, application: WebApplication
) -> None:
    async def answer(node: Node, phone: Callee) -> str:
        """Have the node call a registered phone, which answers; the CallSid."""
        assert await phone.register("bob", PASSWORD, OFFICE, f"127.0.0.1:{node.sip_port}") == 200
        sdk, news = sdk_client(node), f"{application.base_url}/news"
        call = await asyncio.to_thread(
            lambda: sdk.calls.create(
                to=f"sip:bob@{OFFICE}",
                from_=DESK,
                twiml=LONG,
                status_callback=news,
                status_callback_event=["answered", "completed"],
            )
        )
        (await phone.ringing()).answer()
        told = (await asyncio.to_thread(application.next_request)).form
        assert (told["CallSid"], told["CallStatus"]) == (call.sid, "in-progress")
        return str(call.sid)

    async def scenario(nodes: ExitStack) -> None:
        first = begin(nodes, tmp_path / "first", url)
        open_office(first, "bob")
        phone = await open_callee(1)
        try:
            sid = await answer(first, phone)
            second = begin(nodes, tmp_path / "second", url)
            assert sdk_client(second).calls(sid).fetch().status == "in-progress"
            assert registrations(second, "bob") == registrations(first, "bob")
            first.process.kill()
            first.process.wait()
            told = (await asyncio.to_thread(application.next_request)).form
            assert (told["CallSid"], told["CallStatus"]) == (sid, "completed")
            assert sdk_client(second).calls(sid).fetch().status == "completed"
            assert "node.taken_over" in second.log()
        finally:
            await phone.close()

    url = postgres.new_database()
    with ExitStack() as nodes:
        asyncio.run(scenario(nodes))


def test_what_only_the_node_of_a_call_can_do_is_refused_by_the_other_which_names_it(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    """There is nothing yet by which one node tells another what to do."""

    async def scenario(nodes: ExitStack) -> None:
        first = begin(nodes, tmp_path / "first", url)
        open_office(first, "bob")
        second = begin(nodes, tmp_path / "second", url)
        phone = await open_callee(1)
        try:
            assert await phone.register("bob", PASSWORD, OFFICE, f"127.0.0.1:{first.sip_port}") == 200
            here, there = sdk_client(second), sdk_client(first)
            sid = there.calls.create(to=f"sip:bob@{OFFICE}", from_=DESK, twiml=MEETING).sid
            leg = await phone.ringing()
            leg.answer()
            conference = await asyncio.to_thread(meeting, there)
            await asyncio.to_thread(
                refused, here, sid, conference, (tmp_path / "first" / "data" / "node").read_text()
            )
            assert there.calls(sid).fetch().status == "in-progress"
            ended = await asyncio.to_thread(lambda: there.calls(sid).update(status="completed"))
            assert ended.status == "completed"
            assert here.calls(sid).update(status="completed").status == "completed", "as of any that is over"
        finally:
            await phone.close()

    def refused(sdk: Client, sid: str, conference: str, node: str) -> None:
        call, meeting = sdk.calls(sid), sdk.conferences(conference)
        asked: tuple[Callable[[], object], ...] = (
            lambda: call.update(status="completed"),
            lambda: call.update(status="canceled"),
            lambda: call.update(time_limit=60),
            lambda: call.update(twiml=HELLO),
            call.recordings.create,
            lambda: call.recordings("Twilio.CURRENT").update(status="stopped"),
            lambda: call.streams.create(url="wss://example.com/"),
            lambda: call.siprec.create(connector_name="x"),
            call.transcriptions.create,
            lambda: call.user_defined_messages.create(content="{}"),
            lambda: call.user_defined_message_subscriptions.create(callback="https://example.com/"),
            lambda: meeting.update(status="completed"),
            meeting.participants.list,
            lambda: meeting.participants(sid).update(muted=True),
            lambda: meeting.participants(sid).delete(),
            lambda: meeting.participants.create(from_="desk", to=f"sip:bob@{OFFICE}"),
        )
        for ask in asked:
            with pytest.raises(TwilioException, match=rf"another node \({node.strip()}\)") as told:
                ask()
            if isinstance(told.value, TwilioRestException):
                assert (told.value.status, told.value.code) == (409, 20409)

    def meeting(sdk: Client) -> str:
        """The conference of the one who waits in it."""
        for _ in range(200):
            if found := sdk.conferences.list(status="init"):
                return str(found[0].sid)
        raise AssertionError("there is no conference")

    url = postgres.new_database()
    with ExitStack() as nodes:
        asyncio.run(scenario(nodes))


def test_a_phone_that_registered_at_one_node_is_called_by_the_other(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    url = postgres.new_database()
    with ExitStack() as nodes:
        first = begin(nodes, tmp_path / "first", url)
        open_office(first, "alice", "bob")
        second = begin(nodes, tmp_path / "second", url)
        with UdpPhone(first.sip_port) as phone:
            assert register(first, phone, "alice") == 200
            sdk_client(second).calls.create(to=f"sip:alice@{OFFICE}", from_=DESK, twiml=HELLO)
            assert phone.heard().startswith(b"INVITE sip:alice@")
        (found,) = registrations(second, "alice")
        path = f"{second.base_url}/offhook/v1/Registrations/{found['sid']}"
        assert sdk_client(second).request("DELETE", path).status_code == 204
        assert registrations(first, "alice") == []


def test_phones_register_at_both_nodes_again_and_again(postgres: PostgresCluster, tmp_path: Path) -> None:
    """Each node knows from the first time on who may register, and still asks what the others did."""
    url, phones = postgres.new_database(), (UdpPhone, TcpPhone)
    with ExitStack() as nodes:
        first = begin(nodes, tmp_path / "first", url)
        open_office(first, "alice", "bob", "carol", "dave")
        second = begin(nodes, tmp_path / "second", url)
        for node, users in ((first, ("alice", "bob")), (second, ("carol", "dave"))):
            for kind, user in zip(phones, users, strict=True):
                with kind(node.sip_port) as phone:
                    assert [register(node, phone, user) for _ in range(2)] == [200, 200]
        with UdpPhone(second.sip_port) as phone:
            assert [register(second, phone, "alice") for _ in range(2)] == [200, 200]
        assert len(registrations(first, "alice")) == 2
        assert "Traceback" not in first.log() + second.log()
