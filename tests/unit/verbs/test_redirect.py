"""`<Redirect>` on live calls in virtual time: which URL is asked."""

import pytest

from tests.support.small_exchange import small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("next", "http://app.test/next"),
        ("/a/next?b=1", "http://app.test/a/next?b=1"),
        ("?lang=fr", "http://app.test/voice?lang=fr"),
        ("//other.test/next", "http://other.test/next"),
        ("https://other.test/next#rc=2", "https://other.test/next#rc=2"),
    ],
)
def test_a_url_is_relative_to_its_document(written: str, asked: str) -> None:
    assert urls_asked(written) == [VOICE, asked]


@pytest.mark.parametrize("written", ["http://", "http:next", "https:///next", "ftp://other.test/", "a b"])
def test_what_can_be_no_url_is_never_taken_for_one(written: str) -> None:
    assert urls_asked(written) == [VOICE, written]


def urls_asked(written: str) -> list[str]:
    """What is asked for on a call whose first document goes there; there is nothing to be found."""

    async def scenario() -> list[str]:
        async with small_exchange({VOICE: f"<Response><Redirect>{written}</Redirect></Response>"}) as small:
            call = await small.dial()
            await call.ended()
            return [each.url for each in small.bookshelf.asked]

    return run(scenario())
