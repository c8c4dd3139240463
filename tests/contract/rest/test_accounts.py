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


def test_another_account_is_20404(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            other = account(numbered("AC", 7))
            await api.store.accounts.save(other)
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.api.accounts(other.sid).fetch())
            assert (caught.value.status, caught.value.code) == (404, 20404)

    asyncio.run(run())
