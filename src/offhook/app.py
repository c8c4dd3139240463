"""The roof: makes every room of a node and wires them; what verbs work with is made in `toolbox.py`.

    store -> media, webhook, speech -> exchange -> HTTP -> SIP -> ready
    and back: SIP takes no more calls -> running calls end -> HTTP -> speech, webhook, media -> store

Called by `cli/serve.py` and by tests that want a node in their own process.
"""

import asyncio
import errno
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Any, Final

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from offhook.base.clock import Clock, SystemClock
from offhook.base.ids import Chance, SystemChance
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.call.life_sign import LifeSign
from offhook.conference.conferences import Conferences
from offhook.config.edges import media_settings, sip_settings, tls_settings, transport_settings
from offhook.config.folders import RECORDINGS
from offhook.config.limits import registrar_settings, rest_limits, switchboard_settings
from offhook.config.node_name import settle_node_name
from offhook.config.settings import NodeSettings
from offhook.demo.make_run import DEMO_DOMAIN, Extras, Host, MakeRun
from offhook.media.native import NativeMediaEngine
from offhook.model.account import Account
from offhook.queue.queues import Queues
from offhook.recording.left_open import close_left_open as close_recordings_left_open
from offhook.recording.tell_left import tell_left
from offhook.registrar.keep_up import keep_up
from offhook.registrar.registrar import Registrar
from offhook.rest.app import routes as api_routes
from offhook.rest.server import Doors, HttpServer
from offhook.rest.services import Services as ApiServices
from offhook.rest.sip_websocket import PATH as SIP_PATH
from offhook.rest.sip_websocket import no_websocket, sip_websocket
from offhook.routing.defaults import missing_domain, missing_trunk
from offhook.routing.directory import Directory
from offhook.routing.door import Door
from offhook.routing.realm import settle_realm
from offhook.routing.sip_domain import DomainNames
from offhook.routing.stir import Stir
from offhook.routing.stir_certificates import StirCertificates, read_anchors
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.flow import Address
from offhook.sip.user_agent import UserAgent
from offhook.store.blobs import FolderOfRecordings
from offhook.store.database import open_store
from offhook.store.ports import Store
from offhook.store.settings import Settings as StoreSettings
from offhook.switchboard.carrier_registrations import CarrierRegistrations
from offhook.switchboard.exchange import Exchange
from offhook.switchboard.left_open import close_calls_left_open
from offhook.switchboard.node_watch import NodeWatch
from offhook.switchboard.other_nodes import refresh_access, refresh_carriers
from offhook.switchboard.provide_account import provide_account
from offhook.switchboard.services import Services
from offhook.tls.node_tls import NodeTls
from offhook.toolbox import Ground, naming, open_tools, trace_journal
from offhook.trace.book import TraceBook
from offhook.transport.driver import SipDriver
from offhook.transport.this_machine import networks_of_this_machine, raise_file_limit
from offhook.transport.tls_stream import TlsListener
from offhook.verbs.dialler import ChildCall
from offhook.webhook.client import AiohttpWebhookClient
from offhook.webhook.guard import is_plainly_private
from offhook.webhook.settings import Settings as WebhookSettings
from offhook.webhook.target import parse_target

log = structlog.get_logger("offhook.app")

STOP_S: Final = 1.5
"""How long ended calls may take to be told so when the node stops at once (design 1.2: 2 s in all)."""


