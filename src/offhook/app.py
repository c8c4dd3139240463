"""The roof: makes every room of a node and wires them, in one file.

    store -> media, speech, webhook -> exchange -> HTTP -> SIP -> ready
    and back: SIP takes no more calls -> running calls end -> HTTP -> media, speech, webhook -> store

Called by `cli/serve.py` and by tests that want a node in their own process.
"""

import asyncio
import ipaddress
import resource
import socket
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from offhook import __version__
from offhook.base.clock import Clock, SystemClock
from offhook.base.ids import Chance, SystemChance, new_sid
from offhook.base.redact import Secret
from offhook.call.courier import Courier
from offhook.call.info_digits import INFO_TYPES
from offhook.call.ledger import Ledger
from offhook.call.life_sign import LifeSign
from offhook.config.node_name import settle_node_name
from offhook.config.settings import NodeSettings
from offhook.demo.app import build_demo
from offhook.demo.phone import USER as PHONE_USER
from offhook.demo.phone import phone_password
from offhook.demo.recordings import Recordings as DemoRecordings
from offhook.media.native import NativeMediaEngine
from offhook.media.ports import Clip, MediaEngine
from offhook.media.prompt_cache import PromptCache
from offhook.media.settings import Settings as MediaSettings
from offhook.model.account import Account, AccountStatus
from offhook.model.sip_domain import SipDomain
from offhook.recording.left_open import close_left_open as close_recordings_left_open
from offhook.recording.recorder import Recorder
from offhook.recording.tell_left import tell_left
from offhook.registrar.registrar import Registrar
from offhook.registrar.settings import Settings as RegistrarSettings
from offhook.rest.app import routes as api_routes
from offhook.rest.server import HttpServer
from offhook.rest.services import Services as ApiServices
from offhook.routing.directory import Directory
from offhook.routing.door import Door
from offhook.routing.realm import settle_realm
from offhook.routing.sip_domain import DomainNames
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.flow import Address
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.user_agent import UserAgent
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.settings import Settings as SpeechSettings
from offhook.store.blobs import FolderOfRecordings
from offhook.store.database import open_store
from offhook.store.ports import Store, StoreBusyError
from offhook.store.settings import Settings as StoreSettings
from offhook.switchboard.exchange import Exchange
from offhook.switchboard.provide_domain import WantedDomain, provide_domain
from offhook.switchboard.provide_phone import WantedPhone, provide_phone
from offhook.switchboard.refuse import RULE_HEADERS, URI_HEADERS
from offhook.switchboard.services import Services
from offhook.switchboard.take_over import TakeOver
from offhook.tls.node_tls import NodeTls
from offhook.tls.settings import FOLDER as TLS_FOLDER
from offhook.tls.settings import Settings as TlsSettings
from offhook.transport.advertised import kernel_address_towards
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings as TransportSettings
from offhook.verbs.runner import Tools
from offhook.verbs.sounds import Decode, Sounds
from offhook.verbs.voice import Voice
from offhook.webhook.client import AiohttpWebhookClient
from offhook.webhook.guard import is_plainly_private
from offhook.webhook.settings import Settings as WebhookSettings
from offhook.webhook.target import parse_target

log = structlog.get_logger("offhook.app")

STOP_S: Final = 1.5
"""How long ended calls may take to be told so when the node stops at once (design 1.2: 2 s in all)."""

CALLBACKS_S: Final = 0.3
"""And how long the news of their end may take to reach the applications, within those 2 s."""

EXPIRE_EVERY_S: Final = 5.0
REFRESH_ACCESS_EVERY_S: Final = 1.0

RECORDINGS: Final = "recordings"
"""Folder of their files, in `data_dir`."""
DEMO_DOMAIN: Final = "demo"
APP_DOMAIN: Final = "app"
DOCUMENTATION_ADDRESS: Final = Address("192.0.2.1", 5060)
"""An address of RFC 5737: asking the kernel for the route to it tells our own, and sends nothing."""


