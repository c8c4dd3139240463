"""The node's settings: flags, environment, `offhook.toml`, defaults, in this order of precedence.

    settings = load_settings(file=None, http="127.0.0.1:0")

Called by `cli/`; the roof makes each room's Settings of the result. The keys are those of the design; what
nothing reads yet is taken with a warning or refused (see NOT_ACTED_ON). An unknown key or a bad value is an
error that names the key, the value (never a secret) and what is allowed. Source: design 1.3.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from offhook.base.nearest import nearest
from offhook.base.redact import Secret
from offhook.config import values
from offhook.config.limits import Limits, LimitsForm, limits_of
from offhook.config.listeners import one_address_twice
from offhook.config.values import Address, IpNetwork, as_text, reading
from offhook.media.settings import InbandDigits
from offhook.sip.digest.algorithm import Algorithm
from offhook.sip.digest.credentials import Credentials
from offhook.siprec.connector import Connector, RecordingServer, connectors_of
from offhook.store.settings import Durability
from offhook.tls.settings import ClientCertificates
from offhook.tls.suites import SUITES

PREFIX: Final = "OFFHOOK_"
DEFAULT_FILE: Final = Path("offhook.toml")
OF_THE_COMMAND_LINE: Final = frozenset({"url"})
"""OFFHOOK_URL says where the API is, to commands that are its clients (design 1.2); a node ignores it."""
AS_OFFERED: Final = "as-offered"
SECRETS: Final = frozenset({"auth_token", "database_url", "asr_key", "siprec_credentials"})
"""Their values never stand in an error."""


class SettingsError(Exception):
    """The settings cannot be used; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """The settings of a node, checked and parsed."""

    data_dir: Path
    """Database, recordings and what is kept between starts."""
    http: Address
    """Where the REST API listens."""
    https: Address | None
    """Where it listens for TLS as well; None is nowhere."""
    sip: tuple[Address, ...]
    """Where SIP listens; at least one."""
    sips: tuple[Address, ...]
    """Where SIP over TLS listens; empty is off."""
    is_sips_given: bool
    """Whether the operator wrote `sips`; else a port that is taken does not keep the node from starting."""
    sips_legacy: tuple[Address, ...]
    """Where TLS 1.0 and 1.1 are spoken, and nothing newer; empty is off."""
    allow_deprecated_tls: bool
    """Whether TLS 1.0 and 1.1 are spoken on every listener and towards peers."""
    tls_cert: Path | None
    """The operator's certificates; None is those of the node's own CA."""
    tls_key: Path | None
    """Their keys; None where they are in `tls_cert`."""
    tls_ciphers: tuple[str, ...]
    """Cipher suites of TLS up to 1.2, the preferred one first."""
    sips_client_ca: Path | None
    """CAs by whose certificates clients of `sips` show who they are; None asks nobody."""
    sips_client_cert: ClientCertificates
    """Whether they must."""
    tls_client_cert: Path | None
    """What peers that ask are shown; None is what `sips` shows."""
    tls_client_key: Path | None
    """Its key; None where it is in `tls_client_cert`."""
    sips_wildcard_peers: bool
    """Whether a wildcard in a peer's certificate names whom it covers."""
    secure_media_as_offered: bool
    """Whether a Domain that is not Secure takes SRTP where it is offered."""
    media_ports: tuple[int, int]
    """Lowest and highest UDP port for RTP; (0, 0) is any free ports."""
    advertised_ip: tuple[tuple[IpNetwork, str], ...]
    """For peers inside the network, the address they are told; empty is the address the kernel uses."""
    digest_algorithms: tuple[Algorithm, ...]
    """Offered to phones, the preferred one first."""
    dns_servers: tuple[Address, ...]
    """Asked for SIP names; empty is the system's."""
    domain_suffixes: tuple[str, ...]
    """In lower case, the preferred one first."""
    default_domain: str | None
    """Name of the Domain that answers for the node's own addresses; None is nobody."""
    default_trunk: str | None
    """Sid or friendly name of the BYOC trunk for numbers that name none; None is no such trunk."""
    sip_realm: str | None
    """Digest realm; None is the one kept from the first start, else the first suffix."""
    media_workers: int
    """Threads of the media core."""
    media_timeout_s: float
    """A call without RTP for so long is ended."""
    inband_dtmf: InbandDigits
    """Where tones are heard as keys."""
    sends_info_dtmf: bool
    """Whether keys are sent by SIP INFO to a peer that takes it."""
    database_url: str = field(repr=False)
    """As in the store's settings; may hold a password."""
    durability: Durability
    account_sid: str | None
    """The main account; None is the one kept in `data_dir`, made at the first start."""
    auth_token: Secret | None
    """Its token; None likewise."""
    public_url: str | None
    """Base of the URLs in webhooks and resources, without a slash at its end; None follows from `http`."""
    allow_private_webhooks: bool
    """Whether webhooks and SIP targets may be loopback and private addresses."""
    tts: str
    """Name of the speech engine."""
    spoken_mb: int
    """Megabytes of spoken text that are kept in `data_dir`; 0 is none."""
    asr: str | None
    """Name of the speech recogniser; None is none."""
    asr_model: str | None
    """Its model: a folder for the embedded one, a name for a service; None is its own choice."""
    asr_url: str | None
    """Where the service of a recogniser is; None is its own default."""
    asr_key: Secret | None
    """What it is asked with."""
    siprec_connectors: Mapping[str, Connector]
    """Recording servers by the names that documents use."""
    drain_timeout_s: float
    """How long running calls may go on after SIGTERM."""
    log_level: str
    """debug, info, warning or error."""
    stir_ca_file: Path | None
    """PEM file of the CAs that vouch for callers' numbers; None judges no caller."""
    extra_ca_file: Path | None
    """PEM file of CAs that webhooks and SIP peers are trusted by, besides the system's."""
    limits: Limits
    """What is taken of each kind, and how fast."""
    not_acted_on: tuple[str, ...]
    """Keys that were given and that nothing reads yet: to be named in a warning."""


