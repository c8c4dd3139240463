"""The forms in which settings are written: text to value, ValueError saying what is allowed.

The same forms serve flags, environment and file. Source: design 1.3.
"""

import ipaddress
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import BeforeValidator

from offhook.base.errors import PeerError
from offhook.base.ids import is_sid
from offhook.base.redact import Secret
from offhook.sip.digest.algorithm import Algorithm
from offhook.sip.digest.credentials import Credentials
from offhook.siprec.connector import SERVERS_MAX, RecordingServer
from offhook.speech.engines import engine_names
from offhook.tls.suites import SUITES, is_suite

T = TypeVar("T")
IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = tuple[str, int]
"""Numeric host and port; port 0 takes a free one."""

_PORT: Final = re.compile(r"\d{1,5}\Z", re.ASCII)
_SECRET: Final = re.compile(r"[!-~]{1,512}\Z")
_HOST_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\Z"
)
_TOKEN: Final = re.compile(r"[!-~]{8,64}\Z")
_NAME: Final = re.compile(r"[a-z0-9-]{1,40}\Z")
_REALM: Final = re.compile(r"[ !#-\[\]-~]{1,253}\Z")
_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")


def reading(read: Callable[[str], Any]) -> BeforeValidator:
    """Reads a value in whichever way it was written: TOML's lists, tables and numbers become text first."""

    def validate(value: object) -> Any:
        return read(as_text(value)) if isinstance(value, str | bool | int | float | list | dict) else value

    return BeforeValidator(validate)


def as_text(value: object) -> str:
    """A value of TOML as the environment would have it."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(as_text(part) for part in value)
        case dict():
            return ",".join(f"{key}={as_text(part)}" for key, part in value.items())
        case _:
            return str(value)


def path(text: str) -> Path:
    """A folder or file. A question mark would end the path in a database URL."""
    if not text or "\0" in text or "?" in text:
        raise ValueError("a path without ?")
    return Path(text)


def address(text: str) -> Address:
    """`HOST:PORT` with a numeric host, an IPv6 one in brackets, or `localhost`."""
    host, colon, port = text.strip().rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        ip = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        ip = None
    if (
        ip is None
        or (ip.version == 6) != bracketed
        or not colon
        or not _PORT.match(port)
        or int(port) > 65535
    ):
        raise ValueError("ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    return str(ip), int(port)


def addresses(text: str) -> tuple[Address, ...]:
    """Several of them, comma-separated, each once."""
    found = tuple(address(part) for part in _parts(text))
    fixed = [one for one in found if one[1] != 0]
    if not found or len(set(fixed)) != len(fixed):
        raise ValueError("ADDRESS:PORT,..., each once, such as 0.0.0.0:5060")
    return found


def digest_algorithms(text: str) -> tuple[Algorithm, ...]:
    """`MD5`, `SHA-256` or both, each once, the preferred one first."""
    found = tuple(Algorithm.named(part) for part in _parts(text))
    known = tuple(each for each in found if each is not None)
    if not found or len(set(known)) != len(found):
        raise ValueError("MD5, SHA-256 or SHA-256,MD5")
    return known


def tls_ciphers(text: str) -> tuple[str, ...]:
    """Cipher suites of TLS up to 1.2 by OpenSSL's names, separated by commas or colons, each once."""
    found = tuple(_parts(text.replace(":", ",")))
    if not found or len(set(found)) != len(found) or not all(is_suite(name) for name in found):
        raise ValueError(
            "OpenSSL's names of cipher suites of TLS up to 1.2, each once, such as "
            f"{','.join(SUITES[:2])} (`openssl ciphers -s -tls1_2` lists them)"
        )
    return found


def dns_servers(text: str) -> tuple[Address, ...]:
    """`ADDRESS` or `ADDRESS:PORT`, comma-separated; port 53 where none is given."""
    return tuple(address(part if _has_port(part) else f"{part}:53") for part in _parts(text))


def _has_port(text: str) -> bool:
    return "]:" in text if text.startswith("[") else text.count(":") == 1


