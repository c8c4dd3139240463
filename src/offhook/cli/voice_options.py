"""Options that a SIP Domain and a number share: the application that answers, and who hears of it."""

from typing import Annotated

import typer

VoiceUrl = Annotated[
    str | None, typer.Option(help="Where TwiML for a call is asked for; empty for none.", metavar="URL")
]
VoiceMethod = Annotated[str | None, typer.Option(help="How it is asked.", metavar="GET|POST")]
FallbackUrl = Annotated[
    str | None, typer.Option(help="Where it is asked for when that fails; empty for none.", metavar="URL")
]
FallbackMethod = Annotated[str | None, typer.Option(help="How it is asked.", metavar="GET|POST")]
StatusCallbackUrl = Annotated[
    str | None, typer.Option(help="Who hears how a call ended; empty for none.", metavar="URL")
]
StatusCallbackMethod = Annotated[str | None, typer.Option(help="How it is told.", metavar="GET|POST")]
FriendlyName = Annotated[str | None, typer.Option(help="A name for people, at most 64 characters.")]


def form(**given: str | bool | None) -> dict[str, str]:
    """What was given, as the API wants it."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in given.items()
        if value is not None
    }
