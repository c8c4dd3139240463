"""streamdouble's scenarios hold against a real call as they hold against its own.

Each is run twice against the same agent: by streamdouble alone, and with a phone that calls a node in the
place of its WebSocket (`tests/support/doubled_call.py`). Its expectations, its reading of what the agent says
and its exit code must be the same both times; its own encoder must make, number by number, every message that
the node sent; its trace report must find nothing amiss in them.

Every step that a scenario can have is in one of them (`tests/support/doubled_scenarios.py`); so are the three
scenarios of its repository (barge-in, no input, hang-up), custom parameters, forks, and its network's loss,
jitter and latency.

Where it differs from Twilio's pages we follow the pages, and the difference is asserted:
- `clear`: it forgets the marks that wait; Twilio sends them back (websocket-messages, "Clear message").
- `hangup`: it closes without `stop`; Twilio sends `stop` when the call has ended (ibid., "Stop message").
- a lost packet: its timestamps jump, which it calls an inference; ours have silence in its place, since what
  Twilio's pages call the timestamp of a chunk is its place in an unbroken track.

What cannot be driven by a call, because it is about a tool and not about Twilio's side: `-n` and baselines
(statistics of an agent over many calls), `--max-...` thresholds (how fast an agent is; our own time is the
row `streams` of the benchmark), JUnit reports, `max_call_s` and `stop_after_first_mark` (when the tool stops
by itself), a connection that fails (the tool is the client there, and ours is in `test_client.py`).
"""

import asyncio
import base64
import json
import wave
from collections import Counter
from collections.abc import Iterator

import pytest
from streamdouble.protocol import MediaStreamEncoder, StreamIdentity  # type: ignore[import-untyped]
from streamdouble.tracereport import summarise  # type: ignore[import-untyped]

from offhook.stream.message import Fault
from tests.peers.test_examples import running_example
from tests.support.doubled_scenarios import PARAMETERS, PLANS, Run, run_all
from tests.support.sound import from_mu_law, places
from tests.support.stream_agents import SILENCE, frames_of, noise, noise_samples

pytestmark = pytest.mark.peer

