"""Carriers: BYOC trunks, connection policies with their targets, and who is known by the address."""

from collections.abc import Sequence
from typing import Protocol

from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.carrier_registration import CarrierRegistration
from offhook.model.connection_policy import ConnectionPolicy, ConnectionPolicyTarget
from offhook.model.ip_record import IpRecord, MappedSource, SourceIpMapping
from offhook.store.ports.records import Parts, Records


class ByocTrunks(Records[ByocTrunk], Protocol):
    """BYOC trunks."""

    async def find_named(self, account_sid: str, friendly_name: str) -> ByocTrunk | None:
        """The account's trunk of that name, the oldest where several have it."""
        ...

    async def first_domain(self, account_sid: str, sid: str) -> str | None:
        """The name of the oldest SIP Domain that refers to the trunk; None when none does."""
        ...


class SourceIpMappings(Records[SourceIpMapping], Protocol):
    """Source IP mappings."""

    async def mapped(self, limit: int) -> Sequence[MappedSource]:
        """Those of every account, the oldest first, at most so many: the caller is not known yet."""
        ...


class CarrierRegistrations(Records[CarrierRegistration], Protocol):
    """Registrations at carriers, by the Sid of their trunk."""

    async def load(self, limit: int) -> Sequence[CarrierRegistration]:
        """Those of every account, the oldest first, at most so many."""
        ...


ConnectionPolicies = Records[ConnectionPolicy]
ConnectionPolicyTargets = Parts[ConnectionPolicyTarget]
IpRecords = Records[IpRecord]
