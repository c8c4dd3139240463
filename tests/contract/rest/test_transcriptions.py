"""Transcriptions by Twilio's own SDK: of recordings, and of a live call, against a real node."""

from collections.abc import Iterator

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer
NOBODY = "CA" + "0" * 32


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as running:
        yield running


def test_an_account_begins_without_transcriptions(node: Node) -> None:
    assert sdk_client(node).transcriptions.list() == []


def test_one_that_is_not_there_is_not_found(node: Node) -> None:
    client = sdk_client(node)
    one = client.transcriptions("TR" + "0" * 32)
    for ask in (
        one.fetch,
        one.delete,
        client.recordings("RE" + "0" * 32).transcriptions("TR" + "0" * 32).fetch,
    ):
        with pytest.raises(TwilioRestException) as refused:
            ask()
        assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_call_that_is_not_there_is_not_transcribed(node: Node) -> None:
    with pytest.raises(TwilioRestException) as refused:
        sdk_client(node).calls(NOBODY).transcriptions.create(
            status_callback_url="http://127.0.0.1:9/news", track="both_tracks", language_code="en-US"
        )
    assert (refused.value.status, refused.value.code) == (404, 20404)
