"""The conferences of this node, by account and name: each name is one of them at a time.

Made once by the roof. Joined by `verbs/dial_conference.py`, changed by `switchboard/`. Source:
reference/twiml 6.7.
"""

from collections.abc import Iterable
from typing import Final

from offhook.base.ids import is_sid, new_sid
from offhook.call.call import Call
from offhook.conference.conference import NOT_TO_COACH, Conference
from offhook.conference.edges import Edges
from offhook.conference.participant import Participant
from offhook.conference.performer import Performer
from offhook.conference.plan import ConferencePlan, JoinError, SeatPlan
from offhook.media.ports.engine import NoFreePortError
from offhook.model.conference import Conference as ConferenceRecord
from offhook.model.conference import ConferenceStatus

TOO_MANY: Final = 16021
GONE: Final = 13236
CONFERENCES_MAX: Final = 2_000
"""Of one node, unless its settings say otherwise."""


class Conferences:
    """See the head of the file."""

    def __init__(self, edges: Edges, conferences_max: int = CONFERENCES_MAX) -> None:
        self._edges = edges
        self._max = conferences_max
        self._by_sid: dict[str, Conference] = {}
        self._by_name: dict[tuple[str, str], Conference] = {}

    def __len__(self) -> int:
        return len(self._by_sid)

    def find(self, account_sid: str, sid_or_name: str) -> Conference | None:
        """An account's live conference; None when there is none here."""
        found = self._by_sid.get(sid_or_name) or self._by_name.get((account_sid, sid_or_name))
        return found if found is not None and found.record.account_sid == account_sid else None

    def all(self) -> Iterable[Conference]:
        """Those that live."""
        return tuple(self._by_sid.values())

    def join(
        self, plan: ConferencePlan, seat: SeatPlan, call: Call, performer: Performer
    ) -> tuple[Conference, Participant]:
        """Let an answered call into the conference of a name, which begins with its first participant.

        Raises: JoinError.
        """
        conference = self._open(plan, seat)
        return conference, conference.join(call, seat, performer)

    def check(self, plan: ConferencePlan, seat: SeatPlan) -> None:
        """Whether somebody could be dialled for it now. Raises: JoinError."""
        found = self.find(plan.account_sid, plan.friendly_name)
        if found is not None:
            found.check(seat)
        else:
            self._check_new(plan, seat)

    def expect(self, plan: ConferencePlan, seat: SeatPlan, call: Call) -> Conference:
        """The conference of a name, for which somebody is dialled. Raises: JoinError."""
        conference = self._open(plan, seat)
        conference.expect(call, seat)
        return conference

    def _open(self, plan: ConferencePlan, seat: SeatPlan) -> Conference:
        """The conference that is meant. A new one lets its first participant in: nothing forbids that."""
        found = self.find(plan.account_sid, plan.friendly_name)
        if found is not None:
            return found
        self._check_new(plan, seat)
        now = self._edges.ledger.now()
        record = ConferenceRecord(
            sid=new_sid("CF", self._edges.chance),
            account_sid=plan.account_sid,
            friendly_name=plan.friendly_name,
            status=ConferenceStatus.INIT,
            created_at=now,
            updated_at=now,
            region=plan.region,
        )
        try:
            conference = Conference(record, plan, self._edges, self._forget)
        except NoFreePortError as error:
            raise JoinError(TOO_MANY, f"no conference can begin: {error}") from error
        self._by_sid[record.sid] = conference
        self._by_name[plan.account_sid, plan.friendly_name] = conference
        return conference

    def _check_new(self, plan: ConferencePlan, seat: SeatPlan) -> None:
        """Whether it can begin. Raises: JoinError."""
        if is_sid(plan.friendly_name, "CF"):
            raise JoinError(GONE, f"{plan.friendly_name} is over, or never was")
        if seat.coaches is not None:
            raise JoinError(NOT_TO_COACH, f"{seat.coaches} is no participant of {plan.friendly_name}")
        if len(self._by_sid) >= self._max:
            raise JoinError(TOO_MANY, f"the node has {self._max} conferences already (conferences_max)")

    def _forget(self, conference: Conference) -> None:
        record = conference.record
        del self._by_sid[record.sid]
        del self._by_name[record.account_sid, record.friendly_name]
