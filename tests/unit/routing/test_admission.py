"""Who may call (reference/sip-interface 1.1, 2, 15.2)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock, patch

import pytest

from offhook.base.ids import SeededChance
from offhook.model.account import AccountStatus
from offhook.model.credential import MappingScope
from offhook.routing.admission import Decision, admit, unavailable
from offhook.routing.decision import Admitted, Challenge, TurnedAway
from offhook.routing.directory import Directory
from offhook.routing.door import Door
from offhook.routing.sip_domain import DomainNames
from offhook.sip.digest.algorithm import Algorithm
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.flow import Flow, Transport
from offhook.sip.message import Headers, Request
from offhook.store.database import SqlStore
from offhook.store.ports import StoreBusyError
from tests.support.arrival import answered, arrival
from tests.support.stores import (
    ACCOUNT,
    BORN,
    PASSWORD,
    REALM,
    access_list,
    account,
    address,
    credential,
    credential_list,
    numbered,
    opened,
    sip_domain,
)

NAMES = DomainNames(("sip.localhost", "sip.twilio.com"))
Answer = Decision
Ask = Callable[[Request, Flow, float], Awaitable[Answer]]
STRANGER = "<sip:eve@192.0.2.1>;tag=1"


async def prepare(store: SqlStore) -> None:
    """`office` is open to 192.0.2.0/24, `phones` to users, `both` to both; `empty` to nobody."""
    lists, domains = store.ip_access_control_lists, store.sip_domains
    await store.accounts.save(account())
    for number, name in enumerate(("office", "empty", "closed", "phones", "both"), start=1):
        await domains.insert(sip_domain(number, name=f"{name}.sip.localhost"))
    await lists.insert(access_list(1))
    await lists.insert(access_list(2, name="Empty"))
    await lists.insert_address(address(1, ip="198.51.100.9"))
    await lists.insert_address(address(2, ip="192.0.2.0", prefix=24))
    users = store.credential_lists
    await users.insert(credential_list(1))
    await users.insert(credential_list(2, name="More phones"))
    await users.insert(credential_list(3, name="Registered phones"))
    await users.insert_credential(credential(1))
    await users.insert_credential(credential(2, username="alice", password="Another-Horse-2", users=2))
    await users.insert_credential(credential(3, username="carol", users=3))
    await users.insert(credential_list(4, name="Attic"))
    await users.insert_credential(credential(4, username="dave", users=4))
    for domain, acl in ((1, 1), (2, 2), (5, 1)):
        await domains.map_ip_acl(ACCOUNT, numbered("SD", domain), numbered("AL", acl), BORN)
    for domain, number, scope in (
        (4, 1, MappingScope.CALLS),
        (4, 2, MappingScope.CALLS),
        (4, 3, MappingScope.REGISTRATIONS),
        (5, 1, MappingScope.CALLS),
    ):
        await domains.map_credential_list(
            ACCOUNT, numbered("SD", domain), numbered("CL", number), scope, BORN
        )


class Node:
    """A door with the domains of `prepare` behind it."""

    def __init__(self, folder: Path) -> None:
        self._url = f"sqlite:///{folder / 'offhook.db'}"

    def run(
        self,
        act: Callable[[SqlStore, Ask], Awaitable[None]],
        *,
        default_domain: str | None = None,
        algorithms: tuple[Algorithm, ...] = (Algorithm.MD5,),
        allow_private: bool = True,
    ) -> None:
        async def main() -> None:
            async with opened(self._url) as store:
                await prepare(store)
                gate = DigestGate(DigestSettings(REALM, algorithms), SeededChance(1))
                door = Door(Directory(store, NAMES, default_domain), gate, allow_private=allow_private)
                await act(store, lambda request, flow, now: admit(request, flow, door, now))

        asyncio.run(main())

    def decide(self, host: str, source: str, *, default_domain: str | None = None) -> Answer:
        """One INVITE without credentials."""
        answers: list[Answer] = []

        async def act(_store: SqlStore, ask: Ask) -> None:
            answers.append(await ask(*arrival("INVITE", f"sip:help@{host}", source=source), 0.0))

        self.run(act, default_domain=default_domain)
        return answers[0]


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def refused(answer: Answer) -> TurnedAway:
    assert isinstance(answer, TurnedAway)
    return answer


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("office.sip.localhost", "192.0.2.1"),
        ("office.sip.localhost", "192.0.2.255"),
        ("office.sip.localhost", "198.51.100.9"),
        ("OFFICE.sip.twilio.com", "192.0.2.1"),
        ("office.sip.dublin.twilio.com", "192.0.2.1"),
        ("office.sip.localhost", "::ffff:192.0.2.1"),
    ],
)
def test_a_listed_source_is_admitted(node: Node, host: str, source: str) -> None:
    answer = node.decide(host, source)
    assert isinstance(answer, Admitted)
    assert (answer.domain.domain_name, answer.username) == ("office.sip.localhost", None)


@pytest.mark.parametrize("source", ["192.0.3.1", "198.51.100.10", "2001:db8::1", "127.0.0.1"])
def test_another_source_is_turned_away_with_32201(node: Node, source: str) -> None:
    answer = refused(node.decide("office.sip.localhost", source))
    assert (answer.status, answer.twilio_code) == (403, 32201)
    assert answer.text == "Authentication failure - source IP Address not in ACL"
    assert answer.domain is not None
    assert source in answer.matched


@pytest.mark.parametrize(
    ("source", "nearly"),
    [
        ("192.0.3.1", "192.0.2.0/24 (Alice's desk) of access list Desks"),
        ("198.51.100.10", "198.51.100.9/32 (Alice's desk) of access list Desks"),
        ("10.0.0.1", ""),
        ("2001:db8::1", "the lists hold IPv4 addresses only"),
    ],
)
def test_the_nearest_entry_is_told_to_the_operator(node: Node, source: str, nearly: str) -> None:
    assert refused(node.decide("office.sip.localhost", source)).nearly == nearly


def test_an_empty_list_admits_nobody(node: Node) -> None:
    answer = refused(node.decide("empty.sip.localhost", "192.0.2.1"))
    assert (answer.status, answer.twilio_code) == (403, 32201)


def test_without_a_list_nobody_is_admitted_32200(node: Node) -> None:
    answer = refused(node.decide("closed.sip.localhost", "192.0.2.1"))
    assert (answer.status, answer.twilio_code) == (403, 32200)
    assert answer.domain is not None


@pytest.mark.parametrize(
    "host",
    ["nobody.sip.localhost", "example.com", "192.0.2.50", "localhost", "127.0.0.1", "x" * 300],
)
def test_no_domain_is_403_without_a_code(node: Node, host: str) -> None:
    answer = refused(node.decide(host, "192.0.2.1"))
    assert (answer.status, answer.twilio_code, answer.domain) == (403, None, None)


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("ofice.sip.localhost", "office"),
        ("offfice.sip.localhost", "office"),
        ("officf.sip.localhost", "office"),
        ("fofice.sip.localhost", "office"),
        ("office.example.com", "office"),
        ("nobody.sip.localhost", None),
    ],
)
def test_a_misspelt_domain_is_told_to_the_operator(node: Node, host: str, near: str | None) -> None:
    nearly = "" if near is None else f"SIP Domain {near}.sip.localhost"
    assert refused(node.decide(host, "192.0.2.1")).nearly == nearly


@pytest.mark.parametrize(
    ("host", "from_", "to", "where"),
    [
        ("192.0.2.50", STRANGER, "<sip:a@office.sip.us1.twilio.com>", "To"),
        ("192.0.2.50", "<sip:a@OFFICE.sip.localhost>;tag=1", None, "From"),
        ("gone.sip.localhost", "<sip:a@office.sip.localhost>;tag=1", None, "From"),
        ("192.0.2.50", STRANGER, "<tel:+15551234567>", ""),
    ],
)
def test_the_account_sees_what_names_its_domain_elsewhere(
    node: Node, host: str, from_: str, to: str | None, where: str
) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        answer = refused(await ask(*arrival("INVITE", f"sip:a@{host}", to=to, from_=from_), 1.0))
        assert (answer.status, answer.twilio_code, answer.domain) == (403, None, None)
        assert answer.nearly == (f"SIP Domain office.sip.localhost, which {where} names" if where else "")
        assert (answer.named is not None) == bool(where)

    node.run(act)


def test_the_account_sees_what_its_users_send_to_an_address(node: Node) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        request, flow = arrival("INVITE", "sip:a@phones.sip.localhost")
        challenge = await ask(request, flow, 1.0)
        assert isinstance(challenge, Challenge)
        again = answered(request, challenge.headers, "alice", PASSWORD)
        to = [(name, "<sip:a@192.0.2.50>" if name == "To" else value) for name, value in again.headers.fields]
        answer = refused(await ask(Request("INVITE", "sip:a@192.0.2.50", Headers(to)), flow, 1.0))
        assert answer.nearly == "SIP Domain phones.sip.localhost, which Proxy-Authorization names"

    node.run(act)


@pytest.mark.parametrize(
    ("contact", "allow_private", "loops"),
    [
        ("<sip:a@192.0.2.50>", True, True),
        ("<sip:a@192.0.2.50:5070>", True, False),
        ("<sip:a@127.0.0.1:5070>", True, False),
        ("<sip:a@127.0.0.1:5070>", False, True),
        ("<sip:a@localhost>", False, True),
        ("<sip:a@[::1]:5070>", False, True),
        ("<sip:a@192.168.1.7>", False, False),
        ("<sip:a@203.0.113.9>", False, False),
    ],
)
def test_a_contact_that_leads_home_is_400_32105(
    node: Node, contact: str, allow_private: bool, loops: bool
) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        request, flow = arrival(
            "INVITE", "sip:a@office.sip.localhost", headers=(("Contact", contact),), source="192.0.2.1"
        )
        answer = await ask(request, flow, 1.0)
        assert isinstance(answer, TurnedAway) == loops
        if isinstance(answer, TurnedAway):
            assert (answer.status, answer.twilio_code) == (400, 32105)

    node.run(act, allow_private=allow_private)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]", "192.0.2.50"])
def test_the_default_domain_answers_for_the_nodes_own_addresses(node: Node, host: str) -> None:
    answer = node.decide(host, "192.0.2.1", default_domain="office")
    assert isinstance(answer, Admitted)
    assert answer.domain.domain_name == "office.sip.localhost"


@pytest.mark.parametrize("host", ["192.0.2.51", "example.com", "office"])
def test_the_default_domain_answers_for_nothing_else(node: Node, host: str) -> None:
    assert refused(node.decide(host, "192.0.2.1", default_domain="office")).twilio_code is None


def test_a_default_domain_that_does_not_exist_is_403(node: Node) -> None:
    assert refused(node.decide("localhost", "192.0.2.1", default_domain="gone")).domain is None


@pytest.mark.parametrize("algorithms", [(Algorithm.MD5,), (Algorithm.SHA_256, Algorithm.MD5)])
@pytest.mark.parametrize("password", [PASSWORD, "Another-Horse-2"])
def test_a_listed_user_is_challenged_and_admitted(
    node: Node, algorithms: tuple[Algorithm, ...], password: str
) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        request, flow = arrival("INVITE", "sip:help@phones.sip.localhost", source="203.0.113.9")
        challenge = await ask(request, flow, 1.0)
        assert isinstance(challenge, Challenge)
        assert challenge.status == 407
        assert len(challenge.headers) == len(algorithms)
        answer = await ask(answered(request, challenge.headers, "alice", password), flow, 2.0)
        assert isinstance(answer, Admitted)
        assert answer.username == "alice"

    node.run(act, algorithms=algorithms)


def test_an_old_nonce_is_challenged_again_as_stale(node: Node) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        request, flow = arrival("INVITE", "sip:help@phones.sip.localhost")
        challenge = await ask(request, flow, 1.0)
        assert isinstance(challenge, Challenge)
        answer = await ask(answered(request, challenge.headers, "alice", PASSWORD), flow, 1000.0)
        assert isinstance(answer, Challenge)
        assert "stale=true" in answer.headers[0][1].lower()

    node.run(act)


@pytest.mark.parametrize(
    ("username", "password", "nearly"),
    [
        ("alice", "wrong", "there is a user alice: the password is another"),
        ("bob", PASSWORD, ""),
        ("Alice", PASSWORD, ""),
        ("carol", PASSWORD, "user carol is in a list that is mapped for registrations only"),
        (
            "dave",
            PASSWORD,
            "user dave is in credential list Attic, which is not mapped to phones.sip.localhost",
        ),
        ("alice@phones.sip.localhost", PASSWORD, "the user name has a space or a domain in it"),
        ("a" * 33, PASSWORD, ""),
    ],
)
def test_wrong_credentials_are_403_32202(node: Node, username: str, password: str, nearly: str) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        request, flow = arrival("INVITE", "sip:help@phones.sip.localhost")
        challenge = await ask(request, flow, 1.0)
        assert isinstance(challenge, Challenge)
        answer = refused(await ask(answered(request, challenge.headers, username, password), flow, 1.0))
        assert (answer.status, answer.twilio_code) == (403, 32202)
        assert answer.text == "Authentication failure - bad user credentials"
        assert answer.nearly.startswith(nearly)
        assert bool(answer.nearly) == bool(nearly)

    node.run(act)


def test_twenty_failures_a_minute_are_heard_and_then_the_user_must_wait(node: Node) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        request, flow = arrival("INVITE", "sip:help@phones.sip.localhost")
        challenge = await ask(request, flow, 1.0)
        assert isinstance(challenge, Challenge)
        wrong = answered(request, challenge.headers, "bob", "wrong")
        statuses = [refused(await ask(wrong, flow, 1.0 + n)).status for n in range(21)]
        assert statuses == [403] * 20 + [503]
        throttled = refused(await ask(wrong, flow, 30.0))
        assert (throttled.twilio_code, throttled.headers) == (32202, (("Retry-After", "60"),))
        assert refused(await ask(wrong, flow, 70.0)).status == 403

    node.run(act)


@pytest.mark.parametrize(
    "value",
    [
        f'Digest username="alice", realm="{REALM}"',
        f'Digest username="alice", realm="{REALM}", nonce="n", uri="sip:x@y", response="r"',
    ],
)
def test_a_broken_authorization_is_400(node: Node, value: str) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        headers = (("Proxy-Authorization", value),)
        answer = refused(await ask(*arrival("INVITE", "sip:a@phones.sip.localhost", headers=headers), 1.0))
        assert (answer.status, answer.twilio_code) == (400, None)

    node.run(act)


def test_an_answer_for_another_realm_is_none_at_all(node: Node) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        other = 'Digest username="alice", realm="elsewhere", nonce="n", uri="sip:x", response="r"'
        headers = (("Proxy-Authorization", other),)
        answer = await ask(*arrival("INVITE", "sip:a@phones.sip.localhost", headers=headers), 1.0)
        assert isinstance(answer, Challenge)

    node.run(act)


def test_with_both_the_address_is_checked_first(node: Node) -> None:
    async def act(_store: SqlStore, ask: Ask) -> None:
        uri = "sip:help@both.sip.localhost"
        assert refused(await ask(*arrival("INVITE", uri, source="203.0.113.9"), 1.0)).twilio_code == 32201
        request, flow = arrival("INVITE", uri)
        challenge = await ask(request, flow, 1.0)
        assert isinstance(challenge, Challenge)
        right = answered(request, challenge.headers, "alice", PASSWORD)
        elsewhere = replace(flow, remote=replace(flow.remote, host="203.0.113.9"))
        assert refused(await ask(right, elsewhere, 1.0)).twilio_code == 32201
        assert isinstance(await ask(right, flow, 1.0), Admitted)

    node.run(act)


def test_a_change_is_seen_at_once(node: Node) -> None:
    async def act(store: SqlStore, ask: Ask) -> None:
        request, flow = arrival("INVITE", "sip:help@office.sip.localhost")
        assert isinstance(await ask(request, flow, 1.0), Admitted)
        await store.ip_access_control_lists.delete_address(ACCOUNT, numbered("AL", 1), numbered("IP", 2))
        assert refused(await ask(request, flow, 1.0)).twilio_code == 32201
        await store.sip_domains.unmap_ip_acl(ACCOUNT, numbered("SD", 1), numbered("AL", 1))
        assert refused(await ask(request, flow, 1.0)).twilio_code == 32200
        await store.sip_domains.delete(ACCOUNT, numbered("SD", 1))
        assert refused(await ask(request, flow, 1.0)).twilio_code is None

    node.run(act)


@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.CLOSED])
def test_an_account_that_is_not_active_is_603_10001(node: Node, status: AccountStatus) -> None:
    async def act(store: SqlStore, ask: Ask) -> None:
        request, flow = arrival("INVITE", "sip:help@office.sip.localhost")
        assert isinstance(await ask(request, flow, 1.0), Admitted)
        await store.accounts.save(replace(account(), status=status))
        answer = refused(await ask(request, flow, 1.0))
        assert (answer.status, answer.twilio_code) == (603, 10001)

    node.run(act)


@pytest.mark.parametrize(
    ("transport", "code"), [(Transport.UDP, 32209), (Transport.TCP, 32209), (Transport.TLS, None)]
)
def test_a_secure_domain_wants_tls(node: Node, transport: Transport, code: int | None) -> None:
    async def act(store: SqlStore, ask: Ask) -> None:
        await store.sip_domains.update(replace(sip_domain(1), secure=True))
        answer = await ask(*arrival("INVITE", "sip:a@office.sip.localhost", transport=transport), 1.0)
        if code is None:
            assert isinstance(answer, Admitted)
        else:
            assert (refused(answer).status, refused(answer).twilio_code) == (403, code)

    node.run(act)


def test_a_database_that_does_not_answer_is_503(node: Node) -> None:
    async def act(store: SqlStore, ask: Ask) -> None:
        gone = AsyncMock(side_effect=StoreBusyError("gone"))
        with patch.object(store.sip_domains, "find_by_name", gone):
            answer = refused(await ask(*arrival("INVITE", "sip:a@office.sip.localhost"), 1.0))
        assert (answer.status, answer.headers) == (503, (("Retry-After", "5"),))

    node.run(act)


def test_a_database_that_does_not_answer_is_said_once() -> None:
    refusal = unavailable(StoreBusyError("the database does not answer"))
    assert (refusal.status, refusal.text) == (503, "the database does not answer")
