"""The outbox: news that an application has still to hear, kept in the store until it has.

    keep (in the same step as the change that is told) -> delivered or given up -> forget
    the node dies -> pages: what the one before it left, oldest first

A row is posted behind the change, into the same queue of writes, so it is never there without it. An
application may hear twice what was under way when the node died, or when its removal could not be written;
it never misses what is kept. The store holds no AuthToken. Called by `courier.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from offhook.call.ledger import Ledger, Noted
from offhook.call.news_text import NewsTextError, from_text, to_text
from offhook.model.account import Account
from offhook.model.callback import PendingCallback
from offhook.store.ports import Store, StoreBusyError
from offhook.webhook.ports import News

log = structlog.get_logger("offhook.call")

PAGE: Final = 200
"""How many of those that are left are held in memory at once."""
AGE_MAX: Final = timedelta(hours=24)
"""Older ones are given up: what they tell has long been found out otherwise."""
BUSY_RETRY_S: Final = 2.0
EXPIRED: Final = 15003


@dataclass(frozen=True, slots=True)
class CallOfNews:
    """As much of a call as its news need."""

    sid: str
    account_sid: str


@dataclass(frozen=True, slots=True)
class LeftNews:
    """News that the node before this one did not deliver."""

    number: int
    call: CallOfNews
    news: News


class Outbox:
    """What is kept. `open` comes first where a node may have left something."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._last = 0

    async def open(self) -> None:
        """Number on from what is left. Raises: StoreBusyError."""
        self._last = await self._store.callbacks.last_number()

    @property
    def last(self) -> int:
        """The number that was given last."""
        return self._last

    def keep(self, call: Noted, news: News) -> int | None:
        """Its number; None when the store is full: it goes out all the same, and is lost with the node."""
        number = self._last + 1
        pending = PendingCallback(number, call.account_sid, call.sid, self._ledger.now(), to_text(news))
        try:
            self._store.callbacks.post(pending)
        except StoreBusyError as error:
            log.error("call.callback_not_kept", call_sid=call.sid, error=str(error))
            return None
        self._last = number
        return number

    async def last_of(self, node: str) -> int:
        """The number that another node gave last. Raises: StoreBusyError."""
        return await self._store.callbacks.last_number(node=node)

    def forget(self, number: int, node: str | None = None) -> None:
        """It was delivered, or given up. node: whose it is; None is this one."""
        try:
            self._store.callbacks.post_removal(number, node=node)
        except StoreBusyError as error:
            log.error("call.callback_kept_too_long", number=number, error=str(error))

    async def pages(self, until: int, node: str | None = None) -> AsyncIterator[Sequence[LeftNews]]:
        """What is left of the numbers up to `until`, in their order. Waits for a database that stalls.

        Drops what is older than a day (15003), what no version wrote that is known here, and what is of an
        account that is gone; the first is told to the account, all to the operator.
        """
        after = 0
        while after < until:
            try:
                page = await self._store.callbacks.load(after, until, PAGE, node=node)
                accounts = {
                    sid: await self._store.accounts.fetch(sid) for sid in {p.account_sid for p in page}
                }
            except StoreBusyError:
                await asyncio.sleep(BUSY_RETRY_S)
                continue
            if not page:
                return
            read = (self._read(pending, accounts[pending.account_sid], node) for pending in page)
            yield [left for left in read if left is not None]
            after = page[-1].number

    def _read(self, pending: PendingCallback, account: Account | None, node: str | None) -> LeftNews | None:
        call = CallOfNews(pending.call_sid, pending.account_sid)
        try:
            if account is None:
                raise NewsTextError("its account is gone")
            news = from_text(pending.news, account.auth_token)
        except NewsTextError as error:
            log.error("call.callback_dropped", call_sid=call.sid, reason=str(error))
            self.forget(pending.number, node)
            return None
        if self._ledger.now() - pending.created_at > AGE_MAX:
            self._ledger.note(call, EXPIRED, f"The callback to {news.url} was not delivered within 24 hours")
            self.forget(pending.number, node)
            return None
        return LeftNews(pending.number, call, news)
