"""Twilio's own Python SDK, unmodified, pointed at a node as the README says."""

import base64
from urllib.request import Request, urlopen

from twilio.rest import Client

from tests.support.node import Node


def sdk_client(node: Node) -> Client:
    """A client of the node's main account."""
    client = Client(node.account_sid, node.auth_token)
    client.api.base_url = client.voice.base_url = client.trunking.base_url = node.base_url
    return client


def downloaded(node: Node, url: str) -> bytes:
    """What is at a URL of the API, got as the documentation says: with the account's Sid and token."""
    login = base64.b64encode(f"{node.account_sid}:{node.auth_token}".encode()).decode()
    with urlopen(Request(url, headers={"Authorization": f"Basic {login}"}), timeout=20) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content
