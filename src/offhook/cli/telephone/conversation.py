"""An answered call on the command line: its steps, what is kept of it, and how it ended.

The same for `call` and `phone`: whoever called whom, the steps begin at the answer.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from offhook.call.leg_state import LegCause, LegEnd
from offhook.call.message_carrier import CarrierError
from offhook.cli.telephone.edges import PhoneEdges
from offhook.cli.telephone.loudspeaker import listen
from offhook.cli.telephone.report import Report, place_of
from offhook.phone.hearing import Hearing
from offhook.phone.phone_call import CallEndedError, PhoneCall
from offhook.phone.script import NotHeardError, ReadyStep, Script
from offhook.phone.steps import Expect
from offhook.speech.ports import HEARD_AT_MOST

FINE, FAILED, UNUSABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is to happen in a call once it is answered."""

    steps: tuple[ReadyStep, ...]
    stay_s: float
    """Hang up so long after the answer, once the steps are done."""
    record: Path | None
    """Where what is heard is kept."""
    is_listening: bool
    """Whether it is to be heard here as well."""

    @property
    def needs_hearing(self) -> bool:
        """Whether what is heard is used at all."""
        expects = any(isinstance(each.step, Expect) for each in self.steps)
        return expects or self.record is not None or self.is_listening


async def converse(call: PhoneCall, conversation: Conversation, edges: PhoneEdges, report: Report) -> int:
    """Carry the steps out, stay as long as asked, hang up, tell it all. Returns the exit status."""
    with _place_to_record(conversation) as path:
        hearing = None
        if path is not None:
            if path.exists() and not path.is_file():
                report.complain(f"cannot record to {path}: it is no ordinary file")
                return FAILED
            try:
                path.unlink(missing_ok=True)
                call.record(path)
                hearing = Hearing(path)
            except OSError as error:
                report.complain(f"cannot record to {path}: {error.strerror}")
                return FAILED
            except CallEndedError:
                report.say("nothing to record: the other side hung up as it answered")
        answered_at = edges.clock.monotonic()
        listening = None
        if conversation.is_listening and hearing is not None:
            listening = asyncio.create_task(listen(call, hearing, report))
        script = Script(call, edges.spotter, edges.clock, hearing)
        try:
            status, missing = await _carry_out(script, call, conversation, report)
            if not await call.ended_within(max(0.0, _left_s(status, script, conversation))):
                await call.hang_up()
        finally:
            if listening is not None:
                listening.cancel()
                await asyncio.wait([listening])
        status = max(status, _tell_end(await call.ended(), edges.clock.monotonic() - answered_at, report))
        return max(status, await _tell_recording(call, conversation, path, missing, report))


def _left_s(status: int, script: Script, conversation: Conversation) -> float:
    """How long the call goes on after its steps; one that failed has no more to do."""
    return conversation.stay_s - script.elapsed_s if status == FINE else 0.0


@contextmanager
def _place_to_record(conversation: Conversation) -> Iterator[Path | None]:
    """The file for what is heard: the user's, or one that is thrown away with its folder."""
    if not conversation.needs_hearing:
        yield None
    elif conversation.record is not None:
        yield conversation.record
    else:
        with tempfile.TemporaryDirectory(prefix="offhook-heard-") as folder:
            yield Path(folder) / "heard.wav"


async def _carry_out(
    script: Script, call: PhoneCall, conversation: Conversation, report: Report
) -> tuple[int, bool]:
    """Every step in order, up to the first that fails. Whether something expected was not heard, too."""
    for ready in conversation.steps:
        try:
            report.step(await script.carry_out(ready, conversation.stay_s))
        except CallEndedError:
            report.complain(f"the call ended before this was done: {ready.step}")
            return FAILED, False
        except CarrierError as error:
            report.complain(f"the message was not delivered: {error}")
            return FAILED, False
        except NotHeardError as error:
            _complain_of_silence(error, report)
            return FAILED, True
    return FINE, False


def _complain_of_silence(error: NotHeardError, report: Report) -> None:
    facts, where = place_of(error.nearest)
    nearest = "nothing was said" if error.nearest is None else f"the most alike was {where}"
    report.complain(
        f'"{error.sentence}" was not heard {error}: {nearest}, at most {HEARD_AT_MOST} is the same words',
        expected=error.sentence,
        **facts,
    )


def _tell_end(end: LegEnd, seconds: float, report: Report) -> int:
    who = "the other side hung up" if end.cause is LegCause.HUNG_UP_THERE else "hung up"
    is_broken = end.cause is LegCause.BROKEN
    if is_broken:
        who = f"the call broke off ({end.text})"
    report.say(
        f"{who} after {seconds:.1f} s", duration_s=round(seconds, 3), hung_up_by=end.cause.name.lower()
    )
    return FAILED if is_broken else FINE


async def _tell_recording(
    call: PhoneCall, conversation: Conversation, path: Path | None, missing: bool, report: Report
) -> int:
    recorded = await call.recorded()
    if recorded is None or path is None:
        return FINE
    if conversation.record is None:
        if missing:
            kept = path.parent.with_suffix(".wav")
            os.replace(path, kept)  # noqa: PTH105 (a rename, which does not block)
            report.say(f"what was heard is in {kept}", recording=str(kept))
        return FINE
    status = FINE
    if recorded.failure is not None:
        report.complain(f"the recording stopped: {recorded.failure}")
        status = FAILED
    report.say(
        f"recorded {recorded.duration_ms / 1000:.1f} s to {path}",
        recording=str(path),
        recorded_s=recorded.duration_ms / 1000,
    )
    return status
