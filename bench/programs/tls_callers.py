"""Connects by TLS, one connection after the other, and says something on each.

usage: python -m bench.programs.tls_callers PORT WHAT COUNT [DOMAIN PASSWORD]
WHAT: `echo` a line, `ping` by two line ends (RFC 5626), or `register` the user uNNNNNN with digest.
Prints `{"held": COUNT}` when all have been answered, and holds the connections until its standard input ends.
"""

import json
import os
import socket
import ssl
import sys
from typing import Final

from offhook.base.ids import SystemChance
from offhook.base.redact import Secret
from offhook.sip.digest.client import authorize, challenges_of
from offhook.sip.digest.credentials import Credentials
from offhook.sip.message import Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits

ANSWER_S: Final = 20.0
BUFFER_BYTES: Final = 65_536
RUN: Final = os.getpid()
"""Tells the requests of this run from those of another."""
ECHOED: Final = b"x" * 400
"""About what a SIP request has."""


def unchecking() -> ssl.SSLContext:
    """Whom it leads to is not checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
    """One connection, with a handshake of its own."""
    plain = socket.create_connection(("127.0.0.1", port), ANSWER_S)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain)


def ask(connection: ssl.SSLSocket, request: bytes) -> Response:
    """Send a request and read the final answer."""
    connection.sendall(request)
    answer = parse_message(connection.recv(BUFFER_BYTES), Limits())
    if not isinstance(answer, Response):
        raise TypeError(f"no answer but {answer.method}")
    return answer


def request(method: str, uri: str, user: str, domain: str, number: int, *, more: str = "") -> bytes:
    """A request of a phone over TLS."""
    return (
        f"{method} {uri} SIP/2.0\r\n"
        f"Via: SIP/2.0/TLS 127.0.0.1:5061;rport;branch=z9hG4bK{RUN}{user}{number}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{user}@{domain}>;tag={user}\r\nTo: <sip:{user}@{domain}>\r\n"
        f"Call-ID: {user}-{RUN}\r\nCSeq: {number} {method}\r\n{more}Content-Length: 0\r\n\r\n"
    ).encode()


def register(connection: ssl.SSLSocket, user: str, domain: str, password: str) -> None:
    """REGISTER, the challenge, REGISTER with digest. Raises: RuntimeError when it is refused."""
    uri = f"sip:{domain}"
    own_port = connection.getsockname()[1]
    contact = f"Contact: <sip:{user}@127.0.0.1:{own_port};transport=tls>;expires=3600\r\n"
    challenge = ask(connection, request("REGISTER", uri, user, domain, 1, more=contact))
    credentials = Credentials(user, Secret(password))
    answer = authorize("REGISTER", uri, challenges_of(challenge), credentials, SystemChance())
    if answer is None:
        raise RuntimeError(f"no challenge that can be met: {challenge.status} {challenge.reason}")
    login = f"{answer[0]}: {answer[1]}\r\n{contact}"
    final = ask(connection, request("REGISTER", uri, user, domain, 2, more=login))
    if final.status != 200:
        raise RuntimeError(f"refused: {final.status} {final.reason}")


def main() -> None:
    """Make them, say so, hold them."""
    port, what, wanted = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    held, context = [], unchecking()
    for number in range(wanted):
        connection = connect(port, context)
        held.append(connection)
        match what:
            case "echo":
                connection.sendall(ECHOED)
                connection.recv(BUFFER_BYTES)
            case "ping":
                connection.sendall(b"\r\n\r\n")
                connection.recv(BUFFER_BYTES)
            case _:
                register(connection, f"u{number:06}", sys.argv[4], sys.argv[5])
    print(json.dumps({"held": len(held)}), flush=True)
    sys.stdin.read()
    for connection in held:
        connection.close()


if __name__ == "__main__":
    main()