def load_settings(*, file: Path | None = None, **flags: object) -> NodeSettings:
    """The settings of a node.

    file: of the flag `--config`; None takes `./offhook.toml` when there is one.
    flags: values by key, as text or as TOML would have them; None is a flag that was not given.
    Raises: SettingsError.
    """
    if file is not None and not file.is_file():
        raise SettingsError(f"config: there is no file {str(file)!r}")
    _refuse_unknown_variables(os.environ)
    toml = file or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    form_class = type("_FormWithFile", (_Form,), {"model_config": SettingsConfigDict(toml_file=toml)})
    given = {key: value for key, value in flags.items() if value is not None}
    try:
        form: _Form = form_class(**given)
    except ValidationError as error:
        raise SettingsError("\n".join(_complaints(error))) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{toml}: not TOML: {error}") from error
    return _resolved(form)


def _default_workers() -> int:
    """Cores less one, at least one: the loop needs a core too."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


class _Form(LimitsForm):
    """What may be written, and the defaults."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", arbitrary_types_allowed=True
    )

    data_dir: Annotated[Path, reading(values.path)] = Path("offhook-data")
    http: Annotated[Address, NoDecode, reading(values.address)] = ("127.0.0.1", 8080)
    # A SIP server listens to its network.
    sip: Annotated[tuple[Address, ...], NoDecode, reading(values.addresses)] = (("0.0.0.0", 5060),)  # noqa: S104
    media_ports: Annotated[tuple[int, int], NoDecode, reading(values.port_range)] = (10000, 20000)
    advertised_ip: Annotated[tuple[tuple[IpNetwork, str], ...], NoDecode, reading(values.advertised)] = ()
    digest_algorithms: Annotated[tuple[Algorithm, ...], NoDecode, reading(values.digest_algorithms)] = (
        Algorithm.MD5,
    )
    dns_servers: Annotated[tuple[Address, ...], NoDecode, reading(values.dns_servers)] = ()
    domain_suffixes: Annotated[tuple[str, ...], NoDecode, reading(values.host_names)] = (
        "sip.localhost",
        "sip.twilio.com",
    )
    default_domain: Annotated[str | None, reading(values.off_or(values.host_name))] = None
    default_trunk: Annotated[str | None, reading(values.off_or(values.trunk))] = None
    sip_realm: Annotated[str | None, reading(values.realm)] = None
    media_workers: Annotated[int, reading(values.whole_number(1, 256))] = _default_workers()
    media_timeout: Annotated[float, reading(values.seconds(1, 86_400))] = 60.0
    inband_dtmf: Annotated[str, reading(values.word(*InbandDigits))] = InbandDigits.AUTO
    send_dtmf: Annotated[str, reading(values.word("rtp", "info"))] = "rtp"
    database_url: Annotated[str | None, reading(values.database_url)] = None
    durability: Annotated[str, reading(values.word(*Durability))] = Durability.NORMAL
    account_sid: Annotated[str | None, reading(values.account_sid)] = None
    auth_token: Annotated[Secret | None, reading(values.token)] = None
    public_url: Annotated[str | None, reading(values.http_url)] = None
    allow_private_webhooks: Annotated[str, reading(values.word("auto", "true", "false"))] = "auto"
    tts: Annotated[str, reading(values.speech_engine)] = "hibari"
    spoken_mb: Annotated[int, reading(values.whole_number(0, 1_000_000))] = 256
    asr: Annotated[str | None, reading(values.off_or(values.name))] = "whisper"
    asr_model: Annotated[str | None, reading(values.text_of(256))] = None
    asr_url: Annotated[str | None, reading(values.service_url)] = None
    asr_key: Annotated[Secret | None, reading(values.secret)] = None
    siprec_connectors: Annotated[
        tuple[tuple[str, RecordingServer], ...], NoDecode, reading(values.connectors)
    ] = ()
    siprec_credentials: Annotated[tuple[tuple[str, Credentials], ...], NoDecode, reading(values.logins)] = ()
    drain_timeout: Annotated[float, reading(values.seconds(0, 86_400))] = 300.0
    log_level: Annotated[str, reading(values.word("debug", "info", "warning", "error"))] = "info"
    stir_ca_file: Annotated[Path | None, reading(values.path)] = None
    extra_ca_file: Annotated[Path | None, reading(values.path)] = None

    https: Annotated[Address | None, NoDecode, reading(values.off_or(values.address))] = None
    sips: Annotated[tuple[Address, ...] | None, NoDecode, reading(values.off_or(values.addresses))] = (
        ("0.0.0.0", 5061),  # noqa: S104
    )
    sips_legacy: Annotated[tuple[Address, ...] | None, NoDecode, reading(values.off_or(values.addresses))] = (
        None
    )
    allow_deprecated_tls: Annotated[bool, reading(values.boolean)] = False
    tls_cert: Annotated[Path | None, reading(values.path)] = None
    tls_key: Annotated[Path | None, reading(values.path)] = None
    tls_ciphers: Annotated[tuple[str, ...], NoDecode, reading(values.tls_ciphers)] = SUITES
    sips_client_ca: Annotated[Path | None, reading(values.path)] = None
    sips_client_cert: Annotated[str | None, reading(values.word(*ClientCertificates))] = None
    tls_client_cert: Annotated[Path | None, reading(values.path)] = None
    tls_client_key: Annotated[Path | None, reading(values.path)] = None
    sips_wildcard_peers: Annotated[bool, reading(values.boolean)] = False
    secure_media: Annotated[str, reading(values.word("strict", AS_OFFERED))] = "strict"

    # Of the design, and acted on by no room yet.
    cluster_url: Annotated[None, reading(values.off)] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flag, environment, file: the earlier wins."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


