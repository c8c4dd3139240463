"""Refusal: a request that was turned away, kept for the operator (`offhook calls why`).

Twilio has no such resource; ours is `/offhook/v1/Refusals`. Source: design 1.2; reference/sip-interface 15.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Refusal:
    """What arrived, what it was held against, and what was answered.

    The first refusals of a minute with the same source, domain, status and code have a record for each
    Call-ID, further ones share one; the latest stands for all that share.
    """

    sid: str
    """`RF` and 32 hexadecimal digits."""
    account_sid: str | None
    """Whose Domain was asked for; None when nobody's, which only the main account sees."""
    first_at: datetime
    """When the first of them came."""
    last_at: datetime
    """When the one came that is described here."""
    source: str
    """IP address that it came from."""
    transport: str
    """UDP, TCP, TLS, WS or WSS."""
    method: str
    """INVITE, REGISTER or REFER; another one, such as SUBSCRIBE, where nobody serves it."""
    request_uri: str
    """As it arrived, cut when long, like the texts below."""
    from_: str
    """The From header."""
    sip_call_id: str
    """Call-ID of the request."""
    domain: str
    """Name of the SIP Domain; where there is none, the host that was asked for."""
    matched: str
    """What the request was held against."""
    nearly: str
    """What nearly fitted; "" when nothing did."""
    status: int
    """SIP status that was answered."""
    code: int | None
    """Twilio's error code in X-Twilio-Error; None where the platform has none."""
    text: str
    """What is wrong, in a sentence."""
    count: int = 1
    """How many there were."""

    @property
    def advice(self) -> str:
        """What to change, for whoever runs the phone or the node."""
        if (self.code, self.status) == LOCKED_OUT:
            return LOCKED_OUT_ADVICE
        if self.code == NOT_LISTED and ":" in self.source:
            return NOT_LISTED_IPV6_ADVICE
        if self.code is not None:
            return ADVICE.get(self.code, ADVICE_BY_STATUS.get(self.status, NO_ADVICE))
        return ADVICE_BY_STATUS.get(self.status, NO_ADVICE)


NO_ADVICE: Final = "Look up the SIP status and the text; the log of the node has more."

LOCKED_OUT: Final = (32202, 503)
"""Code and status of whoever has failed too often to be heard."""
LOCKED_OUT_ADVICE: Final = (
    "Wait a minute from the first wrong password on: until then not even the right one is taken from that "
    "address for that user. Correct it in the phone first, or the phone is locked out again."
)

NOT_LISTED: Final = 32201
"""Code of whoever comes from an address that no access list has."""
NOT_LISTED_IPV6_ADVICE: Final = (
    "Access control lists take IPv4 addresses only: let the peer call over IPv4, or map a credential list "
    "instead of the access control lists and let the peer authenticate."
)