EARLY_S = 0.1
"""How far two clocks that begin with the same message may be apart."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    folder = tmp_path_factory.mktemp("scenarios")
    for name, seconds, seed in (("long", 2.0, 1), ("short", 0.5, 3), ("clip", 1.0, 2)):
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(noise_samples(seconds, seed))
    with running_example("stream_agent.py", TWILIO_AUTH_TOKEN="") as voice_url:
        yield asyncio.run(run_all(folder, voice_url.replace("http", "ws", 1).replace("/voice", "/talk")))


# What holds of all


@pytest.mark.parametrize("name", PLANS)
def test_streamdouble_judges_a_real_call_as_it_judges_its_own(name: str, runs: dict[str, Run]) -> None:
    alone, called = runs[name].alone, runs[name].called
    assert called.exit_code == alone.exit_code
    assert called.result.expectations == alone.result.expectations
    assert not called.result.failed_expectations
    assert [each.code for each in called.result.violations] == [each.code for each in alone.result.violations]
    assert called.result.unknown_events == alone.result.unknown_events
    assert called.result.clears_received == alone.result.clears_received
    assert called.result.closed_by == alone.result.closed_by


@pytest.mark.parametrize("name", PLANS)
def test_streamdoubles_encoder_makes_every_message_that_we_sent(name: str, runs: dict[str, Run]) -> None:
    line, told = runs[name].line, runs[name].told
    start = told[1]["start"]
    encoder = MediaStreamEncoder(StreamIdentity(line.stream_sid, start["accountSid"], line.call_sid))
    made = [encoder.connected()]
    made.append(encoder.start(tracks=start["tracks"], custom_parameters=start["customParameters"]))
    for message in told[2:]:
        match message["event"]:
            case "media":
                media = message["media"]
                made.append(encoder.media(base64.b64decode(media["payload"]), track=media["track"]))
            case "mark":
                made.append(encoder.mark(message["mark"]["name"]))
            case "dtmf":
                made.append(encoder.dtmf(message["dtmf"]["digit"]))
            case "stop":
                made.append(encoder.stop())
    assert told == made


@pytest.mark.parametrize("name", PLANS)
def test_streamdoubles_report_finds_nothing_amiss_in_what_we_sent(name: str, runs: dict[str, Run]) -> None:
    ours, theirs = runs[name].summary, summarise(json.dumps(record) for record in runs[name].trace)
    assert ours.sequence_break_count == 0
    assert ours.malformed_lines == ours.oversized_lines == 0
    assert ours.spoke == theirs.spoke
    assert set(ours.marks_echoed) <= set(ours.marks_sent)


# What each tells


def test_an_agent_that_answers_is_told_the_same_in_the_same_order(runs: dict[str, Run]) -> None:
    run = runs["answered"]
    for direction, wanted in (
        ("out", ["connected", "start", "media", "mark", "stop"]),
        ("in", ["media", "mark"]),
    ):
        for told in run.events(direction):
            assert (
                list(dict.fromkeys(told)) == wanted
            )  # whether the caller speaks after a mark is the clocks' to say
    assert run.told[1]["start"]["customParameters"] == PARAMETERS
    assert run.summary.unechoed_marks == []
    (said,) = (json.loads(text)["media"]["payload"] for text in run.line.said if '"media"' in str(text))
    assert base64.b64decode(said) in run.line.heard, "the caller heard it to its end"


def test_a_mark_comes_back_when_its_audio_was_played_and_not_before(runs: dict[str, Run]) -> None:
    for name in ("answered", "greeting"):
        line = runs[name].line
        came = [(at, message["mark"]["name"]) for at, message in line.told if message["event"] == "mark"]
        assert [mark for _, mark in came] == [mark for _, mark in line.foreseen]
        assert all(at > due - EARLY_S for (at, _), (due, _) in zip(came, line.foreseen, strict=True))


def test_an_interrupted_agent_has_its_marks_back_where_streamdouble_forgets_them(
    runs: dict[str, Run],
) -> None:
    run = runs["barge-in"]
    assert run.events("in") == (["media", "mark", "clear"],) * 2
    alone, ours = run.events("out")
    assert alone == ["connected", "start", "media", "stop"]
    assert ours == ["connected", "start", "media", "mark", "media", "stop"]
    order = [record["event"] for record in run.line.trace.records if record["event"] != "media"]
    assert order.index("clear") < len(order) - 1 - order[::-1].index("mark"), "the mark came back by it"
    assert run.summary.unechoed_marks == []
    assert run.seen["clears"] == 1


def test_a_caller_who_says_nothing_is_a_stream_of_silence(runs: dict[str, Run]) -> None:
    run = runs["no-input"]
    assert run.events("out") == (["connected", "start", "media", "stop"],) * 2
    assert run.events("in") == ([], [])
    assert set(run.tracks["inbound"]) == {SILENCE}
    assert len(run.tracks["inbound"]) >= 50
    assert run.alone.result.timed_out
    assert run.called.result.timed_out


def test_keys_reach_the_agent_in_their_order_and_it_may_hang_up(runs: dict[str, Run]) -> None:
    run = runs["keys"]
    keys = [message["dtmf"]["digit"] for message in run.told if message["event"] == "dtmf"]
    assert keys == [record["digit"] for record in run.trace if record["event"] == "dtmf"] == list("12*#AD0")
    assert run.called.result.closed_by == "agent"
    assert run.told[-1]["event"] != "stop", "who has closed is told nothing more"
    assert not run.notes


def test_a_caller_who_hangs_up_is_told_of_where_streamdouble_breaks_off(runs: dict[str, Run]) -> None:
    run = runs["hang-up"]
    assert run.called.result.closed_by == run.alone.result.closed_by == "caller"
    assert run.trace[-1]["event"] != "stop"
    assert run.told[-1]["event"] == "stop"
    assert not run.notes


def test_what_an_agent_says_wrong_is_found_by_both(runs: dict[str, Run]) -> None:
    run = runs["wrong"]
    kinds = {
        "malformed_json": Fault.NOT_JSON,
        "not_an_object": Fault.NOT_JSON,
        "binary_frame": Fault.BINARY,
        "missing_event": Fault.UNKNOWN_EVENT,
        "missing_stream_sid": Fault.WRONG_STREAM,
        "wrong_stream_sid": Fault.WRONG_STREAM,
        "malformed_media": Fault.NO_FIELD,
        "malformed_mark": Fault.NO_FIELD,
        "bad_base64": Fault.NOT_BASE64,
    }
    assert run.summary.unparseable_frames == 3, "no JSON, no object, no text"
    theirs = Counter(kinds[each.code].value for each in run.alone.result.violations)
    theirs[Fault.UNKNOWN_EVENT.value] += len(run.alone.result.unknown_events)
    assert run.seen["faults"] == theirs
    assert theirs.total() == 10
    assert run.notes == {31950: 1, 31951: 1}, "each kind is told once a stream"
    assert run.seen["media_received"] == 1, "what is right is played all the same"


def test_a_message_that_is_too_large_ends_both(runs: dict[str, Run]) -> None:
    run = runs["large"]
    assert run.called.result.closed_by == "streamdouble"
    assert run.seen["media_received"] == 0
    assert run.notes == {31924: 1}


def test_what_a_bad_line_loses_is_silence_in_an_unbroken_track(runs: dict[str, Run]) -> None:
    run = runs["bad-line"]
    said = run.said
    came, lost = run.tracks["inbound"], run.called.result.frames_dropped
    assert lost == run.alone.result.frames_dropped > 5, "the same packets are lost"
    stamps = [int(record["timestamp_ms"]) for record in run.trace if record["event"] == "media"]
    assert len(stamps) < stamps[-1] / 20, "theirs have a gap for each"
    ours = [int(m["media"]["timestamp"]) for m in run.told if m["event"] == "media"]
    assert ours == list(range(0, 20 * len(ours), 20)), "ours have none"
    heard = [frame for frame in came if frame != SILENCE]
    kept = [frame for frame in said if frame in set(heard)]
    assert heard == kept, "what came is whole and in order"
    length = said.index(kept[-1]) - said.index(kept[0])
    longer_ms = 20 * (came.index(kept[-1]) - came.index(kept[0]) - length)
    late_ms = run.called.result.pacing.max_lateness_ms
    assert 0 <= longer_ms <= late_ms, "what is lost has its place; only a pause of the sender is one of ours"


def test_a_fork_has_both_tracks_numbered_together_and_timed_apart(runs: dict[str, Run]) -> None:
    run = runs["fork"]
    assert run.told[1]["start"]["tracks"] == ["inbound", "outbound"]
    assert b"".join(run.said) in b"".join(run.tracks["inbound"])
    played, heard = noise(1.0, 2), b"".join(run.tracks["outbound"])
    assert len(places(from_mu_law(heard), from_mu_law(played))) == 1
    assert run.events("out") == (["connected", "start", "media", "stop"],) * 2
    assert run.called.exit_code == 0


def test_who_talks_to_a_fork_is_not_heard(runs: dict[str, Run]) -> None:
    run = runs["talks-to-a-fork"]
    assert {each.code for each in run.called.result.violations} == {"unidirectional_stream"}
    assert run.seen["faults"] == {"unknown-event": len(run.alone.result.violations)}
    assert run.summary.marks_echoed == []
    assert not any(frame in run.line.heard for frame in frames_of(noise(0.5, 11)))
    assert run.notes == {31951: 1}
