"""`<Dial><Sip>` to an independent stack: what it says reaches the application, what it plays the caller."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sipp import answering, play

pytestmark = pytest.mark.peer

DOMAIN = "app.sip.localhost"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>"}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, "--voice-url", f"{application.base_url}/voice") as node:
        yield node


def put_through(application: WebApplication, nouns: str, attributes: str = "") -> None:
    application.documents["/voice"] = f"<Response><Dial action='/done' {attributes}>{nouns}</Dial></Response>"


def test_the_action_is_told_what_the_200_to_the_bye_says(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_says_headers", tmp_path / "callee") as port:
        put_through(application, f"<Sip>sip:agent@127.0.0.1:{port}</Sip>", "timeLimit='2'")
        play("application_hangs_up", node.sip_port, tmp_path, domain=DOMAIN)
        assert application.next_request().path == "/voice"
        done = application.next_request().form
    assert (done["DialCallStatus"], done["DialSipResponseCode"]) == ("completed", "200")
    assert (done["DialSipHeader_X-Agent"], done["DialSipHeader_X-Seconds"]) == ("seven", "2")
