"""A node's REST API, asked by a row that sets something up: one kept connection."""

import json
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlencode

from bench.node import ACCOUNT_SID, AUTH_TOKEN, Node
from bench.row import BenchError

AUTHORIZATION: Final = f"Basic {b64encode(f'{ACCOUNT_SID}:{AUTH_TOKEN}'.encode()).decode()}"
LIMIT_S: Final = 10.0


class Api:
    """The node's account. Each method raises BenchError for an answer that is no success."""

    def __init__(self, node: Node) -> None:
        self._connection = HTTPConnection("127.0.0.1", node.http_port, timeout=LIMIT_S)

    def get(self, path: str) -> Any:
        """A resource of the account, such as `SIP/Domains`."""
        return self._ask("GET", path)

    def post(self, path: str, **parameters: str) -> Any:
        """Create or change one; parameters in PascalCase."""
        return self._ask("POST", path, parameters)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        headers = {"Authorization": AUTHORIZATION}
        body = None
        if parameters is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(parameters)
        whole = f"/2010-04-01/Accounts/{ACCOUNT_SID}/{path}.json"
        self._connection.request(method, whole, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise BenchError(f"{method} {whole}: {answer.status} {text[:300]!r}")
        return json.loads(text)
