"""The rows, one file each. To add one is to add a file and its line here."""

from typing import Final

from bench.row import Row
from bench.rows.bindings import BINDINGS
from bench.rows.call import CALL
from bench.rows.conference import CONFERENCE, CONFERENCE_100, CONFERENCE_250, CONFERENCE_CALLS
from bench.rows.ivr import IVR
from bench.rows.memory import MEMORY, MEMORY_CONFERENCE
from bench.rows.parse import PARSE
from bench.rows.play import PLAY
from bench.rows.recognizer import RECOGNIZER
from bench.rows.register import REGISTER
from bench.rows.relay import RELAY, RELAY_PEER, RELAY_SRTP, RELAY_SRTP_SRTP
from bench.rows.rest import REST
from bench.rows.say import SAY
from bench.rows.setup import SETUP
from bench.rows.srtp import SRTP, SRTP_PEER
from bench.rows.streams import STREAMS_ROW
from bench.rows.tick import TICK
from bench.rows.tls import TLS
from bench.rows.tls_idle import TLS_IDLE
from bench.rows.tls_peer import TLS_PEER

ROWS: Final[tuple[Row, ...]] = (
    CALL,
    IVR,
    SETUP,
    MEMORY,
    REGISTER,
    BINDINGS,
    TLS,
    TLS_PEER,
    TLS_IDLE,
    REST,
    PARSE,
    PLAY,
    SAY,
    RECOGNIZER,
    TICK,
    RELAY,
    RELAY_PEER,
    RELAY_SRTP,
    RELAY_SRTP_SRTP,
    SRTP,
    SRTP_PEER,
    STREAMS_ROW,
    CONFERENCE,
    CONFERENCE_100,
    CONFERENCE_250,
    CONFERENCE_CALLS,
    MEMORY_CONFERENCE,
)
