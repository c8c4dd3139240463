"""All rows, in the order of the page."""

from typing import Final

from tests.contract.twiml import flow, gather, gather_speech, pause, play, reject, say, ssml
from tests.contract.twiml.row import Row

ROWS: Final[tuple[Row, ...]] = (
    *flow.ROWS,
    *say.ROWS,
    *ssml.ROWS,
    *play.ROWS,
    *gather.ROWS,
    *gather_speech.ROWS,
    *pause.ROWS,
    *reject.ROWS,
)
