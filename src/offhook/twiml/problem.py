"""What is wrong with a TwiML document: fatal errors are raised, everything else is noted.

Codes and levels are those of Twilio's error dictionary (https://www.twilio.com/docs/api/errors,
read 2026-11). Lines and columns count from 1; an attribute is reported where its element begins.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from offhook.base.errors import PeerError

MAX_PROBLEMS: Final = 100
"""Problems kept of one document; the rest say nothing new and would flood the debugger log."""

MAX_MESSAGE: Final = 300
"""Characters of a message: names in it come from the document and may be as long as it."""

BODY_TOO_LARGE: Final = 11750
PARSE_FAILURE: Final = 12100
INVALID_VERSION: Final = 12101
ROOT_NOT_RESPONSE: Final = 12102
SCHEMA_WARNING: Final = 12200
NOT_SUPPORTED: Final = 13750


class Level(StrEnum):
    """How bad a problem is: the first two in the words of Twilio's dictionary."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    """Ours: Twilio finds nothing wrong with it, but this version of Offhook does not do it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a document that can still be run: a default was used or an element skipped."""

    code: int
    """Twilio's code, such as 12200."""
    level: Level
    line: int
    column: int
    message: str
    """What is wrong and what was done instead, in a sentence for a developer."""

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column})"


class TwimlError(PeerError):
    """A document that cannot be run.

    code: Twilio's error code: 11750, 12100, 12101, 12102 or 13750.
    line, column: where, from 1.
    """

    def __init__(self, code: int, message: str, *, line: int, column: int) -> None:
        super().__init__(message, section=f"Twilio error {code}")
        self.code = code
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column})"
