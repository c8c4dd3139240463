"""What the acts of the switchboard work with; made once by the roof."""

from dataclasses import dataclass, field

from offhook.base.ids import Chance
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.media.ports.engine import MediaEngine
from offhook.registrar.registrar import Registrar
from offhook.routing.door import Door
from offhook.routing.stir import Stir
from offhook.store.ports import Store
from offhook.switchboard.carrier_registrations import CarrierRegistrations
from offhook.switchboard.live_calls import LiveCalls
from offhook.switchboard.own_numbers import OwnNumbers
from offhook.switchboard.settings import Settings
from offhook.transport.ports import SipEndpoint
from offhook.verbs.runner import Tools
from offhook.webhook.ports import WebhookClient


@dataclass(frozen=True, slots=True)
class Services:
    """The edges of the node, its ledger and its chance."""

    endpoint: SipEndpoint
    media: MediaEngine
    store: Store
    webhook: WebhookClient
    tools: Tools
    door: Door
    registrar: Registrar
    ledger: Ledger
    courier: Courier
    chance: Chance
    carriers: CarrierRegistrations
    realm: str
    """Host of the node's own addresses: From of a call to a foreign host."""
    stir: Stir | None = None
    """Judges callers; None where the operator trusts no CA for it."""
    default_trunk: str | None = None
    """By which calls to numbers go that name none: Sid or friendly name of a BYOC trunk."""
    takes_srtp_as_offered: bool = False
    """Whether a Domain that is not Secure takes SRTP where it is offered."""
    settings: Settings = field(default_factory=Settings)
    live_calls: LiveCalls = field(default_factory=LiveCalls)
    own_numbers: OwnNumbers = field(default_factory=OwnNumbers)
