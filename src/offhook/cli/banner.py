"""What `offhook serve` prints once it is ready: where it is, and lines that can be pasted.

Each line that can be pasted stands alone, without colour or trailing text, so that scripts can run it as it
is. Called by `serve`.
"""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from offhook.app import Node
from offhook.demo.make_run import DemoPhone

DEMO_STEPS: Final = "--press WWWWWWWWW1 --record call.wav"
"""Listen to the menu for nine seconds, press 1, keep what is heard."""
ANSWER: Final = "'This is the phone of the demo.'"
"""What `offhook phone` says when it is rung."""
ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def banner(node: Node) -> str:
    """What a newcomer needs: addresses, credentials, a line that makes a call, lines for what comes next."""
    lines = [f"SIP         {', '.join(str(address) for address in node.sip)} (UDP and TCP)"]
    if node.sips:
        lines.append(f"SIP (TLS)   {', '.join(str(address) for address in node.sips)}")
    lines += [
        f"Call        sip:{_user(domain)}@{domain}:{node.sip[0].port}" for domain in node.make_run.domains
    ]
    lines += [
        f"REST API    {node.base_url}",
        *([f"HTTPS       https://{node.https}"] if node.https is not None else []),
        f"AccountSid  {node.account.sid}",
        f"AuthToken   {node.account.auth_token.reveal()}",
    ]
    if node.make_run.domains:
        calls = [_call_line(domain, node.sip[0].port) for domain in node.make_run.domains]
        lines += ["", "Hear it now, in another terminal:", "", *calls]
    if node.make_run.phone is not None:
        lines += _invitation(node, node.make_run.phone)
    return "\n".join([*lines, "", "Ready. Ctrl-C ends it."])


def _invitation(node: Node, phone: DemoPhone) -> Iterator[str]:
    """Lines for who has heard the demo."""
    address, password, proxy = f"sip:{phone.user}@{phone.domain}", phone.password.reveal(), _proxy(node)
    yield from ("", f"Register a phone, which 4 of the menu rings: {phone.user}, password {password}", "")
    yield (
        f"{_in_this_folder('offhook')} phone --register sip:{phone.user}:{password}@{phone.domain} "
        f"--proxy {proxy.removeprefix('sip:')} --say {ANSWER}"
    )
    yield f"baresip -e '/uanew <{address}>;auth_pass={password};outbound=\"{proxy}\"'"
    yield f"(echo 'register {address} {proxy} {password}'; cat) | linphonec"
    yield from ("", "Ask Twilio's SDK what calls there were:", "")
    yield _sdk_line(node)
    if len(node.make_run.domains) == 1:
        yield from ("", "Answer with your own application, written for Twilio:", "")
        yield "make run VOICE_URL=http://localhost:3000/voice"


def _sdk_line(node: Node) -> str:
    code = (
        "from twilio.rest import Client; "
        f'client = Client("{node.account.sid}", "{node.account.auth_token.reveal()}"); '
        f'client.api.base_url = "{node.base_url}"; '
        "print([(call.to, call.status) for call in client.calls.list(limit=5)])"
    )
    return f"{_in_this_folder('python')} -c '{code}'"


def _proxy(node: Node) -> str:
    """Where a phone of this machine sends its requests: the name of a Domain is in no DNS."""
    address = node.sip[0]
    host = "127.0.0.1" if address.host in ANYWHERE else address.host
    return f"sip:{f'[{host}]' if ':' in host else host}:{address.port}"


def _user(domain: str) -> str:
    return domain.partition(".")[0]


def _call_line(domain: str, port: int) -> str:
    steps = DEMO_STEPS if _user(domain) == "demo" else "--record call.wav"
    return f"{_in_this_folder('offhook')} call sip:{_user(domain)}@{domain}:{port} {steps}"


def _in_this_folder(program: str) -> str:
    """A program beside this executable as one would type it in the present folder."""
    own = Path(sys.argv[0]).absolute().with_name(program)
    here = Path.cwd()
    return shlex.quote(str(own.relative_to(here) if own.is_relative_to(here) else own))
