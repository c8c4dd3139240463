"""What the resources work with; the roof fills it in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from offhook.base.clock import Clock
from offhook.base.ids import Chance
from offhook.call.user_messages import SubscriptionOrder
from offhook.conference.conferences import Conferences
from offhook.conference.plan import ConferencePlan, SeatPlan
from offhook.media_streams.live_stream import LiveStream
from offhook.media_streams.order import StreamOrder
from offhook.model.call import Call
from offhook.model.carrier_registration import RegistrationState
from offhook.model.companion import CompanionRecord
from offhook.model.conference import Participant
from offhook.model.queue import Member
from offhook.model.recording import Recording
from offhook.model.user_defined_message import UserDefinedMessage, UserDefinedMessageSubscription
from offhook.queue.queues import Queues
from offhook.recording.recorder import RecordingOrder
from offhook.rest.limits import Limits
from offhook.routing.sip_domain import DomainNames
from offhook.siprec.connector import Connector
from offhook.siprec.recording_session import SiprecOrder
from offhook.store.ports import RecordingFiles, Store
from offhook.switchboard.place_call import CallToPlace
from offhook.switchboard.record_call import RecordingUpdate
from offhook.switchboard.update_call import CallUpdate
from offhook.trace.ports import Trace
from offhook.transcribing.order import TranscriptionOrder
from offhook.verbs.dialler import ChildCall
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo


@dataclass(frozen=True, slots=True)
class Services:
    """The node behind the API."""

    store: Store
    recording_files: RecordingFiles
    clock: Clock
    chance: Chance
    domain_names: DomainNames
    realm: str
    """Of digest authentication: what the hashes of passwords are made with."""
    default_trunk: str | None
    """By which calls to numbers go that name none: Sid or friendly name of a BYOC trunk."""
    place_call: Callable[[CallToPlace], Call]
    """Begins a call and gives its record; raises OverloadError."""
    update_call: Callable[[str, str, CallUpdate], Awaitable[Call | None]]
    """Changes a live call by both Sids; None when it is not alive; raises NotInProgressError."""
    record_call: Callable[[str, str, RecordingOrder], Recording]
    """Begins a recording of a live call by both Sids; raises NotInProgressError, RecordingError."""
    update_recording: Callable[[str, str | None, RecordingUpdate], Recording | None]
    """Changes a recording of a call, None the only one; None when it is not under way; raises
    SeveralRecordingsError."""
    stream_call: Callable[[str, str, StreamOrder], CompanionRecord]
    """Begins a stream of a live call by both Sids; raises NotInProgressError, StreamRefusedError."""
    stop_stream: Callable[[str, str], CompanionRecord | None]
    """Ends a stream by its CallSid and its own Sid or name; None when it does not run."""
    siprec_connector: Callable[[str], Connector | None]
    """A connector by its name; None where there is none."""
    siprec_call: Callable[[str, str, SiprecOrder], CompanionRecord]
    """Begins a recording session of a live call by both Sids; raises NotInProgressError,
    SiprecRefusedError."""
    stop_siprec: Callable[[str, str], CompanionRecord | None]
    """Ends one by its CallSid and its own Sid or name; None when it does not run."""
    transcribe_call: Callable[[str, str, TranscriptionOrder], CompanionRecord]
    """Transcribes a live call by both Sids; raises NotInProgressError, TranscriptionRefusedError."""
    stop_transcription: Callable[[str, str], CompanionRecord | None]
    """Ends a transcription by its CallSid and its own Sid or name; None when it does not run."""
    send_message: Callable[[str, str, str, str | None], Awaitable[UserDefinedMessage]]
    """Sends a message to the peer of a live call by both Sids, with its IdempotencyKey, and waits until it is
    there; raises NotInProgressError, CarrierError."""
    subscribe_messages: Callable[[str, str, SubscriptionOrder, str | None], UserDefinedMessageSubscription]
    """Tells an application what the peer of a live call says, by both Sids, with the IdempotencyKey; raises
    NotInProgressError, TooManySubscriptionsError."""
    unsubscribe_messages: Callable[[str, str, str], bool]
    """Tells it no more, by the Sids of account, call and subscription; False where there was none."""
    inspected_streams: Callable[[str], Sequence[LiveStream]]
    """The streams of a call that are still known, by its Sid."""
    remove_registration: Callable[[str, str], Awaitable[bool]]
    """Ends a binding of an account by both Sids; False when there is none; raises StoreBusyError."""
    review_registrations: Callable[[], Awaitable[int]]
    """Ends the bindings that nothing allows any more; raises StoreBusyError."""
    carriers_changed: Callable[[str, str], Awaitable[None]]
    """Takes up that a trunk's registration was made, changed or deleted; account and trunk by their Sids."""
    carrier_state: Callable[[str], RegistrationState | None]
    """How a trunk's registration stands on this node; None where there is none."""
    trace: Callable[[str], Awaitable[Trace | None]]
    """What is kept of what happened on a call, by its Sid."""
    conferences: Conferences
    """Where calls meet."""
    add_participant: Callable[
        [CallToPlace, ConferencePlan, SeatPlan, Callable[[str], InlineDocument]], Participant
    ]
    """Dials somebody for a conference, by the document that is made of its Sid; raises JoinError,
    OverloadError, QueueFullError."""
    queues: Queues[ChildCall]
    """Where calls wait."""
    dequeue_member: Callable[[str, str, str | None, GoTo], Awaitable[Member | None]]
    """Takes a call out of a queue by the Sids of account, queue and call (None is the front), and has it run
    another document; it as it was in the line, None where it is not in it."""
    limits: Limits
    """How much an account may have."""
    main_account_sid: str
    """The account that sees what belongs to nobody."""
    root_pem: str
    """The certificate of the node's own CA."""
