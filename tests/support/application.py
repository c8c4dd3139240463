"""A customer's web application on loopback, with documents by path and a memory of what it was asked."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

LIMIT_S: Final = 20.0
PRESSES: Final = 4


@dataclass(frozen=True)
class Asked:
    """One request that the application got."""

    path: str
    form: dict[str, str]
    signature: str
    url: str


@dataclass
class WebApplication:
    """What it answers and what it was asked."""

    base_url: str
    documents: dict[str, str]
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """What is got by GET: media type and bytes by path."""
    asked: "Queue[Asked]" = field(default_factory=Queue)
    held: dict[str, threading.Event] = field(default_factory=dict)
    """A path whose answers wait until this is set."""

    def next_request(self) -> Asked:
        """The next request, waited for."""
        return self.asked.get(timeout=LIMIT_S)

    def request_for_key(self, press: Callable[[], None]) -> Asked:
        """What a pressed key makes it be asked: pressed again each second, within a Gather's five.

        A key that comes before the Gather has read its document is nobody's.
        """
        for _ in range(PRESSES - 1):
            press()
            with suppress(Empty):
                return self.asked.get(timeout=1.0)
        press()
        return self.next_request()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A node may drop a connection that it has kept, as when it is killed; all else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running_application(documents: dict[str, str]) -> Iterator[WebApplication]:
    """Serve TwiML documents by path; another path is 404."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            path = urlsplit(self.path).path
            application.asked.put(
                Asked(
                    path,
                    dict(parse_qsl(body, keep_blank_values=True)),
                    self.headers["X-Twilio-Signature"],
                    f"{application.base_url}{self.path}",
                )
            )
            if path in application.held:
                application.held[path].wait(LIMIT_S)
            document = application.documents.get(path)
            content = (document or "no such document").encode()
            self.send_response(200 if document is not None else 404)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(content)))
            with suppress(ConnectionError):  # who was held may have died
                self.end_headers()
                self.wfile.write(content)

        def do_GET(self) -> None:
            media_type, content = application.files.get(urlsplit(self.path).path, ("text/plain", b""))
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: the test asserts on what was asked."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    application = WebApplication(f"http://127.0.0.1:{server.server_address[1]}", documents)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield application
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
