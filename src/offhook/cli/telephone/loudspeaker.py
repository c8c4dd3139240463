"""`--listen`: what a call hears, played on the default output of the machine by the program that is there.

A child process takes the samples on its standard input. Where there is none, or it finds no sound card, that
is said once and the call goes on.
"""

import contextlib
import shutil
from typing import Final

from offhook.cli.telephone.report import Report
from offhook.phone.hearing import LOOK_AGAIN_S, RATE_HZ, Hearing
from offhook.phone.phone_call import PhoneCall
from offhook.waiting.child_process import ChildProcess, Output
from offhook.waiting.timeout import timeout

PLAYERS: Final = (
    ("paplay", "--raw", f"--rate={RATE_HZ}", "--format=s16le", "--channels=1", "--latency-msec=200"),
    ("aplay", "--quiet", "--file-type=raw", "--format=S16_LE", f"--rate={RATE_HZ}", "--channels=1"),
)
"""PulseAudio and PipeWire, then bare ALSA."""
LAST_WORDS_S: Final = 1.0
"""How long the player may go on after the call, for what it holds."""
_REASON_BYTES: Final = 400


async def listen(call: PhoneCall, hearing: Hearing, report: Report) -> None:
    """Play what comes until the call ends or is cancelled."""
    reasons: list[str] = []
    for name, *arguments in PLAYERS:
        path = shutil.which(name)
        if path is None:
            continue
        try:
            reason = await _play((path, *arguments), call, hearing)
        except OSError as error:
            reason = f"cannot be started: {error.strerror}"
        if reason is None:
            return
        reasons.append(f"{name}: {reason}")
    names = " and ".join(name for name, *_ in PLAYERS)
    why = "; ".join(reasons) or f"neither {names.replace(' and ', ' nor ')} is installed"
    report.remark(f"there is no sound output here ({why}); the call goes on without")


async def _play(command: tuple[str, ...], call: PhoneCall, hearing: Hearing) -> str | None:
    """Feed one player. None when the call is over, else why the player ended."""
    player = await ChildProcess.start(*command, output=Output.STDERR_ALONE, own_session=False)
    try:
        await _feed(player, call, hearing)
        player.stdin.close()
        async with timeout(LAST_WORDS_S):
            await player.wait()
    except TimeoutError:
        return None  # it is ended below, in the middle of nothing
    except (BrokenPipeError, ConnectionResetError):
        complaint = (await player.output.read(_REASON_BYTES)).decode(errors="replace").split("\n")
        with contextlib.suppress(TimeoutError):  # it is ending by itself
            async with timeout(LAST_WORDS_S):
                await player.wait()
        return complaint[0].strip() or "it ended at once"
    else:
        return None
    finally:
        await player.end()


async def _feed(player: ChildProcess, call: PhoneCall, hearing: Hearing) -> None:
    """Pass on what comes until the call is over. Raises: BrokenPipeError, ConnectionResetError."""
    position = hearing.position
    is_over = False
    while not is_over:
        is_over = await call.ended_within(LOOK_AGAIN_S)
        samples = hearing.read(position)
        position += len(samples) // 2
        await player.send(samples)
