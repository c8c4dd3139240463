"""Who owes whom an answer, and what was agreed (RFC 3264, 6337).

One per leg; holds the offer that is open and the agreement in force, and our key of SRTP (RFC 4568), which
stays until the peer changes its own. The version in `o=` grows only when what we say has changed (RFC 3264
§8). Called by `call/leg.py`.
"""

from collections.abc import Callable
from dataclasses import replace

from offhook.base.errors import PeerError, UsageError
from offhook.base.ids import Chance
from offhook.sdp.crypto import KEY_AND_SALT_BYTES
from offhook.sdp.offer_answer import (
    UNSPECIFIED,
    AudioAgreement,
    ConsideredOffer,
    LocalAudio,
    accept_answer,
    consider_offer,
    make_offer,
)
from offhook.sdp.session_description import SessionDescription


class NoAnswerError(PeerError):
    """The peer has taken our offer and said nothing to it."""


class Negotiation:
    """The offers and answers of one leg."""

    def __init__(self, chance: Chance) -> None:
        """chance: of the keys."""
        self._chance = chance
        self._key: bytes | None = None
        self._remote_offer: ConsideredOffer | None = None
        self._local_offer: SessionDescription | None = None
        self._last_said: bytes | None = None
        self._version_bumps = 0
        self._is_answered_early = False
        self._foreseen: tuple[str | None, bytes] = (None, b"")
        self.agreement: AudioAgreement | None = None
        self.remote_host = ""
        """Where the peer wants its audio; "" while it has not said. The place stays over a hold that names
        none (RFC 2543)."""

    @property
    def is_secure(self) -> bool:
        """Whether the media is to be SRTP, in both descriptions."""
        return self._key is not None

    def protect(self, *, is_secure: bool) -> None:
        """Speak SRTP from the next description on, with a new key of ours; or plain RTP, as at first."""
        self._key = self._new_key() if is_secure else None

    @property
    def awaits_answer(self) -> bool:
        """Whether our offer is open."""
        return self._local_offer is not None

    @property
    def has_offer(self) -> bool:
        """Whether an offer of the peer waits for our answer."""
        return self._remote_offer is not None

    def offer(self, local: LocalAudio) -> bytes:
        """Open an offer of ours."""
        self._remote_offer = None
        self._foreseen = (None, b"")
        previous = None if self._last_said is None else SessionDescription.parse(self._last_said)
        keyed = replace(local, key_and_salt=self._key)
        said = self._say(lambda versioned: make_offer(versioned, previous), keyed)
        self._local_offer = SessionDescription.parse(said)
        return said

    def consider(self, body: bytes, local: LocalAudio) -> None:
        """Take the body of an INVITE: an offer that can be answered, or nothing (we then make the offer).

        local: of the answer that will follow; only its address and port may be others then.
        Raises: PeerError with the status to refuse it with; what was agreed before stays in force.
        """
        if not body:
            self._remote_offer = None
            return
        offer = SessionDescription.parse(body)
        considered = consider_offer(offer, replace(local, key_and_salt=self._key), self.agreement)
        if self._has_new_key(considered.agreement):
            self._key = self._new_key()
            considered = consider_offer(offer, replace(local, key_and_salt=self._key), self.agreement)
        self._remote_offer = considered
        self._note_host(considered.agreement)

    def respond(self, local: LocalAudio) -> bytes:
        """The body of our 2xx: the answer to the open offer, or our offer when the INVITE had none.

        The one to an INVITE that was answered early says the same again (RFC 3261 §13.3.1.1).
        """
        offer, self._remote_offer = self._remote_offer, None
        if offer is None and self._is_answered_early and self._last_said is not None:
            self._is_answered_early = False
            return self._last_said
        if offer is None:
            return self.offer(local)
        self.agreement = offer.agreement
        return self._say(offer.answer, replace(local, key_and_salt=self._key))

    def answer_early(self, local: LocalAudio) -> bytes:
        """The answer to the open offer, in a provisional response. Raises: UsageError without one."""
        if self._remote_offer is None:
            raise UsageError("there is no offer to answer")
        self._is_answered_early = True
        return self.respond(local)

    def foresee(self, body: bytes, tag: str) -> None:
        """Take the description of a provisional response to our offer; the one of the 2xx still counts.

        tag: of its early dialog.
        Raises: PeerError when it does not fit; nothing has changed then.
        """
        if self._local_offer is None:
            raise UsageError("an answer without an offer of ours")
        self.agreement = accept_answer(self._local_offer, SessionDescription.parse(body))
        self._foreseen = (tag, body)
        self._note_host(self.agreement)

    def settle(self) -> None:
        """Our offer was answered early, and an offer of the peer's has changed what was agreed then."""
        self._local_offer = None

    def accept_answer(self, body: bytes, tag: str | None = None) -> None:
        """Take the peer's answer to our offer.

        tag: of its dialog; None where there is one alone. A 2xx without a description means the one of the
        response before it (RFC 3261 §13.2.1 has it in the 2xx at any rate; some gateways do not).
        Raises: PeerError when it is missing or does not fit; UsageError when no offer is open.
        """
        if self._local_offer is None:
            raise UsageError("an answer without an offer of ours")
        offer, self._local_offer = self._local_offer, None
        foreseen_in, foreseen = self._foreseen
        if not body and tag is not None and tag == foreseen_in:
            body = foreseen
        if not body:
            raise NoAnswerError("no answer to our offer", section="RFC 3261 §13.2.1")
        self.agreement = accept_answer(offer, SessionDescription.parse(body))
        self._note_host(self.agreement)

    def _note_host(self, agreement: AudioAgreement) -> None:
        if agreement.remote_host != UNSPECIFIED:
            self.remote_host = agreement.remote_host

    def _has_new_key(self, agreement: AudioAgreement) -> bool:
        """Whether the peer has changed its line: what we send has another key then as well."""
        before = None if self.agreement is None else self.agreement.srtp
        after = agreement.srtp
        return before is not None and after is not None and not after.remote.is_same(before.remote)

    def _new_key(self) -> bytes:
        return bytes.fromhex(self._chance.hex(KEY_AND_SALT_BYTES))

    def _say(self, describe: Callable[[LocalAudio], SessionDescription], local: LocalAudio) -> bytes:
        version = local.version + self._version_bumps
        said = describe(replace(local, version=version)).to_bytes()
        if self._last_said is not None and said != self._last_said:
            self._version_bumps += 1
            said = describe(replace(local, version=version + 1)).to_bytes()
        self._last_said = said
        return said
