"""All looks, in the order in which a node would meet what they look at. Called by `cli/doctor.py`."""

import asyncio
import json
import resource
import ssl
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from offhook.base.clock import SystemClock
from offhook.config.settings import NodeSettings
from offhook.config.values import Address
from offhook.doctor.addresses import examine_addresses
from offhook.doctor.capacity import examine_media_ports, examine_open_files
from offhook.doctor.certificates import examine_certificates, examine_client_certificates
from offhook.doctor.database import examine_database
from offhook.doctor.defaults import examine_defaults
from offhook.doctor.finding import Finding, Verdict, fault
from offhook.doctor.listeners import examine_listeners
from offhook.doctor.voice import examine_voice
from offhook.doctor.webhooks import Webhook, examine_webhooks, stored_webhooks
from offhook.speech.engines import SpeechEngines, make_engines
from offhook.store.connection import is_there, open_database
from offhook.store.database import SqlStore
from offhook.store.ports import StoreBusyError
from offhook.store.settings import Settings as StoreSettings
from offhook.tls.settings import FOLDER as TLS
from offhook.webhook.settings import Settings as WebhookSettings

LISTENERS: Final = ("sip", "sips", "sips_legacy", "http", "https")
"""Where `/readyz` names addresses."""
ANSWER_S: Final = 2.0
"""How long a node of this machine may take to say where it listens."""


async def examine(settings: NodeSettings) -> AsyncIterator[Finding]:
    """Every finding, as soon as it is there."""
    held = await asyncio.to_thread(_addresses_held, settings)
    for subject, addresses in _listening(settings).items():
        transports = ("UDP", "TCP") if subject == "sip" else ("TCP",)
        for finding in examine_listeners(subject, addresses, transports, held):
            yield finding
    for finding in _certificates(settings):
        yield finding
    for finding in examine_media_ports(*settings.media_ports):
        yield finding
    for finding in examine_open_files(*resource.getrlimit(resource.RLIMIT_NOFILE)):
        yield finding
    for finding in examine_addresses(settings.sip, settings.advertised_ip):
        yield finding
    is_readable = True
    for finding in examine_database(settings.database_url, settings.data_dir):
        is_readable = is_readable and finding.verdict is Verdict.FINE
        yield finding
    voice = SpeechEngines(make_engines(settings.tts))
    try:
        for finding in await examine_voice(voice, SystemClock()):
            yield finding
    finally:
        await voice.close()
    for finding in await _stored(settings, is_readable=is_readable):
        yield finding


def _certificates(settings: NodeSettings) -> Iterator[Finding]:
    now = SystemClock().utc_now()
    yield from examine_certificates(settings.tls_cert, settings.tls_key, settings.data_dir / TLS, now)
    yield from examine_client_certificates(
        settings.tls_client_cert, settings.tls_client_key, settings.sips_client_ca, now
    )


def _listening(settings: NodeSettings) -> dict[str, Sequence[Address]]:
    """Where the node would listen, by setting."""
    return {
        "sip": settings.sip,
        "sips": settings.sips,
        "sips_legacy": settings.sips_legacy,
        "http": (settings.http,),
        "https": () if settings.https is None else (settings.https,),
    }


def _addresses_held(settings: NodeSettings) -> frozenset[str]:
    """Where the node that runs here listens; nowhere when none does."""
    host, port = settings.http
    shown = f"[{host}]" if ":" in host else host
    try:
        with urllib.request.urlopen(f"http://{shown}:{port}/readyz", timeout=ANSWER_S) as answer:
            ready: dict[str, Any] = json.load(answer)
    except (OSError, ValueError):
        return frozenset()  # nobody there, or another program: its port is told as taken
    return frozenset(where for key in LISTENERS for where in ready.get(key, []))


async def _stored(settings: NodeSettings, *, is_readable: bool) -> list[Finding]:
    """What the database has: Domain and trunk that the settings name, and the webhooks."""
    webhooks: list[Webhook] = []
    found: list[Finding] = []
    if is_readable and is_there(settings.database_url):
        store = SqlStore(open_database(StoreSettings(settings.database_url)))
        try:
            account = await store.accounts.oldest()
            if account is not None:
                found = await examine_defaults(settings, account.sid, store)
                webhooks = await stored_webhooks(store, account.sid)
        except (StoreBusyError, DBAPIError) as error:
            return [fault("webhook", f"the URLs cannot be read: {error}", "mend the database first")]
        finally:
            await store.close()
    return found + await _webhooks(webhooks, settings)


async def _webhooks(webhooks: list[Webhook], settings: NodeSettings) -> list[Finding]:
    try:
        return await examine_webhooks(
            webhooks,
            WebhookSettings(
                allow_private=settings.allow_private_webhooks, extra_ca_file=settings.extra_ca_file
            ),
        )
    except (OSError, ssl.SSLError) as error:
        return [
            fault(
                "webhook", f"extra_ca_file {settings.extra_ca_file}: {error}", "name a PEM file that is there"
            )
        ]
