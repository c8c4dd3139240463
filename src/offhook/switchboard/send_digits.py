"""Keys that are sent to a callee as soon as it has answered, before anybody speaks to it: `sendDigits`."""

from typing import Final

from offhook.call.call import Call
from offhook.media.ports import MediaBusyError

INTERNAL_FAILURE: Final = 12400
AT_ONCE: Final = 64
"""Keys that the media core takes at one time."""


async def send_digits(call: Call, digits: str) -> None:
    """Send them, and return when the last one has left. digits: `0-9 * # A-D w W`; "" is none."""
    audio = call.leg.audio
    for start in range(0, len(digits), AT_ONCE):
        try:
            await audio.wait_for(audio.send_digits(digits[start : start + AT_ONCE]))
        except MediaBusyError as error:
            call.note(INTERNAL_FAILURE, f"the keys could not be sent: {error}")
