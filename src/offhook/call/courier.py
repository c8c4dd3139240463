"""The courier: carries news of calls to applications, those of one call one after the other.

A callback leaves after the change that it tells of is committed, and never holds the call up. Until the
application has it, it is kept in the outbox, from which the next node carries it when this one dies. What an
application does not take is told to its account (15003, or the code of the failure) and not sent again
beyond the tries that its URL asks for. Made once by the roof. Source: reference/twiml 12.
"""

import asyncio
from collections import deque
from typing import Final

import structlog

from offhook.base.redact import without_login
from offhook.call.ledger import Ledger, Noted
from offhook.call.outbox import LeftNews, Outbox
from offhook.model.callback import Subscription
from offhook.store.ports import Store, StoreBusyError
from offhook.trace.ports import Kind
from offhook.webhook.ports import EventNews, News, WebhookClient, WebhookError

log = structlog.get_logger("offhook.call")

REFUSED: Final = 15003
"""The application answered 4xx or 5xx."""
WAITING_MAX: Final = 64
"""News of one call that wait behind one that is under way."""
LEFT_AT_ONCE: Final = 16
"""Calls of the node before this one whose news are carried at the same time."""

Kept = tuple[Noted, News, int | None]
"""News of a call, and their number in the outbox."""


class Courier:
    """News under way."""

    def __init__(self, webhook: WebhookClient, store: Store, ledger: Ledger) -> None:
        self._webhook = webhook
        self._store = store
        self._ledger = ledger
        self._outbox = Outbox(store, ledger)
        self._waiting: dict[str, deque[Kept]] = {}
        self._carrying: set[asyncio.Task[None]] = set()
        self._carrying_left: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Take over what the node before this one left; `carry_left` carries it. Raises: StoreBusyError."""
        await self._outbox.open()

    def carry_left(self) -> "asyncio.Task[None]":
        """Begin to carry what is in the outbox, oldest first, beside all that is new; ends when it has."""
        return self._begin_to_carry(self._outbox.last, None)

    async def carry_of(self, node: str) -> "asyncio.Task[None]":
        """Begin to carry what another node, which has died, had in its outbox. Raises: StoreBusyError."""
        return self._begin_to_carry(await self._outbox.last_of(node), node)

    def _begin_to_carry(self, until: int, node: str | None) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._carry_left(until, node), name="call.carry_left")
        self._carrying_left.add(task)
        task.add_done_callback(self._carrying_left.discard)
        return task

    def leave(self, call: Noted, news: News) -> None:
        """Put news into the outbox, for `carry_left`: they go behind those that are left of the same call."""
        if self._outbox.keep(call, news) is None:
            self.send(call, news)

    def send(self, call: Noted, news: News) -> None:
        """Carry news of a call, behind those of the same call that were sent before."""
        queue = self._line(call.sid)
        if self._has_room(queue, call, news):
            queue.append((call, news, self._outbox.keep(call, news)))

    def tell(self, call: Noted, news: News, line: str) -> None:
        """Carry news that are of use at once or never, behind those of the same line alone.

        They hold up no other news of the call, and are lost with the node. line: any name, of this node's
        own; the Sid of what they are about.
        """
        queue = self._line(line)
        if self._has_room(queue, call, news):
            queue.append((call, news, None))

    def has_room(self, line: str) -> bool:
        """Whether news that `tell` is given for a line would find room in it."""
        queue = self._waiting.get(line)
        return queue is None or len(queue) < WAITING_MAX

    def _line(self, name: str) -> "deque[Kept]":
        queue = self._waiting.get(name)
        if queue is None:
            self._waiting[name] = queue = deque()
            task = asyncio.create_task(self._carry(name, queue))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
        return queue

    def _has_room(self, queue: "deque[Kept]", call: Noted, news: News) -> bool:
        if len(queue) < WAITING_MAX:
            return True
        text = f"{WAITING_MAX} callbacks wait for {without_login(news.url)}; one was dropped"
        self._ledger.note(call, REFUSED, text)
        return False

    def remember(self, subscription: Subscription) -> None:
        """Have the store know who is to be told of an end that the node may not live to see."""
        try:
            self._store.subscriptions.post(subscription)
        except StoreBusyError as error:
            log.error("call.subscription_lost", sid=subscription.sid, error=str(error))

    def forget(self, sid: str) -> None:
        """The end was told, or nobody is to be told of it any more."""
        try:
            self._store.subscriptions.post_removal(sid)
        except StoreBusyError as error:
            log.error("call.subscription_kept_too_long", sid=sid, error=str(error))

    async def drain(self, timeout_s: float) -> bool:
        """Wait until all that is new has been carried; True when it was in time."""
        if self._carrying:
            await asyncio.wait(self._carrying, timeout=timeout_s)
        return not self._carrying

    def close(self) -> None:
        """Stop. What is under way is left in the outbox; what is not in it is lost, and logged."""
        for task in (*self._carrying, *self._carrying_left):
            task.cancel()
        numbers = [number for queue in self._waiting.values() for _, _, number in queue]
        if numbers:
            lost = numbers.count(None)
            log.warning("call.callbacks_left", callbacks=len(numbers) - lost, lost=lost)

    async def _carry(self, line: str, queue: "deque[Kept]") -> None:
        try:
            while queue:
                await self._deliver(*queue[0])
                queue.popleft()
        finally:
            del self._waiting[line]

    async def _carry_left(self, until: int, node: str | None) -> None:
        """Page by page, so that no more than one is in memory; in a page several calls at once."""
        at_once, carried = asyncio.Semaphore(LEFT_AT_ONCE), 0
        async for page in self._outbox.pages(until, node):
            by_call: dict[str, list[LeftNews]] = {}
            for left in page:
                by_call.setdefault(left.call.sid, []).append(left)
            async with asyncio.TaskGroup() as calls:
                for of_one_call in by_call.values():
                    calls.create_task(self._carry_of_call(of_one_call, at_once, node))
            carried += len(page)
        if carried:
            log.info("call.left_callbacks_carried", callbacks=carried)

    async def _carry_of_call(
        self, news: list[LeftNews], at_once: asyncio.Semaphore, node: str | None
    ) -> None:
        async with at_once:
            for left in news:
                await self._deliver(left.call, left.news, left.number, node)

    async def _deliver(self, call: Noted, news: News, number: int | None, node: str | None = None) -> None:
        await self._store.flushed()
        loop = asyncio.get_running_loop()
        began_s, failed_with = loop.time(), None
        try:
            await self._webhook.deliver(news)
        except WebhookError as error:
            failed_with = error.code
            code = REFUSED if error.status is not None else error.code
            if isinstance(news, EventNews) and news.failure_code is not None:
                code = news.failure_code
            text = f"The callback to {error.request.url} failed: {error.message}"
            self._ledger.note(call, code, text, error.request)
        took_ms = round((loop.time() - began_s) * 1000)
        facts = (("method", news.method), ("ms", took_ms), ("code", failed_with))
        self._ledger.happened(call.sid, Kind.CALLBACK, without_login(news.url), facts)
        if number is not None:
            self._outbox.forget(number, node)
