"""What Twilio's libraries write as a verb and Offhook does not run.

A document with one of them cannot do what its author meant, so it fails as a whole and by name (13750,
"Twiml verb not supported by this API version") rather than losing the verb silently. `<Queue>` is a noun of
Dial; what it would do outside of one no page says.
"""

from typing import Final

UNSUPPORTED_VERBS: Final = frozenset({"Queue"})
"""Twilio's verbs (https://www.twilio.com/docs/voice/twiml, read 2026-11) less those of `verbs/`."""
