"""What the edges of a node are told, of its settings: where SIP is heard and how, TLS, media.

Called by the roof.
"""

import ipaddress
import socket

import structlog

from offhook import __version__
from offhook.call.info_digits import INFO_TYPES
from offhook.config.settings import NodeSettings
from offhook.media.settings import Settings as MediaSettings
from offhook.sip.flow import Address
from offhook.sip.settings import Limits
from offhook.sip.settings import Settings as SipSettings
from offhook.switchboard.refuse import RULE_HEADERS, URI_HEADERS
from offhook.tls.settings import FOLDER
from offhook.tls.settings import Settings as TlsSettings
from offhook.transport.settings import Settings as TransportSettings
from offhook.transport.this_machine import networks_of_this_machine

log = structlog.get_logger("offhook.app")


def sip_settings(settings: NodeSettings) -> SipSettings:
    """Of the user agent."""
    return SipSettings(
        product=f"Offhook/{__version__}",
        supported=("100rel", "timer", "path", "outbound", "replaces", "norefersub"),
        info_types=INFO_TYPES,
        sends_info=settings.sends_info_dtmf,
        headers_by_status=RULE_HEADERS,
        headers_by_uri=URI_HEADERS,
        options_per_second=settings.limits.options_per_second,
        limits=Limits(message_bytes=settings.limits.sip_message_bytes),
    )


def transport_settings(settings: NodeSettings) -> TransportSettings:
    """Of the listeners, and the way to peers."""
    return TransportSettings(
        listen=settings.sip,
        listen_tls=sips_to_listen(settings),
        listen_legacy_tls=settings.sips_legacy,
        advertised=settings.advertised_ip,
        dns_servers=settings.dns_servers,
        takes_wildcards=settings.sips_wildcard_peers,
        limits=Limits(message_bytes=settings.limits.sip_message_bytes),
    )


def tls_settings(settings: NodeSettings) -> TlsSettings:
    """Of the certificates, and of whom they are trusted by."""
    return TlsSettings(
        folder=settings.data_dir / FOLDER,
        domains=settings.domain_suffixes,
        addresses=_addresses_of(settings),
        certificate=settings.tls_cert,
        key=settings.tls_key,
        extra_ca_file=settings.extra_ca_file,
        allow_deprecated=settings.allow_deprecated_tls,
        suites=settings.tls_ciphers,
        client_ca=settings.sips_client_ca,
        client_certificates=settings.sips_client_cert,
        own_client_certificate=settings.tls_client_cert,
        own_client_key=settings.tls_client_key,
    )


def media_settings(settings: NodeSettings) -> MediaSettings:
    """Of the media core."""
    low, high = settings.media_ports
    return MediaSettings(
        ports_low=low,
        ports_high=high,
        workers=settings.media_workers,
        media_timeout_s=settings.media_timeout_s,
        inband_digits=settings.inband_dtmf,
    )


def sips_to_listen(settings: NodeSettings) -> tuple[tuple[str, int], ...]:
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
    listening = (*settings.sip, *settings.sips, *((settings.https,) if settings.https else ()))
    found = [host for host, _ in listening if not ipaddress.ip_address(host).is_unspecified]
    found += [address for _, address in settings.advertised_ip]
    found += [str(network.network_address) for network in networks_of_this_machine()[1:]]
    return tuple(found)
