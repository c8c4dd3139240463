"""Twilio's own Python SDK, unmodified, pointed at a node as the README says."""

import base64
import time
from typing import Any, Final
from urllib.request import Request, urlopen

from twilio.rest import Client

from tests.support.node import Node

WHOLE_LIMIT_S: Final = 20.0


def sdk_client(node: Node) -> Client:
    """A client of the node's main account."""
    client = Client(node.account_sid, node.auth_token)
    client.api.base_url = client.voice.base_url = client.trunking.base_url = node.base_url
    return client


def whole_recordings(node: Node, call_sid: str) -> list[Any]:
    """The recordings of a call, newest first, once each is whole, a moment after the end of the call."""
    limit = time.monotonic() + WHOLE_LIMIT_S
    while True:
        found: list[Any] = sdk_client(node).recordings.list(call_sid=call_sid)
        if found and all(each.status == "completed" for each in found):
            return found
        assert time.monotonic() < limit, [each.status for each in found]


def downloaded(node: Node, url: str) -> bytes:
    """What is at a URL of the API, got as the documentation says: with the account's Sid and token."""
    login = base64.b64encode(f"{node.account_sid}:{node.auth_token}".encode()).decode()
    with urlopen(Request(url, headers={"Authorization": f"Basic {login}"}), timeout=20) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content
