"""What is wrong with a flow: each kind, and what looks like one and is none."""

import pytest

from offhook.twiml.problem import Level
from offhook.twiml_check import Kind
from tests.unit.flow.application import Parameters, crawled, told

MENU = "<Gather numDigits='1' action='menu'><Say>One or two.</Say></Gather><Say>Goodbye.</Say>"


def test_a_menu_with_an_answer_for_everything_is_fine() -> None:
    flow = crawled({"/voice": MENU, "/menu": "<Say>Thank you.</Say>"})

    assert flow.findings == ()
    assert flow.is_fine


def test_an_answer_that_cannot_be_run_is_a_dead_end_told_once_for_all_its_inputs() -> None:
    def menu(given: Parameters) -> str:
        return "<Say>" if given["Digits"] in "345" else "<Say>Thank you.</Say>"

    flow = crawled({"/voice": MENU, "/menu": menu})

    (finding,) = flow.findings
    assert (finding.kind, finding.level, finding.code) == (Kind.DEAD_END, Level.ERROR, 12100)
    assert str(finding).startswith(
        "dead-end: document 1, line 1: <Gather action> with 3, 4, 5 leads to /menu: "
    )
    assert not flow.is_fine


def test_a_url_that_can_be_none_is_a_dead_end() -> None:
    flow = crawled({"/voice": "<Redirect>http://</Redirect>"})

    assert [finding.code for finding in flow.of_kind(Kind.DEAD_END)] == [11100]


@pytest.mark.parametrize("mute", ["", "<Hangup/>"])
def test_a_key_that_is_hung_up_on_without_a_word_is_a_dead_end(mute: str) -> None:
    flow = crawled(
        {"/voice": MENU, "/menu": lambda given: mute if given["Digits"] == "2" else "<Say>a</Say>"}
    )

    assert told(flow, Kind.DEAD_END) == [
        "1:1 <Gather action> with 2 is hung up on without a word by document 3"
    ]


def test_a_key_in_a_wait_document_that_leaves_or_waits_on_is_no_dead_end() -> None:
    wait = "<Gather numDigits='1' action='choice'><Say>Press 1 to leave.</Say></Gather>"
    flow = crawled(
        {
            "/voice": "<Enqueue waitUrl='wait' action='left'>support</Enqueue>",
            "/wait": wait,
            "/choice": lambda given: "<Leave/>" if given["Digits"] == "1" else "",
            "/left": "<Say>Goodbye.</Say>",
        }
    )

    assert flow.findings == ()
    assert [node.is_side for node in flow.nodes if node.url.endswith("choice")] == [True, True]


def test_so_is_a_callee_who_is_busy_but_not_one_who_has_talked() -> None:
    flow = crawled({"/voice": "<Dial action='after'>+14155551212</Dial>", "/after": "<Hangup/>"})

    assert told(flow, Kind.DEAD_END) == [
        "1:1 <Dial action> with busy, no-answer, failed is hung up on without a word by document 2"
    ]


def test_a_menu_that_repeats_itself_for_ever_is_a_loop_without_input() -> None:
    flow = crawled({"/voice": f"{MENU}<Redirect/>", "/menu": "<Say>a</Say>"})

    (finding,) = flow.findings
    assert (finding.kind, finding.level, finding.code) == (Kind.LOOP, Level.WARNING, None)
    assert finding.message == "for as long as the caller does nothing, documents go round: 1 -> 1"


def test_documents_that_only_redirect_are_ended_by_the_node() -> None:
    flow = crawled({"/voice": "<Redirect>a</Redirect>", "/a": "<Redirect>voice</Redirect>"})

    (finding,) = flow.findings
    assert (finding.kind, finding.level, finding.code) == (Kind.LOOP, Level.ERROR, 11215)
    assert finding.message.endswith("until the call is ended: 1 -> 2 -> 1")


@pytest.mark.parametrize("verb", ["<Record/>", "<Gather actionOnEmptyResult='true'/>"])
def test_a_verb_without_action_asks_its_own_document_again_for_ever(verb: str) -> None:
    """reference/twiml 17, row 3."""
    flow = crawled({"/voice": verb}, digits=("1",))

    assert told(flow, Kind.LOOP) == ["1:1 for as long as the caller does nothing, documents go round: 1 -> 1"]


def test_what_follows_a_record_is_reached_by_a_caller_who_says_nothing() -> None:
    flow = crawled({"/voice": "<Record action='done'/><Say>We heard nothing.</Say>", "/done": "<Say>a</Say>"})

    assert flow.findings == ()


