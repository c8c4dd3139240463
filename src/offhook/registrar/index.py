"""Every binding of the node in memory: found by user at once, written behind into the store.

A look-up costs the same with a hundred thousand bindings as with one. Deadlines lie in buckets of a minute,
so that a refresh leaves nothing behind. What the store does not take (it is busy) is tried again by `expire`.
Called by `registrar` alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from offhook.model.binding import Binding
from offhook.registrar.binding import TRANSITIONS, BindingAction, BindingInput, BindingState
from offhook.registrar.flow import ConnectionKey, key_of
from offhook.store.ports import Bindings, StoreBusyError

log = structlog.get_logger("offhook.registrar")

AddressOfRecord = tuple[str, str]
"""Sid of the domain and user: one for all spellings of the domain."""
BUCKET_S: Final = 60.0


@dataclass(slots=True)
class Entry:
    """A binding and where it stands."""

    binding: Binding
    """Its present form."""
    deadline: float
    """Monotonic seconds at which it expires."""
    state: BindingState = BindingState.ABSENT
    """By `TRANSITIONS`."""


class BindingIndex:
    """The bindings that are active, and what the store still has to be told."""

    def __init__(self, store: Bindings) -> None:
        self._store = store
        self._by_user: dict[AddressOfRecord, list[Entry]] = {}
        self._by_sid: dict[str, Entry] = {}
        self._domains: dict[tuple[str, str], list[str]] = {}
        """Account and user to the Domains at which the user is registered."""
        self._buckets: dict[int, set[str]] = {}
        self._connections: dict[ConnectionKey, set[str]] = {}
        """Sids of the bindings that a connection carries; several where a proxy speaks for many phones."""
        self._counts: dict[str, int] = {}
        """How many bindings an account has, and a Domain, by its Sid."""
        self._unsaved: dict[str, tuple[Binding, bool]] = {}
        """By Sid, and whether it is to be removed."""

    def __len__(self) -> int:
        return len(self._by_sid)

    def all_of(self, account_sid: str, username: str) -> list[Entry]:
        """Every binding of that user at whichever Domain of the account, expired or not."""
        domains = self._domains.get((account_sid, username), ())
        return [entry for domain_sid in domains for entry in self._by_user[domain_sid, username]]

    def find(self, user: AddressOfRecord, now: float) -> list[Entry]:
        """The user's bindings that have not expired, oldest first."""
        return [entry for entry in self._by_user.get(user, ()) if entry.deadline > now]

    def domains_of(self, account_sid: str, username: str) -> tuple[str, ...]:
        """Sids of the Domains of an account at which a user of that name is registered."""
        return tuple(self._domains.get((account_sid, username), ()))

    def fetch(self, sid: str) -> Entry | None:
        """One binding."""
        return self._by_sid.get(sid)

    def count(self, sid: str) -> int:
        """How many bindings an account or a Domain has."""
        return self._counts.get(sid, 0)

    def on_connection(self, key: ConnectionKey) -> list[Entry]:
        """The bindings whose flow is that connection."""
        return [self._by_sid[sid] for sid in self._connections.get(key, ())]

    def register(self, entry: Entry, binding: Binding, deadline: float) -> None:
        """A REGISTER made or refreshed it."""
        self._leave_bucket(entry)
        self._leave_connection(entry)
        entry.binding, entry.deadline = binding, deadline
        self._step(entry, BindingInput.REGISTER)

    def restore(self, binding: Binding, deadline: float, now: float) -> None:
        """The store had it when the node started."""
        entry = self._by_sid.get(binding.sid) or Entry(binding, deadline)
        self._step(entry, BindingInput.RESTORE if deadline > now else BindingInput.EXPIRY)

    def change_flow(self, entry: Entry, binding: Binding) -> None:
        """Its connection is gone, and something else leads to the phone. The store need not know."""
        self._leave_connection(entry)
        entry.binding = binding

    def change_elsewhere(self, binding: Binding, deadline: float) -> None:
        """Another node registered it; what is known here is older, or nothing."""
        entry = self._by_sid.get(binding.sid) or Entry(binding, deadline)
        self._leave_bucket(entry)
        self._leave_connection(entry)
        entry.binding, entry.deadline = binding, deadline
        self._step(entry, BindingInput.CHANGE_ELSEWHERE)

    def end_elsewhere(self, entry: Entry) -> None:
        """Another node ended it. What the store was not told of yet stays."""
        if entry.binding.sid not in self._unsaved:
            self._step(entry, BindingInput.END_ELSEWHERE)

    def unregister(self, entry: Entry) -> None:
        """It ends before its time."""
        self._step(entry, BindingInput.UNREGISTER)

    def expire(self, now: float) -> int:
        """End what is over, tell the store what it did not take before; how many ended."""
        over = [entry for entry in self._due(now) if entry.deadline <= now]
        for entry in over:
            self._step(entry, BindingInput.EXPIRY)
        self._save_again()
        return len(over)

    def _due(self, now: float) -> Iterator[Entry]:
        for bucket in [number for number in self._buckets if number <= now // BUCKET_S]:
            yield from [self._by_sid[sid] for sid in self._buckets[bucket]]

    def _step(self, entry: Entry, event: BindingInput) -> None:
        entry.state, actions = TRANSITIONS[entry.state, event]
        for action in actions:
            match action:
                case BindingAction.INDEX:
                    self._insert(entry)
                case BindingAction.DROP:
                    self._remove(entry)
                case BindingAction.SAVE:
                    self._tell(entry.binding, is_removal=False)
                case BindingAction.ERASE:
                    self._tell(entry.binding, is_removal=True)

    def _insert(self, entry: Entry) -> None:
        binding = entry.binding
        if binding.sid not in self._by_sid:
            self._by_sid[binding.sid] = entry
            user = (binding.domain_sid, binding.username)
            if user not in self._by_user:
                self._by_user[user] = []
                domains = self._domains.setdefault((binding.account_sid, binding.username), [])
                domains.append(binding.domain_sid)
            self._by_user[user].append(entry)
            for owner in (binding.account_sid, binding.domain_sid):
                self._counts[owner] = self._counts.get(owner, 0) + 1
        connection = key_of(binding.flow)
        if connection is not None:
            self._connections.setdefault(connection, set()).add(binding.sid)
        self._buckets.setdefault(int(entry.deadline // BUCKET_S), set()).add(binding.sid)

    def _remove(self, entry: Entry) -> None:
        binding = entry.binding
        user = (binding.domain_sid, binding.username)
        del self._by_sid[binding.sid]
        # By identity: two entries are never the same binding, and comparing them would cost.
        rest = [other for other in self._by_user[user] if other is not entry]
        if rest:
            self._by_user[user] = rest
        else:
            del self._by_user[user]
            self._leave_domain(binding)
        for owner in (binding.account_sid, binding.domain_sid):
            self._counts[owner] -= 1
            if not self._counts[owner]:
                del self._counts[owner]
        self._leave_bucket(entry)
        self._leave_connection(entry)

    def _leave_domain(self, binding: Binding) -> None:
        key = (binding.account_sid, binding.username)
        self._domains[key].remove(binding.domain_sid)
        if not self._domains[key]:
            del self._domains[key]

    def _leave_bucket(self, entry: Entry) -> None:
        number = int(entry.deadline // BUCKET_S)
        bucket = self._buckets.get(number)
        if bucket is not None:
            bucket.discard(entry.binding.sid)
            if not bucket:
                del self._buckets[number]

    def _leave_connection(self, entry: Entry) -> None:
        connection = key_of(entry.binding.flow)
        sids = None if connection is None else self._connections.get(connection)
        if connection is not None and sids is not None:
            sids.discard(entry.binding.sid)
            if not sids:
                del self._connections[connection]

    def _tell(self, binding: Binding, *, is_removal: bool) -> None:
        """Write behind. What is newer than something that was not taken replaces it."""
        try:
            if is_removal:
                self._store.post_removal(binding)
            else:
                self._store.post(binding)
        except StoreBusyError as error:
            if not self._unsaved:
                log.error("registrar.unsaved", error=str(error))
            self._unsaved[binding.sid] = (binding, is_removal)
        else:
            self._unsaved.pop(binding.sid, None)

    def _save_again(self) -> None:
        for sid, (binding, is_removal) in list(self._unsaved.items()):
            self._tell(binding, is_removal=is_removal)
            if sid in self._unsaved:
                return
