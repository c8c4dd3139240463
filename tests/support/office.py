"""A SIP Domain with users on a running node, and who is registered at it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.node import Node
from tests.support.sdk import sdk_client

OFFICE: Final = "office.sip.localhost"
PASSWORD: Final = "Correct-Horse-7"


@dataclass(frozen=True)
class Login:
    """What a phone of the office is set up with."""

    user: str
    """Its user name, and the user part of its address."""
    sip_port: int
    """Where the node listens on loopback, for this transport."""
    transport: str = "udp"
    """udp, tcp or tls."""
    ca_file: Path | None = None
    """TLS: whom it trusts, PEM."""
    srtp: bool = False
    """Whether it speaks SRTP and nothing else."""
    srtp_suite: str = ""
    """The one suite that it offers; "" leaves it to the phone. baresip has no choice, and offers _80."""
    domain: str = OFFICE
    password: str = PASSWORD

    @property
    def address(self) -> str:
        """The address of record."""
        return f"sip:{self.user}@{self.domain}"

    @property
    def proxy(self) -> str:
        """Where every request goes first: the name of the domain is in no DNS."""
        return f"sip:127.0.0.1:{self.sip_port};transport={self.transport}"


def open_office(node: Node, *users: str, voice_url: str | None = None, name: str = OFFICE) -> None:
    """Create the Domain; its users may call and register with their password."""
    sdk = sdk_client(node)
    listed = sdk.sip.credential_lists.create(f"Users of {name}")
    for user in users:
        sdk.sip.credential_lists(listed.sid).credentials.create(user, PASSWORD)
    domain = sdk.sip.domains.create(name, voice_url=voice_url, sip_registration=True)
    sdk.sip.domains(domain.sid).auth.calls.credential_list_mappings.create(listed.sid)
    sdk.sip.domains(domain.sid).auth.registrations.credential_list_mappings.create(listed.sid)


def registrations(node: Node, user: str, domain: str = OFFICE) -> list[dict[str, Any]]:
    """The phones of a user as `/offhook/v1/Registrations` shows them."""
    query = {"Domain": domain, "User": user}
    answer = sdk_client(node).request("GET", f"{node.base_url}/offhook/v1/Registrations", params=query)
    found: list[dict[str, Any]] = json.loads(answer.text)["registrations"]
    return found
