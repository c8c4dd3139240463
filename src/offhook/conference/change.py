"""What an account changes about a participant (reference/rest-api 2.3): `rest/api/participants.py`."""

from dataclasses import dataclass, replace
from datetime import datetime

from offhook.conference.plan import Target
from offhook.model.conference import Participant


@dataclass(frozen=True, slots=True)
class SeatChange:
    """What is to change; checked already. None leaves a thing as it is."""

    is_muted: bool | None = None
    is_on_hold: bool | None = None
    hold: Target | None = None
    """What is heard on hold; None is the music of the node."""
    announce: Target | None = None
    changes_wait: bool = False
    wait: Target | None = None
    """Where `changes_wait`: what is heard while it waits."""
    beeps_on_exit: bool | None = None
    ends_conference: bool | None = None
    is_coaching: bool | None = None
    coaches: str | None = None
    """CallSid of whom it coaches from now on."""

    @property
    def modifies(self) -> bool:
        """Whether it is a change that subscribers of `modify` are told of."""
        changed = (self.beeps_on_exit, self.ends_conference, self.is_coaching, self.coaches)
        return self.changes_wait or any(each is not None for each in changed)

    def of(self, record: Participant, now: datetime) -> Participant:
        """A participant after it."""
        coached = record.call_sid_to_coach if self.coaches is None else self.coaches
        return replace(
            record,
            updated_at=now,
            is_muted=record.is_muted if self.is_muted is None else self.is_muted,
            ends_conference=record.ends_conference if self.ends_conference is None else self.ends_conference,
            is_coaching=record.is_coaching if self.is_coaching is None else self.is_coaching,
            call_sid_to_coach=coached,
        )
