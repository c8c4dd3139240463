"""The options that `call` and `phone` have in common, and what their texts mean. Steps: `steps.py`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from offhook.base.redact import Secret
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.uri import SipUri
from offhook.tls.phone_tls import PhoneTls

ForOption = Annotated[
    float,
    typer.Option(
        "--for",
        help="Hang up this long after the answer; --expect waits no longer.",
        metavar="SECONDS",
        min=0.1,
    ),
]
RecordOption = Annotated[
    Path | None, typer.Option("--record", help="Write what is heard to this WAV file.", dir_okay=False)
]
ListenOption = Annotated[
    bool, typer.Option("--listen", help="Play what is heard on the default sound output.")
]
AuthOption = Annotated[
    str | None,
    typer.Option("--auth", help="Who we are when the other side asks.", metavar="USER:PASSWORD"),
]
ProxyOption = Annotated[
    str | None,
    typer.Option("--proxy", help="Send requests here instead of the URI's host.", metavar="HOST:PORT"),
]
CaOption = Annotated[
    Path | None,
    typer.Option(
        "--ca",
        help="Trust these certificate authorities (PEM) besides the system's: those of `offhook tls ca`.",
        metavar="FILE",
        dir_okay=False,
    ),
]
SrtpOption = Annotated[
    bool, typer.Option("--srtp", help="Speak SRTP and nothing else (SDES; its keys are safe over TLS only).")
]
LadderOption = Annotated[bool, typer.Option("--ladder", help="Draw the SIP messages when all is over.")]


def sip_uri(text: str) -> SipUri:
    """A SIP URI, whose `sip:` may be left out; `sips:` is sip: over TLS. Raises: typer.BadParameter."""
    try:
        return SipUri.parse(text if ":" in text.partition("@")[0] else f"sip:{text}").hop_by_hop
    except SipError as error:
        wanted = "a SIP URI is wanted, such as sip:demo@demo.sip.localhost"
        raise typer.BadParameter(f"{error.message}; {wanted}") from error  # its excerpt may be a password


def proxy_uri(text: str | None, called: SipUri) -> SipUri | None:
    """Where requests go, by the transport that `called` names. Raises: typer.BadParameter."""
    if text is None:
        return None
    try:
        proxy = SipUri.parse(f"sip:{text}")
    except SipError as error:
        raise typer.BadParameter(f"{text!r} is no proxy: HOST:PORT is wanted") from error
    transport = called.parameter("transport")
    if transport is None or proxy.parameter("transport") is not None:
        return proxy
    return replace(proxy, parameters=(*proxy.parameters, ("transport", transport)))


def credentials(text: str | None) -> Credentials | None:
    """User and password. Raises: typer.BadParameter, which does not repeat them."""
    if text is None:
        return None
    user, colon, password = text.partition(":")
    if not user or not colon:
        raise typer.BadParameter("--auth is USER:PASSWORD")
    return Credentials(user, Secret(password))


def phone_tls(ca: Path | None) -> PhoneTls:
    """Whom a phone trusts. Raises: typer.BadParameter for a file that holds no certificates."""
    try:
        return PhoneTls(ca)
    except OSError as error:
        raise typer.BadParameter(f"--ca {ca}: {error.strerror}") from error
