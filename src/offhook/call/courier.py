"""The courier: carries news of calls to applications, those of one call one after the other.

A callback leaves after the change that it tells of is committed, and never holds the call up. What an
application does not take is told to its account (15003, or the code of the failure) and not sent again
beyond the tries that its URL asks for. Made once by the roof. Source: reference/twiml 12.
"""

import asyncio
from collections import deque
from typing import Final

import structlog

from offhook.call.ledger import Ledger, RequestSummary
from offhook.model.call import Call as CallRecord
from offhook.store.ports import Store
from offhook.webhook.ports import News, WebhookClient, WebhookError

log = structlog.get_logger("offhook.call")

REFUSED: Final = 15003
"""The application answered 4xx or 5xx."""
WAITING_MAX: Final = 64
"""News of one call that wait behind one that is under way."""


class Courier:
    """News under way."""

    def __init__(self, webhook: WebhookClient, store: Store, ledger: Ledger) -> None:
        self._webhook = webhook
        self._store = store
        self._ledger = ledger
        self._waiting: dict[str, deque[tuple[CallRecord, News]]] = {}
        self._carrying: set[asyncio.Task[None]] = set()

    def send(self, call: CallRecord, news: News) -> None:
        """Carry news of a call, behind those of the same call that were sent before."""
        queue = self._waiting.get(call.sid)
        if queue is None:
            self._waiting[call.sid] = queue = deque()
            task = asyncio.create_task(self._carry(call.sid, queue))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
        if len(queue) >= WAITING_MAX:
            self._ledger.note(call, REFUSED, f"{WAITING_MAX} callbacks wait for {news.url}; one was dropped")
            return
        queue.append((call, news))

    async def drain(self, timeout_s: float) -> bool:
        """Wait until everything has been carried; True when it was in time."""
        if self._carrying:
            await asyncio.wait(self._carrying, timeout=timeout_s)
        return not self._carrying

    def close(self) -> None:
        """Give up what is under way; it is logged."""
        for task in self._carrying:
            task.cancel()
        lost = sum(map(len, self._waiting.values()))
        if lost:
            log.warning("call.callbacks_lost", callbacks=lost)

    async def _carry(self, sid: str, queue: "deque[tuple[CallRecord, News]]") -> None:
        try:
            while queue:
                call, news = queue[0]
                await self._store.flushed()
                await self._deliver(call, news)
                queue.popleft()
        finally:
            del self._waiting[sid]

    async def _deliver(self, call: CallRecord, news: News) -> None:
        try:
            await self._webhook.deliver(news)
        except WebhookError as error:
            code = REFUSED if error.status is not None else error.code
            text = f"The callback to {news.url} failed: {error.message}"
            self._ledger.note(call, code, text, RequestSummary(method=news.method, url=news.url))
