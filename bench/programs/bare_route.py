"""One route on the node's own HTTP server: Starlette, a constant answer, no account, no store.

usage: python -m bench.programs.bare_route
Prints its port, then serves GET /call until it is ended. The answer is as long as a call's representation.
"""

import asyncio
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.programs import loop
from offhook.rest.server import HttpServer

ANSWER: Final = b'{"sid": "' + b"0" * 1000 + b'"}'


async def call(request: Request) -> Response:
    """The constant answer."""
    del request
    return Response(ANSWER, media_type="application/json")


async def serve() -> None:
    """Listen on a free port of loopback."""
    server = HttpServer(Starlette(routes=[Route("/call", call)]), "127.0.0.1", 0)
    print(await server.start(), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await server.close()


if __name__ == "__main__":
    loop.run(serve)
