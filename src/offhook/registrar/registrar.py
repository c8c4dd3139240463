"""The registrar: who may register, and the bindings that come of it (RFC 3261 §10, RFC 3327, RFC 5626).

    no such Domain 403 · SipRegistration off 403 32210 · no list mapped 403 32212
    not authenticated 407 · wrong 403 32202 · another user than To's 403 32106 · too often 503 32008
    Contact: broken 400 · too brief 423 · our own address 400 32105 · the eleventh 403 32007
    else 200 with every binding of the user and how long it lasts

Called by the switchboard with each REGISTER, by whoever calls a registered user (`bindings`), and every few
seconds by the roof (`expire`). No I/O but the store, which it is written behind into and read from at start.
Sources: reference/sip-interface 5, 15.2. Left out: 401 instead of 407, GRUU, `q` (all contacts ring at once).
"""

from datetime import datetime, timedelta
from typing import Final

from offhook.base.clock import Clock
from offhook.base.frozen import frozen
from offhook.base.ids import Chance, new_sid
from offhook.base.rate import WINDOW_S, Rate
from offhook.model.binding import Binding
from offhook.model.credential import MappingScope
from offhook.model.error_code import describe
from offhook.model.sip_domain import SipDomain
from offhook.registrar.answer import RegisterAnswer, bad, broken, forbidden, listing, refused
from offhook.registrar.binding import BindingState
from offhook.registrar.contacts import ContactChange, Wish, parse_path, parse_wish
from offhook.registrar.flow import has_flow, is_dialable, record_of, without_flow
from offhook.registrar.index import AddressOfRecord, BindingIndex, Entry
from offhook.registrar.settings import Settings
from offhook.routing.admission import leads_home, looping, open_domain, unavailable
from offhook.routing.authentication import Authenticated, authenticate
from offhook.routing.decision import Challenge, TurnedAway
from offhook.routing.door import Door
from offhook.sip.error import SipError
from offhook.sip.flow import Flow, Transport
from offhook.sip.message import Request
from offhook.sip.uri import SipUri
from offhook.store.ports import Bindings, StoreBusyError

NOT_ENABLED: Final = 32210
NO_LIST: Final = 32212
ANOTHER_USER: Final = 32106
TOO_FAST: Final = 32008
TOO_MANY: Final = 32007
LOAD_SIZE: Final = 1000
_KEPT: Final = frozenset((Transport.TCP, Transport.TLS))
CALL_ID_MAX: Final = 255
USER_AGENT_MAX: Final = 128
"""Characters of these headers that are kept: a longer Call-ID is refused, a longer User-Agent cut."""


@frozen
class _Registration:
    """A REGISTER whose sender is known."""

    request: Request
    flow: Flow
    domain: SipDomain
    username: str
    password_changed_at: datetime
    path: tuple[str, ...]

    @property
    def user(self) -> AddressOfRecord:
        return self.domain.sid, self.username


