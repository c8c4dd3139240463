"""Can the applications be reached? Each origin is connected to, TLS included; nothing is asked of it.

The rules are those of a call: private addresses only where the settings allow them, certificates checked
against the system's authorities and `extra_ca_file`.
"""

import asyncio
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from offhook.base.public_address import is_public
from offhook.doctor.finding import Finding, fault, fine, warning
from offhook.store.ports import Store
from offhook.store.ports.numbers import NumberFilter
from offhook.store.ports.paging import PageRequest
from offhook.waiting.timeout import timeout
from offhook.webhook.settings import Settings
from offhook.webhook.target import Target, TargetError, parse_target

CONNECT_S: Final = 5.0
"""As a webhook's default (reference/twiml 1.6)."""
ORIGINS_MAX: Final = 200
"""More than these are not connected to."""
AT_ONCE: Final = 10
PAGE: Final = PageRequest(size=1000)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A URL and who has it."""

    url: str
    owner: str
    """Such as `office.sip.localhost`."""


async def stored_webhooks(store: Store, account_sid: str) -> list[Webhook]:
    """The URLs of an account's Domains, numbers and Applications; of each at most a thousand."""
    found = []
    for domain in (await store.sip_domains.list(account_sid, PAGE)).items:
        urls = (domain.voice_url, domain.voice_fallback_url, domain.voice_status_callback_url)
        found += [Webhook(url, domain.domain_name) for url in urls if url]
    for number in (await store.incoming_phone_numbers.list(account_sid, NumberFilter(), PAGE)).items:
        urls = (number.voice_url, number.voice_fallback_url, number.status_callback)
        found += [Webhook(url, number.phone_number) for url in urls if url]
    for application in (await store.applications.list(account_sid, PAGE)).items:
        urls = (application.voice_url, application.voice_fallback_url, application.status_callback)
        found += [Webhook(url, application.friendly_name) for url in urls if url]
    return found


async def examine_webhooks(webhooks: Iterable[Webhook], settings: Settings) -> list[Finding]:
    """One finding for each URL that is wrong in itself and one for each origin."""
    findings: list[Finding] = []
    origins: dict[tuple[str, str, int | None], tuple[Target, list[str]]] = {}
    for webhook in webhooks:
        try:
            target, _ = parse_target(webhook.url)
        except TargetError as error:
            findings.append(fault("webhook", f"{webhook.owner}: {error}", "correct the URL"))
            continue
        owners = origins.setdefault(target.origin, (target, []))[1]
        if webhook.owner not in owners:
            owners.append(webhook.owner)
    if not origins and not findings:
        return [fine("webhook", "no Domain, number or Application has a URL yet")]
    tls = ssl.create_default_context()
    if settings.extra_ca_file is not None:
        tls.load_verify_locations(settings.extra_ca_file)
    places = asyncio.Semaphore(AT_ONCE)

    async def look(target: Target, owners: list[str]) -> Finding:
        async with places:
            return await _connect(target, owners, tls, may_be_private=settings.allow_private)

    seen = list(origins.values())[:ORIGINS_MAX]
    findings += await asyncio.gather(*(look(target, owners) for target, owners in seen))
    if len(origins) > len(seen):
        findings.append(
            warning("webhook", f"{len(origins) - len(seen)} more origins were not looked at", "nothing to do")
        )
    return findings


async def _connect(
    target: Target, owners: list[str], tls: ssl.SSLContext, *, may_be_private: bool
) -> Finding:
    port = target.port or (443 if target.scheme == "https" else 80)
    origin = (
        f"{target.scheme}://{target.host}:{port} (of {', '.join(owners[:3])}{' …' if owners[3:] else ''})"
    )
    start = "start the application, or correct the URL"
    try:
        async with timeout(CONNECT_S):
            found = await asyncio.get_running_loop().getaddrinfo(target.host, port, type=1)
            hosts = [str(each[4][0]) for each in found]
            if not may_be_private and not all(map(is_public, hosts)):
                return fault(
                    "webhook",
                    f"{origin}: {hosts[0]} is a private address, which no webhook may go to",
                    "set allow_private_webhooks=true if your applications are in your own network",
                )
            secure = tls if target.scheme == "https" else None
            _, writer = await asyncio.open_connection(target.host, port, ssl=secure)
    except TimeoutError:
        return fault("webhook", f"{origin}: no connection within {CONNECT_S:g} s", start)
    except ssl.SSLCertVerificationError as error:
        return fault(
            "webhook",
            f"{origin}: its certificate is not trusted: {error.verify_message}",
            "give the application a certificate of its name, or name its authority in extra_ca_file",
        )
    except OSError as error:
        # asyncio puts its own words where the system's reason stands.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        return fault("webhook", f"{origin}: {reason}", start)
    writer.close()
    return fine("webhook", f"{origin}: takes connections")