ADVICE: Final[Mapping[int, str]] = MappingProxyType(
    {
        13254: "Correct the host or its DNS; private addresses are called by allow_private_webhooks only.",
        32002: "Create the SIP Domain, or correct its name in the URI.",
        32009: "Register the phone; see GET /offhook/v1/Registrations for who is.",
        10001: "Reactivate the account, or call a SIP Domain of another one.",
        13802: "Send REFER inside the call that is to be transferred; outside one nobody is called on a "
        "stranger's word.",
        13214: "Set callerId to a number of the account, or to one that the call came from or to.",
        13247: "Set callerId to a number in E.164 format: a carrier is shown nothing else.",
        21205: "Give the SIP Domain a Voice URL; without one there is nothing to answer with.",
        32006: "Look for a loop between the proxies, or let the peer send Max-Forwards: 70.",
        32007: "Let phones that are gone unregister, or wait until their registrations expire; "
        "registration_contacts, registrations_per_domain and registrations_per_account are the limits.",
        32008: "Let the phone register less often: half the expiry is right; registrations_per_second is the "
        "limit.",
        32013: "Place fewer calls a second, or raise domain_calls_per_second.",
        32001: "Let the PBX place fewer calls a second, or raise trunk_calls_per_second.",
        21300: "Name a BYOC trunk of the account: offhook trunk list has their Sids.",
        32010: "Give the trunk a target (offhook trunk set NAME --target URI), or set default_trunk, or add "
        "the number to the node's own.",
        32020: "Let the carrier send a PASSporT in full form (RFC 8224, ppt=shaken), or none.",
        32021: "Ask the carrier about its PASSporT; the text says what did not hold.",
        32101: "Let the PBX call the number in E.164 format: + and its digits.",
        32102: "Let the peer offer audio with PCMU or PCMA in a valid SDP.",
        32103: "Let the peer send its SDP in the INVITE, or answer ours in its ACK.",
        32105: "Let the peer put its own address into Contact, not this node's; call a user of a SIP Domain "
        "by the Domain's name.",
        32106: "Let the phone authenticate as the user that it registers: the user of To and the user "
        "name of the password must be the same.",
        32110: "Correct the Request-URI; it is not a SIP URI that can be called here.",
        32200: "Map an IP access control list or a credential list to the SIP Domain (for calls, not "
        "only for registrations); with neither it takes no traffic at all.",
        NOT_LISTED: "Add the source address to an IP access control list that is mapped to the SIP Domain. "
        "Behind a NAT it is the NAT's public address that counts.",
        32202: "Check user name and password in the phone against the credential lists mapped to the SIP "
        "Domain. The user name is the plain name in the list; upper and lower case differ.",
        32204: "Let the PBX show one of the account's IncomingPhoneNumbers in From, or add that number.",
        32206: "Let the PBX show a number in E.164 format in From.",
        32207: "Let the peer offer plain RTP, or set Secure=true on the SIP Domain.",
        32208: "Let the peer offer SRTP (RTP/SAVP with a=crypto), or set Secure=false on the SIP Domain.",
        32209: "Let the peer connect by TLS (sips: or ;transport=tls), or set Secure=false on the SIP "
        "Domain.",
        32210: "Set SipRegistration=true on the SIP Domain.",
        32212: "Map a credential list to the SIP Domain under Auth/Registrations; one that is mapped for "
        "calls does not let phones register.",
        32400: "Look at the 32011 of each target: the carrier cannot be reached, does not answer, or fails.",
    }
)
"""What to change, for each code that a refusal may carry."""

ADVICE_BY_STATUS: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The request breaks SIP; correct what the text names in the peer.",
        403: "Let the peer put the name of a SIP Domain into the Request-URI: NAME and one of "
        "`domain_suffixes`, even where its next hop is an IP address. `default_domain` makes one "
        "Domain answer for the node's own addresses.",
        405: "Nothing to mend where calls work: the phone asks for a service that is not offered here, such "
        "as presence or message waiting; switch it off in the phone.",
        406: "Let the peer take application/sdp in its Accept header, or send none.",
        415: "Let the peer send its SDP as application/sdp, alone or in multipart/mixed.",
        422: "Let the peer ask for a session interval (Session-Expires) of Min-SE or more.",
        513: "Let the peer send a smaller message; 64 KiB are taken.",
        416: "Let the peer call a SIP URI (sip:USER@DOMAIN), not a tel: or another one.",
        420: "Switch off in the peer what the header Require of its request names.",
        482: "Look for a loop: the same request came here twice, by two ways.",
        404: "Register a user of the SIP Domain that the request is sent to: To and Request-URI must "
        "name the same Domain.",
        423: "Let the phone register for longer (Min-Expires), or lower registration_expires_min.",
        439: "Let the first proxy support RFC 5626 (Path with ;ob), or switch off outbound in the phone.",
        488: "Let the peer offer audio with PCMU or PCMA in a valid SDP.",
        500: "Report it: the node failed, and its log says where (invite.not_decided).",
        501: "Nothing to mend: the peer sent a method that SIP does not know.",
        503: "Wait for what Retry-After says; where it goes on, the database or the node is overloaded.",
    }
)
"""What to change where there is no code."""