def test_a_dial_that_is_tried_until_somebody_answers_is_one_loop_whatever_the_reasons() -> None:
    def after(given: Parameters) -> str:
        return "<Hangup/>" if given["DialCallStatus"] == "completed" else "<Redirect>voice</Redirect>"

    flow = crawled({"/voice": "<Dial action='after'>+14155551212</Dial>", "/after": after})

    assert [finding.kind for finding in flow.findings] == [Kind.LOOP]


def test_a_loop_that_only_the_caller_keeps_going_is_none() -> None:
    flow = crawled({"/voice": MENU, "/menu": "<Say>Again.</Say><Gather action='menu'/><Say>Bye.</Say>"})

    assert flow.of_kind(Kind.LOOP) == ()


def test_an_application_that_counts_its_tries_ends_a_loop_by_itself() -> None:
    tries = {"count": 0}

    def voice(given: Parameters) -> str:
        tries["count"] += 1
        return MENU + "<Redirect/>" if tries["count"] < 4 else "<Say>Too many.</Say>"

    flow = crawled({"/voice": voice, "/menu": "<Say>a</Say>"})

    assert flow.of_kind(Kind.LOOP) == ()
    assert [(edge.guess.label, edge.end) for edge in flow.edges if edge.attribute == ""] == [
        ("", flow.nodes[0]),
        ("later", flow.nodes[2]),
    ]


def test_a_try_that_is_counted_in_the_url_is_no_loop() -> None:
    def voice(given: Parameters) -> str:
        return MENU + "<Redirect>second</Redirect>"

    flow = crawled({"/voice": voice, "/second": MENU, "/menu": "<Say>a</Say>"})

    assert flow.findings == ()


def test_a_gather_with_nothing_after_it_has_no_fallback() -> None:
    flow = crawled({"/voice": "<Gather action='a'><Say>Press.</Say></Gather>", "/a": "<Say>b</Say>"})

    (finding,) = flow.findings
    assert (finding.kind, finding.level) == (Kind.NO_FALLBACK, Level.WARNING)
    assert finding.message == (
        "when nothing is pressed or said, the call is hung up without a word after Gather keys: “Press.”"
    )


def test_a_dial_with_nothing_after_it_is_a_note() -> None:
    flow = crawled({"/voice": "<Dial>+14155551212</Dial>"})

    (finding,) = flow.findings
    assert (finding.kind, finding.level) == (Kind.NO_FALLBACK, Level.NOTE)
    assert flow.is_fine


def test_a_verb_behind_one_that_never_goes_on_is_told() -> None:
    flow = crawled(
        {
            "/voice": "<Say>a</Say>\n<Dial action='after'>+14155551212</Dial>\n<Say>b</Say><Hangup/>",
            "/after": "<Say>c</Say>",
        }
    )

    assert told(flow, Kind.UNREACHABLE) == [
        "1:3 Say “b” and 1 more can never be reached: Dial +14155551212 never goes on to it"
    ]
    assert flow.is_fine


def test_an_echo_lasts_until_the_caller_hangs_up_so_that_nothing_behind_it_runs() -> None:
    flow = crawled({"/voice": "<Echo/><Say>Never.</Say>"})

    assert told(flow, Kind.UNREACHABLE) == ["1:1 Say “Never.” can never be reached: Echo never goes on to it"]


def test_nothing_follows_an_echo() -> None:
    flow = crawled({"/voice": "<Echo/><Say>b</Say>"})

    assert told(flow, Kind.UNREACHABLE) == ["1:1 Say “b” can never be reached: Echo never goes on to it"]


def test_what_is_wrong_inside_the_documents_is_told_with_them() -> None:
    flow = crawled({"/voice": "<Redirect method='PUT'>a</Redirect>", "/a": "<Say>b</Say><Foo/>"})

    assert [(node.number, problem.code) for node, problem in flow.problems] == [(1, 13710), (2, 12200)]
    assert not flow.is_fine


def test_music_that_goes_round_for_those_who_wait_is_none() -> None:
    flow = crawled(
        {
            "/voice": "<Dial><Conference waitUrl='wait'>room</Conference></Dial><Say>Bye.</Say>",
            "/wait": "<Play>http://files.test/music.mp3</Play><Redirect/>",
        }
    )

    assert flow.findings == ()


def test_music_that_goes_round_without_a_sound_is_an_error() -> None:
    flow = crawled(
        {
            "/voice": "<Dial><Conference waitUrl='wait'>room</Conference></Dial><Say>Bye.</Say>",
            "/wait": "<Redirect/>",
        }
    )

    assert [(finding.kind, finding.code) for finding in flow.findings] == [(Kind.LOOP, 11215)]
