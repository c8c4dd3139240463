"""The parameters of news of a conference: Twilio's names (reference/twiml 12.3).

Used by `callback.py`.
"""

from email.utils import format_datetime

from offhook.model.conference import Participant
from offhook.webhook.ports import ConferenceEvent, ConferenceNews, Parameters


def conference_parameters(news: ConferenceNews) -> Parameters:
    """Names and values in the order in which they are sent."""
    conference, event = news.conference, news.event
    parameters = [
        ("ConferenceSid", conference.sid),
        ("FriendlyName", conference.friendly_name),
        ("AccountSid", conference.account_sid),
        ("SequenceNumber", str(news.sequence_number)),
        ("Timestamp", format_datetime(news.happened_at)),
        ("StatusCallbackEvent", event.value),
    ]
    if event is ConferenceEvent.CONFERENCE_END:
        return (*parameters, *_of_end(news))
    if news.participant is not None:
        parameters += _of_participant(news.participant)
    if news.departure is not None and news.participant is not None:
        parameters.append(("ParticipantCallStatus", news.participant.call_status.value))
        parameters.append(("ReasonParticipantLeft", news.departure.value))
        parameters.append(("Reason", news.reason))
    if news.announce_url is not None:
        parameters.append(("AnnounceUrl", news.announce_url))
    if event is ConferenceEvent.ANNOUNCEMENT_FAIL:
        parameters.append(("ReasonAnnouncementFailed", news.reason))
    return tuple(parameters)


def _of_end(news: ConferenceNews) -> Parameters:
    ending = news.conference.reason_ended
    parameters = [("ReasonConferenceEnded", "" if ending is None else ending.value), ("Reason", news.reason)]
    if news.participant is not None:
        parameters.insert(0, ("CallSidEndingConference", news.participant.call_sid))
        if news.participant.label is not None:
            parameters.insert(1, ("ParticipantLabelEndingConference", news.participant.label))
    return tuple(parameters)


def _of_participant(participant: Participant) -> Parameters:
    parameters = [
        ("CallSid", participant.call_sid),
        ("Muted", _word(participant.is_muted)),
        ("Hold", _word(participant.is_on_hold)),
        ("Coaching", _word(participant.is_coaching)),
        ("EndConferenceOnExit", _word(participant.ends_conference)),
        ("StartConferenceOnEnter", _word(participant.starts_conference)),
    ]
    if participant.label is not None:
        parameters.append(("ParticipantLabel", participant.label))
    if participant.is_coaching and participant.call_sid_to_coach is not None:
        parameters.append(("CallSidToCoach", participant.call_sid_to_coach))
    return tuple(parameters)


def _word(value: bool) -> str:
    return "true" if value else "false"
