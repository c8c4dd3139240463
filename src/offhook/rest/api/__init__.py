"""The resources of the 2010 API, one file each. To add one, add its file and its line here."""

from typing import Final

from offhook.rest.api import sip_domains
from offhook.rest.resource import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (*sip_domains.OPERATIONS,)
"""Everything that is served below /2010-04-01."""