LIST: Final = "docs/settings.md"
"""Where each setting is told."""
KEYS: Final = tuple(_Form.model_fields)
"""Every setting there is."""
NOT_ACTED_ON: Final[tuple[str, ...]] = ()
"""Settings that are taken, checked, and named in a warning when they are given. Those whose absence an
operator must not overlook (`cluster_url`) are refused instead."""


def _resolved(form: _Form) -> NodeSettings:
    """The form with everything worked out that follows from other settings."""
    if form.tls_key is not None and form.tls_cert is None:
        raise SettingsError("tls_key: it is of use with tls_cert only, the PEM file of its certificate")
    if form.registration_expires_min > form.registration_expires_max:
        raise SettingsError("registration_expires_min: it is more than registration_expires_max")
    if form.tls_client_key is not None and form.tls_client_cert is None:
        text = "it is of use with tls_client_cert only, the PEM file of its certificate"
        raise SettingsError(f"tls_client_key: {text}")
    unknown = dict(form.siprec_credentials).keys() - dict(form.siprec_connectors).keys()
    if unknown:
        raise SettingsError(f"siprec_credentials: siprec_connectors has no {', '.join(sorted(unknown))}")
    twice = one_address_twice(_listeners(form))
    if twice is not None:
        raise SettingsError(twice)
    listening = (form.http, *((form.https,) if form.https is not None else ()))
    is_local = all(ipaddress.ip_address(host).is_loopback for host, _ in listening)
    private = {"auto": is_local, "true": True, "false": False}[form.allow_private_webhooks]
    return NodeSettings(
        data_dir=form.data_dir,
        http=form.http,
        https=form.https,
        sip=form.sip,
        sips=form.sips or (),
        is_sips_given="sips" in form.model_fields_set,
        sips_legacy=form.sips_legacy or (),
        allow_deprecated_tls=form.allow_deprecated_tls,
        tls_cert=form.tls_cert,
        tls_key=form.tls_key,
        tls_ciphers=form.tls_ciphers,
        sips_client_ca=form.sips_client_ca,
        sips_client_cert=_client_certificates(form),
        tls_client_cert=form.tls_client_cert,
        tls_client_key=form.tls_client_key,
        sips_wildcard_peers=form.sips_wildcard_peers,
        secure_media_as_offered=form.secure_media == AS_OFFERED,
        media_ports=form.media_ports,
        advertised_ip=form.advertised_ip,
        digest_algorithms=form.digest_algorithms,
        dns_servers=form.dns_servers,
        domain_suffixes=form.domain_suffixes,
        default_domain=form.default_domain,
        default_trunk=form.default_trunk,
        sip_realm=form.sip_realm,
        media_workers=form.media_workers,
        media_timeout_s=form.media_timeout,
        inband_dtmf=InbandDigits(form.inband_dtmf),
        sends_info_dtmf=form.send_dtmf == "info",
        database_url=form.database_url or f"sqlite:///{form.data_dir / 'offhook.db'}",
        durability=Durability(form.durability),
        account_sid=form.account_sid,
        auth_token=form.auth_token,
        public_url=form.public_url,
        allow_private_webhooks=private,
        tts=form.tts,
        spoken_mb=form.spoken_mb,
        asr=form.asr,
        asr_model=form.asr_model,
        asr_url=form.asr_url,
        asr_key=form.asr_key,
        siprec_connectors=connectors_of(form.siprec_connectors, dict(form.siprec_credentials)),
        drain_timeout_s=form.drain_timeout,
        log_level=form.log_level,
        stir_ca_file=form.stir_ca_file,
        extra_ca_file=form.extra_ca_file,
        limits=limits_of(form),
        not_acted_on=tuple(key for key in NOT_ACTED_ON if key in form.model_fields_set),
    )


