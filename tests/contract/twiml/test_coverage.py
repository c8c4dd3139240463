"""Every attribute that the TwiML reader knows has its rows, and the page says what they show."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

import offhook.twiml
from offhook.twiml import parameter, parser, recording_callback, ssml
from offhook.twiml.attribute import TEXT, Attribute
from offhook.twiml.connect import conversation_relay, recording, siprec, stream, transcription
from offhook.twiml.connect import elsewhere as connect_elsewhere
from offhook.twiml.dial import application, client, conference, elsewhere, number, queue, sip, sip_headers
from offhook.twiml.unsupported import UNSUPPORTED_VERBS
from offhook.twiml.verbs import (
    connect,
    dial,
    enqueue,
    gather,
    pause,
    pay,
    play,
    record,
    redirect,
    refer,
    reject,
    say,
    sms,
    start,
    stop,
)
from tests.contract.twiml.page import PATH, page
from tests.contract.twiml.row import Case, Does
from tests.contract.twiml.rows import ROWS

DECLARED: Final[Mapping[str, tuple[Attribute[Any], ...]]] = {
    "Response": (parser.VERSION,),
    "Say": (say.VOICE, say.VOICE_IN_GATHER, say.LANGUAGE_OF_SAY, say.LOOP, say.LOOP_IN_GATHER),
    "Play": (play.LOOP, play.DIGITS),
    "Gather": gather.DECLARED,
    "Record": record.DECLARED,
    "Dial": dial.DECLARED,
    "Application": application.DECLARED,
    "Enqueue": enqueue.DECLARED,
    "Queue": queue.DECLARED,
    "Pause": (pause.LENGTH,),
    "Redirect": (redirect.METHOD_OF_REDIRECT,),
    "Refer": refer.DECLARED,
    "Reject": (reject.REASON,),
    "Number": number.DECLARED,
    "Sip": sip.DECLARED,
    "Uri": sip.DECLARED_OF_URI,
    "Header": (sip_headers._NAME_OF_HEADER, sip_headers._VALUE_OF_HEADER),
    "Client": client.DECLARED,
    "Conference": conference.DECLARED,
    "Connect": connect.DECLARED,
    "Start": start.DECLARED,
    "Stop": stop.DECLARED,
    "Stream": stream.DECLARED,
    "Transcription": transcription.DECLARED,
    "ConversationRelay": (*conversation_relay.ACTED_ON, *conversation_relay.LEFT),
    "Language": conversation_relay.OF_LANGUAGE,
    "Recording": recording.DECLARED,
    "Siprec": siprec.DECLARED,
    "Parameter": (parameter._NAME, parameter._VALUE, *pay.DECLARED_OF_PARAMETER),
    "Pay": pay.DECLARED,
    "Prompt": pay.DECLARED_OF_PROMPT,
    "Sms": sms.DECLARED,
    "Message": sms.DECLARED,
    "Sim": elsewhere.DECLARED,
    "WhatsApp": elsewhere.DECLARED,
    **connect_elsewhere.DECLARED,
    **ssml.TAGS,
}
"""The attributes of each element, as its reader has them."""


def every_attribute() -> Iterator[tuple[str, Attribute[Any]]]:
    """Every attribute that a module of `offhook.twiml` holds, alone or in a table."""
    for module in pkgutil.walk_packages(offhook.twiml.__path__, "offhook.twiml."):
        for value in vars(importlib.import_module(module.name)).values():
            for attribute in value if isinstance(value, tuple) else (value,):
                if isinstance(attribute, Attribute):
                    yield module.name, attribute


def cases(verb: str, attribute: str) -> set[Case]:
    """The cases that there are rows for."""
    return {row.case for row in ROWS if (row.verb, row.attribute) == (verb, attribute)}


def test_the_table_here_has_every_attribute_that_a_reader_declares() -> None:
    known = {id(attribute) for declared in DECLARED.values() for attribute in declared}
    missing = {(where, each.name) for where, each in every_attribute() if id(each) not in known}
    assert missing == set()
    assert {id(each) for each in recording_callback.DECLARED} <= known


@pytest.mark.parametrize(
    ("verb", "attribute"),
    [
        pytest.param(verb, attribute, id=f"{verb} {attribute.name}")
        for verb, declared in DECLARED.items()
        for attribute in declared
    ],
)
def test_an_attribute_has_a_row_for_each_case(verb: str, attribute: Attribute[Any]) -> None:
    wanted = {Case.GIVEN}
    if verb not in ssml.TAGS:
        wanted.add(Case.ABSENT)
    if attribute.kind is not TEXT:
        wanted.add(Case.BAD)
    if attribute.kind.is_bounded:
        wanted.add(Case.LIMIT)
    assert wanted - cases(verb, attribute.name) == set()


@pytest.mark.parametrize("verb", sorted(UNSUPPORTED_VERBS))
def test_what_is_not_run_has_a_row_that_shows_its_refusal(verb: str) -> None:
    assert [row.state.does for row in ROWS if row.verb == verb], verb
    is_noun_as_well = verb in dial.READERS  # `<Queue>`, which the libraries have as a verb, too
    others = {row.state.does for row in ROWS if row.verb == verb} - {Does.REFUSED}
    assert is_noun_as_well or not others


@pytest.mark.parametrize("verb", sorted(parser.READERS))
def test_the_content_of_a_verb_has_rows(verb: str) -> None:
    assert cases(verb, "content") or verb in ("Pause", "Reject"), "which must be empty"


def test_no_two_rows_have_one_name() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)


def test_the_page_says_what_the_rows_show() -> None:
    assert PATH.read_text() == page(), "write it anew: python -m tests.contract.twiml --write-docs"