class Readiness(StrEnum):
    """What `/readyz` says; only a node that is ready takes calls."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Extras:
    """What `make run` wants on top of a bare node."""

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


class Node:
    """One running node. Made by `start`, ended by `stop` or `drain`."""

    def __init__(self, settings: NodeSettings, clock: Clock, chance: Chance) -> None:
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._rooms = AsyncExitStack()
        self._readiness = Readiness.STARTING
        self._exchange: Exchange | None = None
        self._driver: SipDriver | None = None
        self._realm = ""
        self._node = ""
        self._tls: NodeTls
        self.account: Account
        self.http = Address("127.0.0.1", 0)
        self.domains: tuple[str, ...] = ()
        """Whole names of the Domains that `make run` wanted, the user's own first."""
        self.phone: DemoPhone | None = None
        """Who may register at the demo's Domain; None without a demo."""

    @classmethod
    async def start(cls, settings: NodeSettings, extras: Extras) -> "Node":
        """Open every room.

        Raises: OSError with the setting and its value in `filename` when an address, a folder, a file or the
        database cannot be used; DuplicateError, CommandError (a newer database). What was opened before is
        closed again.
        """
        node = cls(settings, SystemClock(), SystemChance())
        try:
            await node._open(extras)
        except BaseException:
            await node._rooms.aclose()
            raise
        return node

    @property
    def sip(self) -> tuple[Address, ...]:
        """Where SIP is heard."""
        return self._driver.addresses if self._driver is not None else ()

    @property
    def sips(self) -> tuple[Address, ...]:
        """Where SIP over TLS is heard."""
        return self._driver.tls_addresses if self._driver is not None else ()

    @property
    def base_url(self) -> str:
        """Where the API is: `public_url`, or the HTTP listener."""
        return self._settings.public_url or f"http://{self.http}"

    async def drain(self) -> None:
        """Take no more calls, let the running ones end for `drain_timeout`, then stop."""
        self._readiness = Readiness.DRAINING
        if self._exchange is not None:
            log.info("node.draining", calls=self._exchange.calls)
            await self._exchange.drain(self._settings.drain_timeout_s)
        await self.stop()

    async def stop(self) -> None:
        """Hang up what runs and close every room."""
        self._readiness = Readiness.STOPPING
        if self._exchange is not None and not await self._exchange.end_all(STOP_S):
            log.warning("node.calls_cut", calls=self._exchange.calls)
        await self._rooms.aclose()
        log.info("node.stopped")

    # Opening, from the ground up

    async def _open(self, extras: Extras) -> None:
        _raise_file_limit()
        for key in self._settings.not_acted_on:
            log.warning(
                "settings.not_acted_on", key=key, text=f"{key} is set; this version does nothing with it yet"
            )
        files = FolderOfRecordings(self._settings.data_dir / RECORDINGS)
        store = await self._open_store(files)
        self.account = await self._main_account(store)
        self._realm = await self._settle_realm(store)
        media = self._open_media()
        speech = HibariSynthesizer(SpeechSettings())
        self._rooms.push_async_callback(speech.close)
        await speech.start()
        webhook = self._make_webhook_client()
        self._rooms.push_async_callback(webhook.close)
        self._tls = NodeTls(self._tls_settings(), self._clock)
        driver = self._make_driver()
        door = self._make_door(store, extras)
        registrar = await self._open_registrar(store, door)
        ledger = Ledger(store, self._clock, self._chance)
        courier = Courier(webhook, store, ledger)
        await courier.open()
        recorder = Recorder(
            store.recordings,
            files,
            ledger,
            courier,
            self._chance,
            base_url=lambda: self.base_url,
        )
        tools = Tools(Voice(speech, media, PromptCache()), Sounds(_decoder(media), self._clock), recorder)
        self._rooms.push_async_callback(_let_arrive, recorder, courier)
        services = Services(
            driver, media, store, webhook, tools, door, registrar, ledger, courier, self._chance, self._realm
        )
        self._exchange = exchange = Exchange(services)
        sign = self._life_sign(store)
        living = asyncio.create_task(sign.give(lambda: exchange.calls), name="app.life_sign")
        self._rooms.callback(living.cancel)
        await self._open_http(store, files, self._exchange, registrar, extras)
        await tell_left(store, courier, self.base_url)
        courier.carry_left()
        await self._provide_domains(store, extras)
        await self._open_sip(driver, self._exchange)
        if store.is_shared:
            watching = TakeOver(store, sign, courier, lambda: self.base_url)
            self._run(watching.watch(), "app.take_over")
            self._run(_refresh_access(store), "app.refresh_access")
        self._readiness = Readiness.READY

    async def _open_store(self, files: FolderOfRecordings) -> Store:
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        self._node = settle_node_name(self._settings.data_dir, self._chance)
        store = open_store(
            StoreSettings(self._settings.database_url, self._settings.durability, node=self._node)
        )
        self._rooms.push_async_callback(store.close)
        await self._close_left_open(store, files)
        return store

    async def _close_left_open(self, store: Store, files: FolderOfRecordings) -> None:
        """Give what a crash cut a true end: recordings first, for they know how long their calls lived."""
        ledger = Ledger(store, self._clock, self._chance)
        now = ledger.now()
        recordings = await close_recordings_left_open(store, files, ledger, now)
        calls = await store.calls.close_left_open(now, await self._life_sign(store).last())
        if calls or recordings:
            log.warning("node.left_open", calls=calls, recordings=recordings)

    def _life_sign(self, store: Store) -> LifeSign:
        return LifeSign(store.kept_settings, self._clock, self._node, is_shared=store.is_shared)

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run it until the node stops."""
        task = asyncio.create_task(work, name=name)
        self._rooms.callback(task.cancel)

    def _open_media(self) -> NativeMediaEngine:
        low, high = self._settings.media_ports
        media = NativeMediaEngine(
            MediaSettings(
                ports_low=low,
                ports_high=high,
                workers=self._settings.media_workers,
                media_timeout_s=self._settings.media_timeout_s,
            )
        )
        self._rooms.callback(media.close)
        return media

    async def _open_http(
        self,
        store: Store,
        files: FolderOfRecordings,
        exchange: Exchange,
        registrar: Registrar,
        extras: Extras,
    ) -> None:
        services = ApiServices(
            store=store,
            recording_files=files,
            clock=self._clock,
            chance=self._chance,
            domain_names=DomainNames(self._settings.domain_suffixes),
            realm=self._realm,
            place_call=exchange.place,
            update_call=exchange.update,
            record_call=exchange.record,
            update_recording=exchange.update_recording,
            remove_registration=lambda account_sid, sid: registrar.remove(
                account_sid, sid, self._clock.monotonic()
            ),
            review_registrations=registrar.review,
            main_account_sid=self.account.sid,
            root_pem=self._tls.root_pem,
        )
        routes: list[BaseRoute] = [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            *api_routes(services),
        ]
        if extras.demo:
            routes.append(Mount("/demo", self._build_demo()))
        host, port = self._settings.http
        server = HttpServer(Starlette(routes=routes), host, port)
        with _naming(f"http {Address(host, port)}"):
            self.http = Address(host, await server.start())
        self._rooms.push_async_callback(server.close)

    def _make_webhook_client(self) -> AiohttpWebhookClient:
        ca_file = self._settings.extra_ca_file
        with _naming(f"extra_ca_file {ca_file}"):
            return AiohttpWebhookClient(
                WebhookSettings(allow_private=self._settings.allow_private_webhooks, extra_ca_file=ca_file)
            )

    def _tls_settings(self) -> TlsSettings:
        settings = self._settings
        return TlsSettings(
            folder=settings.data_dir / TLS_FOLDER,
            domains=settings.domain_suffixes,
            addresses=_addresses_of(settings),
            certificate=settings.tls_cert,
            key=settings.tls_key,
            extra_ca_file=settings.extra_ca_file,
            allow_deprecated=settings.allow_deprecated_tls,
        )

    def _make_driver(self) -> SipDriver:
        settings = self._settings
        sip = SipSettings(
            product=f"Offhook/{__version__}",
            supported=("100rel", "timer", "path", "outbound"),
            info_types=INFO_TYPES,
            headers_by_status=RULE_HEADERS,
            headers_by_uri=URI_HEADERS,
        )
        transport = TransportSettings(
            listen=settings.sip,
            listen_tls=_sips_to_listen(settings),
            listen_legacy_tls=settings.sips_legacy,
            advertised=settings.advertised_ip,
            dns_servers=settings.dns_servers,
        )
        return SipDriver(UserAgent(sip, self._chance), transport, self._clock, self._chance, self._tls)

    def _make_door(self, store: Store, extras: Extras) -> Door:
        default_domain = self._settings.default_domain or (DEMO_DOMAIN if extras.demo else None)
        directory = Directory(store, DomainNames(self._settings.domain_suffixes), default_domain)
        digest = DigestSettings(self._realm, self._settings.digest_algorithms)
        return Door(
            directory, DigestGate(digest, self._chance), allow_private=self._settings.allow_private_webhooks
        )

    async def _open_sip(self, driver: SipDriver, exchange: Exchange) -> None:
        await driver.listen(exchange.handle_event)
        self._driver = driver
        self._rooms.callback(driver.close)

    async def _open_registrar(self, store: Store, door: Door) -> Registrar:
        limits = self._settings.limits
        settings = RegistrarSettings(
            expires_min_s=int(limits.registration_expires_min),
            expires_max_s=int(limits.registration_expires_max),
            contacts_max=limits.registration_contacts,
            per_second=limits.registrations_per_second,
            domain_max=limits.registrations_per_domain,
            account_max=limits.registrations_per_account,
        )
        registrar = Registrar(store.bindings, door, self._clock, self._chance, settings)
        restored = await registrar.restore(self._clock.monotonic())
        if restored:
            log.info("node.registrations_restored", bindings=restored)
        expiring = asyncio.create_task(_expire(registrar, self._clock), name="app.expire")
        self._rooms.callback(expiring.cancel)
        return registrar

    # The account and the Domains of `make run`

    async def _main_account(self, store: Store) -> Account:
        """The account of the settings, else the one of the first start, else a new one."""
        known = (
            await store.accounts.fetch(self._settings.account_sid)
            if self._settings.account_sid is not None
            else await store.accounts.oldest()
        )
        token = self._settings.auth_token
        if known is not None and (token is None or token.reveal() == known.auth_token.reveal()):
            return known
        now = self._clock.utc_now()
        account = Account(
            sid=self._settings.account_sid or (known.sid if known else new_sid("AC", self._chance)),
            friendly_name=known.friendly_name if known else "Main account",
            auth_token=token or Secret(self._chance.hex(16)),
            status=AccountStatus.ACTIVE,
            created_at=known.created_at if known else now,
            updated_at=now,
        )
        await store.accounts.save(account)
        return account

    async def _settle_realm(self, store: Store) -> str:
        """The digest realm: stored passwords are bound to the one of the first start."""
        realm = await settle_realm(self._settings.sip_realm, self._settings.domain_suffixes[0], store)
        if realm.refused is not None:
            log.error(
                "node.realm_kept",
                realm=realm.name,
                sip_realm=realm.refused,
                text="the passwords in the credential lists are good for the realm they were set with; "
                "delete the credentials to change it",
            )
        return realm.name

    def _build_demo(self) -> Starlette:
        token = self.account.auth_token
        domain = DomainNames(self._settings.domain_suffixes).full_name(DEMO_DOMAIN)
        self.phone = DemoPhone(PHONE_USER, domain, phone_password(token))
        recordings = DemoRecordings(lambda: f"http://{self.http}", self.account.sid, token)
        return build_demo(recordings, f"sip:{PHONE_USER}@{domain}", self._clock)

    async def _provide_domains(self, store: Store, extras: Extras) -> None:
        if extras.voice_url is not None:
            await self._provide_domain(store, extras, APP_DOMAIN, "Your application", extras.voice_url)
        if self.phone is not None:
            demo_url = f"http://{self.http}/demo/voice"
            domain = await self._provide_domain(store, extras, DEMO_DOMAIN, "The demo", demo_url)
            wanted = WantedPhone(domain, self.phone.user, self.phone.password, self._realm)
            await provide_phone(wanted, store, self._clock, self._chance)

    async def _provide_domain(
        self, store: Store, extras: Extras, name: str, friendly_name: str, voice_url: str
    ) -> SipDomain:
        wanted = WantedDomain(
            account_sid=self.account.sid,
            domain_name=DomainNames(self._settings.domain_suffixes).full_name(name),
            friendly_name=friendly_name,
            voice_url=voice_url,
            callers=tuple(dict.fromkeys((*_this_machine(), *extras.callers))),
            takes_registrations=name == DEMO_DOMAIN,
        )
        self.domains = (*self.domains, wanted.domain_name)
        if not self._settings.allow_private_webhooks and is_plainly_private(parse_target(voice_url)[0].host):
            log.warning(
                "node.webhook_private",
                domain=wanted.domain_name,
                voice_url=voice_url,
                text="calls to it will fail: webhooks may go to no private address while http listens on "
                f"{self.http.host}; OFFHOOK_ALLOW_PRIVATE_WEBHOOKS=true lets them",
            )
        return await provide_domain(wanted, store, self._clock, self._chance)

    # Health

    async def _healthz(self, request: Request) -> Response:
        """The process answers."""
        del request
        return PlainTextResponse("ok\n")

    async def _readyz(self, request: Request) -> Response:
        """200 only when every listener accepts calls; says where, with the ports that port 0 became."""
        del request
        where = {
            "status": self._readiness.value,
            "http": [str(self.http)],
            "sip": [str(address) for address in self.sip],
            "sips": [str(address) for address in self.sips],
            "sips_legacy": [str(address) for address in self._driver.legacy_tls_addresses]
            if self._driver is not None
            else [],
        }
        return JSONResponse(where, 200 if self._readiness is Readiness.READY else 503)


@contextmanager
def _naming(setting: str) -> Iterator[None]:
    """Let an OSError say of which setting it comes, and of what value."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), setting) from error


