"""The options that `call` and `phone` have in common, and what their texts mean. Steps: `steps.py`."""

from pathlib import Path
from typing import Annotated

import typer

from offhook.base.redact import Secret
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.uri import SipUri

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
LadderOption = Annotated[bool, typer.Option("--ladder", help="Draw the SIP messages when all is over.")]


def sip_uri(text: str) -> SipUri:
    """A SIP URI, whose `sip:` may be left out. Raises: typer.BadParameter."""
    try:
        return SipUri.parse(text if ":" in text.partition("@")[0] else f"sip:{text}")
    except SipError as error:
        wanted = "a SIP URI is wanted, such as sip:demo@demo.sip.localhost"
        raise typer.BadParameter(f"{error.message}; {wanted}") from error  # its excerpt may be a password


def proxy_uri(text: str | None) -> SipUri | None:
    """Where requests go. Raises: typer.BadParameter."""
    if text is None:
        return None
    try:
        return SipUri.parse(f"sip:{text}")
    except SipError as error:
        raise typer.BadParameter(f"{text!r} is no proxy: HOST:PORT is wanted") from error


def credentials(text: str | None) -> Credentials | None:
    """User and password. Raises: typer.BadParameter, which does not repeat them."""
    if text is None:
        return None
    user, colon, password = text.partition(":")
    if not user or not colon:
        raise typer.BadParameter("--auth is USER:PASSWORD")
    return Credentials(user, Secret(password))
