"""The APIs as ASGI applications: find the operation, check who asks and what, serve, render.

Twilio's 2010 API, its v1 APIs, and what is Offhook's own (both JSON only, the last described by
`/openapi.json`). Called by the roof, which mounts `routes()` beside its own. One request that goes wrong is
one error answer: an unforeseen exception is logged and answered with 20500.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from offhook.rest.api import OPERATIONS
from offhook.rest.authentication import authenticate
from offhook.rest.errors import (
    INTERNAL,
    INVALID_PARAMETER,
    METHOD_NOT_ALLOWED,
    TOO_LARGE,
    UNAVAILABLE,
    ApiError,
    not_found,
)
from offhook.rest.offhook import OFFHOOK_BASE
from offhook.rest.offhook import OPERATIONS as OFFHOOK_OPERATIONS
from offhook.rest.offhook.openapi import description
from offhook.rest.offhook.tls import root_certificate
from offhook.rest.representation import BASE, Format, render
from offhook.rest.resource import V1_BASE, Answer, ApiRequest, Media, Operation
from offhook.rest.services import Services
from offhook.rest.trunking import OPERATIONS as TRUNKING_OPERATIONS
from offhook.rest.voice import OPERATIONS as VOICE_OPERATIONS
from offhook.store.ports import StoreBusyError

log = structlog.get_logger(__name__)

BODY_MAX_BYTES: Final = 128 * 1024
"""Of a form: ten thousand characters of a message are 12 bytes each, where they are the longest of UTF-8."""
FIELDS_MAX: Final = 1000
RETRY_AFTER_S: Final = 1


def routes(services: Services) -> list[BaseRoute]:
    """What to mount: everything below /2010-04-01, /v1 and /offhook/v1, and what describes the latter."""
    return [
        Mount(BASE, app=api_2010(services, OPERATIONS)),
        Mount(V1_BASE, app=Api(services, (*VOICE_OPERATIONS, *TRUNKING_OPERATIONS), V1_BASE, _json_only)),
        root_certificate(services.root_pem),
        Mount(OFFHOOK_BASE, app=Api(services, OFFHOOK_OPERATIONS, OFFHOOK_BASE, _json_only)),
        Route("/openapi.json", _describe),
    ]


def api_2010(services: Services, operations: Sequence[Operation]) -> "Api":
    """Twilio's API of 2010 with these operations."""
    return Api(services, operations, BASE, _split_suffix)


def build_api(services: Services) -> Starlette:
    """An application with nothing but the APIs."""
    return Starlette(routes=routes(services))


class Api:
    """Serves the operations it is given.

    base: what their paths are below. split: parts a path from the suffix that says in which format to answer.
    """

    def __init__(
        self,
        services: Services,
        operations: Sequence[Operation],
        base: str,
        split: Callable[[str], tuple[str, Format]],
    ) -> None:
        self._services = services
        self._base = base
        self._split = split
        self._paths: dict[re.Pattern[str], list[Operation]] = {}
        for operation in operations:
            self._paths.setdefault(_pattern(operation.path), []).append(operation)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Nothing here speaks WebSocket."""
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path, wanted = self._split(request.scope["path"])
        try:
            answer = await self._answer(request, path, wanted)
        except ApiError as error:
            return _error_response(error, wanted)
        except StoreBusyError:
            busy = ApiError(
                UNAVAILABLE, "Service is unavailable", headers={"Retry-After": str(RETRY_AFTER_S)}
            )
            return _error_response(busy, wanted)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            log.exception("api.failed", method=request.method)
            return _error_response(ApiError(INTERNAL, "Internal Server Error"), wanted)
        if answer.body is None:
            return Response(status_code=answer.status)
        if isinstance(answer.body, Media):
            return _media_response(answer.body, is_head=request.method == "HEAD")
        return Response(render(answer.body, wanted), answer.status, media_type=wanted.media_type)

    async def _answer(self, request: Request, path: str, wanted: Format) -> Answer:
        asked = request.scope["path"]
        account = await authenticate(request.headers.get("authorization"), self._services.store.accounts)
        operation, segments = self._find(request.method, path, wanted, asked)
        # A resource of another account is 404, as if it did not exist (design 2.2).
        if segments.get("AccountSid", account.sid) != account.sid:
            raise not_found(asked)
        fields = await _fields(request)
        return await operation.serve(
            ApiRequest(
                services=self._services,
                account=account,
                asked=asked,
                origin=f"{request.url.scheme}://{request.url.netloc}",
                path=path,
                wanted=wanted,
                segments=segments,
                values=operation.parameters.read(fields),
            )
        )

    def _find(self, method: str, path: str, wanted: Format, asked: str) -> tuple[Operation, dict[str, str]]:
        below = path.removeprefix(self._base)
        for pattern, operations in self._paths.items():
            match = pattern.fullmatch(below)
            if match is None:
                continue
            offered = {one.method: one for one in operations if wanted in one.formats}
            if not offered:
                continue
            operation = offered.get("GET" if method == "HEAD" else method)
            if operation is None:
                raise ApiError(
                    METHOD_NOT_ALLOWED, "Method not allowed", headers={"Allow": ", ".join(sorted(offered))}
                )
            return operation, match.groupdict()
        raise not_found(asked)


async def _fields(request: Request) -> list[tuple[str, str]]:
    """What was sent: the query of a GET, the form of a POST."""
    if request.method == "POST":
        text = (await _body(request)).decode("latin-1")
    else:
        text = request.scope["query_string"].decode("latin-1")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise ApiError(INVALID_PARAMETER, "The parameters are not form-encoded UTF-8") from error


async def _body(request: Request) -> bytes:
    """The form, bounded while it arrives: Content-Length is not believed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise ApiError(TOO_LARGE, "Request entity is larger than limits defined")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/x-www-form-urlencoded":
        raise ApiError(INVALID_PARAMETER, "The body must be application/x-www-form-urlencoded")
    return bytes(body)


def _pattern(path: str) -> re.Pattern[str]:
    """A segment is anything without NUL, which no database could be asked for."""
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(f"(?P<{part}>[^/\\x00]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    )


def _split_suffix(path: str) -> tuple[str, Format]:
    for wanted in Format:
        if wanted is not Format.BARE and path.endswith(wanted.value):
            return path.removesuffix(wanted.value), wanted
    return path, Format.BARE


def _json_only(path: str) -> tuple[str, Format]:
    return path, Format.JSON


async def _describe(_request: Request) -> Response:
    """What is Offhook's own, for people and generators; no credentials are needed to read it."""
    return JSONResponse(description(OFFHOOK_OPERATIONS))


def _media_response(media: Media, *, is_head: bool) -> Response:
    headers = {} if media.length is None else {"Content-Length": str(media.length)}
    if is_head:
        media.close()
        return Response(None, headers=headers, media_type=media.media_type)
    return _MediaResponse(media, headers)


class _MediaResponse(StreamingResponse):
    """Audio while it is made; what it is made of is closed however it ends."""

    def __init__(self, media: Media, headers: dict[str, str]) -> None:
        super().__init__(media.chunks, headers=headers, media_type=media.media_type)
        self._media = media

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except ClientDisconnect:
            return
        finally:
            self._media.close()


def _error_response(error: ApiError, wanted: Format) -> Response:
    return Response(
        render(error.representation(), wanted),
        error.http_status,
        headers={**error.headers, "X-Twilio-Error-Code": str(error.code)},
        media_type=wanted.media_type,
    )
