"""Where `offhook twiml check` gets a document from: a file, standard input, or a URL asked as a call asks."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook.base.ids import SystemChance
from offhook.base.redact import Secret
from offhook.cli.node_api import NodeApiError, find_node
from offhook.config.settings import SettingsError, load_settings
from offhook.model.call import Call
from offhook.twiml.element import MAX_BYTES
from offhook.twiml_check import new_call
from offhook.webhook.client import AiohttpWebhookClient
from offhook.webhook.ports import CallRequest, FetchedDocument
from offhook.webhook.settings import Settings as WebhookSettings

FINE, FAILED, UNUSABLE = 0, 1, 2

STANDARD_INPUT: Final = "-"
SCHEMES: Final = ("http://", "https://")


class UnreadableSourceError(Exception):
    """There is nothing to check; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document to check."""

    name: str
    """For the messages: the file, `<stdin>`, or the URL that it came from in the end."""
    body: bytes
    """At most one byte more than a document may have."""


def is_url(where: str) -> bool:
    """Whether it is to be asked for over HTTP."""
    return where.lower().startswith(SCHEMES)


def read_source(where: str) -> Source:
    """A file's or standard input's first 64 kB and a byte. Raises: UnreadableSourceError."""
    if where == STANDARD_INPUT:
        return Source("<stdin>", sys.stdin.buffer.read(MAX_BYTES + 1))
    try:
        with Path(where).open("rb") as file:
            return Source(where, file.read(MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableSourceError(f"{where} cannot be read: {reason}") from error


def fetch_source(url: str, method: str, account_sid: str | None, auth_token: str | None) -> Source:
    """The document that an application answers a new inbound call with.

    Asked as a node would: parameters, signature, redirects, retries, at most 15 s and 64 kB, by Content-Type.
    It is signed with the AuthToken of the flags, the environment or the node of this folder; where there is
    none, with one that nobody knows. Private addresses are allowed: whoever runs this command could ask them
    anyway.
    Raises: WebhookError, UnreadableSourceError.
    """
    call, token = made_up_call(account_sid, auth_token)
    fetched = asyncio.run(_fetch(CallRequest(url, method, call, None, (), token)))
    return Source(fetched.url, fetched.twiml)


def made_up_call(account_sid: str | None, auth_token: str | None) -> tuple[Call, Secret]:
    """A call of the account of the flags, the environment or the node of this folder, and what signs for it.

    Where there is none, both are made up.
    """
    try:
        node = find_node("http://localhost", account_sid, auth_token)
    except NodeApiError:
        return new_call(account_sid), Secret(auth_token or SystemChance().hex(16))
    return new_call(node.account_sid), node.auth_token


async def _fetch(request: CallRequest) -> FetchedDocument:
    try:
        client = AiohttpWebhookClient(WebhookSettings(allow_private=True, extra_ca_file=extra_ca_file()))
    except OSError as error:
        raise UnreadableSourceError(f"extra_ca_file cannot be used: {error}") from error
    try:
        return await client.conversation().fetch_document(request)
    finally:
        await client.close()


def extra_ca_file() -> Path | None:
    """What the settings of this folder trust besides the system's CAs. Raises: UnreadableSourceError."""
    try:
        return load_settings().extra_ca_file
    except SettingsError as error:
        raise UnreadableSourceError(str(error)) from error
