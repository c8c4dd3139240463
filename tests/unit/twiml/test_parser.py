"""The document as a whole: what is fatal, what is only noted, and that nothing else can happen."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.base.errors import PeerError
from offhook.twiml.document import Document
from offhook.twiml.parser import READERS, parse, read
from offhook.twiml.problem import Level, Problem, TwimlError
from offhook.twiml.prosody import Phrase
from offhook.twiml.ssml import words_of
from offhook.twiml.unsupported import UNSUPPORTED_VERBS
from offhook.twiml.verbs.hangup import Hangup
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.say import Say

HELLO = Say((Phrase("Hello"),), voice="", language="", loop=1)


def failure(body: bytes) -> TwimlError:
    with pytest.raises(TwimlError) as caught:
        parse(body)
    return caught.value


def test_verbs_come_in_document_order_with_their_lines() -> None:
    document = parse(
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b"<Response>\n  <Say>Hello</Say>\n  <Pause/>\n  <Hangup/>\n</Response>"
    )

    assert document.verbs == (HELLO, Pause(1.0), Hangup())
    assert [verb.line for verb in document.verbs] == [3, 4, 5]
    assert document.problems == ()


def test_the_line_is_no_part_of_equality() -> None:
    assert Hangup(line=1) == Hangup(line=2)


def test_the_tree_is_frozen() -> None:
    pause = parse(b"<Response><Pause/></Response>").verbs[0]

    with pytest.raises(FrozenInstanceError):
        pause.line = 7  # type: ignore[misc]


@pytest.mark.parametrize(
    "body", [b"<Response/>", b"<Response></Response>", b"\n<Response>\n<!-- nothing -->\n</Response>\n"]
)
def test_an_empty_response_is_an_empty_document(body: bytes) -> None:
    assert parse(body) == Document((), ())


def test_comments_and_processing_instructions_are_ignored() -> None:
    document = parse(b"<Response><!-- a --><?php b ?><Say>Hel<!-- c -->lo</Say></Response>")

    assert document == Document((HELLO,), ())


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        pytest.param(b"", 1, 1, id="empty"),
        pytest.param(b"Welcome!", 1, 8, id="plain text"),
        pytest.param(b"\n<?xml version='1.0'?><Response/>", 2, 1, id="blank line before the declaration"),
        pytest.param(b"<Response>\n<Say>Tom & Jerry</Say></Response>", 2, 11, id="bare ampersand"),
        pytest.param(b"<Response><Say>Hello</Response>", 1, 23, id="wrong end tag"),
        pytest.param(b"<Response><Pause length=1/></Response>", 1, 25, id="unquoted attribute"),
        pytest.param(b'<Response><Pause length="1" length="2"/></Response>', 1, 29, id="attribute twice"),
        pytest.param(b"<Response/><Response/>", 1, 12, id="two roots"),
        pytest.param(b"<Response><Say>\xff</Say></Response>", 1, 16, id="not UTF-8"),
        pytest.param(b"<Response><Say>\x00</Say></Response>", 1, 16, id="NUL"),
        pytest.param(b"<Response><Say>&nbsp;</Say></Response>", 1, 16, id="HTML entity"),
    ],
)
def test_12100_for_what_is_no_xml(body: bytes, line: int, column: int) -> None:
    error = failure(body)

    assert (error.code, error.line, error.column) == (12100, line, column)
    assert f"line {line}, column {column}" in str(error)


@pytest.mark.parametrize(
    "doctype",
    [
        pytest.param('<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>', id="entity bomb"),
        pytest.param('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', id="external entity"),
        pytest.param('<!DOCTYPE r SYSTEM "http://192.0.2.1/x.dtd">', id="external subset"),
        pytest.param("<!DOCTYPE html>", id="bare"),
    ],
)
def test_a_document_type_declaration_is_refused(doctype: str) -> None:
    error = failure(f"{doctype}<Response><Say>&b;</Say></Response>".encode())

    assert error.code == 12100
    assert "document type" in error.message


@pytest.mark.parametrize("encoding", ["utf-7", "unicode_escape", "idna", "base64", "shift_jis", "no-such"])
def test_an_encoding_that_expat_does_not_know_is_refused(encoding: str) -> None:
    assert failure(f'<?xml version="1.0" encoding="{encoding}"?><Response/>'.encode()).code == 12100


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "windows-1252", "utf-16"])
def test_the_encoding_of_the_xml_declaration_is_obeyed(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><Response><Say>Grüße</Say></Response>'.encode(
        encoding
    )

    verb = parse(body).verbs[0]

    assert isinstance(verb, Say)
    assert words_of(verb.parts) == "Grüße"


def test_a_byte_order_mark_is_no_text_before_the_declaration() -> None:
    assert parse(b'\xef\xbb\xbf<?xml version="1.0"?><Response/>') == Document((), ())


def test_64_kb_are_read_and_one_byte_more_is_11750() -> None:
    frame = len(b"<Response><!----></Response>")
    largest = b"<Response><!--" + b"x" * (65_536 - frame) + b"--></Response>"

    assert parse(largest) == Document((), ())
    assert failure(largest + b"\n").code == 11750


def test_depth_32_is_read_and_33_is_not() -> None:
    def nested(depth: int) -> bytes:
        inner = depth - 1
        return b"<Response>" + b"<x>" * inner + b"</x>" * inner + b"</Response>"

    assert parse(nested(32)).verbs == ()
    assert "deeper" in failure(nested(33)).message


def test_2000_nodes_are_read_and_one_more_is_not() -> None:
    assert len(parse(b"<Response>" + b"<Pause/>" * 1_999 + b"</Response>").verbs) == 1_999
    assert failure(b"<Response>" + b"<Pause/>" * 2_000 + b"</Response>").code == 12100
    assert failure(b"<Response>" + b"<Pause>1</Pause>" * 1_000 + b"</Response>").code == 12100


def test_64_attributes_are_read_and_one_more_is_not() -> None:
    def decorated(count: int) -> bytes:
        return b"<Response><Hangup " + b" ".join(b'a%d=""' % i for i in range(count)) + b"/></Response>"

    assert parse(decorated(64)).verbs == (Hangup(),)
    assert failure(decorated(65)).code == 12100


@pytest.mark.parametrize("root", ["response", "Say", "Responses"])
def test_12102_when_the_root_is_not_response(root: str) -> None:
    error = failure(f"<!-- x -->\n<{root}/>".encode())

    assert (error.code, error.line, error.column) == (12102, 2, 1)


def test_12101_for_a_version_that_is_none() -> None:
    assert failure(b'<Response version="2008-08-01"/>').code == 12101
    assert parse(b'<Response version="2010-04-01"/>') == Document((), ())


@pytest.mark.parametrize("verb", sorted(UNSUPPORTED_VERBS))
def test_13750_names_a_verb_that_is_not_run(verb: str) -> None:
    error = failure(f"<Response>\n <Say>Hello</Say>\n <{verb}>x</{verb}></Response>".encode())

    assert (error.code, error.line, error.column) == (13750, 3, 2)
    assert error.message == f"Twilio's verb <{verb}> is not run by this version of Offhook"


def test_whoever_only_reads_gets_a_note_for_each_verb_that_is_not_run() -> None:
    body = b"<Response>\n<Queue/><Hangup/><Queue/></Response>"

    document = read(body)

    assert failure(body).code == 13750
    assert document.verbs == (Hangup(),)
    assert [(problem.code, problem.level, problem.line) for problem in document.problems] == [
        (13750, Level.NOTE, 2),
        (13750, Level.NOTE, 2),
    ]


def test_13750_also_behind_a_hundred_other_problems() -> None:
    assert failure(b"<Response>" + b"<Foo/>" * 200 + b"<Queue/></Response>").code == 13750


def test_no_verb_is_both_run_and_not_run() -> None:
    assert READERS.keys().isdisjoint(UNSUPPORTED_VERBS)


def test_12200_for_an_unknown_element_which_is_skipped_whole() -> None:
    document = parse(b"<Response>\n <Foo><Dial>1</Dial></Foo><Hangup/></Response>")

    assert document.verbs == (Hangup(),)
    assert document.problems == (Problem(12200, Level.WARNING, 2, 2, "<Foo> is not a TwiML verb: skipped"),)
    assert str(document.problems[0]) == "<Foo> is not a TwiML verb: skipped (line 2, column 2)"


@pytest.mark.parametrize(("written", "meant"), [("say", "Say"), ("GATHER", "Gather"), ("dial", "Dial")])
def test_12200_for_a_verb_in_the_wrong_case_says_what_was_meant(written: str, meant: str) -> None:
    document = parse(f"<Response><{written}/></Response>".encode())

    assert document.verbs == ()
    assert [problem.code for problem in document.problems] == [12200]
    assert f"did you mean <{meant}>?" in document.problems[0].message


def test_12200_for_an_unknown_attribute_which_is_ignored() -> None:
    document = parse(b'<Response><Pause Length="5"/></Response>')

    assert document.verbs == (Pause(1.0),)
    assert [problem.code for problem in document.problems] == [12200]


def test_12200_for_text_between_verbs() -> None:
    document = parse(b"<Response>Hello<Hangup/></Response>")

    assert document.verbs == (Hangup(),)
    assert [problem.code for problem in document.problems] == [12200]


def test_attributes_of_xml_itself_are_no_problem() -> None:
    body = (
        b'<Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:noNamespaceSchemaLocation="https://example.com/twiml.xsd" xml:space="preserve" xmlns="urn:x"/>'
    )

    assert parse(body) == Document((), ())


def test_problems_are_bounded_in_number_and_length() -> None:
    many = parse(b"<Response>" + b"<Foo/>" * 1_000 + b"</Response>")
    long = parse(b"<Response><" + b"f" * 50_000 + b"/></Response>")

    assert len(many.problems) == 100
    assert len(long.problems[0].message) == 300


def test_a_twiml_error_is_the_peers() -> None:
    assert isinstance(failure(b""), PeerError)


VALID_FRAGMENTS = (
    "<Response/>",
    "<Pause/>",
    "<Hangup/>",
    "<break/>",
    "<![CDATA[x]]>",
    "&amp;",
    "é",
    "a",
    " ",
    "\n",
)
TAGS = (
    "Response",
    "Say",
    "Gather",
    "Redirect",
    "say-as",
    "Play",
    "Record",
    "Dial",
    "Number",
    "Sip",
    "Client",
)
CHILDREN = ("Uri", "Headers", "Header", "Identity", "Parameter")
TAG_FRAGMENTS = tuple(f"<{end}{name}>" for name in TAGS + CHILDREN for end in ("", "/"))
ODD_FRAGMENTS = (
    '<Pause length="99999999999"/>',
    '<Gather input="speech" numDigits="0">',
    '<Say loop="-1">',
    '<Play digits="1w" loop="x">',
    '<Record timeout="x" recordingStatusCallback="/r" recordingStatusCallbackEvent=""/>',
    '<Dial callerId="a b" timeout="1" record="true">',
    '<Number sendDigits="x" machineDetection="Enable">+1 (415) 555-1212</Number>',
    '<Sip username="" password="p">sip:a@b;transport=x?X-A=%0d%0a&amp;=&amp;%ff',
    "<Sip>sip:[::1]?x</Sip>",
    "<Client>a b</Client>",
    '<Header name="X-A" value="&#10;"/>',
    '<Parameter value="1"/>',
    "http://[::1",
    "sip:@",
    "<!DOCTYPE r>",
    '<?xml version="1.0"?>',
    "&#0;",
    "&#x10FFFF;",
)
FRAGMENTS = st.sampled_from(VALID_FRAGMENTS + TAG_FRAGMENTS + ODD_FRAGMENTS)


def outcome(body: bytes) -> Document | TwimlError:
    try:
        return parse(body)
    except TwimlError as error:
        return error


@given(st.lists(FRAGMENTS, max_size=20).map(lambda parts: "".join(parts).encode()) | st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_twiml_error(body: bytes) -> None:
    result = outcome(body)

    if isinstance(result, TwimlError):
        assert result.code in (12100, 12101, 12102, 13750)
        assert min(result.line, result.column) >= 1
    else:
        assert all(min(problem.line, problem.column) >= 1 for problem in result.problems)


@given(st.lists(FRAGMENTS, max_size=20).map("".join))
def test_inside_a_response_nothing_but_xml_is_fatal(inside: str) -> None:
    result = outcome(f"<Response>{inside}</Response>".encode())

    assert isinstance(result, Document) or result.code == 12100
