"""The REST API on a free port, over a real store in a folder, inside the test's loop.

async with running_api(tmp_path) as api: …   →  api.url, api.store, api.account, api.client()
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.base.redact import Secret
from offhook.call.ledger import Ledger
from offhook.call.user_messages import SubscriptionOrder
from offhook.conference.conferences import Conferences
from offhook.conference.edges import Edges
from offhook.conference.plan import ConferencePlan, SeatPlan
from offhook.media_streams.order import StreamOrder
from offhook.model.account import Account, AccountStatus
from offhook.model.call import Call
from offhook.model.companion import CompanionRecord
from offhook.model.conference import Participant
from offhook.model.queue import Member
from offhook.model.recording import Recording
from offhook.model.user_defined_message import UserDefinedMessage, UserDefinedMessageSubscription
from offhook.queue.queues import Queues
from offhook.recording.recorder import RecordingOrder
from offhook.registrar.registrar import Registrar
from offhook.rest.app import build_api
from offhook.rest.limits import Limits
from offhook.rest.server import HttpServer
from offhook.rest.services import Services
from offhook.routing.directory import Directory
from offhook.routing.door import Door
from offhook.routing.sip_domain import DomainNames
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.siprec.recording_session import SiprecOrder
from offhook.store.blobs import FolderOfRecordings
from offhook.store.database import open_store
from offhook.store.ports import RecordingFiles, Store
from offhook.store.settings import Settings
from offhook.switchboard.place_call import CallToPlace
from offhook.switchboard.record_call import RecordingUpdate
from offhook.switchboard.update_call import CallUpdate, NotInProgressError
from offhook.trace.book import TraceBook
from offhook.transcribing.order import TranscriptionOrder
from offhook.verbs.dialler import ChildCall, OverloadError
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from tests.support.silent_media import SilentMedia

T = TypeVar("T")

ACCOUNT_SID = "AC" + "a" * 32
AUTH_TOKEN = "b" * 32
BORN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class SelfHosted(TwilioHttpClient):  # type: ignore[misc]
    """Sends what the SDK meant for twilio.com to the node (reference/rest-api 1.13, variant A)."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = urlsplit(base)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """The same request, another origin."""
        parts = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        return super().request(method, urlunsplit(parts), *args, **kwargs)


@dataclass(frozen=True, slots=True)
class RunningApi:
    """A node's API and what stands behind it."""

    url: str
    store: Store
    account: Account
    registrar: Registrar
    files: RecordingFiles
    queues: Queues[ChildCall]
    conferences: Conferences
    """They meet in silence."""
    traces: TraceBook
    """What it shows as traces."""

    def client(self, sid: str = ACCOUNT_SID, token: str = AUTH_TOKEN) -> Client:
        """The SDK, unmodified but for the address. Blocking: call it by `asyncio.to_thread`."""
        return Client(sid, token, http_client=SelfHosted(self.url))

    async def ask(self, question: Callable[..., T], *arguments: object) -> T:
        """Let the SDK ask in a thread, while the API answers in the loop."""
        return await asyncio.to_thread(question, self.client(), *arguments)


def _refuse(wanted: CallToPlace) -> Call:
    """There is no exchange behind this API."""
    raise OverloadError(f"no call to {wanted.to} can be placed here")


async def _nothing_alive(account_sid: str, sid: str, update: CallUpdate) -> Call | None:
    """No call runs behind this API."""
    del account_sid, sid, update
    return None


def _nothing_to_record(account_sid: str, sid: str, order: RecordingOrder) -> Recording:
    """No call runs behind this API."""
    raise NotInProgressError("Call is not in-progress. Cannot record.")


def _nothing_under_way(call_sid: str, sid: str | None, update: RecordingUpdate) -> Recording | None:
    """No recording is made behind this API."""
    del call_sid, sid, update
    return None


async def _no_member(account_sid: str, queue_sid: str, call_sid: str | None, start: GoTo) -> Member | None:
    """No call runs behind this API."""
    del account_sid, queue_sid, call_sid, start
    return None


def _no_participant(
    wanted: CallToPlace, plan: ConferencePlan, seat: SeatPlan, document: Callable[[str], InlineDocument]
) -> Participant:
    """There is no exchange behind this API."""
    del plan, seat, document
    raise OverloadError(f"no call to {wanted.to} can be placed here")


def _silent_conferences(store: Store, clock: SystemClock, chance: SystemChance) -> Conferences:
    """They meet in silence, and nobody is told of it."""
    nobody: Any = None
    ledger = Ledger(store, clock, chance)
    return Conferences(Edges(SilentMedia(), store.conferences, ledger, nobody, nobody, chance))


