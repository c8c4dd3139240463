"""Accounts are kept with their tokens."""

import asyncio
from dataclasses import replace

from offhook.model.account import AccountStatus
from tests.support.stores import ACCOUNT, OTHER_ACCOUNT, account, opened


def test_an_account_comes_back_whole(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            assert await store.accounts.fetch(ACCOUNT) is None
            await store.accounts.save(account())
            found = await store.accounts.fetch(ACCOUNT)
            assert found is not None
            assert found.auth_token.reveal() == "t" * 32
            assert replace(found, auth_token=(token := account().auth_token)) == replace(
                account(), auth_token=token
            )

    asyncio.run(run())


def test_saving_again_replaces(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            await store.accounts.save(replace(account(), status=AccountStatus.SUSPENDED))
            found = await store.accounts.fetch(ACCOUNT)
            assert found is not None
            assert found.status is AccountStatus.SUSPENDED

    asyncio.run(run())


def test_the_oldest_account_is_the_first_made(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            assert await store.accounts.oldest() is None
            await store.accounts.save(account(OTHER_ACCOUNT))
            await store.accounts.save(account(ACCOUNT, minutes=1))
            oldest = await store.accounts.oldest()
            assert oldest is not None
            assert oldest.sid == OTHER_ACCOUNT

    asyncio.run(run())
