"""Whether there is what `default_domain` and `default_trunk` name, in a real store of each kind."""

import asyncio
from dataclasses import replace

import pytest

from offhook.model.byoc_trunk import ByocTrunk
from offhook.routing.defaults import missing_domain, missing_trunk
from offhook.routing.sip_domain import DomainNames
from tests.support.stores import ACCOUNT, BORN, account, opened, sip_domain

NAMES = DomainNames(("sip.localhost", "sip.twilio.com"))
TRUNK = ByocTrunk("BY" + "1" * 32, ACCOUNT, BORN, BORN, friendly_name="Carrier")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("office", None),
        ("office.sip.twilio.com", None),
        ("ofice", "there is no SIP Domain ofice yet; there is office.sip.localhost"),
        (
            "ofice.sip.localhost",
            "there is no SIP Domain ofice.sip.localhost yet; there is office.sip.localhost",
        ),
        ("hotel", "there is no SIP Domain hotel yet"),
    ],
)
def test_the_domain_that_default_domain_names(url: str, wanted: str, told: str | None) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            await store.sip_domains.insert(replace(sip_domain(), domain_name="office.sip.localhost"))
            missing = await missing_domain(wanted, NAMES, store)
            assert (None if missing is None else missing.told("SIP Domain")) == told

    asyncio.run(run())


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("Carrier", None),
        (TRUNK.sid, None),
        ("carier", "there is no BYOC trunk carier yet; there is Carrier"),
        ("BY" + "2" * 32, f"there is no BYOC trunk BY{'2' * 32} yet"),
    ],
)
def test_the_trunk_that_default_trunk_names(url: str, wanted: str, told: str | None) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            await store.byoc_trunks.insert(TRUNK)
            missing = await missing_trunk(ACCOUNT, wanted, store)
            assert (None if missing is None else missing.told("BYOC trunk")) == told

    asyncio.run(run())