class Registrar:
    """The bindings of the node. `now` is monotonic seconds, the same clock for all calls."""

    def __init__(
        self, bindings: Bindings, door: Door, clock: Clock, chance: Chance, settings: Settings | None = None
    ) -> None:
        """Clock: for the moments of records only."""
        self._store = bindings
        self._door = door
        self._clock = clock
        self._chance = chance
        self._settings = settings or Settings()
        self._index = BindingIndex(bindings)
        self._rate = Rate(self._settings.per_second)
        self._reviewed = -1
        """Revision of who may register at which `review` ran last."""

    def __len__(self) -> int:
        """How many bindings there are."""
        return len(self._index)

    async def restore(self, now: float) -> int:
        """Read what the store kept, at start; how many bindings are alive. Raises: StoreBusyError."""
        utc_now, last = self._clock.utc_now(), ""
        while found := await self._store.load(last, LOAD_SIZE):
            for kept in found:
                # No connection outlives the node that had it; one of another node's leads nowhere from here.
                binding = kept if kept.flow.transport == Transport.UDP else without_flow(kept)
                if not has_flow(binding) and not is_dialable(binding) and not self._store.is_shared:
                    self._store.post_removal(binding)
                    continue
                self._index.restore(binding, self._deadline(binding, utc_now, now), now)
            last = found[-1].sid
        return len(self._index)

    def _deadline(self, binding: Binding, utc_now: datetime, now: float) -> float:
        """A clock that was set back must not make a registration outlive its longest time."""
        left_s = (binding.expires_at - utc_now).total_seconds()
        return now + min(left_s, self._settings.expires_max_s)

    async def _catch_up(self, account_sid: str, username: str, now: float) -> None:
        """Learn what other nodes did to a user's bindings, where they share it. Raises: StoreBusyError."""
        if not self._store.is_shared:
            return
        known = {
            entry.binding.sid: (entry, entry.binding) for entry in self._index.all_of(account_sid, username)
        }
        utc_now = self._clock.utc_now()
        for binding in await self._store.of_user(account_sid, username):
            known.pop(binding.sid, None)
            entry = self._index.fetch(binding.sid)
            if entry is None or entry.binding.updated_at < binding.updated_at:
                self._index.change_elsewhere(binding, self._deadline(binding, utc_now, now))
        for entry, before in known.values():
            if entry.binding is before:  # else it was registered again while the store was read
                self._index.end_elsewhere(entry)

    async def register(self, request: Request, flow: Flow, now: float) -> RegisterAnswer:
        """Decide on a REGISTER and carry it out.

        request: its Request-URI is a SIP URI. A database that does not answer is 503.
        """
        try:
            decision = await self._admit(request, flow, now)
            if isinstance(decision, _Registration):
                await self._catch_up(decision.domain.account_sid, decision.username, now)
        except StoreBusyError as error:
            return refused(unavailable(error))
        match decision:
            case Challenge(status=status, headers=headers):
                return RegisterAnswer(status, headers)
            case TurnedAway():
                return refused(decision)
            case _Registration():
                answer = self._carry_out(decision, now)
                if self._store.is_shared:
                    await self._store.flushed()  # the other nodes know what the phone is told
                return answer

    async def bindings(self, domain: SipDomain, username: str, now: float) -> tuple[Binding, ...]:
        """Where a user of a Domain can be reached, the oldest binding first. Raises: StoreBusyError."""
        await self._catch_up(domain.account_sid, username, now)
        return await self._allowed(domain, username, now)

    async def _allowed(self, domain: SipDomain, username: str, now: float) -> tuple[Binding, ...]:
        found = self._index.find((domain.sid, username), now)
        if not found or not domain.sip_registration:
            return ()
        users = await self._door.directory.credentials(domain, MappingScope.REGISTRATIONS, username)
        # What allowed it may be gone since: `review` ends such bindings a little later.
        return tuple(
            entry.binding
            for entry in found
            if any(user.updated_at <= entry.binding.updated_at for user in users)
        )

    async def bindings_of(self, account_sid: str, username: str, now: float) -> tuple[Binding, ...]:
        """Where a user of any Domain of an account can be reached, the oldest binding of each first.

        Raises: StoreBusyError.
        """
        await self._catch_up(account_sid, username, now)
        found: tuple[Binding, ...] = ()
        for domain_sid in self._index.domains_of(account_sid, username):
            domain = await self._door.directory.find_by_sid(account_sid, domain_sid)
            if domain is not None:
                found += await self._allowed(domain, username, now)
        return found

    async def review(self) -> int:
        """End the bindings that nothing allows any more, where that was changed since; how many.

        Call it every few seconds, and before registrations are shown. Raises: StoreBusyError.
        """
        revision, ended, last = self._door.directory.revision, 0, ""
        if revision == self._reviewed:
            return 0
        while found := await self._store.orphaned(last, LOAD_SIZE):
            for binding in found:
                entry = self._index.fetch(binding.sid)
                if entry is None:
                    self._store.post_removal(binding)
                elif entry.binding.updated_at == binding.updated_at:  # else it was registered again
                    self._index.unregister(entry)
                    ended += 1
            last = found[-1].sid
        self._reviewed = revision
        return ended

    def expire(self, now: float) -> int:
        """Forget what is over; how many. Look-ups are right without it; call it every few seconds."""
        return self._index.expire(now)

    def lose_flow(self, flow: Flow) -> int:
        """A connection is gone: what else leads to its phones counts from now on; how many bindings ended."""
        ended = 0
        for entry in self._index.on_connection((flow.transport.value, flow.serial)):
            if is_dialable(entry.binding):
                self._index.change_flow(entry, without_flow(entry.binding))
            else:
                self._index.unregister(entry)
                ended += 1
        return ended

    async def remove(self, account_sid: str, sid: str, now: float) -> bool:
        """End a binding of an account; False when there is none. Raises: StoreBusyError."""
        kept = await self._store.fetch(account_sid, sid) if self._store.is_shared else None
        if kept is not None:
            await self._catch_up(account_sid, kept.username, now)
        entry = self._index.fetch(sid)
        if entry is None or entry.binding.account_sid != account_sid or entry.deadline <= now:
            return False
        self._index.unregister(entry)
        return True

    # Who may

    async def _admit(
        self, request: Request, flow: Flow, now: float
    ) -> _Registration | Challenge | TurnedAway:
        domain = await open_domain(request, flow, self._door)
        if isinstance(domain, TurnedAway):
            return domain
        if not domain.sip_registration:
            return forbidden(NOT_ENABLED, domain, "SipRegistration=false")
        if not domain.has_registration_list:
            nearly = "a credential list is mapped, but for calls only" if domain.has_credential_list else ""
            return forbidden(NO_LIST, domain, "Auth/Registrations/CredentialListMappings", nearly)
        answer = await authenticate(request, flow, domain, self._door, now, scope=MappingScope.REGISTRATIONS)
        if not isinstance(answer, Authenticated):
            return answer
        try:
            to = request.to.uri
            path = parse_path(request)
        except SipError as error:
            return broken(error, domain)
        is_same = to.host == request.uri.host
        at = domain if is_same else await self._door.directory.find_domain(to.host, flow)
        if at is None or at.sid != domain.sid or to.username is None:
            text = "To names no user of the domain in the Request-URI"
            return TurnedAway(404, None, text, domain, f"{to} against {domain.domain_name}")
        if to.username != answer.username:
            matched = f"user {answer.username} of the password against user {to.username} of To"
            return forbidden(ANOTHER_USER, domain, matched)
        return _Registration(request, flow, domain, answer.username, answer.changed_at, path)

    # What comes of it

    def _carry_out(self, registration: _Registration, now: float) -> RegisterAnswer:
        request, domain = registration.request, registration.domain
        if not self._rate.admit(registration.user, now):
            matched = f"{self._settings.per_second} a second for user {registration.username}"
            retry = (("Retry-After", str(int(WINDOW_S))),)
            text = describe(TOO_FAST).text
            return refused(TurnedAway(503, TOO_FAST, text, domain, matched, headers=retry))
        try:
            wish = parse_wish(request, self._settings)
            if len(request.call_id) > CALL_ID_MAX:
                return refused(bad("Call-ID is too long", domain))
        except SipError as error:
            return refused(broken(error, domain))
        turned = self._check_wish(wish, registration)
        if turned is not None:
            return refused(turned)
        turned = self._apply(wish, registration, now)
        if turned is not None:
            return refused(turned)
        # Of a connection alone: over UDP a phone keeps its NAT's mapping, every 24 s or so (RFC 5626 §4.4.2);
        # a WebSocket is asked by us. Behind Path it is the edge proxy's to say.
        has_timer = wish.is_outbound and not registration.path and registration.flow.transport in _KEPT
        return listing(
            self._index.find(registration.user, now),
            registration.path,
            is_outbound=wish.is_outbound,
            keepalive_s=self._settings.flow_timer_s if has_timer else None,
            now=now,
            utc_now=self._clock.utc_now(),
        )

    def _check_wish(self, wish: Wish, registration: _Registration) -> TurnedAway | None:
        domain, flow = registration.domain, registration.flow
        if wish.is_too_brief:
            least = str(self._settings.expires_min_s)
            headers = (("Min-Expires", least),)
            text = f"expiry below {least} s"
            return TurnedAway(423, None, text, domain, f"{least} s at least", headers=headers)
        if wish.is_first_hop_deaf:
            return TurnedAway(439, None, "the first hop does not support outbound", domain, "Path with ;ob")
        for contact in wish.contacts:
            if leads_home(contact.uri, flow, allow_private=self._door.allow_private):
                return looping(contact.uri, domain)
        return None

    def _apply(self, wish: Wish, registration: _Registration, now: float) -> TurnedAway | None:
        """Change the bindings, all or nothing (RFC 3261 §10.3): first see whether everything can be done."""
        present = self._index.find(registration.user, now)
        plan = self._plan(wish, present, registration)
        for entry, _ in plan:
            if _is_overtaken(entry, registration.request):
                return bad("CSeq is not higher than before with the same Call-ID", registration.domain)
        alive = {id(entry) for entry in present}
        for entry, change in plan:
            (alive.discard if _is_end(change) else alive.add)(id(entry))
        turned = self._check_room(len(alive) - len(present), len(alive), registration)
        if turned is not None:
            return turned
        for entry, change in plan:
            if change is None or _is_end(change):
                self._index.unregister(entry)
                continue
            is_new = entry.state is BindingState.ABSENT  # it was made of this very change
            binding = entry.binding if is_new else self._binding(change, registration, entry.binding)
            self._index.register(entry, binding, now + change.expires_s)
        return None

    def _check_room(self, more: int, contacts: int, registration: _Registration) -> TurnedAway | None:
        """Whether so many more bindings may be kept, with which the user has `contacts`."""
        if more <= 0:
            return None
        settings, domain, index = self._settings, registration.domain, self._index
        bounds = (
            (contacts, settings.contacts_max, f"user {registration.username}"),
            (index.count(domain.sid) + more, settings.domain_max, domain.domain_name),
            (index.count(domain.account_sid) + more, settings.account_max, f"account {domain.account_sid}"),
        )
        for wanted, most, whose in bounds:
            if wanted > most:
                return forbidden(TOO_MANY, domain, f"{most} registrations of {whose} at most")
        return None

    def _plan(
        self, wish: Wish, present: list[Entry], registration: _Registration
    ) -> list[tuple[Entry, ContactChange | None]]:
        """The binding that each Contact is about, made where there is none yet; None ends it.

        Of two Contacts for one binding the later one counts.
        """
        if wish.is_end_of_all:
            return [(entry, None) for entry in present]
        known, plan = list(present), {}
        for contact in wish.contacts:
            entry = _match(contact, known)
            if entry is None:
                entry = Entry(self._binding(contact, registration), 0.0)
                known.append(entry)
            elif entry.state is BindingState.ABSENT:
                entry.binding = self._binding(contact, registration, entry.binding)
            plan[id(entry)] = (entry, contact)
        return list(plan.values())

    def _binding(
        self, contact: ContactChange, registration: _Registration, before: Binding | None = None
    ) -> Binding:
        """The binding as it is from now on. before: what it was, None when it is new."""
        request, flow = registration.request, registration.flow
        # A clock that was set back must not make the registration look older than its password.
        at = max(self._clock.utc_now(), registration.password_changed_at)
        return Binding(
            sid=new_sid("RG", self._chance) if before is None else before.sid,
            account_sid=registration.domain.account_sid,
            domain_sid=registration.domain.sid,
            username=registration.username,
            contact=contact.text,
            path=registration.path,
            flow=record_of(flow),
            expires_at=at + timedelta(seconds=contact.expires_s),
            call_id=request.call_id,
            cseq=request.cseq.number,
            user_agent=(request.headers.get("User-Agent") or "")[:USER_AGENT_MAX],
            instance=contact.instance,
            reg_id=contact.reg_id,
            created_at=at if before is None else before.created_at,
            updated_at=at,
        )


def _match(contact: ContactChange, present: list[Entry]) -> Entry | None:
    """The binding that a Contact is about: by URI, with outbound by instance and reg-id (RFC 5626 §6)."""
    for entry in present:
        binding = entry.binding
        if contact.reg_id:
            if (binding.instance, binding.reg_id) == (contact.instance, contact.reg_id):
                return entry
        elif binding.contact == contact.text or SipUri.parse(binding.contact).matches(contact.uri):
            return entry
    return None


def _is_end(change: ContactChange | None) -> bool:
    return change is None or change.expires_s == 0


def _is_overtaken(entry: Entry, request: Request) -> bool:
    """Whether a later request of the same phone was here before (RFC 3261 §10.3 item 7)."""
    binding = entry.binding
    is_newer = binding.call_id != request.call_id or request.cseq.number > binding.cseq
    return entry.state is BindingState.ACTIVE and not is_newer
