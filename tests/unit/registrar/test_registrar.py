"""Registration (RFC 3261 §10, RFC 3327, RFC 5626; reference/sip-interface 5, 15.2)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.model.credential import MappingScope
from offhook.model.sip_domain import SipDomain
from offhook.registrar.answer import RegisterAnswer
from offhook.registrar.flow import flow_of
from offhook.registrar.settings import Settings
from offhook.sip.flow import Transport
from offhook.sip.message import Headers
from tests.support.memory_store import ACCOUNT
from tests.support.registration import REGISTERED, MemoryBindings, Shop
from tests.support.stores import PASSWORD, credential

DESK = "<sip:alice@10.0.0.1:5062>"
MOBILE = "<sip:alice@10.0.0.2;transport=tcp>"


def header(answer: RegisterAnswer, name: str) -> list[str]:
    return list(Headers(answer.headers).get_all(name))


def code(answer: RegisterAnswer) -> int | None:
    assert answer.turned_away is not None
    text = header(answer, "X-Twilio-Error")
    assert text == (
        []
        if answer.turned_away.twilio_code is None
        else [f"{answer.turned_away.twilio_code} {answer.turned_away.text}"]
    )
    return answer.turned_away.twilio_code


def test_a_phone_is_challenged_and_registered() -> None:
    shop = Shop()
    challenge = shop.ask(*shop.request("alice", DESK))
    assert challenge.status == 407
    assert header(challenge, "Proxy-Authenticate")[0].startswith('Digest realm="sip.localhost"')
    assert challenge.turned_away is None
    assert shop.bindings("alice") == []
    answer = shop.register("alice", DESK)
    assert answer.status == 200
    assert header(answer, "Contact") == ["<sip:alice@10.0.0.1:5062>;expires=3600"]
    assert header(answer, "Date")
    assert shop.bindings("alice") == ["sip:alice@10.0.0.1:5062"]


def test_what_is_kept_of_a_registration() -> None:
    shop = Shop()
    shop.register(
        "alice", DESK, source="203.0.113.9", port=40000, headers=(("User-Agent", "Phone/" + "x" * 200),)
    )
    (binding,) = shop.found("alice")
    assert (binding.account_sid, binding.domain_sid, binding.username) == (
        ACCOUNT.sid,
        REGISTERED.sid,
        "alice",
    )
    assert binding.call_id == "alice@phone"
    assert binding.user_agent.startswith("Phone/x")
    assert len(binding.user_agent) == 128
    flow = flow_of(binding)
    assert (flow.transport, str(flow.remote), str(flow.local)) == (
        Transport.UDP,
        "203.0.113.9:40000",
        "192.0.2.50:5060",
    )
    assert shop.rows.rows == {binding.sid: binding}


@pytest.mark.parametrize("host", ["app.sip.twilio.com", "APP.sip.localhost", "app.sip.dublin.twilio.com"])
def test_every_spelling_of_a_domain_is_one_address_of_record(host: str) -> None:
    shop = Shop()
    shop.register("alice", DESK)
    answer = shop.register("alice", MOBILE, uri=f"sip:{host}", to=f"<sip:alice@{host}>")
    assert answer.status == 200
    assert len(header(answer, "Contact")) == 2
    assert len(shop.bindings("alice")) == 2


# Expiry


@pytest.mark.parametrize(
    ("contact", "expires", "granted"),
    [
        (DESK, None, 3600),
        (DESK, 600, 600),
        (DESK, 3600, 3600),
        (DESK, 7200, 3600),
        (DESK, 2**40, 3600),
        (DESK, "soon", 3600),
        (f"{DESK};expires=900", 1200, 900),
        (f"{DESK};expires=99999", None, 3600),
        (f"{DESK};expires=soon", 1200, 3600),
    ],
)
def test_expiry_is_granted_within_bounds(contact: str, expires: int | str | None, granted: int) -> None:
    answer = Shop().register("alice", contact, expires=expires)
    assert header(answer, "Contact") == [f"<sip:alice@10.0.0.1:5062>;expires={granted}"]


@pytest.mark.parametrize(("contact", "expires"), [(DESK, 1), (DESK, 599), (f"{DESK};expires=60", 3600)])
def test_too_brief_is_423_with_min_expires(contact: str, expires: int) -> None:
    shop = Shop()
    answer = shop.register("alice", contact, MOBILE, expires=expires)
    assert (answer.status, header(answer, "Min-Expires"), code(answer)) == (423, ["600"], None)
    assert shop.bindings("alice") == []


def test_a_binding_expires_and_a_refresh_keeps_it() -> None:
    shop = Shop()
    shop.register("alice", DESK, expires=600)
    shop.clock.now += 500
    assert header(shop.register("alice"), "Contact") == ["<sip:alice@10.0.0.1:5062>;expires=99"]
    shop.register("alice", DESK, expires=600)
    shop.clock.now += 599
    assert shop.registrar.expire(shop.clock.now) == 0
    assert shop.bindings("alice") == ["sip:alice@10.0.0.1:5062"]
    shop.clock.now += 1
    assert shop.bindings("alice") == []
    assert shop.registrar.expire(shop.clock.now) == 1
    assert len(shop.registrar) == 0
    assert shop.rows.rows == {}


def test_a_refresh_keeps_the_identity_of_a_binding() -> None:
    shop = Shop()
    shop.register("alice", DESK)
    (before,) = shop.found("alice")
    shop.clock.now += 100
    shop.register("alice", DESK, call_id="another")
    (after,) = shop.found("alice")
    assert (after.sid, after.created_at, after.call_id) == (before.sid, before.created_at, "another")
    assert after.updated_at > before.updated_at
    assert after.expires_at > before.expires_at


def test_stepping_the_wall_clock_ends_nothing() -> None:
    shop = Shop()
    shop.register("alice", DESK, expires=600)
    shop.clock.wall_s += 86_400
    assert header(shop.register("alice"), "Contact") == ["<sip:alice@10.0.0.1:5062>;expires=599"]
    shop.clock.wall_s -= 2 * 86_400
    shop.clock.now += 600
    assert shop.bindings("alice") == []


# Ending


def test_expires_0_ends_a_binding_and_only_it() -> None:
    shop = Shop()
    shop.register("alice", DESK)
    shop.register("alice", MOBILE)
    answer = shop.register("alice", f"{DESK};expires=0")
    assert header(answer, "Contact") == ["<sip:alice@10.0.0.2;transport=tcp>;expires=3599"]
    assert shop.register("alice", MOBILE, expires=0).status == 200
    assert shop.bindings("alice") == []
    assert shop.rows.rows == {}
    assert shop.register("alice", DESK, expires=0).status == 200


def test_a_star_ends_every_binding() -> None:
    shop = Shop()
    shop.register("alice", DESK)
    shop.register("alice", MOBILE)
    answer = shop.register("alice", "*", expires=0)
    assert (answer.status, header(answer, "Contact"), shop.bindings("alice")) == (200, [], [])


@pytest.mark.parametrize(
    ("contacts", "expires"), [(("*",), None), (("*",), 600), (("*", DESK), 0), ((f"*, {DESK}",), 0)]
)
def test_a_star_stands_alone_with_expires_0(contacts: tuple[str, ...], expires: int | None) -> None:
    shop = Shop()
    shop.register("alice", DESK)
    assert shop.register("alice", *contacts, expires=expires).status == 400
    assert len(shop.bindings("alice")) == 1


@pytest.mark.parametrize("contact", [DESK, "*"])
def test_what_was_overtaken_changes_nothing(contact: str) -> None:
    shop = Shop()
    assert shop.register("alice", DESK, cseq=10).status == 200
    for cseq in (9, 10):
        answer = shop.register("alice", contact, expires=0, cseq=cseq)
        assert (answer.status, answer.reason) == (400, "CSeq is not higher than before with the same Call-ID")
    assert len(shop.bindings("alice")) == 1
    assert shop.register("alice", contact, expires=0, cseq=1, call_id="rebooted").status == 200
    assert shop.bindings("alice") == []


# Several


def test_the_eleventh_contact_is_403_32007() -> None:
    shop = Shop()
    for number in range(10):
        assert shop.register("alice", f"<sip:alice@10.0.0.1:{6000 + number}>").status == 200
    answer = shop.register("alice", DESK)
    assert (answer.status, code(answer)) == (403, 32007)
    assert len(shop.bindings("alice")) == 10
    assert shop.register("alice", "<sip:alice@10.0.0.1:6000>").status == 200
    swapped = shop.register("alice", "<sip:alice@10.0.0.1:6000>;expires=0", DESK)
    assert len(header(swapped, "Contact")) == 10
    assert shop.register("bob", DESK).status == 200


def test_a_domain_and_an_account_have_their_bounds_too() -> None:
    for bounds in (Settings(domain_max=2), Settings(account_max=2)):
        shop = Shop(settings=bounds)
        assert shop.register("alice", DESK).status == 200
        assert shop.register("alice", MOBILE).status == 200
        answer = shop.register("bob", DESK)
        assert (answer.status, code(answer)) == (403, 32007)
        assert answer.turned_away is not None
        assert answer.turned_away.matched.startswith("2 registrations of a")
        assert shop.register("alice", DESK).status == 200, "a refresh needs no room"
        assert shop.register("alice", MOBILE, expires=0).status == 200
        assert shop.register("bob", DESK).status == 200


def test_all_contacts_of_a_request_or_none() -> None:
    shop = Shop()
    answer = shop.register("alice", *(f"<sip:alice@10.0.0.1:{6000 + number}>" for number in range(11)))
    assert (answer.status, shop.bindings("alice"), shop.rows.rows) == (403, [], {})


def test_a_contact_is_compared_as_a_uri() -> None:
    shop = Shop()
    shop.register("alice", "<sip:alice@Phone.example;ob>", "<sip:%61lice@phone.example>;expires=900")
    assert shop.bindings("alice") == ["sip:%61lice@phone.example"]
    shop.register("alice", '"Alice" <sip:alice@PHONE.example>', "sip:ALICE@phone.example")
    assert len(shop.bindings("alice")) == 2


def test_rfc5626_a_flow_replaces_the_flow_of_the_same_instance_and_reg_id() -> None:
    shop = Shop()
    outbound = (("Supported", "path, outbound"),)

    def contact(port: int, reg_id: int, instance: str = "<urn:uuid:1>") -> str:
        return f'<sip:alice@10.0.0.1:{port};ob>;reg-id={reg_id};+sip.instance="{instance}"'

    answer = shop.register("alice", contact(5001, 1), headers=outbound)
    assert header(answer, "Require") == ["outbound"]
    assert header(answer, "Contact") == [
        '<sip:alice@10.0.0.1:5001;ob>;expires=3600;+sip.instance="<urn:uuid:1>";reg-id=1'
    ]
    shop.register("alice", contact(5002, 1), headers=outbound)
    assert shop.bindings("alice") == ["sip:alice@10.0.0.1:5002;ob"]
    shop.register("alice", contact(5003, 2), headers=outbound)
    shop.register("alice", contact(5004, 1, "<urn:uuid:2>"), headers=outbound)
    assert len(shop.bindings("alice")) == 3
    plain = shop.register("alice", contact(5005, 1))
    assert header(plain, "Require") == []
    assert len(shop.bindings("alice")) == 4


def test_rfc5626_439_when_the_first_hop_does_not_keep_flows() -> None:
    shop = Shop()
    contact = '<sip:alice@10.0.0.1>;reg-id=1;+sip.instance="<urn:uuid:1>"'
    via = ("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb")
    outbound = ("Supported", "outbound")
    assert shop.register("alice", contact, headers=(via, outbound)).status == 439
    path = ("Path", "<sip:edge.example;lr>, <sip:first.example;lr;ob>")
    assert shop.register("alice", contact, headers=(via, outbound, path)).status == 200


def test_rfc3327_path_is_kept_and_echoed() -> None:
    shop = Shop()
    path = (("Path", "<sip:p1.example;lr>"), ("Path", "<sip:p2.example;lr>"))
    answer = shop.register("alice", DESK, headers=path)
    assert header(answer, "Path") == ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]
    (binding,) = shop.found("alice")
    assert binding.path == ("<sip:p1.example;lr>", "<sip:p2.example;lr>")


# Refusals


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (replace(REGISTERED, sip_registration=False), (403, 32210)),
        (replace(REGISTERED, has_registration_list=False), (403, 32212)),
        (replace(REGISTERED, is_account_active=False), (603, 10001)),
        (replace(REGISTERED, secure=True), (403, 32209)),
    ],
)
def test_a_domain_where_nobody_may_register(domain: SipDomain, expected: tuple[int, int]) -> None:
    shop = Shop()
    shop.store.sip_domains.domain = domain
    answer = shop.register("alice", DESK)
    assert (answer.status, code(answer)) == expected


def test_no_such_domain_is_403_without_a_code() -> None:
    answer = Shop().register("alice", DESK, uri="sip:nobody.sip.localhost")
    assert (answer.status, code(answer)) == (403, None)


@pytest.mark.parametrize(("user", "password"), [("alice", "wrong"), ("carol", PASSWORD)])
def test_wrong_credentials_are_403_32202(user: str, password: str) -> None:
    answer = Shop().register(user, DESK, password=password)
    assert (answer.status, code(answer)) == (403, 32202)


def test_a_list_for_calls_lets_nobody_register() -> None:
    shop = Shop()
    shop.store.sip_domains.users[MappingScope.CALLS] = [credential(9, username="carol")]
    answer = shop.register("carol", DESK)
    assert code(answer) == 32202
    assert answer.turned_away is not None
    assert answer.turned_away.nearly == "user carol is in a list that is mapped for calls only"


def test_another_user_than_that_of_to_is_403_32106() -> None:
    shop = Shop()
    answer = shop.register("alice", DESK, as_user="bob")
    assert (answer.status, code(answer)) == (403, 32106)
    assert shop.bindings("alice") == shop.bindings("bob") == []


@pytest.mark.parametrize("to", ["<sip:alice@example.com>", "<sip:app.sip.localhost>"])
def test_to_must_name_a_user_of_the_domain(to: str) -> None:
    assert Shop().register("alice", DESK, to=to).status == 404


def test_the_sixth_register_within_a_second_is_503_32008() -> None:
    shop = Shop()
    answers = []
    for _ in range(6):
        answers.append(shop.register("alice", DESK))
        shop.clock.now -= 1.0
    assert [answer.status for answer in answers] == [200] * 5 + [503]
    assert (code(answers[-1]), header(answers[-1], "Retry-After")) == (32008, ["1"])
    assert shop.register("bob", DESK).status == 200


@pytest.mark.parametrize(
    ("contact", "status"),
    [
        ("<tel:+15551234567>", 416),
        ("<sip:alice@>", 400),
        ("nonsense", 400),
        ("<sip:alice@10.0.0.1", 400),
        (f"<sip:{'a' * 600}@10.0.0.1>", 400),
        ('<sip:alice@10.0.0.1>;reg-id=0;+sip.instance="<urn:uuid:1>"', 400),
    ],
)
def test_a_broken_contact_is_refused(contact: str, status: int) -> None:
    shop = Shop()
    answer = shop.register("alice", contact, headers=(("Supported", "outbound"),))
    assert (answer.status, code(answer)) == (status, None)
    assert shop.bindings("alice") == []


@pytest.mark.parametrize("contact", ["<sip:alice@192.0.2.50>", "<sip:alice@192.0.2.50:5060;transport=udp>"])
def test_our_own_address_as_contact_is_400_32105(contact: str) -> None:
    answer = Shop().register("alice", contact)
    assert (answer.status, code(answer)) == (400, 32105)


@pytest.mark.parametrize("headers", [(("Path", "nonsense"),), (("Path", f"<sip:{'p' * 3000}@example.com>"),)])
def test_a_broken_path_is_400(headers: tuple[tuple[str, str], ...]) -> None:
    assert Shop().register("alice", DESK, headers=headers).status == 400


def test_a_call_id_that_would_fill_memory_is_400() -> None:
    assert Shop().register("alice", DESK, call_id="c" * 300).status == 400


# Restarts and the store


def test_registrations_survive_a_restart() -> None:
    before = Shop()
    before.register("alice", DESK, expires=600)
    before.register("bob", DESK, expires=3600)
    after = Shop(rows=before.rows)
    after.clock.wall_s = 1000
    assert asyncio.run(after.registrar.restore(after.clock.now)) == 1
    assert (after.bindings("alice"), after.bindings("bob")) == ([], ["sip:alice@10.0.0.1:5062"])
    assert len(after.rows.rows) == 1
    # The phone's next REGISTER refreshes what was restored.
    after.register("bob", DESK, cseq=999)
    assert len(after.bindings("bob")) == 1


def test_a_clock_that_was_set_back_makes_nothing_live_for_ever() -> None:
    before = Shop()
    before.register("alice", DESK)
    after = Shop(rows=before.rows)
    after.clock.wall_s = -86_400
    asyncio.run(after.registrar.restore(after.clock.now))
    after.clock.now += 3601
    assert after.bindings("alice") == []


def test_a_busy_store_refuses_no_phone_and_is_told_later() -> None:
    shop = Shop(rows=MemoryBindings(is_busy=True))
    assert shop.register("alice", DESK).status == 200
    assert shop.register("bob", DESK).status == 200
    assert shop.register("bob", DESK, expires=0).status == 200
    shop.registrar.expire(shop.clock.now)
    assert shop.rows.rows == {}
    shop.rows.is_busy = False
    shop.registrar.expire(shop.clock.now)
    assert [binding.username for binding in shop.rows.rows.values()] == ["alice"]


def test_the_operator_removes_a_binding() -> None:
    shop = Shop()
    shop.register("alice", DESK)
    (binding,) = shop.found("alice")
    assert not asyncio.run(shop.registrar.remove("AC" + "9" * 32, binding.sid, shop.clock.now))
    assert asyncio.run(shop.registrar.remove(ACCOUNT.sid, binding.sid, shop.clock.now))
    assert not asyncio.run(shop.registrar.remove(ACCOUNT.sid, binding.sid, shop.clock.now))
    assert (shop.bindings("alice"), shop.rows.rows) == ([], {})


# What ends a binding before its time


def test_another_password_ends_what_was_registered_with_the_one_before() -> None:
    shop = Shop()
    shop.register("alice", DESK)
    later = shop.clock.utc_now() + timedelta(seconds=1)
    shop.users[0] = replace(credential(0, username="alice", password="Another-One-22"), updated_at=later)
    assert len(shop.bindings("alice")) == 1, "what was read is kept until the store says that it changed"
    shop.store.access_revision += 1
    assert shop.bindings("alice") == []
    shop.clock.now += 2.0
    assert shop.register("alice", DESK, password="Another-One-22").status == 200
    assert len(shop.bindings("alice")) == 1


def test_a_clock_that_was_set_back_ends_no_registration() -> None:
    shop = Shop()
    shop.users[0] = replace(shop.users[0], updated_at=shop.clock.utc_now())
    shop.clock.wall_s = -7200.0
    shop.register("alice", DESK)
    assert len(shop.bindings("alice")) == 1


def test_a_domain_that_takes_no_registrations_any_more_has_none() -> None:
    shop = Shop()
    shop.register("alice", DESK)
    shop.store.sip_domains.domain = replace(REGISTERED, sip_registration=False)
    assert shop.bindings("alice") == []


def test_what_nothing_allows_any_more_is_ended_once_for_each_change() -> None:
    shop = Shop()
    shop.register("alice", DESK)
    shop.register("bob", DESK)
    assert asyncio.run(shop.registrar.review()) == 0
    shop.rows.orphans = {"alice"}
    assert asyncio.run(shop.registrar.review()) == 0, "nothing was changed"
    shop.store.access_revision += 1
    assert asyncio.run(shop.registrar.review()) == 1
    assert [row.username for row in shop.rows.rows.values()] == ["bob"]
    assert (shop.bindings("alice"), len(shop.bindings("bob"))) == ([], 1)


# Several nodes on one store


# Properties

CONTACTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([None, 0, 600, 3600, 9999])), min_size=0, max_size=4
)


@settings(max_examples=60)
@given(requests=st.lists(st.tuples(CONTACTS, st.integers(0, 2000)), max_size=8))
def test_what_is_told_is_what_is_found_and_what_is_stored(
    requests: list[tuple[list[tuple[int, int | None]], int]],
) -> None:
    shop = Shop()
    expected: dict[str, float] = {}
    for contacts, wait_s in requests:
        shop.clock.now += wait_s
        texts = []
        for number, expires in contacts:
            uri = f"sip:alice@10.0.0.{number}"
            texts.append(f"<{uri}>" if expires is None else f"<{uri}>;expires={expires}")
        answer = shop.register("alice", *texts)
        assert answer.status == 200
        now = shop.clock.now
        for number, expires in contacts:
            granted = 3600 if expires is None else min(expires, 3600)
            expected[f"sip:alice@10.0.0.{number}"] = now + granted
        expected = {uri: deadline for uri, deadline in expected.items() if deadline > now}
        told = {value.partition(">")[0][1:]: value for value in header(answer, "Contact")}
        assert set(told) == set(expected) == set(shop.bindings("alice"))
        for uri, deadline in expected.items():
            assert told[uri].endswith(f";expires={round(deadline - now)}")
        shop.registrar.expire(now)
        assert {row.contact for row in shop.rows.rows.values()} == set(expected)
        assert len(shop.registrar) == len(expected)


@settings(max_examples=100)
@given(value=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60))
def test_no_contact_breaks_the_registrar(value: str) -> None:
    answer = Shop().register("alice", value, headers=(("Supported", "outbound"),))
    assert answer.status in (200, 400, 416, 423, 439)
