"""All rows, in the order of the page."""

from typing import Final

from tests.contract.twiml import gather, gather_speech, pause, reject
from tests.contract.twiml.row import Row

ROWS: Final[tuple[Row, ...]] = (*gather.ROWS, *gather_speech.ROWS, *pause.ROWS, *reject.ROWS)
