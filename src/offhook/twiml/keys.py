"""Keys to be sent as tones: `digits` of Play, `sendDigits` of Number and Sip (reference/twiml 3.2, 6.4)."""

from typing import Final

from offhook.twiml.attribute import Kind, matching

MAX_KEYS: Final = 1_000
"""Ours: more than three minutes of tones; Twilio names no limit in TwiML."""

KEYS: Final[Kind[str]] = matching(rf"[0-9A-D#*wW]{{0,{MAX_KEYS}}}", f"at most {MAX_KEYS} of 0-9 A-D # * w W")
"""`w` waits half a second, `W` a whole one."""