def port_range(text: str) -> tuple[int, int]:
    """`LOW-HIGH` with room for a pair of RTP and RTCP, or `0` for any free ports: (0, 0)."""
    if text.strip() == "0":
        return 0, 0
    low, dash, high = (part.strip() for part in text.partition("-"))
    if not dash or not _PORT.match(low) or not _PORT.match(high) or not 1 <= int(low) < int(high) <= 65535:
        raise ValueError("LOW-HIGH from 1 to 65535, such as 10000-20000, or 0 for any free ports")
    return int(low), int(high)


def advertised(text: str) -> tuple[tuple[IpNetwork, str], ...]:
    """One address for every peer, or `NETWORK=ADDRESS,...`."""
    try:
        if "=" not in text:
            ip = ipaddress.ip_address(text.strip())
            return ((ipaddress.ip_network(_EVERYWHERE[0 if ip.version == 4 else 1]), str(ip)),)
        pairs = [part.partition("=") for part in _parts(text)]
        found = [(ipaddress.ip_network(n.strip()), ipaddress.ip_address(a.strip())) for n, _, a in pairs]
    except ValueError as error:
        raise ValueError("an IP address, or NETWORK=ADDRESS,... such as 10.0.0.0/8=10.1.1.1") from error
    if len({network for network, _ in found}) != len(found):
        raise ValueError("NETWORK=ADDRESS,... with each network once")
    return tuple((network, str(ip)) for network, ip in found)


def connectors(text: str) -> tuple[tuple[str, RecordingServer], ...]:
    """`NAME=URI,URI,...`: recording servers in order, by the names that documents use."""
    found: list[tuple[str, RecordingServer]] = []
    for part in _parts(text):
        is_another = part.startswith(("sip:", "sips:"))
        name, _, uri = ("", "", part) if is_another else part.partition("=")
        name = name.strip() or (found[-1][0] if is_another and found else "")
        if not name or not uri.strip().startswith(("sip:", "sips:")):
            raise ValueError("NAME=SIP URI,SIP URI,... such as main=sip:srs@10.1.1.9")
        if not is_another and any(name == other for other, _ in found):
            raise ValueError("each name once, with its servers behind it: NAME=SIP URI,SIP URI,...")
        try:
            found.append((name, RecordingServer.parse(uri.strip())))
        except PeerError as error:
            raise ValueError(f"NAME=SIP URI,SIP URI,...: {error}") from error
        if sum(name == other for other, _ in found) > SERVERS_MAX:
            raise ValueError(f"at most {SERVERS_MAX} servers of one name")
    return tuple(found)


def logins(text: str) -> tuple[tuple[str, Credentials], ...]:
    """`NAME=USER:PASSWORD,...`, each name once. What is wrong is said without the password."""
    found: dict[str, Credentials] = {}
    for part in _parts(text):
        name, _, login = part.partition("=")
        username, colon, password = login.partition(":")
        if not name.strip() or name.strip() in found or not username.strip() or not colon or not password:
            raise ValueError("NAME=USER:PASSWORD,... with each name once")
        found[name.strip()] = Credentials(username.strip(), Secret(password))
    return tuple(found.items())


def callers(text: str) -> tuple[ipaddress.IPv4Network, ...]:
    """IPv4 addresses and blocks of them, comma-separated, as access lists hold them."""
    try:
        found = tuple(ipaddress.IPv4Network(part) for part in _parts(text))
    except ValueError:
        found = ()
    if not found or not all(network.prefixlen for network in found):
        raise ValueError("ADDRESS or ADDRESS/BITS,... of IPv4 with 1 to 32 bits, such as 192.168.1.0/24")
    return found


def host_name(text: str) -> str:
    """A host name, in lower case."""
    name = text.strip().lower()
    if not _HOST_NAME.match(name):
        raise ValueError("a host name: labels of letters, digits and -, with dots between")
    return name


def host_names(text: str) -> tuple[str, ...]:
    """Several of them, comma-separated, each once."""
    names = tuple(host_name(part) for part in _parts(text))
    if not names or len(set(names)) != len(names):
        raise ValueError("host names, comma-separated, each once")
    return names


def off_or(read: Callable[[str], T]) -> Callable[[str], T | None]:
    """`off`, or what `read` reads."""
    return lambda text: None if text.strip().lower() == "off" else read(text)


def off(text: str) -> None:
    """`off`: what the design has and this version has not."""
    if text.strip().lower() != "off":
        raise ValueError("off: this version does not have it yet")


