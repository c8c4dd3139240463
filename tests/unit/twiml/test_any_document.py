"""Any document of known words and hostile values: it is read in bounded time, and can be run and drawn."""

import time
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.flow.guess import Inputs
from offhook.flow.verb_flow import document_flow
from offhook.twiml.connect.elsewhere import DECLARED as ELSEWHERE
from offhook.twiml.document import Document
from offhook.twiml.parser import READERS, read
from offhook.twiml.problem import MAX_PROBLEMS, TwimlError
from offhook.twiml.verbs import connect, dial, start
from offhook.verbs.catalogue import RUNNERS

NOUNS = sorted({*dial.READERS, *connect.READERS, *start.READERS, *ELSEWHERE})
CHILDREN = ["Parameter", "Uri", "Headers", "Header", "Identity", "ApplicationSid", "Prompt", "Language"]
OF_SAY = ["break", "prosody", "say-as"]
NAMES = st.sampled_from([*READERS, *NOUNS, *CHILDREN, *OF_SAY, "say", "Foo", "x:y"])
ATTRIBUTES = st.sampled_from(
    [
        "action",
        "method",
        "timeout",
        "numDigits",
        "finishOnKey",
        "input",
        "hints",
        "loop",
        "digits",
        "voice",
        "language",
        "url",
        "waitUrl",
        "name",
        "value",
        "record",
        "trim",
        "callerId",
        "statusCallback",
        "statusCallbackEvent",
        "maxLength",
        "length",
        "reason",
        "time",
        "rate",
        "priority",
        "weight",
        "track",
        "beep",
        "coach",
        "xmlns",
        "nonsense",
    ]
)
HOSTILE = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "1",
        "99999999999999999999",
        "٣",
        "1e9",
        "NaN",
        "true",
        "GET",
        "http://",
        "http://h/?a=1#rc=9",
        "//h",
        "javascript:alert(1)",
        "sip:a@b;transport=tls?X-A=%0d%0ab",
        "sip:@",
        "+14155551212",
        "client:x",
        "wss://h/",
        "\u202e",
        "a" * 300,
        "dtmf speech",
        "%zz%",
        "x-twilio-callsid: 1",
    ]
)
TEXTS = st.one_of(HOSTILE, st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=20))


def element(name: str, attributes: dict[str, str], children: list[str]) -> str:
    written = "".join(f" {key}={quoteattr(_clean(value))}" for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children)}</{name}>"


def _clean(text: str) -> str:
    """Without what no XML may hold."""
    return "".join(each for each in text if each not in "\ufffe\uffff")


TREES = st.recursive(
    TEXTS.map(lambda text: escape(_clean(text))),
    lambda inner: st.builds(
        element, NAMES, st.dictionaries(ATTRIBUTES, TEXTS, max_size=4), st.lists(inner, max_size=4)
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TREES, max_size=6))
def test_any_tree_is_read_and_everything_in_it_can_be_run_and_drawn(inside: list[str]) -> None:
    body = f"<Response>{''.join(inside)}</Response>".encode()
    began_s = time.process_time()

    document = outcome(body)

    assert time.process_time() - began_s < 1.0
    if isinstance(document, TwimlError):
        assert document.code == 12100
        return
    assert all(type(verb) in RUNNERS for verb in document.verbs)
    assert len(document.problems) <= MAX_PROBLEMS
    for problem in document.problems:
        assert (problem.line, problem.column) >= (1, 1)
        assert 0 < len(problem.message) <= 300
    flow = document_flow(document.verbs, Inputs())
    assert len(flow.steps) == len(document.verbs)
    assert hash(document.verbs) is not None


def outcome(body: bytes) -> Document | TwimlError:
    """What comes of a document."""
    try:
        return read(body)
    except TwimlError as error:
        return error
