"""`offhook call`: a phone on the command line that places one real call with real audio."""

import asyncio
import signal
from dataclasses import replace
from typing import Annotated

import typer

from offhook.call.leg_state import LegEnd
from offhook.cli.telephone.conversation import FAILED, UNUSABLE, Conversation, converse
from offhook.cli.telephone.edges import PhoneEdges, open_phone
from offhook.cli.telephone.ladder import LadderOfCall
from offhook.cli.telephone.messages import MessagesTold
from offhook.cli.telephone.options import (
    AuthOption,
    CaOption,
    ForOption,
    LadderOption,
    ListenOption,
    ProxyOption,
    RecordOption,
    SrtpOption,
    credentials,
    phone_tls,
    proxy_uri,
    sip_uri,
)
from offhook.cli.telephone.report import Report
from offhook.cli.telephone.steps import (
    ExpectOption,
    PlayOption,
    PressOption,
    SayOption,
    SendMessageOption,
    StepsInOrder,
    steps_in_order,
)
from offhook.media.ports.engine import NoFreePortError
from offhook.phone.phone_call import CallNotAnsweredError, PhoneCall
from offhook.phone.script import StepError, make_ready
from offhook.phone.steps import Step
from offhook.sip.digest.credentials import Credentials
from offhook.sip.event import Event
from offhook.sip.invitation import Invitation
from offhook.speech.ports import SpeechError
from offhook.tls.phone_tls import PhoneTls
from offhook.transport.ports import NoRouteError

COMMAND_CLASS = StepsInOrder


def call(
    ctx: typer.Context,
    uri: Annotated[str, typer.Argument(help="Whom to call, such as sip:demo@demo.sip.localhost")],
    *,
    from_: Annotated[
        str, typer.Option("--from", help="Who calls: a SIP URI.", metavar="URI")
    ] = "sip:offhook@localhost",
    say: SayOption = None,
    play: PlayOption = None,
    press: PressOption = None,
    expect: ExpectOption = None,
    send_message: SendMessageOption = None,
    stay: ForOption = 30.0,
    record: RecordOption = None,
    listen: ListenOption = False,
    auth: AuthOption = None,
    proxy: ProxyOption = None,
    ca: CaOption = None,
    srtp: SrtpOption = False,
    ladder: LadderOption = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object when the call is over.")
    ] = False,
) -> None:
    """Place a real SIP call: speak, play, press keys, check what is heard, say what happened.

    --say, --play, --press, --expect and --send-message are steps, carried out in the order given, as often as
    given. The call ends when the other side hangs up or after --for. Exit status 0 when it was answered and
    every step was carried out, 1 when not, 2 for unusable arguments.
    """
    steps = steps_in_order(ctx, say=say, play=play, press=press, expect=expect, send_message=send_message)
    called = sip_uri(uri)
    invitation = Invitation(
        uri=called,
        from_uri=sip_uri(from_),
        next_hop=proxy_uri(proxy, called),
        credentials=credentials(auth),
    )
    report = Report("offhook call", talks=not as_json, facts={"uri": uri})
    drawn = LadderOfCall() if ladder else None
    plan = Conversation((), stay, record, listen)
    status = asyncio.run(_place(invitation, steps, plan, report, drawn, tls=phone_tls(ca), is_secure=srtp))
    if as_json:
        drawing = {"ladder": drawn.facts()} if drawn is not None else {}
        print(report.as_json(**drawing, exit_status=status))
    elif drawn is not None:
        print(drawn.text())
    raise typer.Exit(status)


async def _place(
    invitation: Invitation,
    steps: tuple[Step, ...],
    plan: Conversation,
    report: Report,
    drawn: LadderOfCall | None,
    *,
    tls: PhoneTls,
    is_secure: bool,
) -> int:
    async with open_phone(_ignore, tls, is_secure=is_secure) as edges:
        if drawn is not None:
            edges.driver.trace(drawn.add)
        try:
            ready = await make_ready(steps, edges.media, edges.voice, edges.spotter)
            async with edges.new_call() as phone_call:
                phone_call.hear_messages(MessagesTold(report))
                return await _unless_interrupted(
                    phone_call, invitation, replace(plan, steps=ready), edges, report
                )
        except StepError as error:
            report.complain(str(error))
            return UNUSABLE
        except (NoRouteError, NoFreePortError, SpeechError) as error:
            report.complain(str(error))
            return FAILED


def _ignore(event: Event) -> None:
    """Nobody calls this phone: what belongs to no call of ours is not answered."""


async def _unless_interrupted(
    phone_call: PhoneCall, invitation: Invitation, plan: Conversation, edges: PhoneEdges, report: Report
) -> int:
    report.say(f"calling {invitation.uri}", uri=str(invitation.uri))
    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    await phone_call.dial(invitation)
    abort = asyncio.ensure_future(interrupted.wait())
    work = asyncio.ensure_future(_after_dialling(phone_call, invitation, plan, edges, report))
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


async def _after_dialling(
    phone_call: PhoneCall, invitation: Invitation, plan: Conversation, edges: PhoneEdges, report: Report
) -> int:
    dialled = edges.clock.monotonic()
    try:
        await phone_call.answered()
    except CallNotAnsweredError as error:
        end = error.end
        asked = f" (Call-ID {end.sip_call_id})" if end.sip_call_id else ""
        report.complain(
            f"not answered: {error}{asked}{_hint(end, invitation.credentials)}",
            sip_status=end.sip_status,
            sip_call_id=end.sip_call_id,
        )
        return FAILED
    waited = edges.clock.monotonic() - dialled
    report.say(f"answered after {waited:.2f} s", answered_after_s=round(waited, 3))
    return await converse(phone_call, plan, edges, report)


def _hint(end: LegEnd, given: Credentials | None) -> str:
    """What to change, where the status says it; 403 is how the platform refuses a password."""
    status = end.sip_status
    if status == 503 and not end.has_response:
        return "; nobody listens there, or there is no way there: check address and port"
    if status in (401, 407):
        if given is None:
            return "; it asks who calls: give --auth USER:PASSWORD"
        return f"; it does not take this user and password ({given.username}): check --auth"
    if status == 403 and given is not None:
        return f"; if it is for the user and password ({given.username}): check --auth"
    if status == 403:
        return "; where the node runs, offhook calls why and this Call-ID tell the reason"
    return ""
