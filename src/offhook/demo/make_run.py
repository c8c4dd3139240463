"""What `make run` adds to a bare node: the demo with its Domain and phone, and the user's own application.

Made by `app.py`, which mounts `routes` and calls `provide_domains` once HTTP is open.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.routing import Mount

from offhook.base.clock import Clock
from offhook.base.ids import Chance
from offhook.base.redact import Secret
from offhook.demo.app import build_demo
from offhook.demo.phone import USER, phone_password
from offhook.demo.recordings import Recordings
from offhook.model.account import Account
from offhook.model.sip_domain import SipDomain
from offhook.routing.sip_domain import DomainNames
from offhook.sip.flow import Address
from offhook.store.ports import Store
from offhook.switchboard.provide_domain import WantedDomain, provide_domain
from offhook.switchboard.provide_phone import WantedPhone, provide_phone

log = structlog.get_logger("offhook.demo")

DEMO_DOMAIN: Final = "demo"
APP_DOMAIN: Final = "app"


@dataclass(frozen=True, slots=True)
class Extras:
    """What is wanted on top of a bare node."""

    demo: bool = False
    """Serve the demo application and give it the Domain `demo`, for callers of this machine, and a phone."""
    voice_url: str | None = None
    """Give this application the Domain `app`, for callers of this machine."""
    callers: tuple[ipaddress.IPv4Network, ...] = ()
    """Who may call these Domains besides."""


@dataclass(frozen=True, slots=True)
class DemoPhone:
    """What a phone is set up with to be rung by the demo."""

    user: str
    domain: str
    """Whole name of the Domain where it registers."""
    password: Secret


@dataclass(frozen=True, slots=True)
class Host:
    """The node that it is added to."""

    account: Account
    domain_names: DomainNames
    realm: str
    """Digest realm."""
    may_fetch: Callable[[str], bool]
    """Whether its webhooks may go to a URL."""
    this_machine: tuple[ipaddress.IPv4Network, ...]
    """The addresses from which its own programs call."""
    http: Callable[[], Address]
    """Where HTTP is heard; known once it is open."""


class MakeRun:
    """See the head of the file. `domains` and `phone` are for the banner."""

    def __init__(self, extras: Extras, host: Host, clock: Clock, chance: Chance) -> None:
        self._extras = extras
        self._host = host
        self._clock = clock
        self._chance = chance
        self.domains: tuple[str, ...] = ()
        """Whole names of the Domains that were wanted, the user's own first."""
        self.phone: DemoPhone | None = None
        """Who may register at the demo's Domain; None without a demo."""
        if extras.demo:
            domain = host.domain_names.full_name(DEMO_DOMAIN)
            self.phone = DemoPhone(USER, domain, phone_password(host.account.auth_token))

    @property
    def routes(self) -> list[Mount]:
        """The demo application, under `/demo`."""
        if self.phone is None:
            return []
        account = self._host.account
        recordings = Recordings(lambda: f"http://{self._host.http()}", account.sid, account.auth_token)
        demo = build_demo(recordings, f"sip:{self.phone.user}@{self.phone.domain}", self._clock)
        return [Mount("/demo", demo)]

    async def provide_domains(self, store: Store) -> None:
        """Make the Domains, or bring them up to date. Raises: DuplicateError, StoreBusyError."""
        if self._extras.voice_url is not None:
            await self._provide(store, APP_DOMAIN, "Your application", self._extras.voice_url)
        if self.phone is not None:
            demo_url = f"http://{self._host.http()}/demo/voice"
            domain = await self._provide(store, DEMO_DOMAIN, "The demo", demo_url)
            wanted = WantedPhone(domain, self.phone.user, self.phone.password, self._host.realm)
            await provide_phone(wanted, store, self._clock, self._chance)

    async def _provide(self, store: Store, name: str, friendly_name: str, voice_url: str) -> SipDomain:
        wanted = WantedDomain(
            account_sid=self._host.account.sid,
            domain_name=self._host.domain_names.full_name(name),
            friendly_name=friendly_name,
            voice_url=voice_url,
            callers=tuple(dict.fromkeys((*self._host.this_machine, *self._extras.callers))),
            takes_registrations=name == DEMO_DOMAIN,
        )
        self.domains = (*self.domains, wanted.domain_name)
        if not self._host.may_fetch(voice_url):
            log.warning(
                "node.webhook_private",
                domain=wanted.domain_name,
                voice_url=voice_url,
                text="calls to it will fail: webhooks may go to no private address while http listens on "
                f"{self._host.http().host}; OFFHOOK_ALLOW_PRIVATE_WEBHOOKS=true lets them",
            )
        return await provide_domain(wanted, store, self._clock, self._chance)
