"""Accounts and credentials as the Twilio SDK sees them (reference/rest-api 1.2, 2.1)."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException

from offhook.model.account import AccountStatus
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, running_api
from tests.support.stores import account, numbered


def test_fetch_and_list(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            shown = await api.ask(lambda c: c.api.accounts(ACCOUNT_SID).fetch())
            assert (shown.sid, shown.status, shown.type) == (ACCOUNT_SID, "active", "Full")
            assert shown.owner_account_sid == ACCOUNT_SID
            assert shown.auth_token == AUTH_TOKEN
            for filters, count in (({}, 1), ({"friendly_name": "x"}, 0), ({"status": "closed"}, 0)):
                assert len(await api.ask(lambda c, f: c.api.accounts.list(**f), filters)) == count

    asyncio.run(run())


@pytest.mark.parametrize(
    ("sid", "token"), [(ACCOUNT_SID, "wrong" * 6), (numbered("AC", 1), AUTH_TOKEN), (ACCOUNT_SID, "x")]
)
def test_wrong_credentials_are_20003(tmp_path: Path, sid: str, token: str) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            client = api.client(sid, token)
            with pytest.raises(TwilioRestException) as caught:
                await asyncio.to_thread(client.api.accounts(sid).fetch)
            assert (caught.value.status, caught.value.code) == (401, 20003)

    asyncio.run(run())


def test_an_account_that_is_not_active_is_20005(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for status in (AccountStatus.SUSPENDED, AccountStatus.CLOSED):
                await api.store.accounts.save(replace(api.account, status=status))
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(lambda c: c.api.accounts(ACCOUNT_SID).fetch())
                assert (caught.value.status, caught.value.code) == (401, 20005)

    asyncio.run(run())


def test_the_name_can_be_changed_and_the_status_not(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            changed = await api.ask(lambda c: c.api.accounts(ACCOUNT_SID).update(friendly_name="x" * 64))
            assert (changed.friendly_name, changed.status) == ("x" * 64, "active")
            assert changed.date_updated > changed.date_created
            same = await api.ask(lambda c: c.api.accounts(ACCOUNT_SID).update(status="active"))
            assert (same.friendly_name, same.status) == ("x" * 64, "active")
            assert (await api.ask(lambda c: c.api.accounts(ACCOUNT_SID).fetch())).friendly_name == "x" * 64
            for parameters, code in (
                ({"friendly_name": "x" * 65}, 20002),
                ({"friendly_name": "a\nb"}, 20002),
                ({"status": "closed"}, 21477),
                ({"status": "suspended"}, 21477),
                ({"status": "asleep"}, 21475),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(lambda c, p: c.api.accounts(ACCOUNT_SID).update(**p), parameters)
                assert (caught.value.status, caught.value.code) == (400, code)
            unchanged = await api.store.accounts.fetch(ACCOUNT_SID)
            assert unchanged is not None
            assert (unchanged.friendly_name, unchanged.status) == ("x" * 64, AccountStatus.ACTIVE)
            assert unchanged.auth_token.reveal() == AUTH_TOKEN

    asyncio.run(run())


def test_another_account_is_20404(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            other = account(numbered("AC", 7))
            await api.store.accounts.save(other)
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.api.accounts(other.sid).fetch())
            assert (caught.value.status, caught.value.code) == (404, 20404)

    asyncio.run(run())
