"""Tells the application what happens in a conference, in order and numbered (reference/twiml 12.3).

The courier carries it, news of one conference one after the other.
"""

from typing import Final

from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.conference.plan import ConferencePlan
from offhook.model.callback import Subscription
from offhook.model.conference import Conference, ConferenceEnding, Departure, Participant
from offhook.webhook.ports import ConferenceEvent, ConferenceNews, ConferenceSubscription

AHEAD: Final = 64
"""News between two times that the store is told the number of the end."""

SUBSCRIPTIONS: Final = {
    ConferenceEvent.CONFERENCE_START: ConferenceSubscription.START,
    ConferenceEvent.CONFERENCE_END: ConferenceSubscription.END,
    ConferenceEvent.PARTICIPANT_JOIN: ConferenceSubscription.JOIN,
    ConferenceEvent.PARTICIPANT_LEAVE: ConferenceSubscription.LEAVE,
    ConferenceEvent.PARTICIPANT_MUTE: ConferenceSubscription.MUTE,
    ConferenceEvent.PARTICIPANT_UNMUTE: ConferenceSubscription.MUTE,
    ConferenceEvent.PARTICIPANT_HOLD: ConferenceSubscription.HOLD,
    ConferenceEvent.PARTICIPANT_UNHOLD: ConferenceSubscription.HOLD,
    ConferenceEvent.PARTICIPANT_MODIFY: ConferenceSubscription.MODIFY,
    ConferenceEvent.PARTICIPANT_SPEECH_START: ConferenceSubscription.SPEAKER,
    ConferenceEvent.PARTICIPANT_SPEECH_STOP: ConferenceSubscription.SPEAKER,
    ConferenceEvent.ANNOUNCEMENT_END: ConferenceSubscription.ANNOUNCEMENT,
    ConferenceEvent.ANNOUNCEMENT_FAIL: ConferenceSubscription.ANNOUNCEMENT,
}


class Teller:
    """The news of one conference."""

    def __init__(self, plan: ConferencePlan, courier: Courier, ledger: Ledger) -> None:
        self._plan = plan
        self._courier = courier
        self._ledger = ledger
        self._sent = 0
        self._promised = 0
        """The number that the end would have if the node died now."""

    def begin(self, conference: Conference) -> None:
        """Have the store know who is to be told of the end, should the node not live to see it.

        With a number that is higher than that of all before: `AHEAD` of them may come without a word to it.
        """
        news = self._plan.news
        if news is None or ConferenceSubscription.END not in news.subscribed:
            return
        self._promised = self._sent + AHEAD
        self._courier.remember(
            Subscription(
                sid=conference.sid,
                account_sid=conference.account_sid,
                created_at=conference.created_at,
                url=news.url,
                method=news.method,
                events=frozenset({ConferenceSubscription.END.value}),
                sequence_number=self._promised,
            )
        )

    def is_told(self, subscription: ConferenceSubscription) -> bool:
        """Whether anybody wants to know."""
        return self._plan.news is not None and subscription in self._plan.news.subscribed

    def tell(
        self,
        event: ConferenceEvent,
        conference: Conference,
        participant: Participant | None = None,
        *,
        departure: Departure | None = None,
        reason: str = "",
        announce_url: str | None = None,
    ) -> None:
        """Tell that something happened, if anybody wants to know."""
        news = self._plan.news
        if news is None or SUBSCRIPTIONS[event] not in news.subscribed:
            return
        self._sent += 1
        self._courier.send(
            conference,
            ConferenceNews(
                url=news.url,
                method=news.method,
                event=event,
                conference=conference,
                sequence_number=self._sent,
                happened_at=self._ledger.now(),
                auth_token=self._plan.auth_token,
                participant=participant,
                departure=departure,
                reason=reason or (_WHY[departure] if departure is not None else ""),
                announce_url=announce_url,
            ),
        )
        if event is ConferenceEvent.CONFERENCE_END:
            self._courier.forget(conference.sid)
        elif self._sent + 1 >= self._promised:
            self.begin(conference)


_WHY: Final = {
    Departure.CONFERENCE_ENDED_BY_API: "The conference was ended via API",
    Departure.MODERATOR_ENDED: "A participant with endConferenceOnExit left the conference",
    Departure.UPDATED_BY_API: "The participant was removed, or its call updated, via API",
    Departure.HUNG_UP: "The participant left",
    Departure.ADD_FAILED: "The participant could not be added to the conference",
}


def sentence_of(ending: ConferenceEnding, by: Participant | None) -> str:
    """Why a conference ended, for people."""
    if by is None:
        return "Conference ended via API"
    who = by.call_sid if by.label is None else f"{by.label} ({by.call_sid})"
    match ending:
        case ConferenceEnding.MODERATOR_LEFT:
            return f"Participant {who} with endConferenceOnExit left"
        case ConferenceEnding.MODERATOR_KICKED:
            return f"Participant {who} with endConferenceOnExit was kicked"
        case ConferenceEnding.LAST_KICKED:
            return f"The last participant {who} was kicked"
        case _:
            return f"The last participant {who} left"
