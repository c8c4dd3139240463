"""A crawl: what is asked for with which inputs, what is the same document, where it ends."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.flow.call_flow import Failure, Node, NotFollowed
from offhook.flow.crawl import Bounds, Crawl
from offhook.flow.guess import Inputs
from offhook.twiml_check import Kind, check_flow
from tests.unit.flow.application import Parameters, asking, crawled, told

SAY = "<Say>Hello.</Say>"


def test_the_first_document_is_asked_for_as_of_a_call_that_rings() -> None:
    seen: list[tuple[str, str, Parameters]] = []

    flow = check_flow("/voice", answer=asking({"/voice": SAY}, seen))

    ((method, path, parameters),) = seen
    assert (method, path, parameters["CallStatus"]) == ("POST", "/voice", "ringing")
    assert parameters["CallSid"].startswith("CA")
    assert [node.number for node in flow.nodes] == [1]
    assert flow.is_fine


def test_the_next_one_is_of_a_call_that_is_answered_once_a_verb_has_answered_it() -> None:
    seen: list[tuple[str, str, Parameters]] = []
    pages = {"/voice": "<Redirect>a</Redirect>", "/a": f"{SAY}<Redirect>b</Redirect>", "/b": SAY}

    check_flow("/voice", answer=asking(pages, seen))

    assert [parameters["CallStatus"] for _, _, parameters in seen] == ["ringing", "ringing", "in-progress"]


@pytest.mark.parametrize(
    ("gather", "pressed"),
    [
        ("numDigits='1'", list("1234567890*")),
        ("numDigits='4'", ["1234", "0000"]),
        ("", ["1", "2", "3", "1234"]),
    ],
)
def test_the_keys_that_are_tried_are_as_many_as_are_wanted(gather: str, pressed: list[str]) -> None:
    seen: list[tuple[str, str, Parameters]] = []

    check_flow("/voice", answer=asking({"/voice": f"<Gather {gather} action='a'/>", "/a": SAY}, seen))

    assert [parameters["Digits"] for _, path, parameters in seen if path == "/a"] == pressed


def test_keys_and_words_of_ones_own_are_tried_in_place_of_those() -> None:
    seen: list[tuple[str, str, Parameters]] = []
    pages = {"/voice": "<Gather input='dtmf speech' numDigits='2' action='a'/>", "/a": SAY}

    check_flow("/voice", answer=asking(pages, seen), digits=("42", "999"), speech=("help",))

    asked = [parameters for _, path, parameters in seen if path == "/a"]
    assert [each.get("Digits") for each in asked] == ["42", "99", None]
    assert asked[2]["SpeechResult"] == "help"


def test_inputs_that_get_the_same_answer_lead_to_one_document() -> None:
    flow = crawled({"/voice": "<Gather numDigits='1' action='a'/>", "/a": SAY})

    assert len(flow.nodes) == 2
    assert {edge.end for edge in flow.edges} == {flow.nodes[1]}
    assert flow.requests == 12


def test_each_outcome_of_a_dial_is_tried() -> None:
    flow = crawled(
        {
            "/voice": "<Dial action='after'>+14155551212</Dial>",
            "/after": lambda given: f"<Say>{given['DialCallStatus']}</Say>",
        }
    )

    assert [edge.guess.label for edge in flow.edges] == ["completed", "busy", "no-answer", "failed"]
    assert [node.flow.steps[0].flow.label for node in flow.nodes[1:]] == [
        "Say “completed”",
        "Say “busy”",
        "Say “no-answer”",
        "Say “failed”",
    ]


def test_a_word_with_its_sounds_is_shown_as_it_is_written() -> None:
    flow = crawled(
        {"/voice": "<Say>A <phoneme alphabet='x-sampa' ph='pI&quot;kA:n'>pecan</phoneme> pie</Say>"}
    )

    assert flow.nodes[0].flow.steps[0].flow.label == "Say “A pecan pie”"


def test_a_whisper_and_the_document_of_a_transfer_run_beside_the_call() -> None:
    flow = crawled(
        {
            "/voice": f"<Dial referUrl='moved'><Number url='whisper'>+14155551212</Number></Dial>{SAY}",
            "/moved": "<Dial>+14155551213</Dial>",
            "/whisper": SAY,
        }
    )

    assert [(edge.attribute, edge.is_side) for edge in flow.edges] == [("referUrl", True), ("url", True)]
    assert [node.is_side for node in flow.nodes] == [False, True, True]
    assert flow.findings == ()


def test_what_can_never_be_reached_is_not_followed() -> None:
    seen: list[tuple[str, str, Parameters]] = []
    pages = {"/voice": "<Redirect>a</Redirect><Redirect>never</Redirect>", "/a": SAY}

    check_flow("/voice", answer=asking(pages, seen))

    assert [path for _, path, _ in seen] == ["/voice", "/a"]


def test_another_host_is_not_asked_unless_it_is_named() -> None:
    def answer(method: str, url: str, parameters: Parameters) -> str:
        if "other" in url:
            return f"<Response>{SAY}</Response>"
        return "<Response><Redirect>http://other.test/x</Redirect></Response>"

    alone = check_flow("http://one.test/", answer=answer)
    both = check_flow("http://one.test/", answer=answer, bounds=Bounds(hosts=frozenset({"other.test"})))

    (edge,) = alone.edges
    assert edge.end == NotFollowed("other.test is another host", "http://other.test/x")
    assert [node.url for node in both.nodes] == ["http://one.test/", "http://other.test/x"]


def test_requests_and_depth_are_bounded_and_what_lies_beyond_is_named() -> None:
    numbers = itertools.count()
    pages = {"/voice": lambda _: f"<Say>{next(numbers)}</Say><Redirect/>"}

    deep = crawled(pages, bounds=Bounds(requests=1_000, depth=7))
    short = crawled(pages, bounds=Bounds(requests=5))

    assert (deep.requests, short.requests) == (8, 5)
    assert told(deep, Kind.NOT_FOLLOWED) == [
        "8:1 <Redirect> was not followed to /voice: it is more than 7 documents deep"
    ]
    assert told(short, Kind.NOT_FOLLOWED) == [
        "5:1 <Redirect> was not followed to /voice: 5 documents were asked for"
    ]


def test_a_file_has_no_url_so_its_relative_urls_are_not_followed() -> None:
    body = b"<Response><Gather action='menu'/><Redirect>http://app.test/next</Redirect></Response>"
    crawl = Crawl.of_document("voice.xml", body, Inputs(), Bounds())

    request = crawl.poll_request()

    assert request is not None
    assert request.url == "http://app.test/next"
    crawl.handle_failure(request, 11200, "no")
    assert crawl.poll_request() is None
    flow = crawl.flow()
    assert [type(edge.end) for edge in flow.edges] == [NotFollowed] * 4 + [Failure]
    assert flow.requests == 1


def test_a_first_document_that_cannot_be_run_is_the_only_finding() -> None:
    flow = check_flow("/voice", answer=lambda *_: "<Response><Say>")

    assert (flow.nodes, flow.is_fine) == ((), False)
    assert flow.failure is not None
    assert flow.failure.code == 12100
    assert [finding.kind for finding in flow.findings] == [Kind.DEAD_END]


def test_a_stopped_crawl_says_why_of_every_way_that_is_left() -> None:
    crawl = Crawl("http://app.test/", "POST", Inputs(), Bounds())
    request = crawl.poll_request()
    assert request is not None
    crawl.handle_document(request, request.url, b"<Response><Gather numDigits='1'/></Response>")

    crawl.stop("60 s are over")

    assert crawl.poll_request() is None
    assert {edge.end for edge in crawl.flow().edges} == {NotFollowed("60 s are over", "http://app.test/")}


VERBS = st.sampled_from(
    [
        "<Say>a</Say>",
        "<Gather numDigits='1' action='{}'/>",
        "<Gather action='{}' actionOnEmptyResult='true'/>",
        "<Redirect>{}</Redirect>",
        "<Dial action='{}'>+14155551212</Dial>",
        "<Record action='{}'/>",
        "<Hangup/>",
        "<Pause/>",
        "<Nonsense",
        "<Redirect>http://</Redirect>",
    ]
)
PATHS = ("voice", "a", "b", "c")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(PATHS), st.lists(st.tuples(VERBS, st.sampled_from(PATHS)), max_size=4), min_size=4
    )
)
def test_any_application_is_gone_through_within_the_bounds(
    application: dict[str, list[tuple[str, str]]],
) -> None:
    pages = {f"/{path}": "".join(v.format(to) for v, to in verbs) for path, verbs in application.items()}

    flow = crawled(pages, bounds=Bounds(requests=150))

    assert flow.requests <= 150
    assert len(flow.nodes) <= len(PATHS)
    assert all(isinstance(edge.end, Node | Failure | NotFollowed) for edge in flow.edges)
    for finding in flow.findings:
        assert 0 <= finding.document <= len(flow.nodes)


@pytest.mark.parametrize(
    ("verb", "labels", "attributes"),
    [
        (
            "<Enqueue action='a' waitUrl='b'>q</Enqueue>",
            ["bridged", "leave", "queue-full", "error", ""],
            {"action", "waitUrl"},
        ),
        ("<Enqueue waitUrl='b'>q</Enqueue>", [""], {"waitUrl"}),
        (
            "<Dial action='a'><Conference waitUrl='b'>room</Conference></Dial>",
            ["answered", ""],
            {"action", "waitUrl"},
        ),
        ("<Connect action='a'><Stream url='wss://agent.test/'/></Connect>", ["ended"], {"action"}),
        ("<Connect action='a'><VirtualAgent connectorName='x'/></Connect>", ["failed"], {"action"}),
        (
            "<Pay action='a'/>",
            ["success", "caller-interrupted-with-star", "payment-connector-error"],
            {"action"},
        ),
        (
            "<Refer action='a'><Sip>sip:bob@example.com</Sip></Refer>",
            ["in-progress", "busy", "failed"],
            {"action"},
        ),
        ("<Start><Stream url='wss://agent.test/'/></Start>", [], set()),
        ("<Leave/>", [], set()),
    ],
)
def test_each_outcome_of_every_other_verb_is_tried(
    verb: str, labels: list[str], attributes: set[str]
) -> None:
    flow = crawled({"/voice": f"{verb}<Say>c</Say>", "/a": SAY, "/b": SAY})

    assert [edge.guess.label for edge in flow.edges] == labels
    assert {edge.attribute for edge in flow.edges} == attributes
    assert [node.is_side for node in flow.nodes if node.url.endswith("/b")] in ([], [True])