def _sips_to_listen(settings: NodeSettings) -> tuple[tuple[str, int], ...]:
    """Where to listen for TLS. Nowhere when the port that nobody asked for is taken: SIP must not suffer."""
    if settings.is_sips_given:
        return settings.sips
    for host, port in settings.sips:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            socket.create_server((host, port), family=family).close()
        except OSError as error:
            log.error(
                "node.no_sips",
                address=str(Address(host, port)),
                error=error.strerror,
                text="SIP over TLS is off: name another address by OFFHOOK_SIPS, or say OFFHOOK_SIPS=off",
            )
            return ()
    return settings.sips


def _addresses_of(settings: NodeSettings) -> tuple[str, ...]:
    """What peers know the node by, for its certificate: listeners, advertised addresses, the way out."""
    found = [
        host for host, _ in (*settings.sip, *settings.sips) if not ipaddress.ip_address(host).is_unspecified
    ]
    found += [address for _, address in settings.advertised_ip]
    found += [str(network.network_address) for network in _this_machine()[1:]]
    return tuple(found)


def _decoder(media: MediaEngine) -> Decode:
    """Files are decoded in a thread, which the media core lets others run beside."""

    async def decode(data: bytes, media_type: str) -> Clip:
        return await asyncio.to_thread(media.decode_clip, data, media_type)

    return decode


