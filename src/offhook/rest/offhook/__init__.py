"""The resources that are Offhook's own, one file each. To add one, add its file and its line here."""

from typing import Final

from offhook.rest.offhook import calls, refusals, registrations, streams, traces, trunk_registrations
from offhook.rest.resource import Operation

OFFHOOK_BASE: Final = "/offhook/v1"
OPERATIONS: Final[tuple[Operation, ...]] = (
    *calls.OPERATIONS,
    *refusals.OPERATIONS,
    *registrations.OPERATIONS,
    *streams.OPERATIONS,
    *traces.OPERATIONS,
    *trunk_registrations.OPERATIONS,
)
"""Everything that is served below OFFHOOK_BASE."""