async def _no_carrier(account_sid: str, trunk_sid: str) -> None:
    """Nothing is registered behind this API."""
    del account_sid, trunk_sid


def _nothing_to_stream(account_sid: str, sid: str, order: StreamOrder) -> CompanionRecord:
    """No call runs behind this API."""
    raise NotInProgressError("Call is not in-progress. Cannot stream.")


def _nothing_to_siprec(account_sid: str, sid: str, order: SiprecOrder) -> CompanionRecord:
    """No call runs behind this API."""
    raise NotInProgressError("Call is not in-progress. Cannot be passed on.")


def _nothing_to_transcribe(account_sid: str, sid: str, order: TranscriptionOrder) -> CompanionRecord:
    raise NotInProgressError("Call is not in-progress. Cannot transcribe.")


async def _nobody_to_message(account_sid: str, sid: str, content: str, key: str | None) -> UserDefinedMessage:
    raise NotInProgressError("Call is not in-progress. Cannot send a message.")


def _nobody_to_hear(
    account_sid: str, sid: str, order: SubscriptionOrder, key: str | None
) -> UserDefinedMessageSubscription:
    raise NotInProgressError("Call is not in-progress. Cannot subscribe.")


def api_services(
    store: Store, folder: Path, *, main_account_sid: str, traces: TraceBook | None = None
) -> tuple[Services, Registrar]:
    """What the API works with, over a store and a data folder: a registrar without SIP, and no exchange."""
    clock, chance = SystemClock(), SystemChance()
    names = DomainNames(("sip.localhost", "sip.twilio.com"))
    door = Door(Directory(store, names), DigestGate(DigestSettings("sip.localhost"), chance))
    registrar = Registrar(store.bindings, door, clock, chance)

    async def remove_registration(account_sid: str, sid: str) -> bool:
        return await registrar.remove(account_sid, sid, clock.monotonic())

    services = Services(
        store=store,
        recording_files=FolderOfRecordings(folder / "recordings"),
        clock=clock,
        chance=chance,
        domain_names=names,
        realm="sip.localhost",
        default_trunk=None,
        place_call=_refuse,
        update_call=_nothing_alive,
        record_call=_nothing_to_record,
        update_recording=_nothing_under_way,
        stream_call=_nothing_to_stream,
        stop_stream=lambda call_sid, wanted: None,
        siprec_connector=lambda connector: None,
        siprec_call=_nothing_to_siprec,
        stop_siprec=lambda call_sid, wanted: None,
        transcribe_call=_nothing_to_transcribe,
        stop_transcription=lambda call_sid, wanted: None,
        send_message=_nobody_to_message,
        subscribe_messages=_nobody_to_hear,
        unsubscribe_messages=lambda account_sid, call_sid, sid: False,
        inspected_streams=lambda call_sid: (),
        queues=Queues(store, clock, chance),
        dequeue_member=_no_member,
        conferences=_silent_conferences(store, clock, chance),
        add_participant=_no_participant,
        root_pem="-----BEGIN CERTIFICATE-----\n",
        remove_registration=remove_registration,
        carriers_changed=_no_carrier,
        carrier_state=lambda trunk_sid: None,
        trace=TraceBook(clock, 0).find if traces is None else traces.find,
        limits=Limits(),
        review_registrations=registrar.review,
        main_account_sid=main_account_sid,
    )
    return services, registrar


@asynccontextmanager
async def running_api(folder: Path, database_url: str | None = None) -> AsyncIterator[RunningApi]:
    """Start everything, stop everything. database_url: None is a SQLite file in the folder."""
    store = open_store(Settings(database_url or f"sqlite:///{folder / 'offhook.db'}"))
    try:
        account = Account(ACCOUNT_SID, "main", Secret(AUTH_TOKEN), AccountStatus.ACTIVE, BORN, BORN)
        await store.accounts.save(account)
        traces = TraceBook(SystemClock(), 100)
        services, registrar = api_services(store, folder, main_account_sid=ACCOUNT_SID, traces=traces)
        server = HttpServer(build_api(services), "127.0.0.1", 0)
        port = await server.start()
        try:
            yield RunningApi(
                f"http://127.0.0.1:{port}",
                store,
                account,
                registrar,
                services.recording_files,
                services.queues,
                services.conferences,
                traces,
            )
        finally:
            await server.close()
    finally:
        await store.close()