async def _let_arrive(recorder: Recorder, courier: Courier) -> None:
    """Give recordings and callbacks that are under way a last moment."""
    await recorder.drain(CALLBACKS_S)
    await courier.drain(CALLBACKS_S)
    courier.close()


async def _expire(registrar: Registrar, clock: Clock) -> None:
    """Forget registrations that are over or not allowed any more; look-ups are right without it."""
    while True:
        await asyncio.sleep(EXPIRE_EVERY_S)
        registrar.expire(clock.monotonic())
        try:
            await registrar.review()
        except StoreBusyError:
            continue  # the writer has told the operator; what was changed is looked at the next time


async def _refresh_access(store: Store) -> None:
    """Notice what other nodes change about who may call or register."""
    while True:
        await asyncio.sleep(REFRESH_ACCESS_EVERY_S)
        try:
            await store.refresh_access()
        except StoreBusyError:
            continue  # the writer has told the operator; what was changed is noticed the next time


def _this_machine() -> tuple[ipaddress.IPv4Network, ...]:
    """The addresses from which a program on this machine calls."""
    networks = [ipaddress.IPv4Network("127.0.0.0/8")]
    try:
        networks.append(ipaddress.IPv4Network(kernel_address_towards(DOCUMENTATION_ADDRESS)))
    except OSError:
        log.info(
            "node.no_route", text="only loopback calls reach the demo: this machine has no other address"
        )
    return tuple(networks)


def _raise_file_limit() -> None:
    """Two sockets per leg: take what the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
