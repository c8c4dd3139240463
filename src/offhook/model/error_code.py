"""Twilio's error codes, as far as Offhook raises them: level and title.

One table for the debugger log, the `X-Twilio-Error` header and the command line. Titles and levels:
https://www.twilio.com/docs/api/errors (read 2026-11). A code of the REST API that is only ever an
HTTP answer (20003, 20404 …) is not here but beside its resource.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from offhook.base.errors import UsageError
from offhook.model.notification import LogLevel

_E: Final = LogLevel.ERROR
_W: Final = LogLevel.WARNING


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One entry of Twilio's dictionary."""

    code: int
    level: LogLevel
    text: str
    """Its title."""


ERROR_CODES: Final[Mapping[int, ErrorCode]] = MappingProxyType(
    {
        code: ErrorCode(code, level, text)
        for code, level, text in (
            # Fetching a document
            (11100, _E, "Invalid URL format"),
            (11200, _E, "HTTP retrieval failure"),
            (11201, _E, "TCP connection timed out"),
            (11202, _E, "TCP connection refused"),
            (11203, _E, "HTTP communication total time out triggered"),
            (11205, _E, "HTTP connection failure"),
            (11206, _E, "HTTP protocol violation"),
            (11210, _E, "HTTP bad host name"),
            (11215, _E, "HTTP too many redirects"),
            (11216, _E, "HTTP invalid redirection"),
            (11220, _E, "SSL/TLS handshake error"),
            (11235, _E, "Certificate invalid: domain mismatch"),
            (11236, _E, "Certificate invalid: certificate expired"),
            (11237, _E, "Certificate invalid: could not find path to certificate"),
            (11750, _E, "TwiML response body too large"),
            (11770, _E, "Empty response body"),
            # The document
            (12100, _E, "Document parse failure"),
            (12101, _E, "Invalid Twilio Markup XML version"),
            (12102, _E, "The root element must be Response"),
            (12200, _W, "Schema validation warning"),
            (12300, _E, "Invalid Content-Type"),
            (12400, _E, "Internal failure"),
            # Recordings
            (16101, _W, "Recording duration too short"),
            (16102, _W, "Recording is silent"),
            (16108, _E, "Multiple recordings in progress"),
            # Conferences
            (16020, _E, "Conference: Maximum number of participants reached"),
            (16021, _E, "Conference: Maximum number of conferences reached"),
            (16022, _E, "Conference: It is over"),
            (16025, _E, "Conference: The label of the participant is in use"),
            # Callbacks
            (15003, _W, "Call progress: warning response to callback URL"),
            # Dial
            (13000, _W, "Conference noun cannot be mixed with Number nouns"),
            (13210, _W, "Dial: Invalid method value"),
            (13211, _W, "Dial: Invalid ifMachine value"),
            (13212, _W, "Dial: Invalid timeout value"),
            (13213, _W, "Dial: Invalid hangupOnStar value"),
            (13214, _W, "Dial: Invalid callerId value"),
            (13215, _W, "Dial: Invalid nested element"),
            (13216, _W, "Dial: Invalid timeLimit value"),
            (13217, _W, "Dial: Invalid record value"),
            (13218, _W, "Dial: Invalid sequential value"),
            (13219, _W, "Dial: Invalid answerOnBridge value"),
            (13220, _W, "Dial: Invalid ringTone value"),
            (13221, _W, "Dial->Number: Invalid method value"),
            (13222, _W, "Dial->Number: Invalid sendDigits value"),
            (13223, _W, "Dial: Invalid phone number format"),
            (13224, _W, "Dial: This number cannot be called"),
            (13230, _W, "Dial->Conference: Invalid muted value"),
            (13231, _W, "Dial->Conference: Invalid endConferenceOnExit value"),
            (13232, _W, "Dial->Conference: Invalid startConferenceOnEnter value"),
            (13233, _W, "Dial->Conference: Invalid waitUrl"),
            (13234, _W, "Dial->Conference: Invalid waitMethod"),
            (13235, _W, "Dial->Conference: Invalid beep value"),
            (13236, _W, "Dial->Conference: Invalid conference Sid"),
            (13237, _W, "Dial->Conference: Invalid conference name"),
            (13238, _E, "Dial->Conference: Forbidden verb in the document of who waits"),
            (13239, _W, "Dial->Conference: Invalid trim value"),
            (13240, _E, "Dial->Conference: Invalid call Sid to coach"),
            (13241, _W, "Dial->Sip: Invalid method value"),
            (13242, _W, "Dial->Sip: Invalid sendDigits value"),
            (13243, _W, "Dial->Sip: Invalid SIP URI"),
            (13247, _E, "Dial: Invalid From number (caller ID)"),
            (13248, _W, "Dial: Invalid callerId, too long"),
            (13249, _W, "Dial: Invalid username or password attribute"),
            (13250, _W, "Dial: Too many URIs passed"),
            (13251, _W, "Dial: Too many headers passed"),
            (13252, _W, "Dial: Invalid header name"),
            (13253, _W, "Dial: Header is too long"),
            (13256, _W, "Invalid recordingStatusCallback URL"),
            (21262, _W, "No AMD status callback URL provided"),
            (21263, _W, "Invalid answering machine detection parameters"),
            (32110, _W, "SIP: URI is formatted incorrectly"),
            (32111, _W, "SIP: Invalid header name"),
            (32112, _W, "SIP: Invalid header value"),
            (32113, _W, "SIP: Header name is not allowed"),
            (32114, _W, "SIP: Unsupported parameter value"),
            # Enqueue, and the queue of a Dial
            (14201, _E, "Enqueue: Invalid method value"),
            (14202, _E, "Enqueue: Invalid waitUrl value"),
            (14203, _E, "Enqueue: Invalid action value"),
            (14204, _E, "Enqueue: Queue name is too short"),
            (14205, _E, "Enqueue: Queue name is too long"),
            (14206, _E, "Enqueue: Invalid waitUrlMethod value"),
            (14207, _W, "Enqueue: Queue is full"),
            (14210, _E, "Dial->Queue: Invalid method value"),
            (14211, _E, "Dial->Queue: Invalid url value"),
            (14212, _E, "Dial->Queue: Queue name is too short"),
            (14213, _E, "Dial->Queue: Queue name is too long"),
            (14220, _E, "Enqueue: Invalid workflowSid value"),
            (14221, _E, "Enqueue: Task routing is not done"),
            # Gather
            (13310, _W, "Gather: Invalid finishOnKey value"),
            (13312, _W, "Gather: Invalid method value"),
            (13313, _W, "Gather: Invalid timeout value"),
            (13314, _W, "Gather: Invalid numDigits value"),
            (13320, _W, "Gather: Invalid nested verb"),
            (13321, _W, "Gather->Say: Invalid voice value"),
            (13322, _W, "Gather->Say: Invalid loop value"),
            (13326, _W, "Gather: Invalid input value"),
            (13327, _W, "Gather: Invalid speechTimeout value"),
            (13328, _W, "Gather: Invalid maxSpeechTime value"),
            (13329, _W, "Gather: Invalid partialResultCallbackMethod value"),
            (13330, _W, "Gather: Invalid hints value"),
            (13331, _W, "Gather: Invalid language value"),
            (13332, _W, "Gather: Invalid bargeIn value"),
            (13333, _W, "Gather: Invalid profanityFilter value"),
            (13334, _W, "Gather: Invalid model value"),
            (13335, _W, "Gather: speechTimeout auto cannot be used with model default"),
            (13338, _E, "Gather: Invalid actionOnEmptyResult value"),
            (13340, _E, "Gather: Degraded Speech"),
            # The other verbs
            (13325, _E, "Gather->Play: Invalid Content-Type"),
            (13420, _E, "Play: Invalid Content-Type"),
            (13410, _W, "Play: Invalid loop value"),
            (13430, _W, "Play: Invalid DTMF string"),
            (13510, _W, "Say: Invalid loop value"),
            (13511, _W, "Say: Invalid voice value"),
            (13520, _W, "Say: Invalid text"),
            (13521, _W, "Say: Character limits exceeded"),
            (13257, _E, "Invalid transcribeCallback URL"),
            (13610, _W, "Record: Invalid method value"),
            (13611, _W, "Record: Invalid timeout value"),
            (13612, _W, "Record: Invalid maxLength value"),
            (13613, _W, "Record: Invalid finishOnKey value"),
            (13614, _W, "Record: Invalid transcribe value"),
            (13615, _W, "Record: maxLength too high for transcription"),
            (13616, _W, "Record: Invalid playBeep value"),
            (13617, _W, "Record: Recording too short or too long for transcription"),
            (13620, _W, "Record: Transcription not available for this recording"),
            (13621, _E, "Invalid recordingStatusCallbackEvent"),
            (13699, _W, "Record: Invalid trim value"),
            (13710, _W, "Redirect: Invalid method value"),
            (13750, _E, "TwiML verb not supported by this API version"),
            (32602, _E, "Virtual Agent: Invalid connector"),
            (32650, _E, "Real-time transcription: Invalid configuration"),
            (32653, _E, "Real-time transcription: Provider unavailable"),
            (64001, _E, "Pay: Payments are not supported"),
            (13801, _E, "Refer: Call leg is not SIP"),
            (13802, _E, "SIP REFER received without a referUrl"),
            (13810, _W, "Reject: Invalid cause"),
            (13910, _W, "Pause: Invalid length value"),
            # ConversationRelay
            (64101, _E, "ConversationRelay: Invalid parameter"),
            (64102, _E, "ConversationRelay: Unable to connect to the WebSocket URL"),
            (64104, _E, "ConversationRelay: Max call duration reached"),
            (64105, _E, "ConversationRelay: WebSocket ended"),
            (64107, _E, "ConversationRelay: Invalid message received"),
            (64108, _E, "ConversationRelay: RTP Timeout"),
            (64111, _E, "ConversationRelay: Text-to-speech failed"),
            (64112, _E, "ConversationRelay: Text-to-speech provider unavailable"),
            (64114, _E, "ConversationRelay: ASR provider connection error"),
            # Who may call and register
            (10001, _E, "Account is not active"),
            (32002, _W, "SIP: The SIP domain was not found"),
            (32006, _W, "SIP: Too many hops"),
            (32007, _W, "SIP: Too many contacts registered for this address of record"),
            (32008, _W, "SIP: REGISTER requests come too fast"),
            (32013, _E, "SIP: Calls to the account's domains come too fast"),
            (32105, _W, "SIP: The address leads back to this node"),
            (32106, _E, "SIP: Authorization user is not the user that registers"),
            (32001, _E, "SIP: Trunk calls come too fast"),
            (32020, _E, "SHAKEN/STIR: Invalid PASSporT"),
            (32021, _W, "SHAKEN/STIR: Validation failed"),
            (32101, _W, "SIP: Called number is not E.164"),
            (32204, _E, "SIP: From is not a number of the account"),
            (32206, _E, "SIP: From is no number"),
            (32200, _E, "SIP: Insufficient permissions"),
            (32201, _E, "SIP: Source IP address not in ACL"),
            (32202, _E, "SIP: Bad user credentials"),
            (32207, _E, "SIP: SRTP is not accepted"),
            (32208, _E, "SIP: SRTP is required"),
            (32209, _E, "SIP: TLS is required"),
            (32214, _W, "SIP: The domain belongs to another account"),
            (32218, _E, "SIP: The transfer is not allowed"),
            (32219, _E, "SIP: The redirection cannot be followed"),
            (32223, _E, "SIP: The URI names no user"),
            (32210, _E, "SIP: Registration is not enabled for this domain"),
            (32212, _W, "SIP: No credential list is mapped for registrations"),
            # The call
            (21205, _E, "Invalid URL"),
            (21218, _E, "Invalid ApplicationSid"),
            (13254, _W, "Dial: SIP host name does not resolve or is not public"),
            (13201, _E, "Dial: Cannot Dial out from a Dial Call Segment"),
            (32010, _E, "No origination URL found"),
            # Connect, Start, Stop; Media Streams
            (14300, _E, "Invalid noun"),
            (31901, _E, "Stream - WebSocket - Connection Timeout"),
            (31902, _E, "Stream - WebSocket - Connection Refused"),
            (31903, _E, "Stream - WebSocket - Connection Broken Pipe"),
            (31904, _E, "Stream - WebSocket - Host Unreachable"),
            (31910, _E, "Stream - WebSocket - TLS Error"),
            (31920, _E, "Stream - WebSocket - Handshake Error"),
            (31921, _E, "Stream - WebSocket - Close Error"),
            (31922, _E, "Stream - WebSocket - Unsupported Scheme"),
            (31923, _E, "Stream - WebSocket - Malformed URL"),
            (31924, _E, "Stream - WebSocket - Protocol Error"),
            (31930, _W, "Stream - Media - Buffer Overflow"),
            (31931, _W, "Stream - Media - Outbound Buffer Overflow"),
            (31941, _E, "Stream - Invalid Track configuration"),
            (31950, _W, "Stream - Protocol - Binary Message"),
            (31951, _W, "Stream - Protocol - Invalid Message"),
            (31953, _W, "Stream - Media - RTP Timeout"),
            # Messages in a call
            (32701, _W, "Voice User-Defined Message: Invalid Content-Type"),
            (32702, _W, "Voice User-Defined Message: Invalid Content"),
            (32703, _W, "Voice User-Defined Message: Content is too long"),
            (32710, _W, "Voice User-Defined Message: A callback does not keep up"),
            (32711, _W, "Voice User-Defined Message: The callback failed"),
            (32009, _W, "The user you tried to dial is not registered"),
            (32011, _W, "Error communicating with the SIP peer"),
            (21300, _E, "BYOC trunk Sid is invalid"),
            (32400, _E, "BYOC: Call failed, no failover"),
            (32222, _E, "SIP: The TLS version of the peer is too old"),
            (34002, _E, "Callee is busy"),
            (32019, _W, "Call: Twiml was left aside, since there was a Url"),
            (32014, _W, "Call is terminated because of no audio received"),
            (32015, _W, "Call is terminated due to exceeding maximum call duration"),
            (32022, _E, "ACK not received from your SIP endpoint"),
            (32102, _W, "SIP: Bad SDP"),
            (32103, _W, "SIP: Body is empty"),
        )
    }
)
"""Every code that a Notification or a refused INVITE may carry."""


def describe(code: int) -> ErrorCode:
    """The entry of a code. Raises: UsageError for one that is not in the table."""
    entry = ERROR_CODES.get(code)
    if entry is None:
        raise UsageError(f"error code {code} is not in the catalogue")
    return entry
