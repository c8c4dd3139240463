"""Registrations at a carrier, in virtual time, at a real registrar: kept up, changed, ended, refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import pytest

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.model.carrier_registration import CarrierRegistration, RegistrationStatus
from offhook.model.credential import MappingScope
from offhook.sip.event import Event
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.switchboard.carrier_registrations import REFUSED_RETRY_S, CarrierRegistrations
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings as TransportSettings
from tests.support.arrival import arrival
from tests.support.clock import LoopClock
from tests.support.memory_store import ACCOUNT, DOMAIN, MOMENT, MemoryStore
from tests.support.small_exchange import SmallExchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import OFFICE, PASSWORD, office

TRUNK: Final = "BY" + "1" * 32


@dataclass
class Company:
    """The node that registers, and the carrier."""

    carriers: CarrierRegistrations
    store: MemoryStore
    driver: SipDriver
    carrier: SmallExchange
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def handle_event(self, event: Event) -> None:
        self.carriers.handle_event(event)
        self.news.set()

    def record(self, **changes: object) -> CarrierRegistration:
        """The account at the carrier."""
        record = CarrierRegistration(
            sid=TRUNK,
            account_sid=ACCOUNT.sid,
            registrar=f"sip:{DOMAIN.domain_name}",
            proxy=f"sip:{self.carrier.node.addresses[0]}",
            username="bob",
            password=Secret(PASSWORD),
            created_at=MOMENT,
            updated_at=MOMENT,
        )
        return replace(record, **changes)  # type: ignore[arg-type]

    async def keep(self, record: CarrierRegistration | None) -> None:
        """What the API does: the store has it, and the registrations are told."""
        self.store.carrier_registrations.known = {} if record is None else {record.sid: record}
        await self.carriers.take_up(ACCOUNT.sid, TRUNK)

    async def becomes(self, status: RegistrationStatus) -> None:
        """Wait until the registration stands so."""
        async with asyncio.timeout(3600):
            while (state := self.carriers.state(TRUNK)) is None or state.status is not status:
                self.news.clear()
                await self.news.wait()

    @property
    def bindings(self) -> int:
        return len(self.carrier.registrar)


@asynccontextmanager
async def company() -> AsyncIterator[Company]:
    async with office() as (carrier, _):
        clock, chance = LoopClock(), SeededChance(77)
        driver = SipDriver(
            UserAgent(SipSettings(product="company"), chance),
            TransportSettings(listen=(("127.0.0.1", 0),)),
            clock,
            chance,
        )
        store = MemoryStore()
        made = Company(CarrierRegistrations(driver, store.as_store, clock), store, driver, carrier)
        await driver.listen(made.handle_event)
        try:
            yield made
        finally:
            await made.carriers.close(60)
            driver.close()


def test_what_the_store_has_is_registered_refreshed_and_removed_at_the_end() -> None:
    async def scenario() -> None:
        async with company() as made:
            made.store.carrier_registrations.known[TRUNK] = made.record()
            await made.carriers.open()
            state = made.carriers.state(TRUNK)
            assert state is not None
            assert state.status is RegistrationStatus.REGISTERING
            await made.becomes(RegistrationStatus.REGISTERED)
            since, first = made.carriers.state(TRUNK), made.bindings
            assert (first, since and since.sip_status) == (1, 200)
            await asyncio.sleep(1000)
            later = made.carriers.state(TRUNK)
            assert later is not None
            assert since is not None
            assert later.changed_at == since.changed_at
            assert later.expires_at is not None
            assert since.expires_at is not None
            assert later.expires_at - since.expires_at > timedelta(seconds=500)
            assert made.bindings == 1
            await made.carriers.close(10)
            assert (made.bindings, made.carriers.state(TRUNK)) == (0, None)

    run(scenario())


def test_a_change_registers_anew_and_a_deletion_removes() -> None:
    async def scenario() -> None:
        async with company() as made:
            await made.keep(made.record())
            await made.becomes(RegistrationStatus.REGISTERED)
            before = made.carriers.state(TRUNK)
            await made.keep(made.record())
            assert made.carriers.state(TRUNK) is before, "nothing has changed"
            await made.keep(made.record(expires_s=1200, updated_at=MOMENT + timedelta(seconds=1)))
            await made.becomes(RegistrationStatus.REGISTERED)
            await made.keep(None)
            await asyncio.sleep(5)
            assert (made.bindings, made.carriers.state(TRUNK)) == (0, None)

    run(scenario())


def test_what_another_node_has_changed_is_taken_up() -> None:
    async def scenario() -> None:
        async with company() as made:
            made.store.carrier_registrations.known[TRUNK] = made.record()
            await made.carriers.refresh()
            await made.becomes(RegistrationStatus.REGISTERED)
            stands = made.carriers.state(TRUNK)
            await made.carriers.refresh()
            assert made.carriers.state(TRUNK) is stands
            made.store.carrier_registrations.known.clear()
            await made.carriers.refresh()
            await asyncio.sleep(5)
            assert (made.bindings, made.carriers.state(TRUNK)) == (0, None)

    run(scenario())


def test_a_refusal_is_shown_and_tried_again_after_a_quarter_of_an_hour() -> None:
    async def scenario() -> None:
        async with company() as made:
            await made.keep(made.record(password=Secret("wrong")))
            await made.becomes(RegistrationStatus.FAILED)
            state = made.carriers.state(TRUNK)
            assert state is not None
            assert (state.sip_status, state.expires_at) in ((403, None), (407, None))
            assert state.retry_at == state.changed_at + timedelta(seconds=REFUSED_RETRY_S)
            made.carrier.store.sip_domains.users[MappingScope.REGISTRATIONS] = []
            await asyncio.sleep(REFUSED_RETRY_S + 5)
            again = made.carriers.state(TRUNK)
            assert again is not None
            assert again.changed_at > state.changed_at

    run(scenario())


def test_a_registrar_that_does_not_answer_is_tried_again() -> None:
    async def scenario() -> None:
        async with company() as made:
            made.carrier.store.sip_domains.is_busy_for.add(DOMAIN.domain_name)
            await made.keep(made.record())
            await made.becomes(RegistrationStatus.FAILED)
            state = made.carriers.state(TRUNK)
            assert state is not None
            assert (state.sip_status, state.retry_at is not None) == (503, True)
            made.carrier.store.sip_domains.is_busy_for.clear()
            await made.becomes(RegistrationStatus.REGISTERED)

    run(scenario())


@pytest.mark.parametrize("username", ["bob", "carol"])
def test_what_the_registrar_sends_is_known_for_the_carriers(username: str) -> None:
    async def scenario() -> None:
        async with company() as made:
            await made.keep(made.record())
            await made.becomes(RegistrationStatus.REGISTERED)
            await asyncio.sleep(1)
            request, flow = arrival("INVITE", f"sip:{username}@192.0.2.50", source="127.0.0.1")
            found = made.carriers.calling(request, flow)
            assert found is not None, "one registration is enough, whatever stands in the Request-URI"
            assert found.username == "bob"
            for uri, source in (
                ("sip:bob@app.sip.localhost", "127.0.0.1"),
                ("sip:bob@192.0.2.50", "192.0.2.1"),
            ):
                stranger, flow = arrival("INVITE", uri, source=source)
                assert made.carriers.calling(stranger, flow) is None

    run(scenario())


def test_the_carriers_call_reaches_the_contact_with_its_user() -> None:
    async def scenario() -> None:
        async with company() as made:
            await made.keep(made.record())
            await made.becomes(RegistrationStatus.REGISTERED)
            await asyncio.sleep(1)
            (binding,) = await made.carrier.registrar.bindings(OFFICE, "bob", made.carrier.node.now())
            assert SipUri.parse(binding.contact).username == "bob"
            request, flow = arrival(
                "INVITE", f"sip:bob@{made.driver.addresses[0]}", source=made.carrier.node.addresses[0].host
            )
            flow = replace(flow, local=made.driver.addresses[0], advertised=made.driver.addresses[0])
            found = made.carriers.calling(request, flow)
            assert found is not None
            assert found.sid == TRUNK
            await made.keep(None)
            assert made.carriers.calling(request, flow) is None

    run(scenario())
