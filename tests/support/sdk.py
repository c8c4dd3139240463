"""Twilio's own Python SDK, unmodified, pointed at a node as the README says."""

from twilio.rest import Client

from tests.support.node import Node


def sdk_client(node: Node) -> Client:
    """A client of the node's main account."""
    client = Client(node.account_sid, node.auth_token)
    client.api.base_url = node.base_url
    return client
