"""A noun of Dial that says whom to call in a way that nobody can be called."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Undiallable:
    """A branch that fails before it is dialled; the others of its Dial ring, and `action` is asked.

    Twilio's policy "branch" (reference/twiml 16): DialCallStatus is `failed` when there is no other. The
    problem was noted with the document.
    """

    noun: str
    """`Number`, `Sip` or `Client`."""
    code: int
    """Twilio's: 13223, 13243, 13247 or 12200."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)