def boolean(text: str) -> bool:
    """`true` or `false`."""
    return word("true", "false")(text) == "true"


def name(text: str) -> str:
    """The name of an engine."""
    if not _NAME.match(text):
        raise ValueError("a name of letters, digits and -")
    return text


def speech_engine(text: str) -> str:
    """The name of an engine that speaks: built in, or installed as a plug-in."""
    names = engine_names()
    if text.strip().lower() not in names:
        raise ValueError(" or ".join(names))
    return text.strip().lower()


def trunk(text: str) -> str:
    """A BYOC trunk, by its Sid or its friendly name."""
    wanted = text.strip()
    if not 1 <= len(wanted) <= 255 or not wanted.isprintable():
        raise ValueError("off, the Sid of a BYOC trunk, or its friendly name")
    return wanted


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A number in a range."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def seconds(low: float, high: float) -> Callable[[str], float]:
    """Seconds, with or without an `s` behind."""

    def read(text: str) -> float:
        number = text.strip().removesuffix("s").rstrip()
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", number, re.ASCII) or not low <= float(number) <= high:
            raise ValueError(f"seconds from {low:g} to {high:g}, such as {low:g} or {high:g} s")
        return float(number)

    return read


def word(*words: str) -> Callable[[str], str]:
    """One of a few words, in any case."""

    def read(text: str) -> str:
        if text.strip().lower() not in words:
            raise ValueError(" or ".join(words))
        return text.strip().lower()

    return read


def text_of(longest: int) -> Callable[[str], str]:
    """Any text that is not empty, without control characters."""

    def read(text: str) -> str:
        if not 0 < len(text) <= longest or not text.isprintable():
            raise ValueError(f"1 to {longest} characters")
        return text

    return read


def service_url(text: str) -> str:
    """Where a service is reached, by requests or by a WebSocket."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https", "ws", "wss") or not parts.hostname:
        raise ValueError("a URL with http, https, ws or wss")
    return text


def secret(text: str) -> Secret:
    """What a service is asked with."""
    if not _SECRET.match(text):
        raise ValueError("1 to 512 visible characters without spaces")
    return Secret(text)


def http_url(text: str) -> str:
    """An http or https URL without query; a slash at its end is dropped."""
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an http or https URL without query, such as https://voice.example.com")
    return text.strip().rstrip("/")


def database_url(text: str) -> str:
    """`sqlite:///PATH`, or the URL of a PostgreSQL database as libpq reads it."""
    url = text.strip()
    if url.startswith("postgresql://"):
        return _postgres_url(url)
    if not re.fullmatch(r"sqlite:///[^?#]+", url) or url == "sqlite:///:memory:":
        raise ValueError("sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE")
    return url


def _postgres_url(url: str) -> str:
    form = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # Without its cause, which may quote a piece of the password.
        raise ValueError(
            f"{form} with a port from 1 to 65535; @ : / ? # [ ] in a password as %40 and so on"
        ) from None
    if (
        not re.fullmatch(r"/[^/\s\x00-\x1f]+", parts.path)
        or parts.fragment
        or re.search(r"[\s\x00-\x1f]", url)
    ):
        raise ValueError(f"{form} with the name of a database; @ : / ? # [ ] in a password as %40 and so on")
    if port == 0 or not (parts.hostname or parse_qs(parts.query).get("host")):
        raise ValueError(f"{form}, or postgresql:///DATABASE?host=FOLDER for the socket in a folder")
    if find_spec("asyncpg") is None:
        raise ValueError(f"{form} once its driver is installed: pip install 'offhook[postgres]'")
    return url


def account_sid(text: str) -> str:
    """The Sid of an account."""
    if not is_sid(text.strip(), "AC"):
        raise ValueError("AC and 32 lower-case hexadecimal digits")
    return text.strip()


def token(text: str) -> Secret:
    """An AuthToken."""
    if not _TOKEN.match(text):
        raise ValueError("8 to 64 printable ASCII characters without spaces")
    return Secret(text)


def realm(text: str) -> str:
    """A digest realm: what may stand in a quoted string unescaped (RFC 3261 §25.1)."""
    if not _REALM.match(text):
        raise ValueError('1 to 253 printable ASCII characters other than " and \\')
    return text


def _parts(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(",")) if part]