def _listeners(form: _Form) -> dict[str, tuple[Address, ...]]:
    """Where the node must listen: SIP over TLS that was not asked for it does without."""
    return {
        "sip": form.sip,
        "http": (form.http,),
        "https": () if form.https is None else (form.https,),
        "sips": (form.sips or ()) if "sips" in form.model_fields_set else (),
        "sips_legacy": form.sips_legacy or (),
    }


def _client_certificates(form: _Form) -> ClientCertificates:
    """With CAs for them and nothing said, clients may show a certificate. Raises: SettingsError."""
    said = form.sips_client_cert
    if form.sips_client_ca is None and said not in (None, ClientCertificates.OFF):
        text = "the PEM file of the CAs of these certificates"
        raise SettingsError(f"sips_client_cert: {said} is of use with sips_client_ca only, {text}")
    if said is not None:
        return ClientCertificates(said)
    return ClientCertificates.OFF if form.sips_client_ca is None else ClientCertificates.OPTIONAL


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """Pydantic reads the variables it knows; a misspelt one must not pass for a default."""
    keys = {name: name.removeprefix(PREFIX).lower() for name in environment if name.startswith(PREFIX)}
    unknown = {name: key for name, key in keys.items() if key not in KEYS and key not in OF_THE_COMMAND_LINE}
    if unknown:
        lines = [
            _no_such(name, [PREFIX + each.upper() for each in nearest(key, KEYS)])
            for name, key in sorted(unknown.items())
        ]
        raise SettingsError("\n".join(lines))


def _no_such(name: str, near: Sequence[str]) -> str:
    meant = f"; did you mean {' or '.join(near)}?" if near else ";"
    return f"{name}: there is no such setting{meant} {LIST} has them all"


def _complaints(error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"][:1])
        if fault["type"] == "extra_forbidden":
            lines.append(_no_such(key, nearest(key, KEYS)))
            continue
        shown = "the value" if key in SECRETS else repr(as_text(fault["input"]))[:200]
        allowed = str(fault.get("ctx", {}).get("error", fault["msg"]))
        lines.append(f"{key}: {shown} is not allowed; allowed is {allowed}")
    return lines
