"""The resources of the voice product (v1), one file each. To add one, add its file and its line here."""

from typing import Final

from offhook.rest.resource import Operation
from offhook.rest.voice import (
    byoc_trunks,
    connection_policies,
    connection_policy_targets,
    ip_records,
    source_ip_mappings,
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    *byoc_trunks.OPERATIONS,
    *connection_policies.OPERATIONS,
    *connection_policy_targets.OPERATIONS,
    *ip_records.OPERATIONS,
    *source_ip_mappings.OPERATIONS,
)
"""What of voice is served below /v1."""
