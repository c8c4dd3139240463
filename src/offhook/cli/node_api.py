"""The REST API as commands ask it: where it is, who asks, and one request.

Given by flags, else by OFFHOOK_URL, OFFHOOK_ACCOUNT_SID and OFFHOOK_AUTH_TOKEN, else by what stands in the
settings and `data_dir` of the node on this machine (design 1.2).
"""

import asyncio
import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import typer

from offhook.base.redact import Secret
from offhook.config.settings import NodeSettings, SettingsError, load_settings
from offhook.model.account import Account
from offhook.store.connection import open_database
from offhook.store.database import SqlStore
from offhook.store.settings import Settings as StoreSettings

TIMEOUT_S: Final = 10.0
NOT_FOUND: Final = 404

Url = Annotated[
    str | None, typer.Option("--url", help="Address of the REST API.", envvar="OFFHOOK_URL", metavar="URL")
]
AccountSid = Annotated[
    str | None,
    typer.Option("--account-sid", help="Account that asks.", envvar="OFFHOOK_ACCOUNT_SID", metavar="AC…"),
]
AuthToken = Annotated[
    str | None, typer.Option("--auth-token", help="Its AuthToken.", envvar="OFFHOOK_AUTH_TOKEN")
]


class NodeApiError(Exception):
    """The node cannot be asked, or does not answer what was asked; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class NodeApi:
    """One node's API and the account that asks it."""

    url: str
    """Without a slash at its end."""
    account_sid: str
    auth_token: Secret

    def get(self, path: str, **query: str) -> Any:
        """The JSON of a GET; None where there is nothing (404). Raises: NodeApiError."""
        url = f"{self.url}{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        login = base64.b64encode(f"{self.account_sid}:{self.auth_token.reveal()}".encode()).decode()
        if not url.startswith(("http://", "https://")):
            raise NodeApiError(f"{self.url} is not an http or https URL")
        request = urllib.request.Request(url, headers={"Authorization": f"Basic {login}"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == NOT_FOUND:
                    return None
                raise NodeApiError(_said(error)) from error
        except (OSError, ValueError) as error:
            raise NodeApiError(f"{self.url} does not answer: {error}") from error


def find_node(url: str | None, account_sid: str | None, auth_token: str | None) -> NodeApi:
    """The node that the flags and the environment mean, else the one of this folder's settings.

    Raises: NodeApiError.
    """
    if url is not None and account_sid is not None and auth_token is not None:
        return NodeApi(url.rstrip("/"), account_sid, Secret(auth_token))
    try:
        settings = load_settings(account_sid=account_sid, auth_token=auth_token)
    except SettingsError as error:
        raise NodeApiError(str(error)) from error
    where = url or settings.public_url or _local_url(settings)
    if settings.account_sid is not None and settings.auth_token is not None:
        return NodeApi(where.rstrip("/"), settings.account_sid, settings.auth_token)
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    account = asyncio.run(_stored_account(settings)) if database.is_file() else None
    if account is None:
        raise NodeApiError(
            f"there is no account in {settings.data_dir}; give --account-sid and --auth-token, or run where "
            "the node runs"
        )
    return NodeApi(where.rstrip("/"), account.sid, settings.auth_token or account.auth_token)


def _local_url(settings: NodeSettings) -> str:
    host, port = settings.http
    if port == 0:
        raise NodeApiError("the node takes a free port: give --url, or set OFFHOOK_URL")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (an address to ask at)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _stored_account(settings: NodeSettings) -> Account | None:
    """The account of the settings, else the main one, as the node's database has it."""
    store = SqlStore(open_database(StoreSettings(settings.database_url)))
    try:
        if settings.account_sid is not None:
            return await store.accounts.fetch(settings.account_sid)
        return await store.accounts.oldest()
    finally:
        await store.close()


def _said(error: urllib.error.HTTPError) -> str:
    """What the API says is wrong."""
    try:
        body = json.load(error)
    except ValueError:
        return f"the API answered {error.code}"
    return f"the API answered {error.code}: {body.get('message', '')} ({body.get('code', '')})"
