"""The resources of the trunking product (v1), one file each. To add one, add its file and its line here."""

from typing import Final

from offhook.rest.resource import Operation
from offhook.rest.trunking import (
    trunk_credential_lists,
    trunk_ip_access_control_lists,
    trunk_origination_urls,
    trunk_phone_numbers,
    trunk_recording,
    trunks,
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    *trunks.OPERATIONS,
    *trunk_origination_urls.OPERATIONS,
    *trunk_credential_lists.OPERATIONS,
    *trunk_ip_access_control_lists.OPERATIONS,
    *trunk_phone_numbers.OPERATIONS,
    *trunk_recording.OPERATIONS,
)
"""What of trunking is served below /v1."""
