"""Finds out who answered a call that we placed: a person, a machine, a fax (reference/twiml 13).

    answered -> the callee's sound -> detector (length, tones) and recogniser (words) -> verdict
    held back (the API's default): the first document is asked with AnsweredBy
    else: the call goes on meanwhile, and the callback is told

Called by `place_call.py` and `dial_callee.py`. Without a recogniser the words are missing, and the other two
votes decide.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from offhook.base.redact import Secret
from offhook.call.call import Call
from offhook.media.ports import MediaBusyError
from offhook.model.answered_by import AnsweredBy, DetectionPlan
from offhook.model.recording import RecordingTrack
from offhook.speech.ports import Detection, Heard, Hearing, Listening, RecognitionError
from offhook.switchboard.services import Services
from offhook.verbs.detection import DetectionOrder
from offhook.webhook.ports import EventNews

log = structlog.get_logger("offhook.switchboard")

LISTENING: Final = Listening(wants_partials=True, profanity_filter=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who answered, and how long that took to find out."""

    answered_by: AnsweredBy
    duration_ms: int

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """As the application is told."""
        return (
            ("AnsweredBy", self.answered_by.value),
            ("MachineDetectionDuration", str(self.duration_ms)),
        )


async def detect_machine(call: Call, plan: DetectionPlan, services: Services) -> Verdict:
    """Listen to an answered call until it is known who answered; write that down."""
    detection = services.tools.detector.begin(plan)
    try:
        await _listen(call, detection, services)
    except MediaBusyError as error:
        log.warning("call.not_listened_to", call_sid=call.sid, error=str(error))
    verdict = Verdict(detection.answered_by or AnsweredBy.UNKNOWN, detection.now_ms)
    call.know_answered_by(verdict.answered_by)
    log.info("call.answered_by", call_sid=call.sid, who=verdict.answered_by, after_ms=verdict.duration_ms)
    return verdict


async def _listen(call: Call, detection: Detection, services: Services) -> None:
    async with AsyncExitStack() as stack:
        tap = stack.enter_context(call.leg.audio.tapping(RecordingTrack.INBOUND))
        hearing = await _hearing(detection, services, stack)
        async for frame in tap:
            if hearing is not None and detection.wants_words:
                hearing.hear(frame.payload)
            if detection.hear(frame.payload) is not None:
                return


async def _hearing(detection: Detection, services: Services, stack: AsyncExitStack) -> Hearing | None:
    """Whoever recognises the words; None without a recogniser."""
    try:
        hearing = await services.tools.recognizer.listen(LISTENING)
    except RecognitionError as error:
        log.debug("call.no_words", error=str(error))
        return None
    stack.callback(hearing.close)
    detection.expect_words(will_come=True)
    taking = asyncio.create_task(_take_words(hearing, detection), name="switchboard.words")
    stack.callback(taking.cancel)
    return hearing


async def _take_words(hearing: Hearing, detection: Detection) -> None:
    while True:
        try:
            event = await hearing.next()
        except RecognitionError:
            detection.expect_words(will_come=False)
            continue
        if event is None:
            return
        if isinstance(event, Heard):
            detection.handle_words(event.text, is_final=event.is_final)


async def _report(call: Call, order: DetectionOrder, auth_token: Secret, services: Services) -> None:
    """Find it out while the call goes on, and tell the callback."""
    await call.answered.wait()
    verdict = await detect_machine(call, order.plan, services)
    if order.callback_url is None:
        return
    own = (("CallSid", call.sid), ("AccountSid", call.record.account_sid), *verdict.parameters)
    news = EventNews(order.callback_url, order.callback_method, own, auth_token)
    services.courier.send(call.record, news)


@asynccontextmanager
async def detecting(
    call: Call, order: DetectionOrder | None, auth_token: Secret, services: Services
) -> AsyncIterator[None]:
    """While inside, what an order that holds nothing back asks for is done once the call is answered.

    A call that ends before it is known who answered has nothing told of it.
    """
    if order is None or order.holds_back:
        yield
        return
    task = asyncio.create_task(_report(call, order, auth_token, services), name="switchboard.detecting")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("call.detection_failed", call_sid=call.sid, exc_info=error)
