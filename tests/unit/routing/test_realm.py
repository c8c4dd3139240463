"""One realm, kept from the first start (design 1.3)."""

import asyncio
from pathlib import Path

from offhook.routing.realm import Realm, settle_realm
from offhook.store.database import SqlStore
from tests.support.stores import credential, credential_list, opened


def test_the_first_start_keeps_its_realm(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(f"sqlite:///{tmp_path / 'offhook.db'}") as store:
            assert await settle_realm(None, "sip.localhost", store) == Realm("sip.localhost")
            assert await settle_realm(None, "sip.company.com", store) == Realm("sip.localhost")

    asyncio.run(run())


def test_the_setting_is_free_until_there_is_a_password(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(f"sqlite:///{tmp_path / 'offhook.db'}") as store:
            await settle_realm(None, "sip.localhost", store)
            assert await settle_realm("company", "sip.localhost", store) == Realm("company")
            await _add_user(store)
            assert await settle_realm("other", "sip.localhost", store) == Realm("company", refused="other")
            assert await settle_realm("company", "sip.localhost", store) == Realm("company")
            assert await settle_realm(None, "sip.localhost", store) == Realm("company")

    asyncio.run(run())


async def _add_user(store: SqlStore) -> None:
    await store.credential_lists.insert(credential_list())
    await store.credential_lists.insert_credential(credential())
