"""`<Dial><Conference>` in virtual time: who waits, talks, is held and leaves, and what is told of it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from offhook.conference.change import SeatChange
from offhook.conference.conference import Conference
from offhook.conference.plan import JoinError, Target
from offhook.media.ports import RecordingChannels
from offhook.media.ports.room import JitterBuffer, MemberPlan
from offhook.model.call import CallStatus
from offhook.model.conference import ConferenceEnding, ConferenceStatus
from offhook.model.conference import Participant as ParticipantRecord
from offhook.model.recording import RecordingStatus, RecordingTrack
from offhook.phone.phone_call import PhoneCall
from offhook.switchboard.update_call import CallUpdate
from offhook.verbs.runner import InlineDocument
from offhook.webhook.callback import parameters_of
from offhook.webhook.ports import ConferenceNews, RecordingNews
from tests.support.memory_store import ACCOUNT
from tests.support.silent_media import SilentPort, SilentRoom
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
DONE = "http://app.test/done"
WAIT = "http://app.test/wait"
HOLD = "http://app.test/hold"
NEWS = "http://app.test/news"
ALL = "start end join leave mute hold modify speaker announcement"
TOLD = f"statusCallback='{NEWS}' statusCallbackEvent='{ALL}'"
SHELF: dict[str, str | int] = {
    DONE: "<Response><Say>Done.</Say></Response>",
    WAIT: "<Response><Say>Please wait.</Say></Response>",
    HOLD: "<Response><Say>On hold.</Say></Response>",
}
TALKS = MemberPlan()
WAITS = MemberPlan(is_heard=False, hears=False)


class Meeting:
    """Callers of one exchange, who meet in `room` unless their document says otherwise."""

    def __init__(self, small: SmallExchange) -> None:
        self.small = small
        self.callers: list[PhoneCall] = []

    async def call(self, attributes: str = "", dial: str = "", name: str = "room") -> PhoneCall:
        """One more of them, who has joined when this returns."""
        noun = f"<Conference {attributes}>{name}</Conference>"
        self.small.bookshelf.documents[VOICE] = (
            f"<Response><Dial {dial}>{noun}</Dial><Say>After.</Say></Response>"
        )
        caller = await self.small.call()
        self.callers.append(caller)
        await asyncio.sleep(0.5)
        return caller

    @property
    def conference(self) -> Conference:
        found = self.small.conferences.find(ACCOUNT.sid, "room")
        assert found is not None
        return found

    @property
    def room(self) -> SilentRoom:
        return self.small.media.rooms[-1]

    @property
    def ports(self) -> list[SilentPort]:
        """Of the callers, in the order in which they called."""
        return [port for port in self.small.media.ports if port.plan is not None]

    @property
    def plans(self) -> list[MemberPlan | None]:
        """What each caller may do in the room; None of one that is not there."""
        return [self.room.members.get(port.port_id) for port in self.ports]

    def hears_its_own(self, caller: int) -> bool:
        """Whether something plays that one caller alone hears."""
        return self.ports[caller].is_playing

    @property
    def desk(self) -> SilentPort:
        return next(port for port in self.small.media.ports if port.plan is None)

    @property
    def people(self) -> list[ParticipantRecord]:
        return list(self.conference.participants())

    @property
    def told(self) -> list[dict[str, str]]:
        news = [each for each in self.small.bookshelf.delivered if isinstance(each, ConferenceNews)]
        return [dict(parameters_of(each)) for each in news]

    @property
    def events(self) -> list[str]:
        return [each["StatusCallbackEvent"] for each in self.told]

    def statuses(self) -> list[ConferenceStatus]:
        return [each.status for each in self.small.store.conferences.history]


def meet(act: Callable[[Meeting], Awaitable[None]], **shelf: str | int) -> Meeting:
    """What callers do, until all of them have hung up."""

    async def scenario() -> Meeting:
        documents = {**SHELF, **{f"http://app.test/{name}": text for name, text in shelf.items()}}
        async with small_exchange(documents, conferences_max=2) as small:
            meeting = Meeting(small)
            await act(meeting)
            for caller in meeting.callers:
                await caller.hang_up()
            assert await small.exchange.drain(60)
            await asyncio.sleep(5)
            assert len(small.conferences) == 0, "a conference is still there"
            assert all(room.is_closed for room in small.media.rooms)
        return meeting

    return run(scenario())


def test_conference_of_one_never_starts_and_wait_music_continues() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call()
        await asyncio.sleep(3600)
        assert meeting.plans == [WAITS]
        (port,) = meeting.ports
        assert port.is_playing, "the music of the node, again and again"
        assert len(port.played) == 1
        assert meeting.conference.record.status is ConferenceStatus.INIT

    meeting = meet(act)
    assert meeting.statuses() == [ConferenceStatus.INIT, ConferenceStatus.COMPLETED]
    record = meeting.small.store.conferences.last
    assert (record.reason_ended, record.friendly_name) == (ConferenceEnding.LAST_LEFT, "room")
    assert record.ending_call_sid == meeting.small.store.calls.last.sid


def test_two_talk_and_the_last_to_leave_ends_it() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call()
        await meeting.call()
        assert meeting.plans == [TALKS, TALKS]
        assert not any(port.is_playing for port in meeting.ports), "the music has stopped"
        assert len(meeting.desk.played) == 1, "the beep of who came when it began"
        await meeting.callers[0].hang_up()
        await asyncio.sleep(1)
        assert meeting.plans == [None, TALKS]
        assert meeting.conference.record.status is ConferenceStatus.IN_PROGRESS
        assert len(meeting.desk.played) == 2

    meeting = meet(act)
    assert meeting.statuses() == [
        ConferenceStatus.INIT,
        ConferenceStatus.IN_PROGRESS,
        ConferenceStatus.COMPLETED,
    ]
    assert meeting.small.voice.texts == []


def test_without_one_who_may_start_it_all_wait() -> None:
    async def act(meeting: Meeting) -> None:
        for _ in range(2):
            await meeting.call("startConferenceOnEnter='false'")
        assert meeting.plans == [WAITS, WAITS]
        await meeting.call()
        assert meeting.plans == [TALKS] * 3
        await meeting.call("startConferenceOnEnter='false'")
        assert meeting.plans == [TALKS] * 4, "once it has started, it has"

    meet(act)


def test_conference_wait_url_plays_once_then_silence() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"waitUrl='{WAIT}' waitMethod='GET'")
        await asyncio.sleep(600)
        asked = [each for each in meeting.small.bookshelf.asked if each.url == WAIT]
        assert [each.method for each in asked] == ["GET"]
        assert dict(asked[0].results)["ConferenceSid"] == meeting.conference.sid
        assert meeting.small.voice.texts == ["Please wait."]
        assert not meeting.ports[0].is_playing
        assert meeting.plans == [WAITS]

    meet(act)


def test_an_empty_wait_url_is_silence() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("waitUrl=''")
        assert meeting.ports[0].played == []

    meet(act)


def test_a_wait_document_may_lead_to_itself_and_is_broken_off_by_the_start() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"waitUrl='{WAIT}'")
        await asyncio.sleep(100)
        asked = len(meeting.small.bookshelf.asked)
        assert asked > 5
        await meeting.call()
        asked = len(meeting.small.bookshelf.asked)
        await asyncio.sleep(100)
        assert len(meeting.small.bookshelf.asked) == asked
        assert meeting.plans == [TALKS, TALKS]

    meet(act, wait="<Response><Pause length='5'/><Redirect/></Response>")


def test_who_has_no_wait_document_does_not_join() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"waitUrl='http://app.test/nowhere' {TOLD}", f"action='{DONE}'")
        await asyncio.sleep(30)

    meeting = meet(act)
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    assert dict(asked.results)["DialCallStatus"] == "failed"
    assert 11200 in meeting.small.store.notifications.codes
    assert meeting.events == ["participant-join", "participant-leave", "conference-end"]
    assert meeting.told[1]["ReasonParticipantLeft"] == "participant_add_failed"


def test_a_verb_that_may_not_stand_in_a_wait_document_is_noted() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"waitUrl='{WAIT}'")
        await asyncio.sleep(30)

    meeting = meet(act, wait="<Response><Say>One.</Say><Gather/><Say>Two.</Say></Response>")
    assert 13238 in meeting.small.store.notifications.codes
    assert meeting.small.voice.texts[0] == "One."
    assert "Two." not in meeting.small.voice.texts


def test_one_who_ends_it_takes_all_along_and_each_goes_on() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"{TOLD}", f"action='{DONE}'")
        await meeting.call()
        await meeting.call("endConferenceOnExit='true' participantLabel='boss'")
        await asyncio.sleep(10)
        await meeting.callers[2].hang_up()
        await asyncio.sleep(1)
        assert len(meeting.small.conferences) == 0
        await asyncio.sleep(10)

    meeting = meet(act)
    assert sorted(meeting.small.voice.texts) == ["After.", "Done."]
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    results = dict(asked.results)
    assert results == {"DialCallStatus": "answered"}
    last = meeting.told[-1]
    assert meeting.events == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-join",
        "participant-leave",
        "participant-leave",
        "participant-leave",
        "conference-end",
    ]
    assert [each["SequenceNumber"] for each in meeting.told] == [str(n) for n in range(1, 9)]
    assert last["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert last["ParticipantLabelEndingConference"] == "boss"
    assert last["CallSidEndingConference"] == meeting.told[3]["CallSid"]
    reasons = [each["ReasonParticipantLeft"] for each in meeting.told[4:7]]
    assert reasons == ["participant_hung_up", "moderator_ended_conference", "moderator_ended_conference"]
    statuses = [each["ParticipantCallStatus"] for each in meeting.told[4:7]]
    assert statuses == ["completed", "in-progress", "in-progress"]


def test_hangup_on_star_leaves_and_answered_is_told() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("", f"hangupOnStar='true' action='{DONE}'")
        await meeting.call()
        meeting.ports[0].press("12")
        await asyncio.sleep(1)
        assert meeting.plans == [TALKS, TALKS]
        meeting.ports[0].press("*")
        await asyncio.sleep(1)
        assert meeting.plans == [None, TALKS]

    meeting = meet(act)
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    assert dict(asked.results) == {"DialCallStatus": "answered"}


def test_the_time_limit_of_the_dial_counts_for_its_participant() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("", "timeLimit='60'")
        await meeting.call()
        await asyncio.sleep(58)
        assert meeting.plans == [TALKS, TALKS]
        await asyncio.sleep(2)
        assert meeting.plans == [None, TALKS]

    meet(act)


def test_first_participant_fixes_conference_callback_settings() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"statusCallback='{NEWS}' statusCallbackEvent='start' statusCallbackMethod='GET'")
        await meeting.call(f"statusCallback='{DONE}' statusCallbackEvent='{ALL}'")

    meeting = meet(act)
    news = [each for each in meeting.small.bookshelf.delivered if isinstance(each, ConferenceNews)]
    assert [(each.url, each.method) for each in news] == [(NEWS, "GET")]
    assert meeting.events == ["conference-start"]
    assert meeting.told[0]["FriendlyName"] == "room"


def test_the_end_is_told_by_the_next_node_with_a_higher_number_if_this_one_dies() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        kept = meeting.small.store.subscriptions.kept
        subscription = kept[meeting.conference.sid]
        assert (subscription.url, subscription.events) == (NEWS, frozenset({"end"}))
        assert subscription.sequence_number == 64
        for is_muted in (True, False) * 40:
            meeting.conference.change(meeting.people[0].call_sid, SeatChange(is_muted=is_muted))
            await asyncio.sleep(1)
        assert len(meeting.told) == 81
        assert kept[meeting.conference.sid].sequence_number > 82

    meeting = meet(act)
    assert meeting.small.store.subscriptions.kept == {}
    assert meeting.told[-1]["SequenceNumber"] == "83"


def test_a_callback_without_events_is_told_nothing() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"statusCallback='{NEWS}'")

    assert meet(act).events == []


def test_update_of_a_participant_removes_it_and_drops_everyone_if_it_ends_it() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call("endConferenceOnExit='true'")
        calls = meeting.people
        update = CallUpdate(start=InlineDocument("<Response><Say>Elsewhere.</Say></Response>"))
        await meeting.small.exchange.update(ACCOUNT.sid, calls[1].call_sid, update)
        await asyncio.sleep(5)
        assert len(meeting.small.conferences) == 0

    meeting = meet(act)
    assert sorted(meeting.small.voice.texts) == ["After.", "Elsewhere."]
    assert meeting.told[3]["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert meeting.told[-1]["StatusCallbackEvent"] == "conference-end"


def test_a_muted_participant_hears_all_and_is_not_heard() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call("muted='true' jitterBufferSize='small'")
        assert meeting.plans == [TALKS, MemberPlan(is_heard=False, jitter_buffer=JitterBuffer.SMALL)]
        conference, (one, two) = meeting.conference, tuple(meeting.people)
        assert two.is_muted
        conference.change(two.call_sid, SeatChange(is_muted=False))
        conference.change(two.call_sid, SeatChange(is_muted=False))
        conference.change(one.call_sid, SeatChange(is_muted=True))
        assert meeting.plans == [
            MemberPlan(is_heard=False),
            MemberPlan(jitter_buffer=JitterBuffer.SMALL),
        ]
        await asyncio.sleep(1)
        assert meeting.events[-2:] == ["participant-unmute", "participant-mute"], "each once"
        assert (meeting.told[-1]["Muted"], meeting.told[-2]["Muted"]) == ("true", "false")

    meet(act)


def test_on_hold_it_hears_the_hold_document_alone_and_is_not_heard() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        conference, (_, two) = meeting.conference, meeting.people
        conference.change(two.call_sid, SeatChange(is_on_hold=True, hold=Target(HOLD, "GET")))
        await asyncio.sleep(30)
        assert meeting.plans == [TALKS, WAITS]
        assert meeting.people[1].is_on_hold
        assert meeting.small.voice.texts == ["On hold."]
        conference.change(two.call_sid, SeatChange(is_on_hold=True))
        await asyncio.sleep(1)
        assert meeting.hears_its_own(1), "the music of the node"
        conference.change(two.call_sid, SeatChange(is_on_hold=False))
        await asyncio.sleep(1)
        assert meeting.plans == [TALKS, TALKS]
        assert not meeting.hears_its_own(1)
        assert meeting.events[-2:] == ["participant-hold", "participant-unhold"]

    meet(act)


def test_who_is_held_before_the_start_stays_held() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call()
        (one,) = meeting.people
        meeting.conference.change(one.call_sid, SeatChange(is_on_hold=True))
        await meeting.call()
        assert meeting.plans == [WAITS, TALKS]
        meeting.conference.change(one.call_sid, SeatChange(is_on_hold=False))
        assert meeting.plans == [TALKS, TALKS]

    meet(act)


def test_a_coach_is_heard_by_one_alone() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        one, two = meeting.people
        await meeting.call(f"coach='{one.call_sid}'")
        ports = meeting.ports
        assert meeting.plans[2] == MemberPlan(coaches=ports[0].port_id)
        coach = meeting.people[2]
        assert (coach.is_coaching, coach.call_sid_to_coach) == (True, one.call_sid)
        meeting.conference.change(coach.call_sid, SeatChange(is_coaching=True, coaches=two.call_sid))
        assert meeting.plans[2] == MemberPlan(coaches=ports[1].port_id)
        meeting.conference.change(coach.call_sid, SeatChange(is_coaching=False))
        assert meeting.plans[2] == TALKS
        meeting.conference.change(coach.call_sid, SeatChange(is_coaching=True))
        await meeting.callers[1].hang_up()
        await asyncio.sleep(1)
        assert meeting.plans[2] == MemberPlan(coaches=0), "nobody hears it"
        for nobody in (two.call_sid, coach.call_sid):
            with pytest.raises(JoinError) as refused:
                meeting.conference.change(coach.call_sid, SeatChange(is_coaching=True, coaches=nobody))
            assert refused.value.code == 16028
        meeting.conference.change(one.call_sid, SeatChange(is_on_hold=True))
        with pytest.raises(JoinError) as refused:
            meeting.conference.change(coach.call_sid, SeatChange(is_coaching=True, coaches=one.call_sid))
        assert refused.value.code == 16027
        await asyncio.sleep(1)
        assert meeting.events.count("participant-modify") == 3

    meet(act)


@pytest.mark.parametrize(
    ("before", "attributes", "name", "code"),
    [
        ("participantLabel='ann'", "participantLabel='ann'", "room", 16025),
        ("maxParticipants='2'", "maxParticipants='200'", "room", 16020),
        ("", f"coach='CA{'0' * 32}'", "room", 13240),
        ("", f"coach='CA{'0' * 32}'", "another", 13240),
        ("", "", f"CF{'0' * 32}", 13236),
        ("", "", "n" * 129, 13237),
        ("", "", "", 13237),
    ],
)
def test_who_cannot_join_goes_on_with_the_action(before: str, attributes: str, name: str, code: int) -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(before)
        await meeting.call()
        await meeting.call(attributes, f"action='{DONE}'", name)
        assert len(meeting.people) == 2

    meeting = meet(act)
    assert code in meeting.small.store.notifications.codes
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    assert dict(asked.results)["DialCallStatus"] == "failed"


def test_a_node_that_has_all_the_conferences_it_takes_begins_no_other() -> None:
    async def act(meeting: Meeting) -> None:
        for name in ("room", "second", "third"):
            await meeting.call(name=name)
        assert len(meeting.small.conferences) == 2
        await meeting.call()
        assert len(meeting.people) == 2, "one that runs is joined"

    meeting = meet(act)
    assert meeting.small.store.notifications.codes == [16021]


def test_a_conference_may_be_named_by_its_sid_while_it_runs() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call()
        await meeting.call(name=meeting.conference.sid)
        assert meeting.plans == [TALKS, TALKS]

    meet(act)


@pytest.mark.parametrize(
    ("beep", "beeps"), [("true", 2), ("onEnter", 1), ("onExit", 1), ("false", 0), ("bad", 2)]
)
def test_beeps_are_heard_by_all_on_enter_and_on_exit(beep: str, beeps: int) -> None:
    async def act(meeting: Meeting) -> None:
        for _ in range(2):
            await meeting.call("beep='false'")
        assert meeting.desk.played == []
        await meeting.call(f"beep='{beep}'")
        await meeting.callers[2].hang_up()
        await asyncio.sleep(1)
        assert len(meeting.desk.played) == beeps

    meet(act)


def test_record_from_start_records_the_mix_and_tells_of_it() -> None:
    async def act(meeting: Meeting) -> None:
        told = f"recordingStatusCallback='{NEWS}' recordingStatusCallbackEvent='in-progress completed'"
        await meeting.call(f"record='record-from-start' {told}")
        assert meeting.desk.recordings == [], "not before two are there"
        await asyncio.sleep(10)
        await meeting.call()
        await asyncio.sleep(20)
        (recording,) = meeting.desk.recordings
        assert (recording.plan.track, recording.plan.trims_silence) == (RecordingTrack.OUTBOUND, True)
        assert recording.plan.channels is RecordingChannels.MONO

    meeting = meet(act)
    last = meeting.small.store.recordings.last
    record = meeting.small.store.conferences.last
    assert (last.conference_sid, last.call_sid) == (record.sid, None)
    assert (last.status, last.source.value, last.channels) == (RecordingStatus.COMPLETED, "Conference", 1)
    news = [each for each in meeting.small.bookshelf.delivered if isinstance(each, RecordingNews)]
    told = [dict(parameters_of(each)) for each in news]
    assert [each["RecordingStatus"] for each in told] == ["in-progress", "completed"]
    assert told[1]["ConferenceSid"] == record.sid
    assert "CallSid" not in told[1]
    assert 20 <= int(told[1]["RecordingDuration"]) <= 22


def test_the_dial_may_record_its_participant_and_what_it_hears() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("", f"record='record-from-answer-dual' action='{DONE}' hangupOnStar='true'")
        await meeting.call()
        (recording,) = meeting.ports[0].recordings
        assert recording.plan.track is RecordingTrack.BOTH
        assert recording.plan.channels is RecordingChannels.DUAL
        meeting.ports[0].press("*")
        await asyncio.sleep(2)

    meeting = meet(act)
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    assert set(dict(asked.results)) == {"DialCallStatus", "RecordingUrl", "RecordingSid"}


def test_an_announcement_to_one_breaks_off_its_music_and_comes_on_top_of_the_talk() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        (one,) = meeting.people
        target = Target("http://app.test/announce", "POST")
        meeting.conference.change(one.call_sid, SeatChange(announce=target))
        await asyncio.sleep(30)
        assert meeting.small.voice.texts == ["Listen."]
        assert meeting.ports[0].is_playing, "and the music goes on"
        await meeting.call()
        meeting.conference.change(one.call_sid, SeatChange(announce=target))
        await asyncio.sleep(30)
        assert len(meeting.ports[0].played) == 4, "music, the sentence, music, the sentence"
        assert meeting.plans == [TALKS, TALKS]
        bad = Target("http://app.test/nowhere", "POST")
        meeting.conference.change(one.call_sid, SeatChange(announce=bad))
        await asyncio.sleep(5)
        ended, _, _, again, failed = meeting.told[1:6]
        assert ended["StatusCallbackEvent"] == again["StatusCallbackEvent"] == "announcement-end"
        assert (ended["CallSid"], ended["AnnounceUrl"]) == (one.call_sid, target.url)
        assert failed["StatusCallbackEvent"] == "announcement-fail"
        assert "nowhere" in failed["ReasonAnnouncementFailed"]

    meet(act, announce="<Response><Say>Listen.</Say></Response>")


def test_an_announcement_to_all_is_heard_by_all_and_ends_with_the_conference() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        meeting.conference.announce(Target("http://app.test/announce", "POST"))
        await asyncio.sleep(1)
        announcer = meeting.small.media.ports[-1]
        assert meeting.room.members[announcer.port_id].is_desk
        assert announcer.is_playing
        assert not any(port.is_playing for port in meeting.ports)
        await asyncio.sleep(30)
        assert announcer.is_closed
        assert meeting.events[-1] == "announcement-end"
        meeting.conference.announce(Target("http://app.test/announce", "POST"))
        meeting.conference.announce(Target("http://app.test/announce", "POST"))
        await asyncio.sleep(0.5)
        meeting.conference.end()
        await asyncio.sleep(5)

    meeting = meet(act, announce="<Response><Say>All of you, listen to this.</Say></Response>")
    assert meeting.events[-1] == "conference-end"
    assert meeting.told[-1]["ReasonConferenceEnded"] == "conference-ended-via-api"
    assert "CallSidEndingConference" not in meeting.told[-1]
    left = [each for each in meeting.told if each["StatusCallbackEvent"] == "participant-leave"]
    assert {each["ReasonParticipantLeft"] for each in left} == {"conference_ended_via_api"}


def test_too_many_announcements_fail() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        for _ in range(20):
            meeting.conference.announce(Target(WAIT, "POST"))
        await asyncio.sleep(300)

    meeting = meet(act)
    assert meeting.events.count("announcement-fail") == 4
    assert meeting.events.count("announcement-end") == 16


@pytest.mark.parametrize(("ends", "ending"), [("false", "last-participant-kicked"), ("true", "kicked")])
def test_who_is_kicked_leaves_and_its_document_goes_on(ends: str, ending: str) -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"{TOLD} endConferenceOnExit='{ends}'")
        (one,) = meeting.people
        meeting.conference.kick(one.call_sid)
        meeting_sid = one.conference_sid
        assert meeting.small.conferences.find(ACCOUNT.sid, meeting_sid) is None
        await asyncio.sleep(5)

    meeting = meet(act)
    assert meeting.small.voice.texts == ["After."]
    assert meeting.told[-1]["ReasonConferenceEnded"].endswith(ending)
    assert meeting.told[1]["ReasonParticipantLeft"] == "participant_updated_via_api"


def test_who_is_kicked_while_its_wait_document_is_fetched_leaves_at_once() -> None:
    async def act(meeting: Meeting) -> None:
        meeting.small.bookshelf.delay_s = 10.0
        await meeting.call(f"waitUrl='{WAIT}' {TOLD}")
        await asyncio.sleep(5)
        (one,) = meeting.people
        meeting.small.bookshelf.delay_s = 0.0
        meeting.conference.kick(one.call_sid)
        await asyncio.sleep(1)
        assert meeting.small.voice.texts == ["After."]
        await asyncio.sleep(30)

    meeting = meet(act)
    assert meeting.events == ["participant-join", "participant-leave", "conference-end"]


def test_a_start_does_not_wait_for_a_wait_document_that_is_slow() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("waitUrl=''")
        meeting.small.bookshelf.documents[WAIT] = "<Response><Say>Late.</Say></Response>"
        await meeting.call(f"waitUrl='{WAIT}'")
        assert meeting.plans == [TALKS, TALKS]
        await asyncio.sleep(30)
        assert meeting.small.voice.texts == []

    meet(act)


def test_speakers_are_told_while_they_can_be_heard() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        one, two = meeting.ports
        one.speak(1000)
        await asyncio.sleep(1)
        meeting.conference.change(meeting.people[1].call_sid, SeatChange(is_muted=True))
        two.speak(1000)
        await asyncio.sleep(1)

    meeting = meet(act)
    speech = [each for each in meeting.told if "speech" in each["StatusCallbackEvent"]]
    assert [each["StatusCallbackEvent"] for each in speech] == [
        "participant-speech-start",
        "participant-speech-stop",
    ]
    assert speech[0]["CallSid"] == meeting.told[0]["CallSid"]


def test_another_wait_document_and_another_end_are_modifications() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        (one,) = meeting.people
        change = SeatChange(changes_wait=True, wait=Target(WAIT, "POST"), ends_conference=True)
        meeting.conference.change(one.call_sid, change)
        await asyncio.sleep(5)
        assert meeting.small.voice.texts == ["Please wait."]
        assert meeting.events[-1] == "participant-modify"
        assert meeting.told[-1]["EndConferenceOnExit"] == "true"
        assert meeting.conference.change("CA" + "0" * 32, SeatChange(is_muted=True)) is None

    meeting = meet(act)
    assert meeting.told[-1]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"


def test_a_member_whose_media_dies_leaves_as_one_that_hangs_up() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        meeting.ports[0].fail("a defect")
        await asyncio.sleep(2)
        assert meeting.plans == [None, TALKS]

    meeting = meet(act)
    assert meeting.small.store.notifications.codes == [12400]
    left = [each for each in meeting.told if each["StatusCallbackEvent"] == "participant-leave"]
    assert left[0]["ParticipantCallStatus"] == CallStatus.COMPLETED.value


def test_a_noun_beside_it_is_skipped_and_it_beside_others_too() -> None:
    async def act(meeting: Meeting) -> None:
        noun = "<Conference>room</Conference>"
        meeting.small.bookshelf.documents[VOICE] = (
            f"<Response><Dial>{noun}<Number>+15005550006</Number></Dial></Response>"
        )
        meeting.callers.append(await meeting.small.call())
        await asyncio.sleep(1)
        assert len(meeting.people) == 1

    assert meet(act).small.store.notifications.codes == [13000]
