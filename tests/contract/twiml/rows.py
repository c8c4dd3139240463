"""All rows, in the order of the page."""

from typing import Final

from tests.contract.twiml import (
    echo,
    elsewhere,
    flow,
    gather,
    gather_speech,
    pause,
    play,
    queues,
    record,
    record_callbacks,
    refer,
    reject,
    say,
    ssml,
    streams,
)
from tests.contract.twiml.dial import (
    application,
    attributes,
    client,
    conference,
    left,
    number,
    recording,
    several,
    sip,
    transfer,
)
from tests.contract.twiml.row import Row

ROWS: Final[tuple[Row, ...]] = (
    *flow.ROWS,
    *say.ROWS,
    *ssml.ROWS,
    *play.ROWS,
    *gather.ROWS,
    *gather_speech.ROWS,
    *record.ROWS,
    *record_callbacks.ROWS,
    *attributes.ROWS,
    *several.ROWS,
    *recording.ROWS,
    *transfer.ROWS,
    *left.ROWS,
    *number.ROWS,
    *sip.ROWS,
    *client.ROWS,
    *conference.ROWS,
    *queues.ROWS,
    *echo.ROWS,
    *application.ROWS,
    *application.GIVEN_BACK,
    *streams.ROWS,
    *pause.ROWS,
    *refer.ROWS,
    *reject.ROWS,
    *elsewhere.ROWS,
    *flow.NOT_RUN,
)
