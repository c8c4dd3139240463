"""Every verb of the tree is run, or said not to be; a document with one of the latter is not begun."""

from dataclasses import replace
from typing import get_args

import pytest

from offhook.twiml.document import Verb
from offhook.twiml.parser import parse
from offhook.twiml.problem import Level
from offhook.verbs.catalogue import NOT_RUN_YET, RUNNERS, not_run
from tests.support.memory_store import DOMAIN
from tests.support.small_exchange import small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
FALLBACK = "http://app.test/fallback"
NOT_RUN = [
    ("Record", "<Record/>"),
]


def test_every_verb_of_the_tree_has_its_runner_or_is_not_run_yet() -> None:
    assert set(RUNNERS) | NOT_RUN_YET == set(get_args(Verb))
    assert RUNNERS.keys().isdisjoint(NOT_RUN_YET)


@pytest.mark.parametrize(("name", "verb"), NOT_RUN)
def test_a_verb_that_is_not_run_is_found_wherever_it_stands(name: str, verb: str) -> None:
    (found,) = not_run(parse(f"<Response><Say>Hello</Say>\n{verb}</Response>".encode()))

    assert (found.code, found.level, found.line) == (13750, Level.NOTE, 2)
    assert found.message == f"Twilio's verb <{name}> is not run by this version of Offhook"


def test_nothing_is_found_in_a_document_that_is_run() -> None:
    assert list(not_run(parse(b"<Response><Gather><Say>Hello</Say></Gather><Hangup/></Response>"))) == []


@pytest.mark.parametrize(("name", "verb"), NOT_RUN)
def test_13750_before_anything_of_the_document_runs_then_the_fallback(name: str, verb: str) -> None:
    async def scenario() -> None:
        documents = {
            VOICE: f"<Response><Say>Hello</Say>{verb}</Response>",
            FALLBACK: "<Response><Say>Sorry.</Say></Response>",
        }
        async with small_exchange(documents, replace(DOMAIN, voice_fallback_url=FALLBACK)) as small:
            call = await small.call()
            await call.ended()
            assert small.voice.texts == ["Sorry."]
            assert small.bookshelf.asked[1].results == (("ErrorCode", "13750"), ("ErrorUrl", VOICE))
            (noted,) = small.store.notifications.history
            assert noted.error_code == 13750
            assert f"<{name}> is not run by this version of Offhook (line 1, column" in noted.message_text

    run(scenario())
