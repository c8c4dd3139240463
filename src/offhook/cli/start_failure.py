"""Why a node does not start, in one line: what is wrong, where, and what to do.

Called by `serve` and `db`.
"""

import errno
from pathlib import Path
from typing import Final

from offhook.config.settings import NodeSettings
from offhook.store.connection import parse_url
from offhook.store.migrations import UnknownTablesError
from offhook.store.ports import DuplicateError

IS_PRIVILEGED_BELOW: Final = 1024
"""Ports that Linux gives to root alone, unless net.ipv4.ip_unprivileged_port_start says otherwise."""


def explained(error: OSError | DuplicateError | UnknownTablesError, settings: NodeSettings) -> str:
    """One line for the operator. An OSError has the setting and its value in `filename` where known."""
    match error:
        case DuplicateError():
            return str(error)
        case UnknownTablesError():
            return (
                f"{_database(settings)}: its tables were made by a newer version of Offhook. Run that "
                "version, or choose another database: OFFHOOK_DATABASE_URL or OFFHOOK_DATA_DIR"
            )
    where = str(error.filename or "")
    setting, _, value = where.partition(" ")
    if setting in ("http", "https", "sip", "sips", "sips_legacy") and value:
        return _of_address(error, setting, value)
    why = error.strerror or str(error)
    if where and (Path(where) == settings.data_dir or Path(where) in settings.data_dir.parents):
        remedy = "Choose a folder that this user may make or write to: OFFHOOK_DATA_DIR"
        return f"data_dir {settings.data_dir}: {why}. {remedy}"
    if setting in ("extra_ca_file", "sips_client_ca"):
        return f"{where}: {why}. It must be a PEM file of certificates that this user may read"
    if setting in ("tls_cert", "tls_key", "tls_client_cert", "tls_client_key"):
        return f"{where}: {why}. Both must be PEM files that this user may read, and belong together"
    if where and where == _database(settings):
        return f"{where}: {why}. Mend it, or choose another: OFFHOOK_DATABASE_URL or OFFHOOK_DATA_DIR"
    return f"{where}: {why}".removeprefix(": ")


def _of_address(error: OSError, setting: str, value: str) -> str:
    variable = f"OFFHOOK_{setting.upper()}"
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"{setting} address {value} is in use by another program. Stop that program, or choose "
                f"another port: {variable}={_with_another_port(value)} (0 takes a free one)"
            )
        case errno.EADDRNOTAVAIL:
            everywhere = "[::]" if value.startswith("[") else "0.0.0.0"  # noqa: S104 - said, not bound to
            port = value.rpartition(":")[2]
            return (
                f"{setting} address {value}: this machine has no such address. Choose one that it has "
                f"(`ip address` lists them), or all of them: {variable}={everywhere}:{port}"
            )
        case errno.EACCES:
            return (
                f"{setting} address {value}: this user may not listen there. Choose a port from "
                f"{IS_PRIVILEGED_BELOW}: {variable}={_with_another_port(value, 8000)}"
            )
    return f"{setting} address {value}: {error.strerror or error}. Choose another: {variable}=ADDRESS:PORT"


def _with_another_port(address: str, more: int = 10) -> str:
    host, _, port = address.rpartition(":")
    return f"{host}:{(int(port) + more) % 65536}"


def _database(settings: NodeSettings) -> str:
    """Its file, or HOST:PORT/DATABASE: no password."""
    url = parse_url(settings.database_url)
    if url.drivername == "sqlite":
        return str(url.database)
    return f"{url.host or url.query.get('host', '')}:{url.port or 5432}/{url.database}"
