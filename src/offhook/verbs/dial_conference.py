"""`<Dial><Conference>`: meet others (reference/twiml 6.7). Called by `dial.py`.

    join -> the wait document, hold, announcements, the others -> out: left, kicked, `*`, time is up, or over
    then `action` with DialCallStatus=answered, or the next verb

Who cannot join goes on with `action`, DialCallStatus=failed, or the next verb; it is noted why (13236, 13240,
16020, 16021, 16025). So does who cannot hear the wait document (11200 ...). Where the page is silent: a
conference answers the call, `answerOnBridge` or not; `timeLimit` counts from the join.
"""

import asyncio
from dataclasses import replace
from typing import Any, Final

from offhook.call.audio import LegAudio
from offhook.conference.participant import Participant
from offhook.conference.plan import ConferencePlan, JoinError, News, SeatPlan, Target
from offhook.media.ports import RecordingPlan
from offhook.media.ports.room import JitterBuffer
from offhook.model.call import CallStatus
from offhook.model.conference import Departure
from offhook.model.recording import RecordingSource, RecordingTrack
from offhook.recording.recorder import RecordingOrder
from offhook.twiml.dial.conference import Conference
from offhook.twiml.verbs.dial import Dial
from offhook.verbs.dial_recording import DialRecording
from offhook.verbs.dial_waiting import STAR, pressed
from offhook.verbs.program import LastWord, Program
from offhook.verbs.side_document import Results, SideDocument, SideEnding
from offhook.verbs.verb import Flow, GoTo, Next
from offhook.webhook.ports import ConferenceSubscription

ANSWERED: Final = "answered"
"""DialCallStatus of who has met others, in place of `completed` (reference/twiml 6.3)."""
FAILURES: Final = {
    SideEnding.FAILED: "it could not be fetched or read",
    SideEnding.FORBIDDEN: "it holds a verb other than Say, Play, Pause and Redirect (13238)",
}


async def run_conference(verb: Dial, noun: Conference, program: Program) -> Next:
    """Meet, and say what follows. Raises: DocumentError when the call cannot be answered."""
    if program.departure is not None:
        program.departure.leave()
    program.answer()
    recording = DialRecording(verb, program)
    status = CallStatus.FAILED.value
    try:
        status = await _meet(verb, noun, program, recording)
    except asyncio.CancelledError:
        if verb.action is not None:
            recording.stop()
            program.last_words.append(LastWord(_action(verb, verb.action, program, ANSWERED, recording)))
        raise
    finally:
        recording.stop()
    await recording.finish()
    if verb.action is None:
        return Flow.CONTINUE
    return _action(verb, verb.action, program, status, recording)


def _action(verb: Dial, action: str, program: Program, status: str, recording: DialRecording) -> GoTo:
    results = (("DialCallStatus", status), *recording.results)
    return GoTo(program.resolve(action), verb.method, results)


async def _meet(verb: Dial, noun: Conference, program: Program, recording: DialRecording) -> str:
    """Join, and stay until something ends it; DialCallStatus."""
    try:
        conference, participant = program.conferences.join(
            _conference_plan(noun, program), seat_plan(noun, program), program.call, _Performer(program)
        )
    except JoinError as error:
        program.call.note(error.code, error.message)
        return CallStatus.FAILED.value
    departure = Departure.HUNG_UP
    try:
        recording.bridged()
        await _until_over(verb, participant, program)
    except asyncio.CancelledError:
        if not program.call.leg.is_ended:
            departure = Departure.UPDATED_BY_API  # another document has taken over
        raise
    finally:
        conference.leave(participant, departure)
    return CallStatus.FAILED.value if participant.failure is not None else ANSWERED


async def _until_over(verb: Dial, participant: Participant, program: Program) -> None:
    """Hear what a participant hears, until it has left, presses `*`, or its time is up."""
    performing = asyncio.ensure_future(participant.run())
    waiting: set[asyncio.Future[Any]] = {asyncio.ensure_future(participant.gone.wait()), performing}
    try:
        if not verb.hangup_on_star:
            await asyncio.wait(waiting, timeout=verb.time_limit_s, return_when=asyncio.FIRST_COMPLETED)
        else:
            with program.call.leg.audio.collecting() as keys:
                waiting.add(asyncio.ensure_future(pressed(STAR, keys.next)))
                await asyncio.wait(waiting, timeout=verb.time_limit_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)
    if performing.done() and not performing.cancelled():
        performing.result()  # a defect of ours ends the call, and is written down


class _Performer:
    """What is heard beside a conference, with the application of one participant."""

    def __init__(self, program: Program) -> None:
        self._program = program

    async def perform(
        self, target: Target | None, results: Results, audio: LegAudio | None = None
    ) -> str | None:
        """Run a document once; why it came to nothing."""
        program = replace(self._program, elsewhere=audio)
        start = program.voice.hold_music() if target is None else GoTo(target.url, target.method)
        end = await SideDocument(program).run(start, lambda: results)
        if end.error is not None:
            return end.error.message
        return FAILURES.get(end.ending)


def _conference_plan(noun: Conference, program: Program) -> ConferencePlan:
    callback = noun.callback
    news = None
    if callback is not None:
        subscribed = frozenset(map(ConferenceSubscription, callback.events))
        news = News(program.resolve(callback.url), callback.method, subscribed)
    return ConferencePlan(
        account_sid=program.call.record.account_sid,
        friendly_name=noun.name,
        auth_token=program.auth_token,
        participants_max=noun.participants_max,
        region=noun.region,
        news=news,
    )


def seat_plan(noun: Conference, program: Program) -> SeatPlan:
    """What the noun says of the participant itself."""
    wait = None
    if noun.wait_url is not None:
        url = program.resolve(noun.wait_url) if noun.wait_url else ""
        wait = Target(url, noun.wait_method)
    order = None
    if noun.is_recorded:
        plan = RecordingPlan(RecordingTrack.OUTBOUND, trims_silence=noun.trim)
        callback = program.recording_callback(noun.recording_callback)
        order = RecordingOrder(RecordingSource.CONFERENCE, program.auth_token, plan, callback)
    return SeatPlan(
        label=noun.label,
        is_muted=noun.is_muted,
        starts_conference=noun.starts_conference,
        ends_conference=noun.ends_conference,
        beeps_on_enter=noun.beeps_on_enter,
        beeps_on_exit=noun.beeps_on_exit,
        coaches=noun.coach,
        jitter_buffer=JitterBuffer(noun.jitter_buffer),
        wait=wait,
        recording=order,
    )
