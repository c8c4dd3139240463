"""The audio of a recording, got from the REST API as any application gets it: with the account's credentials.

The document that plays it names the demo's own address, so that the token stands in no document.
Called by `app`.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiohttp

from offhook.base.redact import Secret

LIMIT_S: Final = 10.0
MAX_BYTES: Final = 4 * 1024 * 1024
"""Of a file; half a minute has 480 kB."""

_SID: Final = re.compile(r"RE[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class Audio:
    """What the API answered."""

    status: int
    content: bytes
    """A WAV file; empty when the status is not 200."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """The recordings of one account."""

    api_url: Callable[[], str]
    """Where the API is, without a slash at its end; known once it listens."""
    account_sid: str
    auth_token: Secret

    async def fetch(self, sid: str) -> Audio:
        """One of them; 404 for what is no Sid of a recording, 502 when the API does not give it."""
        if not is_recording_sid(sid):
            return Audio(404, b"")
        url = f"{self.api_url()}/2010-04-01/Accounts/{self.account_sid}/Recordings/{sid}.wav"
        login = b64encode(f"{self.account_sid}:{self.auth_token.reveal()}".encode()).decode()
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(LIMIT_S)) as session,
                session.get(
                    url, headers={"Authorization": f"Basic {login}"}, allow_redirects=False
                ) as answer,
            ):
                if answer.status != 200 or (answer.content_length or MAX_BYTES) >= MAX_BYTES:
                    return Audio(404 if answer.status == 404 else 502, b"")
                return Audio(200, await answer.read())
        except (aiohttp.ClientError, TimeoutError):
            return Audio(502, b"")


def is_recording_sid(text: str) -> bool:
    """Whether it has the form of one."""
    return _SID.match(text) is not None
