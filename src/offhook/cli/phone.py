"""`offhook phone`: a phone on the command line that registers and answers calls."""

import asyncio
import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from offhook.base.redact import Secret
from offhook.cli.telephone.answering import AnsweringPhone, PhonePlan
from offhook.cli.telephone.conversation import FAILED, UNUSABLE, Conversation
from offhook.cli.telephone.edges import open_phone
from offhook.cli.telephone.ladder import LadderOfCall
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
from offhook.phone.script import StepError, make_ready
from offhook.phone.steps import Play, Step
from offhook.sip import grammar
from offhook.sip.digest.credentials import Credentials
from offhook.sip.registration import RegistrationPlan
from offhook.sip.uri import SipUri
from offhook.speech.ports import SpeechError
from offhook.tls.phone_tls import PhoneTls

COMMAND_CLASS = StepsInOrder


def phone(
    ctx: typer.Context,
    *,
    register: Annotated[
        str,
        typer.Option(
            help="Whom to be: sip:USER:PASSWORD@DOMAIN, or without the password and with --auth.",
            metavar="URI",
        ),
    ],
    answer_with: Annotated[
        Path | None,
        typer.Option(help="Play this file first, once answered.", metavar="FILE", dir_okay=False),
    ] = None,
    say: SayOption = None,
    play: PlayOption = None,
    press: PressOption = None,
    expect: ExpectOption = None,
    send_message: SendMessageOption = None,
    stay: ForOption = 30.0,
    record: RecordOption = None,
    listen: ListenOption = False,
    once: Annotated[
        bool, typer.Option("--once", help="End after the first call, with its exit status.")
    ] = False,
    auth: AuthOption = None,
    proxy: ProxyOption = None,
    ca: CaOption = None,
    srtp: SrtpOption = False,
    ladder: LadderOption = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each thing that happens, one a line.")
    ] = False,
) -> None:
    """Register, answer calls one after the other, carry the steps out in each, until Ctrl-C.

    A call that comes while another runs gets 486 Busy Here. --record FILE keeps the first call there,
    the second one in FILE-2 and so on. Exit status 0 when it registered and every step of every call was
    carried out, 1 when not, 2 for unusable arguments, 130 when interrupted before it was registered.
    """
    steps = steps_in_order(ctx, say=say, play=play, press=press, expect=expect, send_message=send_message)
    if answer_with is not None:
        steps = (Play(answer_with), *steps)
    report = Report("offhook phone", talks=not as_json)
    drawn = LadderOfCall() if ladder else None
    address = sip_uri(register)
    plan = PhonePlan(
        _registration(address, credentials(auth), proxy_uri(proxy, address)),
        Conversation((), stay, record, listen),
        is_once=once,
        is_json=as_json,
    )
    status = asyncio.run(_run(plan, steps, report, drawn, tls=phone_tls(ca), is_secure=srtp))
    if drawn is not None:
        print(json.dumps({"event": "ladder", "messages": drawn.facts()}) if as_json else drawn.text())
    raise typer.Exit(status)


def _registration(uri: SipUri, given: Credentials | None, next_hop: SipUri | None) -> RegistrationPlan:
    """The password goes into the credentials and nowhere else."""
    if uri.username is None:
        raise typer.BadParameter(f"{uri} names no user: sip:USER:PASSWORD@DOMAIN is wanted")
    if given is None and uri.password is not None:
        given = Credentials(uri.username, Secret(grammar.unescape(uri.password)))
    return RegistrationPlan(replace(uri, password=None, headers=()), given, next_hop)


async def _run(
    plan: PhonePlan,
    steps: tuple[Step, ...],
    report: Report,
    drawn: LadderOfCall | None,
    *,
    tls: PhoneTls,
    is_secure: bool,
) -> int:
    answering = AnsweringPhone(plan, report)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, answering.interrupt)
    async with open_phone(answering.handle_event, tls, is_secure=is_secure) as edges:
        if drawn is not None:
            edges.driver.trace(drawn.add)
        try:
            ready = await make_ready(steps, edges.media, edges.voice, edges.spotter)
        except StepError as error:
            report.complain(str(error))
            return UNUSABLE
        except SpeechError as error:
            report.complain(str(error))
            return FAILED
        return await answering.run(edges, ready)
