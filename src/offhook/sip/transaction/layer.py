"""The transaction layer: holds every transaction, finds the one a message belongs to, forgets the ended.

Called by `user_agent`, `core` and `session/`. A `ClientUser` gets the news of its client
transactions through `core`, which polls `poll_event` here.
"""

from collections.abc import Iterator
from math import inf
from typing import Final

from offhook.sip.by_flow import ByFlow
from offhook.sip.deadlines import Deadlines
from offhook.sip.flow import Flow, Transmit
from offhook.sip.message import Request, Response
from offhook.sip.method import ACK
from offhook.sip.transaction.client_invite import ClientInvite
from offhook.sip.transaction.client_non_invite import ClientNonInvite
from offhook.sip.transaction.matching import MergeKey, client_key, merge_key, server_key
from offhook.sip.transaction.refusals import Refusals
from offhook.sip.transaction.server_invite import ServerInvite, State
from offhook.sip.transaction.server_non_invite import ServerNonInvite
from offhook.sip.transaction.timers import Timers
from offhook.sip.transaction.transaction import (
    ClientUser,
    Outlet,
    RefusalsUnacknowledged,
    ServerUser,
    Transaction,
    TransactionEvent,
)

ClientTransaction = ClientInvite | ClientNonInvite
ServerTransaction = ServerInvite | ServerNonInvite

TOLD_EVERY_S: Final = 60.0
"""That somebody floods us is told no more often."""


class TransactionLayer:
    """Every transaction of one user agent."""

    def __init__(self, timers: Timers, deadlines: Deadlines) -> None:
        self._outlet = Outlet(timers, deadlines)
        self._clients: dict[tuple[str, ...], ClientTransaction] = {}
        self._servers: dict[tuple[str, ...], ServerTransaction] = {}
        self._merged: set[MergeKey] = set()
        self._by_flow: ByFlow[Transaction] = ByFlow()
        self._refusals = Refusals()
        self._told_at = -inf

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    def __iter__(self) -> Iterator[Transaction]:
        """Every transaction that is not terminated, clients first."""
        yield from self._clients.values()
        yield from self._servers.values()

    def invite(
        self, request: Request, flow: Flow, user: ClientUser, now: float, timeout_s: float | None = None
    ) -> ClientInvite:
        """Send an INVITE of ours in a new transaction; `timeout_s` as there."""
        transaction = ClientInvite(request, flow, self._outlet, user, now, timeout_s=timeout_s)
        self._clients[transaction.key] = transaction
        self._by_flow.add(flow, transaction)
        return transaction

    def request(self, request: Request, flow: Flow, user: ClientUser, now: float) -> None:
        """Send any other request of ours but ACK in a new transaction."""
        transaction = ClientNonInvite(request, flow, self._outlet, user, now)
        self._clients[transaction.key] = transaction
        self._by_flow.add(flow, transaction)

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Send bytes outside any transaction: the ACK for a 2xx, a stateless response."""
        self._outlet.transmits.append(Transmit(data, flow))

    def handle_response(self, response: Response, now: float) -> bool:
        """Give a response to its transaction; False when there is none (it is then discarded)."""
        transaction = self._clients.get(client_key(response))
        if transaction is None:
            return False
        transaction.handle_response(response, now)
        self._tidy()
        return True

    def find_server(self, request: Request, method: str | None = None) -> ServerTransaction | None:
        """The transaction a request belongs to. method: that of another one on the same branch (CANCEL)."""
        return self._servers.get(server_key(request, method)) if self._servers else None

    def handle_request(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Give a repeated request, or the ACK for a 3xx-6xx, to its transaction."""
        transaction.handle_request(request, now)
        if request.method == ACK:
            self._refusals.remove(transaction)
        self._tidy()

    def is_merged(self, request: Request) -> bool:
        """Whether a new request without To tag is a copy of one that runs here (RFC 3261 §8.2.2.2)."""
        return merge_key(request) in self._merged

    def serve_invite(self, request: Request, source: Flow, user: ServerUser) -> ServerInvite:
        """Begin the server transaction of an INVITE."""
        transaction = ServerInvite(server_key(request), request, source, self._outlet, user)
        self._keep(transaction)
        return transaction

    def serve(self, request: Request, source: Flow, now: float) -> ServerNonInvite:
        """Begin the server transaction of any other request."""
        transaction = ServerNonInvite(server_key(request), request, source, self._outlet, now)
        self._keep(transaction)
        return transaction

    def handle_flow_lost(self, flow: Flow, now: float) -> None:
        """Tell every transaction of that flow that minds."""
        for transaction in self._by_flow.on(flow):
            transaction.handle_transport_error(now)
            if not transaction.minds_errors:
                self._by_flow.remove(flow, transaction)
        self._tidy()

    def poll_transmit(self) -> Transmit | None:
        """The next bytes to send."""
        return self._outlet.transmits.popleft() if self._outlet.transmits else None

    def poll_event(self) -> TransactionEvent | None:
        """The next news for a transaction user."""
        self._tidy()
        return self._outlet.events.popleft() if self._outlet.events else None

    def _keep(self, transaction: ServerTransaction) -> None:
        self._servers[transaction.key] = transaction
        self._by_flow.add(transaction.flow, transaction)
        if transaction.request.to.tag is None:
            transaction.merge_key = merge_key(transaction.request)
            self._merged.add(transaction.merge_key)

    def _count_refusal(self, refused: ServerInvite, now: float) -> None:
        if refused.state is not State.COMPLETED:
            return  # its ACK was as quick as we are
        too_many = self._refusals.add(refused)
        if too_many is None:
            return
        self._refusals.remove(too_many)
        too_many.abandon(now)
        if now - self._told_at >= TOLD_EVERY_S:
            self._told_at = now
            flow = refused.flow
            waiting, in_all = self._refusals.waiting_on(flow), len(self._refusals)
            self._outlet.events.append(RefusalsUnacknowledged(flow, waiting, in_all))

    def _tidy(self) -> None:
        """Count who was refused, and forget who has ended."""
        while self._outlet.refused:
            self._count_refusal(*self._outlet.refused.popleft())
        while self._outlet.ended:
            transaction = self._outlet.ended.popleft()
            self._by_flow.remove(transaction.flow, transaction)
            self._refusals.remove(transaction)
            if isinstance(transaction, ServerInvite | ServerNonInvite):
                self._servers.pop(transaction.key, None)
                if transaction.merge_key is not None:
                    self._merged.discard(transaction.merge_key)
            else:
                self._clients.pop(transaction.key, None)
