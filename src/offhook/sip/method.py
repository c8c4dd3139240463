"""The methods of SIP: case-sensitive tokens (RFC 3261 §7.1), those that IANA knows by name here."""

from typing import Final

INVITE: Final = "INVITE"
ACK: Final = "ACK"
BYE: Final = "BYE"
CANCEL: Final = "CANCEL"
OPTIONS: Final = "OPTIONS"
PRACK: Final = "PRACK"
UPDATE: Final = "UPDATE"
INFO: Final = "INFO"
REFER: Final = "REFER"
NOTIFY: Final = "NOTIFY"
MESSAGE: Final = "MESSAGE"

KNOWN: Final = frozenset(
    {
        INVITE,
        ACK,
        BYE,
        CANCEL,
        OPTIONS,
        "REGISTER",
        PRACK,
        "SUBSCRIBE",
        NOTIFY,
        "PUBLISH",
        INFO,
        REFER,
        MESSAGE,
        UPDATE,
    }
)
"""IANA's registry. Known but not offered: 405; anything else: 501 (RFC 3261 §8.2.1, §21.5.2)."""

IN_DIALOG_ONLY: Final = frozenset({BYE, PRACK, INFO, UPDATE, NOTIFY})
"""Methods that mean nothing outside a dialog (RFC 3261 §15, 3262 §3, 6086 §4, 3311 §5, 6665 §4.1.3)."""
