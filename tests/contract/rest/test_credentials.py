"""Credential lists, users and mappings as the Twilio SDK sees them (reference/rest-api 2.8, 2.9, 4.3)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from offhook.sip.digest.algorithm import Algorithm, ha1
from tests.support.api import ACCOUNT_SID, RunningApi, running_api
from tests.support.stores import BORN, PASSWORD, credential, credential_list, numbered

NOWHERE = numbered("CL", 99)


async def code_of(api: RunningApi, act: Callable[..., Any], *arguments: object) -> int:
    with pytest.raises(TwilioRestException) as caught:
        await api.ask(act, *arguments)
    return int(caught.value.code)


def test_a_list_and_its_users_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            users = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Phones"))
            assert (users.friendly_name, users.account_sid) == ("Phones", ACCOUNT_SID)
            await api.ask(lambda c: c.sip.credential_lists(users.sid).update(friendly_name="Desks"))
            fetched = await api.ask(lambda c: c.sip.credential_lists(users.sid).fetch())
            assert fetched.friendly_name == "Desks"
            assert [one.sid for one in await api.ask(lambda c: c.sip.credential_lists.list())] == [users.sid]

            def credentials(c: Any) -> Any:
                return c.sip.credential_lists(users.sid).credentials

            made = await api.ask(lambda c: credentials(c).create("alice", PASSWORD))
            assert (made.username, made.credential_list_sid) == ("alice", users.sid)
            assert [one.sid for one in await api.ask(lambda c: credentials(c).list())] == [made.sid]

            def one(c: Any) -> Any:
                return c.sip.credential_lists(users.sid).credentials(made.sid)

            before = await api.store.credential_lists.fetch_credential(ACCOUNT_SID, users.sid, made.sid)
            await api.ask(lambda c: one(c).update(password="Another-Horse-2"))
            after = await api.store.credential_lists.fetch_credential(ACCOUNT_SID, users.sid, made.sid)
            assert before is not None
            assert after is not None
            for stored, password in ((before, PASSWORD), (after, "Another-Horse-2")):
                expected = [ha1("alice", "sip.localhost", password, each) for each in Algorithm]
                assert [stored.ha1_sha256.reveal(), stored.ha1_md5.reveal()] == expected
            assert (await api.ask(lambda c: one(c).fetch())).username == "alice"
            assert await api.ask(lambda c: one(c).delete())
            assert await code_of(api, lambda c: one(c).fetch()) == 20404
            assert await api.ask(lambda c: c.sip.credential_lists(users.sid).delete())
            assert await code_of(api, lambda c: c.sip.credential_lists(users.sid).fetch()) == 20404

    asyncio.run(run())


def test_no_answer_shows_the_password_or_its_hash(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            users = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Phones"))
            made = await api.ask(
                lambda c: c.sip.credential_lists(users.sid).credentials.create("alice", PASSWORD)
            )
            stored = await api.store.credential_lists.fetch_credential(ACCOUNT_SID, users.sid, made.sid)
            assert stored is not None
            shown = repr(vars(made)) + repr(stored)
            for secret in (PASSWORD, stored.ha1_md5.reveal(), stored.ha1_sha256.reveal()):
                assert secret not in shown

    asyncio.run(run())


def test_each_error_of_a_list(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Phones"))
            other = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Desks"))
            for name in ("", "x" * 65, "Phones", "a\nb"):
                assert await code_of(api, lambda c, n: c.sip.credential_lists.create(n), name) == 21240
                assert (
                    await code_of(api, lambda c, n: c.sip.credential_lists(other.sid).update(n), name)
                    == 21240
                )
            for act in (
                lambda c: c.sip.credential_lists(NOWHERE).fetch(),
                lambda c: c.sip.credential_lists(NOWHERE).update(friendly_name="x"),
                lambda c: c.sip.credential_lists(NOWHERE).delete(),
                lambda c: c.sip.credential_lists(NOWHERE).credentials.create("alice", PASSWORD),
                lambda c: c.sip.credential_lists(other.sid).credentials("CR1").fetch(),
                lambda c: c.sip.credential_lists(other.sid).credentials("CR1").update(password=PASSWORD),
                lambda c: c.sip.credential_lists(other.sid).credentials("CR1").delete(),
            ):
                assert await code_of(api, act) == 20404

    asyncio.run(run())


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("", PASSWORD),
        ("a" * 33, PASSWORD),
        ("al ice", PASSWORD),
        ("al:ice", PASSWORD),
        ('al"ice', PASSWORD),
        ("alice@office", PASSWORD),
        ("alice", ""),
        ("alice", "Short-Pass1"),
        ("alice", "no-capital-letter-1"),
        ("alice", "NO-SMALL-LETTER-1"),
        ("alice", "No-Digit-In-It"),
        ("alice", "Correct\nHorse-1"),
        ("alice", "Aa1" * 100),
    ],
)
def test_each_bad_user_is_21243(tmp_path: Path, username: str, password: str) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            users = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Phones"))

            def create(c: Any) -> Any:
                return c.sip.credential_lists(users.sid).credentials.create(username, password)

            assert await code_of(api, create) == 21243

    asyncio.run(run())


def test_a_user_twice_is_21243_and_a_new_password_must_be_good(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            users = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Phones"))

            def create(c: Any) -> Any:
                return c.sip.credential_lists(users.sid).credentials.create("alice", PASSWORD)

            made = await api.ask(create)
            assert await code_of(api, create) == 21243

            def update(c: Any) -> Any:
                return c.sip.credential_lists(users.sid).credentials(made.sid).update(password="short")

            assert await code_of(api, update) == 21243

    asyncio.run(run())


def test_the_limits_are_21239_and_21242(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            lists = api.store.credential_lists
            made = [credential_list(n, name=f"L{n}", account_sid=ACCOUNT_SID) for n in range(100)]
            await asyncio.gather(*(lists.insert(one) for one in made))
            assert await code_of(api, lambda c: c.sip.credential_lists.create(friendly_name="x")) == 21239
            pattern = credential(users=0)
            for n in range(1000):
                user = type(pattern)(
                    numbered("CR", n),
                    ACCOUNT_SID,
                    made[0].sid,
                    f"u{n}",
                    pattern.ha1_md5,
                    pattern.ha1_sha256,
                    BORN,
                    BORN,
                )
                await lists.insert_credential(user)
            assert (
                await code_of(
                    api, lambda c: c.sip.credential_lists(made[0].sid).credentials.create("alice", PASSWORD)
                )
                == 21242
            )

    asyncio.run(run())


def test_calls_have_one_set_in_two_spellings_and_registrations_another(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            domain = await api.ask(lambda c: c.sip.domains.create(domain_name="office.sip.localhost"))
            users = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Phones"))

            def older(c: Any) -> Any:
                return c.sip.domains(domain.sid).credential_list_mappings

            def calls(c: Any) -> Any:
                return c.sip.domains(domain.sid).auth.calls.credential_list_mappings

            def registrations(c: Any) -> Any:
                return c.sip.domains(domain.sid).auth.registrations.credential_list_mappings

            made = await api.ask(lambda c: calls(c).create(credential_list_sid=users.sid))
            assert (made.sid, made.friendly_name) == (users.sid, "Phones")
            for spelling in (older, calls):
                listed = await api.ask(lambda c, s: s(c).list(), spelling)
                assert [mapping.sid for mapping in listed] == [users.sid]
                assert await code_of(api, lambda c, s: s(c).create(users.sid), spelling) == 21231
            assert await api.ask(lambda c: registrations(c).list()) == []
            assert await api.ask(lambda c: registrations(c).create(users.sid))
            fetched = await api.ask(
                lambda c: (
                    c.sip.domains(domain.sid).auth.registrations.credential_list_mappings(users.sid).fetch()
                )
            )
            assert fetched.sid == users.sid
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.sip.credential_lists(users.sid).delete())
            assert (caught.value.code, caught.value.msg.partition("mapped: ")[2]) == (
                21241,
                f"to SIP Domain {domain.domain_name}",
            )
            assert await api.ask(
                lambda c: c.sip.domains(domain.sid).credential_list_mappings(users.sid).delete()
            )
            assert await api.ask(lambda c: calls(c).list()) == []
            assert len(await api.ask(lambda c: registrations(c).list())) == 1
            assert (await api.ask(lambda c: c.sip.domains(domain.sid).fetch())).auth_type == ""
            for sid in ("", "CL1", NOWHERE, numbered("AL", 1)):
                assert await code_of(api, lambda c, s: registrations(c).create(s), sid) == 21231

    asyncio.run(run())


@pytest.mark.parametrize("acl_first", [True, False])
def test_auth_type_is_in_the_order_of_mapping(tmp_path: Path, acl_first: bool) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            domain = await api.ask(lambda c: c.sip.domains.create(domain_name="office.sip.localhost"))
            users = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Phones"))
            acl = await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="Desks"))
            acts = [
                lambda c: c.sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings.create(
                    acl.sid
                ),
                lambda c: c.sip.domains(domain.sid).auth.calls.credential_list_mappings.create(users.sid),
            ]
            for act in acts if acl_first else reversed(acts):
                await api.ask(act)
            fetched = await api.ask(lambda c: c.sip.domains(domain.sid).fetch())
            expected = "IP_ACL,CREDENTIAL_LIST" if acl_first else "CREDENTIAL_LIST,IP_ACL"
            assert fetched.auth_type == expected

    asyncio.run(run())
