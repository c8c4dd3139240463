"""SIP Domains as the Twilio SDK sees them (reference/rest-api 2.8, 3.5, 4.3)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.support.api import ACCOUNT_SID, RunningApi, running_api
from tests.support.stores import account, numbered, sip_domain

OTHER_ACCOUNT = numbered("AC", 5)


async def code_of(api: RunningApi, **parameters: Any) -> int:
    """The Twilio error of creating a domain."""
    with pytest.raises(TwilioRestException) as caught:
        await api.ask(lambda c: c.sip.domains.create(**parameters))
    assert caught.value.status == 400
    assert caught.value.msg.startswith("Unable to create record: ")
    return int(caught.value.code)


def test_create_fetch_list_update_delete(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(
                lambda c: c.sip.domains.create(
                    domain_name="Office.SIP.localhost",
                    friendly_name="Office",
                    voice_url="http://localhost:3000/voice",
                    voice_status_callback_url="https://example.com/status",
                    sip_registration=True,
                )
            )
            assert (made.domain_name, made.friendly_name) == ("office.sip.localhost", "Office")
            assert (made.auth_type, made.voice_method, made.secure) == ("", "POST", False)
            assert made.sip_registration is True
            assert made.account_sid == ACCOUNT_SID
            assert made.date_created is not None
            fetched = await api.ask(lambda c: c.sip.domains(made.sid).fetch())
            assert fetched.voice_url == "http://localhost:3000/voice"
            assert [d.sid for d in await api.ask(lambda c: c.sip.domains.list())] == [made.sid]
            changed = await api.ask(
                lambda c: c.sip.domains(made.sid).update(voice_url="", voice_method="GET", secure=True)
            )
            assert (changed.voice_url, changed.voice_method, changed.secure) == (None, "GET", True)
            assert changed.voice_status_callback_url == "https://example.com/status"
            renamed = await api.ask(
                lambda c: c.sip.domains(made.sid).update(domain_name="shop.sip.localhost")
            )
            assert renamed.domain_name == "shop.sip.localhost"
            assert await api.ask(lambda c: c.sip.domains(made.sid).delete())
            assert await api.ask(lambda c: c.sip.domains.list()) == []
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.sip.domains(made.sid).fetch())
            assert (caught.value.status, caught.value.code) == (404, 20404)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"domain_name": ""}, 21231),
        ({"domain_name": "office.example.com"}, 21231),
        ({"domain_name": "of_fice.sip.localhost"}, 21231),
        ({"domain_name": "office.sip.us1.twilio.com"}, 21231),
        ({"domain_name": "x" * 64 + ".sip.localhost"}, 21231),
        ({"friendly_name": "x" * 65}, 21231),
        ({"voice_url": "localhost:3000"}, 21231),
        ({"voice_fallback_url": "/voice"}, 21231),
        ({"voice_status_callback_url": "ftp://example.com"}, 21231),
        ({"voice_method": "PUT"}, 21231),
        ({"voice_fallback_method": "x"}, 21231),
        ({"voice_status_callback_method": "x"}, 21231),
        ({"secure": "maybe"}, 21231),
        ({"sip_registration": "1"}, 21231),
        ({"emergency_calling_enabled": "on"}, 21231),
        ({"byoc_trunk_sid": "BY1"}, 21231),
        ({"emergency_caller_sid": "+15551230000"}, 21231),
        ({"domain_name": "deep.nobody.sip.localhost"}, 21232),
    ],
)
def test_each_bad_parameter(tmp_path: Path, parameters: dict[str, Any], code: int) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            assert await code_of(api, **{"domain_name": "office.sip.localhost", **parameters}) == code
            assert await api.ask(lambda c: c.sip.domains.list()) == []

    asyncio.run(run())


def test_a_name_is_taken_under_every_suffix_21232(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.sip.domains.create(domain_name="office.sip.localhost"))
            assert await code_of(api, domain_name="office.sip.localhost") == 21232
            assert await code_of(api, domain_name="office.sip.twilio.com") == 21232
            await api.store.sip_domains.insert(
                sip_domain(9, name="theirs.sip.localhost", account_sid=OTHER_ACCOUNT)
            )
            assert await code_of(api, domain_name="theirs.sip.twilio.com") == 21232
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.sip.domains(made.sid).update(domain_name="theirs.sip.localhost"))
            assert caught.value.code == 21232

    asyncio.run(run())


def test_subdomains_belong_to_the_owner_and_keep_their_parent(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.sip_domains.insert(
                sip_domain(9, name="theirs.sip.localhost", account_sid=OTHER_ACCOUNT)
            )
            assert await code_of(api, domain_name="sub.theirs.sip.localhost") == 21232
            office = await api.ask(lambda c: c.sip.domains.create(domain_name="office.sip.localhost"))
            below = await api.ask(lambda c: c.sip.domains.create(domain_name="sub.office.sip.twilio.com"))
            for act in (
                lambda c: c.sip.domains(office.sid).delete(),
                lambda c: c.sip.domains(office.sid).update(domain_name="shop.sip.localhost"),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(act)
                assert (caught.value.status, caught.value.code) == (400, 21233)
            await api.ask(lambda c: c.sip.domains(below.sid).delete())
            assert await api.ask(lambda c: c.sip.domains(office.sid).delete())

    asyncio.run(run())


def test_the_hundred_and_first_domain_is_21230(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(100):
                domain = sip_domain(number, name=f"d{number}.sip.localhost", account_sid=ACCOUNT_SID)
                await api.store.sip_domains.insert(domain)
            assert await code_of(api, domain_name="one-more.sip.localhost") == 21230
            assert len(await api.ask(lambda c: c.sip.domains.list(page_size=30))) == 100

    asyncio.run(run())


def test_another_accounts_domain_is_20404(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(account(OTHER_ACCOUNT))
            theirs = sip_domain(9, account_sid=OTHER_ACCOUNT)
            await api.store.sip_domains.insert(theirs)
            for act in (
                lambda c: c.sip.domains(theirs.sid).fetch(),
                lambda c: c.sip.domains(theirs.sid).update(voice_url=""),
                lambda c: c.sip.domains(theirs.sid).delete(),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(act)
                assert (caught.value.status, caught.value.code) == (404, 20404)
            assert await api.store.sip_domains.fetch(OTHER_ACCOUNT, theirs.sid) == theirs

    asyncio.run(run())
