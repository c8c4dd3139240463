"""`offhook call`: a phone on the command line that places one real call with real audio."""

import asyncio
import json
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from offhook import __version__
from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.call.leg_state import LegCause, LegEnd
from offhook.media.native import NativeMediaEngine
from offhook.media.ports import NoFreePortError
from offhook.media.settings import Settings as MediaSettings
from offhook.phone.phone_call import CallEndedError, CallNotAnsweredError, PhoneCall
from offhook.sip.error import SipError
from offhook.sip.event import Event
from offhook.sip.invitation import Invitation
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.driver import SipDriver
from offhook.transport.ports import NoRouteError
from offhook.transport.settings import Settings as TransportSettings

FINE, FAILED, UNUSABLE = 0, 1, 2


def call(
    uri: Annotated[str, typer.Argument(help="Whom to call, such as sip:demo@demo.sip.localhost")],
    *,
    from_: Annotated[
        str, typer.Option("--from", help="Who calls: a SIP URI.", metavar="URI")
    ] = "sip:offhook@localhost",
    press: Annotated[
        list[str] | None,
        typer.Option(
            help="Keys to press once answered: 0-9 * # A-D; w waits 0.5 s, W 1 s.", metavar="DIGITS"
        ),
    ] = None,
    stay: Annotated[
        float, typer.Option("--for", help="Hang up this long after the answer.", metavar="SECONDS", min=0.1)
    ] = 30.0,
    record: Annotated[
        Path | None, typer.Option(help="Write what is heard to this WAV file.", dir_okay=False)
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(help="Send the call here instead of the URI's host.", metavar="HOST:PORT")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object when the call is over.")
    ] = False,
) -> None:
    """Place a real SIP call: press keys, record what is heard, say what happened.

    Ends when the other side hangs up or after --for. Exit status 0 when it was answered and every
    step was carried out, 1 when not, 2 for unusable arguments.
    """
    try:
        invitation = Invitation(
            uri=_uri(uri),
            from_uri=_uri(from_),
            next_hop=_uri(f"sip:{proxy}") if proxy is not None else None,
        )
    except SipError as error:
        raise typer.BadParameter(str(error)) from error
    report = Report(uri=uri, talks=not as_json)
    steps = Steps(tuple(press or ()), stay, record)
    status = asyncio.run(_place(invitation, steps, report))
    if as_json:
        print(json.dumps(report.facts | {"exit_status": status}))
    raise typer.Exit(status)


def _uri(text: str) -> SipUri:
    return SipUri.parse(text if ":" in text.partition("@")[0] else f"sip:{text}")


@dataclass(frozen=True, slots=True)
class Steps:
    """What the call is to do once answered."""

    press: tuple[str, ...]
    stay_s: float
    record: Path | None


@dataclass(slots=True)
class Report:
    """What happened, as lines while it happens or as facts at the end."""

    uri: str
    talks: bool
    facts: dict[str, object] = field(default_factory=dict)

    def say(self, line: str, **facts: object) -> None:
        """Tell one thing."""
        self.facts |= facts
        if self.talks:
            print(line, flush=True)

    def complain(self, line: str, **facts: object) -> None:
        """Tell why it failed."""
        self.facts |= {"error": line, **facts}
        if self.talks:
            print(f"offhook call: {line}", file=sys.stderr, flush=True)


async def _place(invitation: Invitation, steps: Steps, report: Report) -> int:
    clock, chance = SystemClock(), SystemChance()
    media = NativeMediaEngine(MediaSettings(ports_low=0, ports_high=0, workers=1))
    user_agent = UserAgent(SipSettings(product=f"offhook/{__version__}"), chance)
    driver = SipDriver(user_agent, TransportSettings(listen=(("0.0.0.0", 0),)), clock, chance)  # noqa: S104
    await driver.listen(_ignore)
    phone_call = PhoneCall(driver, media, chance)
    try:
        async with phone_call:
            return await _carry_out(phone_call, invitation, steps, report)
    except (NoRouteError, NoFreePortError) as error:
        report.complain(str(error))
        return FAILED
    finally:
        driver.close()
        media.close()


def _ignore(event: Event) -> None:
    """Nobody calls this phone: what belongs to no call of ours is not answered."""


async def _carry_out(phone_call: PhoneCall, invitation: Invitation, steps: Steps, report: Report) -> int:
    report.say(f"calling {invitation.uri}", uri=str(invitation.uri))
    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    await phone_call.dial(invitation)
    abort = asyncio.ensure_future(interrupted.wait())
    work = asyncio.ensure_future(_after_dialling(phone_call, steps, report))
    try:
        await asyncio.wait([work, abort], return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        report.complain("interrupted")
        return FAILED
    finally:
        work.cancel()
        abort.cancel()
        await asyncio.wait([work, abort])


async def _after_dialling(phone_call: PhoneCall, steps: Steps, report: Report) -> int:
    clock = SystemClock()
    dialled = clock.monotonic()
    try:
        await phone_call.answered()
    except CallNotAnsweredError as error:
        refused = error.end
        asked = f" (Call-ID {refused.sip_call_id})" if refused.sip_call_id else ""
        report.complain(
            f"not answered: {error}{asked}", sip_status=refused.sip_status, sip_call_id=refused.sip_call_id
        )
        return FAILED
    answered = clock.monotonic()
    report.say(f"answered after {answered - dialled:.2f} s", answered_after_s=round(answered - dialled, 3))
    if steps.record is not None:
        try:
            steps.record.unlink(missing_ok=True)
            phone_call.record(steps.record)
        except OSError as error:
            report.complain(f"cannot record to {steps.record}: {error.strerror}")
            return FAILED
        except CallEndedError:
            report.say("nothing to record: the other side hung up as it answered")
    status = FINE
    try:
        async with asyncio.timeout(steps.stay_s):
            for digits in steps.press:
                await phone_call.press(digits)
                report.say(f"pressed {digits.strip('wW')}")
            end: LegEnd = await phone_call.ended()
    except TimeoutError:
        await phone_call.hang_up()
        end = await phone_call.ended()
    except (CallEndedError, ValueError) as error:
        report.complain(f"stopped: {error}")
        await phone_call.hang_up()
        end = await phone_call.ended()
        status = FAILED
    seconds = clock.monotonic() - answered
    who = "the other side hung up" if end.cause is LegCause.HUNG_UP_THERE else "hung up"
    if end.cause is LegCause.BROKEN:
        who, status = f"the call broke off ({end.text})", FAILED
    report.say(
        f"{who} after {seconds:.1f} s", duration_s=round(seconds, 3), hung_up_by=end.cause.name.lower()
    )
    return await _report_recording(phone_call, steps, report, status)


async def _report_recording(phone_call: PhoneCall, steps: Steps, report: Report, status: int) -> int:
    recorded = await phone_call.recorded()
    if recorded is None:
        return status
    if recorded.failure is not None:
        report.complain(f"the recording stopped: {recorded.failure}")
        status = FAILED
    report.say(
        f"recorded {recorded.duration_ms / 1000:.1f} s to {steps.record}",
        recording=str(steps.record),
        recorded_s=recorded.duration_ms / 1000,
    )
    return status
