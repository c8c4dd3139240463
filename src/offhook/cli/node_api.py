"""The REST API as commands ask it: where it is, who asks, and one request.

Given by flags, else by OFFHOOK_URL, OFFHOOK_ACCOUNT_SID and OFFHOOK_AUTH_TOKEN, else by what stands in the
settings and `data_dir` of the node on this machine (design 1.2).
"""

import asyncio
import base64
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Annotated, Any, BinaryIO, Final
from urllib.parse import quote, urlencode, urlsplit

import typer
from sqlalchemy.exc import DBAPIError

from offhook.base.redact import Secret
from offhook.config.settings import NodeSettings, SettingsError, load_settings
from offhook.model.account import Account
from offhook.store.connection import is_there, open_database
from offhook.store.database import SqlStore
from offhook.store.ports import StoreBusyError
from offhook.store.settings import Settings as StoreSettings
from offhook.twiml.element import read_element
from offhook.twiml.problem import TwimlError

TIMEOUT_S: Final = 10.0
NOT_FOUND: Final = 404
UNAUTHENTICATED: Final = 401
FAILED: Final = 1
PAGE: Final = 1000
"""Records of one page, the most that the API gives."""
PAGES_MAX: Final = 100
PIECE_BYTES: Final = 64 * 1024
ERROR_BYTES: Final = 64 * 1024
"""What is read of an error's body."""

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


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class NodeApiError(Exception):
    """The node cannot be asked, or does not do what was asked; the text is for the operator.

    code: Twilio's, where the API gave one.
    """

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def asking(command: str) -> Iterator[None]:
    """Ends a command with status 1 and the reason when the node cannot be asked or refuses."""
    try:
        yield
    except NodeApiError as error:
        print(f"offhook {command}: {error}", file=sys.stderr)
        raise typer.Exit(FAILED) from error


@dataclass(frozen=True, slots=True)
class NodeApi:
    """One node's API and the account that asks it."""

    url: str
    """Without a slash at its end."""
    account_sid: str
    auth_token: Secret

    @property
    def account_path(self) -> str:
        """Of the account in Twilio's core API, without a suffix."""
        return f"/2010-04-01/Accounts/{self.account_sid}"

    def get(self, path: str, **query: str) -> Any:
        """The JSON of a GET; None where there is nothing (404). Raises: NodeApiError."""
        try:
            return self._ask("GET", f"{quote(path)}?{urlencode(query)}" if query else quote(path))
        except _NotFoundError:
            return None

    def all(self, path: str, key: str) -> list[dict[str, Any]]:
        """The records of a whole list, page after page; key: where a page has them. Raises: NodeApiError."""
        found: list[dict[str, Any]] = []
        following: str | None = f"{quote(path)}?PageSize={PAGE}"
        for _ in range(PAGES_MAX):
            if following is None:
                return found
            body = self._ask("GET", following)
            found += body[key]
            following = _next_page(body)
        raise NodeApiError(f"{path} has more than {PAGE * PAGES_MAX} records")

    def post(self, path: str, **form: str) -> Any:
        """The JSON of a POST of a form. Raises: NodeApiError."""
        return self._ask("POST", quote(path), form)

    def delete(self, path: str) -> None:
        """DELETE. Raises: NodeApiError."""
        self._ask("DELETE", quote(path))

    def save(self, path: str, file: BinaryIO) -> None:
        """The body of a GET, written piece by piece. Raises: NodeApiError, and OSError of the file."""
        with self._answer("GET", quote(path)) as response:
            while True:
                with self._mended():
                    piece = response.read(PIECE_BYTES)
                if not piece:
                    return
                file.write(piece)

    def _ask(self, method: str, target: str, form: Mapping[str, str] | None = None) -> Any:
        with self._answer(method, target, form) as response, self._mended():
            body = response.read()
            return json.loads(body) if body else None

    @contextmanager
    def _answer(
        self, method: str, target: str, form: Mapping[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        login = base64.b64encode(f"{self.account_sid}:{self.auth_token.reveal()}".encode()).decode()
        if not self.url.startswith(("http://", "https://")):
            raise NodeApiError(f"{self.url} is not an http or https URL")
        request = urllib.request.Request(  # noqa: S310 (http or https, see above)
            f"{self.url}{target}",
            data=None if form is None else urlencode(form).encode(),
            headers={"Authorization": f"Basic {login}"},
            method=method,
        )
        with self._mended():
            response = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310
        with response:
            yield response

    @contextmanager
    def _mended(self) -> Iterator[None]:
        """What goes wrong on the way, told for the operator."""
        try:
            yield
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from error
        except (OSError, ValueError, HTTPException) as error:
            raise NodeApiError(
                f"{self.url} does not answer: {_reason(error)}. Start the node (offhook serve), or say where "
                "it is with --url or OFFHOOK_URL"
            ) from error


def _next_page(body: dict[str, Any]) -> str | None:
    """Where the following page is, by its path: the v1 APIs give a whole URL (reference/rest-api 1.8)."""
    if "meta" not in body:
        following: str | None = body["next_page_uri"]
        return following
    url = body["meta"]["next_page_url"]
    return None if url is None else urlsplit(url)._replace(scheme="", netloc="").geturl()


def _reason(error: Exception) -> str:
    """Why it does not answer, without the number that the operating system gives it."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return (cause.strerror if isinstance(cause, OSError) else None) or str(cause)


class _NotFoundError(NodeApiError):
    """404: there is no such record."""


def _refusal(error: urllib.error.HTTPError) -> NodeApiError:
    """What the API says is wrong."""
    code, message = _said(error.read(ERROR_BYTES))
    said = f"the API answered {error.code}" + (f": {message} ({code})" if message else "")
    if error.code == UNAUTHENTICATED:
        said += ". Check --account-sid and --auth-token, or OFFHOOK_ACCOUNT_SID and OFFHOOK_AUTH_TOKEN"
    kind = _NotFoundError if error.code == NOT_FOUND else NodeApiError
    return kind(said, code=code)


def _said(body: bytes) -> tuple[int | None, str]:
    """Twilio's code and the words of an error, in JSON or, where audio was asked for, in XML; else none."""
    try:
        fields = json.loads(body)
        return int(fields["code"]), str(fields["message"])
    except (ValueError, KeyError, TypeError):
        pass
    try:
        (exception,) = read_element(body).elements
        texts = {element.name: element.own_text for element in exception.elements}
        return int(texts["Code"]), texts["Message"]
    except (TwimlError, ValueError, KeyError):
        return None, ""


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
    account = asyncio.run(_stored_account(settings)) if is_there(settings.database_url) else None
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
    except StoreBusyError as error:
        raise NodeApiError(f"the node's database cannot be asked: {error}") from error
    except DBAPIError as error:
        raise NodeApiError(
            "the node's database has no accounts, or those of another version: start the node "
            "(offhook serve), or give --account-sid and --auth-token"
        ) from error
    finally:
        await store.close()
