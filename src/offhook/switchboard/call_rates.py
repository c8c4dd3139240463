"""How fast calls may come in: to the SIP Domains of an account, from the PBX of an elastic SIP trunk.

Kept by `exchange.py`, asked by `inbound_call.py`. Source: reference/sip-interface 14.
"""

from dataclasses import dataclass
from typing import Self

from offhook.base.rate import Rate
from offhook.model.error_code import describe
from offhook.routing.decision import Admitted, AdmittedToTrunk, TurnedAway
from offhook.switchboard.settings import Settings

ACCOUNT_TOO_FAST = 32013
TRUNK_TOO_FAST = 32001


@dataclass(frozen=True, slots=True)
class CallRates:
    """What came within this second."""

    by_account: Rate
    by_trunk: Rate

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """With the limits of the settings."""
        return cls(Rate(settings.domain_calls_per_second), Rate(settings.trunk_calls_per_second))

    def turn_away(self, admitted: Admitted | AdmittedToTrunk, now: float) -> TurnedAway | None:
        """503 for a call too many; None for one that may go on, which is counted. now: monotonic seconds."""
        if isinstance(admitted, AdmittedToTrunk):
            trunk = admitted.trunk
            if self.by_trunk.admit(trunk.sid, now):
                return None
            matched = f"{self.by_trunk.per_second} calls a second of trunk {trunk.sid}"
            return _too_fast(TRUNK_TOO_FAST, admitted, f"{matched} (trunk_calls_per_second)")
        account_sid = admitted.domain.account_sid
        if self.by_account.admit(account_sid, now):
            return None
        matched = f"{self.by_account.per_second} calls a second of account {account_sid}"
        return _too_fast(ACCOUNT_TOO_FAST, admitted, f"{matched} (domain_calls_per_second)")


def _too_fast(code: int, admitted: Admitted | AdmittedToTrunk, matched: str) -> TurnedAway:
    entrance = admitted.trunk if isinstance(admitted, AdmittedToTrunk) else admitted.domain
    return TurnedAway(503, code, describe(code).text, entrance, matched, headers=(("Retry-After", "1"),))
