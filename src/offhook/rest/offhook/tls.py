"""The certificate of the node's own CA, for whoever is to trust the node (design 1.4).

It is public, as a root certificate is: no credentials are needed, and the plain text is PEM, not JSON.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH: Final = "/offhook/v1/tls/ca.pem"
MEDIA_TYPE: Final = "application/x-pem-file"


def root_certificate(pem: str) -> Route:
    """Where it is served."""

    async def serve(_request: Request) -> Response:
        return Response(pem, media_type=MEDIA_TYPE)

    return Route(PATH, serve)
