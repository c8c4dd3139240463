"""A registrar with one domain and a phone that registers there, in memory and in time that the test moves.

shop = Shop()
answer = shop.register("alice", contact="<sip:alice@10.0.0.1>")
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from offhook.base.ids import SeededChance
from offhook.model.binding import Binding
from offhook.model.credential import Credential, MappingScope
from offhook.registrar.answer import RegisterAnswer
from offhook.registrar.registrar import Registrar
from offhook.registrar.settings import Settings
from offhook.routing.directory import Directory
from offhook.routing.door import Door
from offhook.routing.sip_domain import DomainNames
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.flow import Flow
from offhook.sip.message import Request
from offhook.store.ports import Page, PageRequest, StoreBusyError
from tests.support.arrival import answered, arrival
from tests.support.memory_store import DOMAIN, MOMENT, MemoryStore
from tests.support.stores import PASSWORD, REALM, credential

REGISTERED = replace(DOMAIN, sip_registration=True, has_registration_list=True)


@dataclass
class SteppedClock:
    """A clock that the test moves; the wall may be set apart from it."""

    now: float = 1000.0
    wall_s: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def utc_now(self) -> datetime:
        return MOMENT + timedelta(seconds=self.now - 1000.0 + self.wall_s)


@dataclass
class MemoryBindings:
    """`store/ports`: Bindings in a dictionary, that can be too busy to write."""

    rows: dict[str, Binding] = field(default_factory=dict)
    is_busy: bool = False
    is_shared: bool = False
    """Whether several registrars write here."""
    orphans: set[str] = field(default_factory=set)
    """Users that nothing allows any more."""

    def post(self, binding: Binding) -> None:
        if self.is_busy:
            raise StoreBusyError("full")
        self.rows[binding.sid] = binding

    def post_removal(self, binding: Binding) -> None:
        if self.is_busy:
            raise StoreBusyError("full")
        kept = self.rows.get(binding.sid)
        if kept is not None and kept.updated_at <= binding.updated_at:
            del self.rows[binding.sid]

    async def flushed(self) -> None:
        """Everything is."""

    async def of_user(self, account_sid: str, username: str) -> Sequence[Binding]:
        found = (row for row in self.rows.values() if row.username == username)
        return [row for row in found if row.account_sid == account_sid]

    async def load(self, after_sid: str, limit: int) -> Sequence[Binding]:
        sids = sorted(sid for sid in self.rows if sid > after_sid)[:limit]
        return [self.rows[sid] for sid in sids]

    async def orphaned(self, after_sid: str, limit: int) -> Sequence[Binding]:
        rows = (self.rows[sid] for sid in sorted(self.rows) if sid > after_sid)
        return [row for row in rows if row.username in self.orphans][:limit]

    async def fetch(self, account_sid: str, sid: str) -> Binding | None:
        found = self.rows.get(sid)
        return found if found is not None and found.account_sid == account_sid else None

    async def list(
        self,
        account_sid: str,
        page: PageRequest,
        *,
        now: datetime,
        domain_sid: str | None = None,
        username: str | None = None,
    ) -> Page[Binding]:
        raise NotImplementedError("the real store has its own tests")


class Shop:
    """The registrar, and phones that know the password."""

    def __init__(
        self,
        users: Iterable[str] = ("alice", "bob"),
        *,
        rows: MemoryBindings | None = None,
        settings: Settings | None = None,
        seed: int = 2,
    ) -> None:
        self.clock = SteppedClock()
        self.rows = rows or MemoryBindings()
        self.store = MemoryStore(REGISTERED)
        self.users: list[Credential] = [credential(n, username=name) for n, name in enumerate(users)]
        self.store.sip_domains.users[MappingScope.REGISTRATIONS] = self.users
        names = DomainNames(("sip.localhost", "sip.twilio.com"))
        gate = DigestGate(DigestSettings(REALM), SeededChance(1))
        self.door = Door(Directory(self.store.as_store, names), gate)
        self.registrar = Registrar(self.rows, self.door, self.clock, SeededChance(seed), settings)
        self._chance = SeededChance(3)
        self._cseq = 0

    def ask(self, request: Request, flow: Flow) -> RegisterAnswer:
        """One REGISTER as it is."""
        return asyncio.run(self.registrar.register(request, flow, self.clock.now))

    def request(
        self,
        user: str,
        *contacts: str,
        expires: int | str | None = None,
        uri: str = "sip:app.sip.localhost",
        to: str | None = None,
        call_id: str | None = None,
        cseq: int | None = None,
        headers: Iterable[tuple[str, str]] = (),
        **how: str | int,
    ) -> tuple[Request, Flow]:
        """A REGISTER without credentials. how: source, port, transport of `arrival`."""
        self._cseq += 2
        fields = [("Contact", contact) for contact in contacts]
        if expires is not None:
            fields.append(("Expires", str(expires)))
        return arrival(
            "REGISTER",
            uri,
            to=to or f"<sip:{user}@app.sip.localhost>",
            call_id=call_id or f"{user}@phone",
            cseq=self._cseq if cseq is None else cseq - 1,
            headers=(*fields, *headers),
            **how,  # type: ignore[arg-type]
        )

    def register(
        self, user: str, *contacts: str, password: str = PASSWORD, as_user: str | None = None, **what: object
    ) -> RegisterAnswer:
        """Register a second after the last time, answering the challenge. what: as `request` takes it."""
        self.clock.now += 1.0
        request, flow = self.request(user, *contacts, **what)  # type: ignore[arg-type]
        challenge = self.ask(request, flow)
        if challenge.status != 407:
            return challenge
        again = answered(request, challenge.headers, as_user or user, password, chance=self._chance)
        return self.ask(again, flow)

    def found(self, user: str) -> tuple[Binding, ...]:
        """The bindings of a user, oldest first."""
        return asyncio.run(self.registrar.bindings(self.store.sip_domains.domain, user, self.clock.now))

    def bindings(self, user: str) -> list[str]:
        """Contacts of a user, oldest first."""
        return [binding.contact for binding in self.found(user)]