class Readiness(StrEnum):
    """What `/readyz` says; only a node that is ready takes calls."""

    STARTING = "starting"
    READY = "ready"
    STALLED = "stalled"
    """The database does not answer, or does not keep up."""
    DRAINING = "draining"
    STOPPING = "stopping"


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
        self._carriers: CarrierRegistrations
        self._store: Store
        self._journal = trace_journal(settings, clock)
        self._traces = TraceBook(clock, settings.limits.traces_max, self._journal)
        self._queues: Queues[ChildCall]
        self._conferences: Conferences
        self._node = ""
        self._tls: NodeTls
        self.account: Account
        self.http = Address("127.0.0.1", 0)
        self.make_run: MakeRun
        self.https: Address | None = None
        """Where HTTP over TLS is heard; None where it is off."""

    @classmethod
    async def start(cls, settings: NodeSettings, extras: Extras) -> "Node":
        """Open every room.

        Raises: OSError with the setting and its value in `filename` when an address, a folder, a file or the
        database cannot be used; DuplicateError, UnknownTablesError. What was opened before is
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
            await self._leave_carriers()
            await self._exchange.drain(self._settings.drain_timeout_s)
        await self.stop()

    async def stop(self) -> None:
        """Hang up what runs and close every room."""
        self._readiness = Readiness.STOPPING
        leaving = asyncio.create_task(self._leave_carriers(), name="app.leave_carriers")
        if self._exchange is not None and not await self._exchange.end_all(STOP_S):
            log.warning("node.calls_cut", calls=self._exchange.calls)
        await leaving
        await self._rooms.aclose()
        log.info("node.stopped")

    async def _leave_carriers(self) -> None:
        """Have the registrars at which we are registered send us no more calls."""
        await self._carriers.close(STOP_S)

    # Opening, from the ground up

    async def _open(self, extras: Extras) -> None:
        raise_file_limit()
        for key in self._settings.not_acted_on:
            log.warning(
                "settings.not_acted_on", key=key, text=f"{key} is set; this version does nothing with it yet"
            )
        if self._journal is not None:
            self._journal.start()
            self._rooms.push_async_callback(self._journal.close)
        files = FolderOfRecordings(self._settings.data_dir / RECORDINGS)
        store = await self._open_store(files)
        self.account = await provide_account(
            self._settings.account_sid, self._settings.auth_token, store, self._clock, self._chance
        )
        self._realm = await self._settle_realm(store)
        self.make_run = self._make_run(extras)
        media = self._open_media()
        webhook = self._make_webhook_client()
        self._rooms.push_async_callback(webhook.close)
        self._tls = NodeTls(tls_settings(self._settings), self._clock)
        driver = self._make_driver()
        if self._settings.limits.traces_max:
            driver.trace(self._traces.handle_message)
        door = self._make_door(store, extras)
        registrar = await self._open_registrar(store, door)
        ledger = Ledger(store, self._clock, self._chance, self._traces)
        courier = Courier(webhook, store, ledger)
        await courier.open()
        tools = await open_tools(
            Ground(
                settings=self._settings,
                clock=self._clock,
                chance=self._chance,
                store=store,
                files=files,
                media=media,
                driver=driver,
                ledger=ledger,
                courier=courier,
                base_url=lambda: self.base_url,
            ),
            self._rooms,
        )
        self._queues, self._conferences = tools.queues, tools.conferences
        self._carriers = CarrierRegistrations(driver, store, self._clock)
        services = Services(
            endpoint=driver,
            media=media,
            store=store,
            webhook=webhook,
            tools=tools,
            door=door,
            registrar=registrar,
            ledger=ledger,
            courier=courier,
            chance=self._chance,
            carriers=self._carriers,
            realm=self._realm,
            stir=self._make_stir(webhook),
            default_trunk=self._settings.default_trunk,
            takes_srtp_as_offered=self._settings.secure_media_as_offered,
            settings=switchboard_settings(self._settings.limits),
        )
        self._exchange = exchange = Exchange(services)
        sign = self._life_sign(store)
        living = asyncio.create_task(sign.give(lambda: exchange.calls), name="app.life_sign")
        self._rooms.callback(living.cancel)
        await self._open_http(store, files, self._exchange, registrar)
        await tell_left(store, courier, self.base_url)
        courier.carry_left()
        await self.make_run.provide_domains(store)
        await self._open_sip(driver, self._exchange)
        await self._carriers.open()
        await self._check_defaults(store)
        if store.is_shared:
            watching = NodeWatch(store, sign, courier, ledger, base_url=lambda: self.base_url)
            self._run(watching.watch(), "app.node_watch")
            self._run(refresh_access(store), "app.refresh_access")
            self._run(refresh_carriers(self._carriers), "app.refresh_carriers")
        self._readiness = Readiness.READY

    async def _open_store(self, files: FolderOfRecordings) -> Store:
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        self._node = settle_node_name(self._settings.data_dir, self._chance)
        self._store = store = open_store(
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
        calls = await close_calls_left_open(store, ledger, await self._life_sign(store).last())
        await store.conferences.close_left_open(now)
        if calls or recordings:
            log.warning("node.left_open", calls=calls, recordings=recordings)

    def _life_sign(self, store: Store) -> LifeSign:
        return LifeSign(store.kept_settings, self._clock, self._node, is_shared=store.is_shared)

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run it until the node stops."""
        task = asyncio.create_task(work, name=name)
        self._rooms.callback(task.cancel)

    def _open_media(self) -> NativeMediaEngine:
        media = NativeMediaEngine(media_settings(self._settings))
        self._rooms.callback(media.close)
        return media

    async def _open_http(
        self,
        store: Store,
        files: FolderOfRecordings,
        exchange: Exchange,
        registrar: Registrar,
    ) -> None:
        services = ApiServices(
            store=store,
            recording_files=files,
            clock=self._clock,
            chance=self._chance,
            domain_names=DomainNames(self._settings.domain_suffixes),
            realm=self._realm,
            default_trunk=self._settings.default_trunk,
            place_call=exchange.place,
            update_call=exchange.update,
            record_call=exchange.record,
            update_recording=exchange.update_recording,
            stream_call=exchange.stream,
            stop_stream=exchange.stop_stream,
            siprec_connector=exchange.siprec_connector,
            siprec_call=exchange.siprec,
            stop_siprec=exchange.stop_siprec,
            transcribe_call=exchange.transcribe,
            stop_transcription=exchange.stop_transcription,
            send_message=exchange.send_message,
            subscribe_messages=exchange.subscribe_messages,
            unsubscribe_messages=exchange.unsubscribe_messages,
            inspected_streams=exchange.inspected_streams,
            queues=self._queues,
            conferences=self._conferences,
            add_participant=exchange.add_participant,
            dequeue_member=exchange.dequeue,
            remove_registration=lambda account_sid, sid: registrar.remove(
                account_sid, sid, self._clock.monotonic()
            ),
            review_registrations=registrar.review,
            carriers_changed=self._carriers.take_up,
            carrier_state=self._carriers.state,
            trace=self._traces.find,
            limits=rest_limits(self._settings.limits),
            main_account_sid=self.account.sid,
            root_pem=self._tls.root_pem,
        )
        routes: list[BaseRoute] = [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            no_websocket(),
            *api_routes(services),
            *self.make_run.routes,
        ]
        app, upgrades = (
            Starlette(routes=routes),
            {SIP_PATH: sip_websocket(lambda: self._driver, self._settings.public_url)},
        )
        self.http = await self._serve_http("http", app, self._settings.http, Doors(upgrades))
        if self._settings.https is not None:
            tls = TlsListener(self._tls.https)
            doors = Doors(upgrades, tls.secure)
            self.https = await self._serve_http("https", app, self._settings.https, doors)
            self._rooms.callback(tls.close)

    async def _serve_http(self, key: str, app: Starlette, at: tuple[str, int], doors: Doors) -> Address:
        host, port = at
        server = HttpServer(app, host, port, doors)
        with naming(f"{key} {Address(host, port)}"):
            address = Address(host, await server.start())
        self._rooms.push_async_callback(server.close)
        return address

    def _make_run(self, extras: Extras) -> MakeRun:
        host = Host(
            account=self.account,
            domain_names=DomainNames(self._settings.domain_suffixes),
            realm=self._realm,
            may_fetch=self._may_fetch,
            this_machine=networks_of_this_machine(),
            http=lambda: self.http,
        )
        return MakeRun(extras, host, self._clock, self._chance)

    def _may_fetch(self, url: str) -> bool:
        return self._settings.allow_private_webhooks or not is_plainly_private(parse_target(url)[0].host)

    def _make_webhook_client(self) -> AiohttpWebhookClient:
        ca_file = self._settings.extra_ca_file
        with naming(f"extra_ca_file {ca_file}"):
            return AiohttpWebhookClient(
                WebhookSettings(allow_private=self._settings.allow_private_webhooks, extra_ca_file=ca_file)
            )

    async def _check_defaults(self, store: Store) -> None:
        """Say so when a Domain or trunk that the settings name is not there: it may be made later."""
        settings = self._settings
        if settings.default_domain is not None:
            names = DomainNames(settings.domain_suffixes)
            domain = await missing_domain(settings.default_domain, names, store)
            if domain is not None:
                text = f"{domain.told('SIP Domain')}: calls to this node's own addresses are refused"
                log.warning("node.no_default_domain", default_domain=domain.wanted, text=text)
        if settings.default_trunk is not None:
            trunk = await missing_trunk(self.account.sid, settings.default_trunk, store)
            if trunk is not None:
                text = f"{trunk.told('BYOC trunk')}: calls to others' numbers fail"
                log.warning("node.no_default_trunk", default_trunk=trunk.wanted, text=text)

    def _make_stir(self, webhook: AiohttpWebhookClient) -> Stir | None:
        ca_file = self._settings.stir_ca_file
        if ca_file is None:
            return None
        with naming(f"stir_ca_file {ca_file}"):
            try:
                anchors = read_anchors(ca_file)
            except ValueError as error:
                raise OSError(errno.EINVAL, "there is no certificate in it") from error
        return Stir(StirCertificates(anchors, webhook, self._clock), self._clock)

    def _make_driver(self) -> SipDriver:
        user_agent = UserAgent(sip_settings(self._settings), self._chance)
        transport = transport_settings(self._settings)
        return SipDriver(user_agent, transport, self._clock, self._chance, self._tls)

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
        settings = registrar_settings(self._settings.limits)
        registrar = Registrar(store.bindings, door, self._clock, self._chance, settings)
        restored = await registrar.restore(self._clock.monotonic())
        if restored:
            log.info("node.registrations_restored", bindings=restored)
        self._run(keep_up(registrar, self._clock), "app.keep_up_registrations")
        return registrar

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

    # Health

    async def _healthz(self, request: Request) -> Response:
        """The process answers."""
        del request
        return PlainTextResponse("ok\n")

    async def _readyz(self, request: Request) -> Response:
        """200 only when every listener accepts calls; says where, with the ports that port 0 became."""
        del request
        readiness = await self._ready_now()
        where = {
            "status": readiness.value,
            "http": [str(self.http)],
            "https": [str(self.https)] if self.https is not None else [],
            "sip": [str(address) for address in self.sip],
            "sips": [str(address) for address in self.sips],
            "sips_legacy": [str(address) for address in self._driver.legacy_tls_addresses]
            if self._driver is not None
            else [],
        }
        return JSONResponse(where, 200 if readiness is Readiness.READY else 503)

    async def _ready_now(self) -> Readiness:
        """The same, as of the database: without it every call is refused."""
        if self._readiness is Readiness.READY and (
            self._store.is_filling or not await self._store.is_answering()
        ):
            return Readiness.STALLED
        return self._readiness
