"""`<Dial>` with several nouns, with none, and with what is no noun (reference/twiml 6.2)."""

from typing import Final

from offhook.call.leg_state import LegCause
from tests.contract.twiml.dial.attributes import BUSY_NOTE, FAILED, NEVER, NEXT, row, told
from tests.contract.twiml.expectation import ABSENT, Called
from tests.contract.twiml.row import Callee, Case, Note

_TWO: Final = "<Sip>{ann}</Sip><Sip>{bob}</Sip>"

ROWS: Final = (
    row(
        "sequential",
        Case.ABSENT,
        NEXT,
        "all at once: the first to answer wins, the other is let go of",
        (
            *told(at_s=3),
            Called("ann", at_s=0, rings_s=1, cause=LegCause.GIVEN_UP_THERE),
            Called("bob", at_s=0, rings_s=1),
        ),
        others={"ann": NEVER},
        bob=Callee(rings_s=1, stays_s=2),
        inside=_TWO,
    ),
    row(
        "sequential",
        Case.GIVEN,
        f'{NEXT} sequential="true"',
        "one after the other, until one answers",
        (*told(at_s=4.3), Called("ann", at_s=0), Called("bob", at_s=2)),
        BUSY_NOTE,
        others={"ann": Callee(status=486, rings_s=2)},
        inside=_TWO,
    ),
    row(
        "sequential",
        Case.GIVEN,
        f'{NEXT} sequential="true" timeout="5"',
        "the timeout is each one's own",
        (
            *told(at_s=12.3),
            Called("ann", at_s=0, rings_s=10, cause=LegCause.GIVEN_UP_THERE),
            Called("bob", at_s=10),
        ),
        others={"ann": NEVER},
        inside=_TWO,
        lasts_s=13,
    ),
    row(
        "sequential",
        Case.BAD,
        f'{NEXT} sequential="perhaps"',
        "is refused, all at once instead",
        (*told(), Called("ann", at_s=0), Called("bob", at_s=0)),
        Note(13218),
        BUSY_NOTE,
        others={"ann": Callee(status=486)},
        inside=_TWO,
    ),
    row(
        "content",
        Case.GIVEN,
        NEXT,
        "of several who do not answer the busy one stands for all",
        told({"DialCallStatus": "busy", "DialSipResponseCode": "486"}),
        BUSY_NOTE,
        others={"ann": Callee(status=486)},
        bob=Callee(status=404),
        inside=_TWO,
    ),
    row(
        "content",
        Case.LIMIT,
        NEXT,
        "ten nouns are called, the eleventh is skipped",
        (*told({"DialCallStatus": "busy"}), Called("bob", times=10)),
        Note(13250, at="<Sip >"),
        *[BUSY_NOTE] * 10,
        bob=Callee(status=486),
        inside="<Sip>{bob}</Sip>" * 10 + "<Sip >{bob}</Sip>",
    ),
    row(
        "content",
        Case.ABSENT,
        NEXT,
        "nobody to call fails",
        told({**FAILED, "DialCallSid": ABSENT}),
        Note(13223),
        inside="",
    ),
    row(
        "content",
        Case.BAD,
        NEXT,
        "another element is skipped",
        (*told(), Called("bob")),
        Note(13215, at="<sip>", says="did you mean <Sip>"),
        inside="<sip>x</sip><Sip>{bob}</Sip>",
    ),
    row(
        "content",
        Case.BAD,
        NEXT,
        "text beside a noun is ignored",
        (*told(), Called("bob")),
        Note(12200),
        inside="+15550100200<Sip>{bob}</Sip>",
    ),
)
