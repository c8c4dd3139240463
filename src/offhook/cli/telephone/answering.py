"""A phone that is registered and answers: what it does about each thing that happens to it.

    registered, calls one after the other (486 for a second at once), until interrupted, refused, or `--once`
    is over; then it hangs up, has the registrar forget it, and ends

Made by `cli/phone.py`, which gives its `handle_event` to the driver.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from offhook.base.errors import PeerError
from offhook.cli.telephone.conversation import FAILED, FINE, Conversation, converse
from offhook.cli.telephone.edges import PhoneEdges
from offhook.cli.telephone.messages import MessagesTold
from offhook.cli.telephone.report import Report
from offhook.media.ports.engine import NoFreePortError
from offhook.phone.phone_call import PhoneCall
from offhook.phone.script import ReadyStep
from offhook.sip.event import (
    Event,
    Invited,
    NotRegistered,
    Registered,
    RequestReceived,
    Unregistered,
)
from offhook.sip.registration import Registration, RegistrationPlan
from offhook.sip.session.invite_session import InviteSession
from offhook.waiting.timeout import timeout

GOODBYE_S: Final = 3.0
"""How long the registrar has to say that it forgets us."""
INTERRUPTED: Final = 130
"""Exit status after Ctrl-C before there was anything to go on with: 128 and the number of SIGINT."""
BUSY_HERE: Final = 486
NOT_ALLOWED: Final = 405


@dataclass(frozen=True, slots=True)
class PhonePlan:
    """What the phone is to do."""

    registration: RegistrationPlan
    conversation: Conversation
    """In each call; its steps are made ready later."""
    is_once: bool
    """Whether it ends after one call."""
    is_json: bool
    """Whether it tells JSON, an object a line."""


class AnsweringPhone:
    """One phone, from `run` to its end."""

    def __init__(self, plan: PhonePlan, report: Report) -> None:
        self._plan = plan
        self._report = report
        self._edges: PhoneEdges | None = None
        self._steps: tuple[ReadyStep, ...] = ()
        self._registration: Registration | None = None
        self._is_registered = False
        self._status = FINE
        self._calls = 0
        self._call: PhoneCall | None = None
        self._answering: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        self._forgotten = asyncio.Event()

    async def run(self, edges: PhoneEdges, steps: tuple[ReadyStep, ...]) -> int:
        """Register, answer, and clean up. Returns the exit status."""
        self._edges, self._steps = edges, steps
        if self._over.is_set():
            return self._status
        driver = edges.driver
        self._registration = driver.user_agent.register(self._plan.registration, driver.now())
        driver.flush()
        await self._over.wait()
        if self._call is not None:
            await self._call.hang_up()
        if self._answering is not None:
            await self._answering
        await self._unregister(self._registration)
        return self._status

    def interrupt(self) -> None:
        """Ctrl-C, or SIGTERM."""
        if not self._is_registered and not self._over.is_set():
            self._report.complain("interrupted before it was registered")
            self._status = INTERRUPTED
        self._over.set()

    async def _unregister(self, registration: Registration) -> None:
        if self._edges is None or not self._is_registered:
            return
        registration.remove(self._edges.driver.now())
        self._edges.driver.flush()
        with contextlib.suppress(TimeoutError):
            async with timeout(GOODBYE_S):
                await self._forgotten.wait()
        if self._forgotten.is_set():
            self._tell("unregistered", "unregistered")
        else:
            self._complain("not_unregistered", "not unregistered: the registrar does not answer")

    # What the driver brings

    def handle_event(self, event: Event) -> None:
        """Take one event that belongs to no call that runs."""
        match event:
            case Registered():
                self._handle_registered(event)
            case NotRegistered():
                self._handle_not_registered(event)
            case Unregistered():
                self._forgotten.set()
            case Invited(session=session):
                self._handle_invited(session)
            case RequestReceived(incoming=incoming) if self._edges is not None:
                driver = self._edges.driver
                driver.user_agent.respond(incoming, NOT_ALLOWED, driver.now())
            case _:
                pass  # the ends of calls that were turned down, and what is no SIP

    def _handle_registered(self, event: Registered) -> None:
        self._is_registered = True
        if self._edges is None:
            return
        until = self._edges.clock.utc_now() + timedelta(seconds=event.expires_s)
        address = self._plan.registration.address
        again = " again" if event.is_refresh else ""
        self._tell(
            "registered",
            f"registered{again} as {address} until {until:%H:%M:%S} UTC",
            address=str(address),
            until=until.isoformat(timespec="seconds"),
            expires_s=event.expires_s,
        )

    def _handle_not_registered(self, event: NotRegistered) -> None:
        refused = f"{self._plan.registration.address} is not registered: {event.status} {event.reason}"
        if event.retry_s is not None:
            hint = f"; trying again in {event.retry_s:g} s"
        elif event.status in (401, 403, 407):
            hint = "; check user and password, and that the Domain takes registrations"
        else:
            hint = ""
        self._complain("not_registered", refused + hint, sip_status=event.status, retry_s=event.retry_s)
        if event.retry_s is None:
            self._is_registered = False
            self._status = FAILED
            self._over.set()

    def _handle_invited(self, session: InviteSession) -> None:
        if self._edges is None:
            return
        caller = str(session.request.from_.uri_text)
        if self._call is not None or self._over.is_set():
            session.reject(BUSY_HERE, self._edges.driver.now())
            self._tell("busy", f"{caller} called meanwhile and got 486 Busy Here", caller=caller)
            return
        self._calls += 1
        self._call = self._edges.new_call()
        self._answering = asyncio.create_task(self._answer(self._call, session, caller, self._edges))

    async def _answer(self, call: PhoneCall, session: InviteSession, caller: str, edges: PhoneEdges) -> None:
        report = Report(self._report.command, self._report.talks, {"event": "call", "caller": caller})
        report.say(f"call from {caller}")
        async with call:
            call.hear_messages(MessagesTold(report))
            try:
                call.take(session)
                call.answer()
            except (PeerError, NoFreePortError) as error:
                report.complain(f"the call from {caller} could not be answered: {error}")
                status = FAILED
            else:
                plan = self._plan.conversation
                status = await converse(
                    call, replace(plan, steps=self._steps, record=self._file(plan.record)), edges, report
                )
        if self._plan.is_json:
            print(report.as_json(exit_status=status), flush=True)
        self._status = max(self._status, status)
        self._call = None
        if self._plan.is_once:
            self._over.set()

    def _file(self, record: Path | None) -> Path | None:
        """The recording of this call: the name that was given, with its number from the second on."""
        if record is None or self._calls == 1:
            return record
        return record.with_stem(f"{record.stem}-{self._calls}")

    # What is told

    def _tell(self, event: str, line: str, **facts: object) -> None:
        self._report.say(line)
        if self._plan.is_json:
            print(json.dumps({"event": event, **facts}), flush=True)

    def _complain(self, event: str, line: str, **facts: object) -> None:
        self._report.complain(line)
        if self._plan.is_json:
            print(json.dumps({"event": event, "error": line, **facts}), flush=True)
