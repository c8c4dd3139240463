"""What Twilio knows and Offhook does not run yet: verbs, and nouns of Dial.

A document with one of them cannot do what its author meant, so it fails as a whole and by name (13750,
"Twiml verb not supported by this API version") rather than losing the verb silently. Verbs that are read,
but not run yet, end the document in the same way: `verbs/catalogue.py`.
"""

from typing import Final

UNSUPPORTED_VERBS: Final = frozenset(
    {
        "Echo",
        "Queue",
    }
)
"""Twilio's verbs (https://www.twilio.com/docs/voice/twiml, read 2026-11) less those of `verbs/`."""

UNSUPPORTED_NOUNS: Final = frozenset({"Application"})
"""Dial's nouns (https://www.twilio.com/docs/voice/twiml/dial, read 2026-11) less those of `dial/`."""
