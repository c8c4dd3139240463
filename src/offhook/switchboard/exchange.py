"""The exchange: takes what arrives from SIP, keeps one task per live call, and ends them all when asked.

Called by `app.py`, which plugs `handle_event` into the SIP driver. One task owns each call
(`inbound_call.py`); events of a call's session and port go straight into its inbox.
"""

import asyncio
from typing import Final

import structlog

from offhook.call.inbox import CallCommand, Inbox
from offhook.sip.event import BadMessage, Event, Invited, RequestReceived
from offhook.sip.session.invite_session import InviteSession
from offhook.switchboard.inbound_call import inbound_call
from offhook.switchboard.services import Services

log = structlog.get_logger("offhook.switchboard")

RETRY_AFTER_S: Final = 10


class Exchange:
    """The live calls of this node.

    calls_max: further INVITEs get 503 with Retry-After (RFC 3261 §21.5.4).
    """

    def __init__(self, services: Services, *, calls_max: int = 10_000) -> None:
        self._services = services
        self._calls_max = calls_max
        self._live: dict[asyncio.Task[None], Inbox] = {}
        self._is_draining = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def calls(self) -> int:
        """How many calls are alive."""
        return len(self._live)

    def handle_event(self, event: Event) -> None:
        """Take one event that belongs to no call yet."""
        match event:
            case Invited(session=session):
                self._handle_invited(session)
            case RequestReceived(incoming=incoming):
                # No registrar and no other method lives here yet: RFC 3261 §8.2.1.
                self._services.endpoint.user_agent.respond(incoming, 405, self._services.endpoint.now())
            case BadMessage(flow=flow, error=error):
                log.debug("sip.bad_message", source=str(flow.remote), error=str(error))
            case _:
                log.debug("sip.unclaimed_event", sip_event=type(event).__name__)

    def _handle_invited(self, session: InviteSession) -> None:
        if self._is_draining or len(self._live) >= self._calls_max:
            log.warning("invite.overload", calls=len(self._live), draining=self._is_draining)
            headers = (("Retry-After", str(RETRY_AFTER_S)),)
            session.reject(503, self._services.endpoint.now(), headers=headers)
            return
        inbox = Inbox()
        task = asyncio.create_task(inbound_call(session, inbox, self._services))
        self._live[task] = inbox
        self._idle.clear()
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._live.pop(task, None)
        if not self._live:
            self._idle.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The session's transaction ends by its own timers; the caller hears 408 or 500 from them.
            log.error("call.task_failed", exc_info=error)

    async def drain(self, timeout_s: float) -> bool:
        """Take no more calls and wait for the running ones; True when all ended in time."""
        self._is_draining = True
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def end_all(self, timeout_s: float) -> bool:
        """Take no more calls and hang up the running ones; True when all ended in time."""
        self._is_draining = True
        for inbox in self._live.values():
            inbox.put(CallCommand.END)
        return await self.drain(timeout_s)
