"""`<Enqueue>`, `<Leave>` and the noun `<Queue>`: who waits, and who takes them (reference/twiml 3.3, 7).

The caller of a row waits; its companion `agent` dials the queue, where there is one.
"""

import re
from collections.abc import Mapping
from typing import Final

from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    Ends,
    Expectations,
    HearsSpeech,
    Parameters,
    Request,
    Seconds,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import (
    WORKS,
    Caller,
    Case,
    Companion,
    Level,
    Note,
    Press,
    Row,
    State,
    Talk,
    part,
)

BEEP: Final = "<Play>/tone/440/1</Play>"
AFTER: Final = '<Pause length="1"/><Play>/tone/620/1</Play>'
WAITS: Final = '<Play>/tone/700/1</Play><Pause length="30"/>'
LEAVES: Final = "<Play>/tone/700/1</Play><Leave/>"
LEFT: Final[Parameters] = {"QueueResult": "leave", "QueueSid": ANY, "QueueTime": Seconds(0)}
TURN: Final[Parameters] = {
    "QueuePosition": "1",
    "QueueSid": ANY,
    "QueueTime": Seconds(0),
    "AvgQueueTime": Seconds(0),
    "CurrentQueueSize": "1",
    "MaxQueueSize": "100",
}
ERROR: Final[Parameters] = {"QueueResult": "error", "QueueSid": ABSENT, "QueueTime": ABSENT}
NEXT: Final = Request("next", LEFT)
WAIT: Final = Request("wait", TURN)
BOTH: Final = 'action="next" waitUrl="wait"'


def _enqueue(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    name: str | None = None,
    then: Mapping[str, str] | None = None,
    state: State = WORKS,
    caller: Caller = Caller(),  # noqa: B008 - a frozen value
) -> Row:
    """A caller who waits, each in a queue of its own, and a tone after it."""
    named = _slug(f"enqueue {attribute} {case} {shows}") if name is None else name
    return Row(
        verb="Enqueue",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Enqueue {written}>{named}</Enqueue>{AFTER}",
        expect=expect,
        then={"wait": LEAVES, **(then or {})},
        notes=notes,
        caller=caller,
        state=state,
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:60]


def _refused(
    attribute: str, case: Case, written: str, shows: str, code: int, *, name: str | None = None
) -> Row:
    """It is not enqueued, and the action is told so."""
    expect = (asks(Request("next", ERROR)), hears(), Ends())
    note = Note(code, level=Level.ERROR)
    return _enqueue(attribute, case, f'action="next" {written}', shows, expect, note, name=name)


_LEAVING: Final = (asks(WAIT, NEXT), hears(tone(0, 1, 700)), Ends(1))

_AGAIN: Final[Parameters] = {"QueuePosition": "1", "QueueTime": Seconds(1), "AvgQueueTime": Seconds(1)}

_ENQUEUE: Final = (
    _enqueue("content", Case.GIVEN, BOTH, "a queue of that name is made", _LEAVING),
    _enqueue("content", Case.LIMIT, BOTH, "of 64 characters", _LEAVING, name="q" * 64),
    _refused("content", Case.BAD, "", "of 65 characters is an error", 14205, name="q" * 65),
    _refused("content", Case.ABSENT, "", "without a name nobody waits", 14204, name=""),
    _enqueue(
        "content",
        Case.BAD,
        BOTH,
        "a Task beside the name is skipped: task routing is not done",
        _LEAVING,
        Note(12200, at="<Task", says="task routing"),
        name='<Task priority="1">{}</Task>with a task',
    ),
    _enqueue(
        "action",
        Case.ABSENT,
        'waitUrl="wait"',
        "the next verb runs",
        (asks(WAIT), hears(tone(0, 1, 700), tone(2, 1, 620)), Ends(3)),
    ),
    _enqueue("action", Case.GIVEN, BOTH, "is told what became of it", _LEAVING),
    _enqueue(
        "action",
        Case.GIVEN,
        BOTH,
        "is told of a caller who hung up waiting",
        (
            asks(WAIT, Request("next", {"QueueResult": "hangup", "CallStatus": "completed"})),
            Ends(by_caller=True),
        ),
        then={"wait": WAITS},
        caller=Caller(stays_s=3),
    ),
    _enqueue(
        "action",
        Case.BAD,
        'action="http://" waitUrl="wait"',
        "what is no web address leaves the call out of the queue: the next verb runs",
        (asks(), hears(tone(1, 1, 620)), Ends(2)),
        Note(14203, level=Level.ERROR),
    ),
    _enqueue("method", Case.ABSENT, BOTH, "POST", _LEAVING),
    _enqueue(
        "method",
        Case.GIVEN,
        f'{BOTH} method="GET"',
        "GET has the parameters in its query",
        (asks(WAIT, Request("next", LEFT, "GET")), Ends(1)),
    ),
    _refused("method", Case.BAD, 'method="PUT"', "another is an error", 14201),
    _enqueue(
        "waitUrl",
        Case.ABSENT,
        'action="next"',
        "our own music, until the caller hangs up",
        (asks(Request("next", {"QueueResult": "hangup"})), HearsSpeech(2.5), Ends(by_caller=True)),
        caller=Caller(stays_s=4),
    ),
    _enqueue(
        "waitUrl",
        Case.GIVEN,
        BOTH,
        "is asked for again and again, and told how the time passes",
        (
            asks(
                WAIT, Request("wait", {"QueueTime": Seconds(1), "AvgQueueTime": Seconds(1)}), Request("next")
            ),
            hears(tone(0, 1, 700), tone(2, 1, 440)),
            Ends(3),
        ),
        then={"wait": '<Play>/tone/700/1</Play><Pause length="1"/>', "wait 2": f"{BEEP}<Leave/>"},
    ),
    _enqueue(
        "waitUrl",
        Case.GIVEN,
        BOTH,
        "what the caller presses may lead out of the queue",
        (
            asks(
                WAIT,
                Request("out", {"Digits": "9", "QueuePosition": "1"}),
                Request("next", {"QueueResult": "leave"}),
            ),
            Ends(),
        ),
        then={"wait": '<Gather numDigits="1" action="out" timeout="20"/>', "out": "<Leave/>"},
        caller=Caller((Talk(900, 1), Press("9"))),
    ),
    _enqueue(
        "waitUrl",
        Case.GIVEN,
        BOTH,
        "a Hangup in it ends the call",
        (asks(WAIT, Request("next", {"QueueResult": "hangup"})), hears(tone(0, 1, 440)), Ends(1)),
        then={"wait": f"{BEEP}<Hangup/>{BEEP}"},
    ),
    _enqueue(
        "waitUrl",
        Case.LIMIT,
        'action="next" waitUrl=""',
        "empty is silence",
        (asks(Request("next", {"QueueResult": "hangup"})), hears(), Ends(by_caller=True)),
        caller=Caller(stays_s=3),
    ),
    _enqueue(
        "waitUrl",
        Case.LIMIT,
        'action="next" waitUrl="/tone/440/1"  waitUrlMethod="GET"',
        "a sound file is played again and again",
        (
            asks(Request("next", {"QueueResult": "hangup"})),
            hears(tone(0, 4, 440), gap_s=0.6),
            Ends(by_caller=True),
        ),
        caller=Caller(stays_s=4.2),
    ),
    _refused("waitUrl", Case.BAD, 'waitUrl="http://"', "what is no web address is an error", 14202),
    _enqueue(
        "waitUrl",
        Case.BAD,
        'action="next" waitUrl="/missing"',
        "what cannot be fetched is an error",
        (asks(Request("next", {"QueueResult": "error", "QueueSid": ANY})), hears(), Ends()),
        Note(11200, at=None, level=Level.ERROR),
    ),
    _enqueue(
        "waitUrl",
        Case.BAD,
        BOTH,
        "a document of more than 64 kB is an error",
        (asks(WAIT, Request("next", {"QueueResult": "error", "QueueSid": ANY})), hears(), Ends()),
        Note(11750, at=None, level=Level.ERROR),
        then={"wait": f"<!--{'a' * 65_536}-->"},
    ),
    _enqueue(
        "waitUrl",
        Case.BAD,
        BOTH,
        "a verb that may not stand there ends it, and the caller waits on in silence",
        (
            asks(WAIT, Request("next", {"QueueResult": "hangup"})),
            hears(tone(0, 1, 440)),
            Ends(by_caller=True),
        ),
        Note(13238, at=None, level=Level.ERROR, says="<Record>"),
        then={"wait": f"{BEEP}<Record/>{BEEP}"},
        caller=Caller(stays_s=4),
    ),
    _enqueue("waitUrlMethod", Case.ABSENT, BOTH, "POST", _LEAVING),
    _enqueue(
        "waitUrlMethod",
        Case.GIVEN,
        f'{BOTH} waitUrlMethod="GET"',
        "GET has the parameters in its query",
        (asks(Request("wait", TURN, "GET"), NEXT), Ends(1)),
    ),
    _refused("waitUrlMethod", Case.BAD, 'waitUrl="wait" waitUrlMethod="PUT"', "another is an error", 14206),
    _enqueue("maxQueueSize", Case.ABSENT, BOTH, "a hundred", _LEAVING),
    _enqueue(
        "maxQueueSize",
        Case.GIVEN,
        f'{BOTH} maxQueueSize="7"',
        "of the queue that is made",
        (asks(Request("wait", {"MaxQueueSize": "7"}), NEXT), Ends(1)),
    ),
    _enqueue(
        "maxQueueSize",
        Case.LIMIT,
        f'{BOTH} maxQueueSize="6000"',
        "5,000 at most",
        (asks(Request("wait", {"MaxQueueSize": "5000"}), NEXT), Ends(1)),
    ),
    _enqueue("maxQueueSize", Case.BAD, f'{BOTH} maxQueueSize="0"', "none is refused", _LEAVING, Note(12200)),
    _enqueue("workflowSid", Case.ABSENT, BOTH, "the call waits in a queue", _LEAVING),
    _refused(
        "workflowSid",
        Case.GIVEN,
        'workflowSid="WW00000000000000000000000000000000"',
        "task routing is not done: an error",
        14220,
    ),
)

_SERVED: Final[Parameters] = {
    "DialCallStatus": "completed",
    "DialBridged": "true",
    "DialCallSid": ANY,
    "QueueSid": ANY,
    "QueueTime": Seconds(1),
    "DequeingCallSid": ANY,
    "DialCallDuration": Seconds(2),
}


def _queue(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    name: str | None = None,
    enqueue: str = 'waitUrl=""',
    dial: str = 'action="served" timeLimit="2"',
    then: Mapping[str, str] | None = None,
    state: State = WORKS,
) -> Row:
    """A caller who waits, and an agent who dials the queue two seconds later and talks to its end."""
    called = _slug(f"queue {attribute} {case} {shows}")
    noun = f"<Queue {written}>{called if name is None else name}</Queue>"
    return Row(
        verb="Queue",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Enqueue {enqueue}>{called}</Enqueue>",
        expect=expect,
        then={"agent": f"<Dial {dial}>{noun}</Dial>", **(then or {})},
        notes=notes,
        companions={"agent": Companion((Talk(900, 8),))},
        caller=Caller(stays_s=9),
        lasts_s=9,
        state=state,
    )


def _not_dialled(
    attribute: str, case: Case, written: str, shows: str, code: int, *, name: str | None = None
) -> Row:
    """Nobody is taken: the caller waits until it hangs up."""
    failed = Request("served", {"DialCallStatus": "failed", "DialBridged": "false"})
    expect = (asks(Request("agent"), failed), Ends(by_caller=True))
    note = Note(code, at=None, level=Level.ERROR)
    return _queue(attribute, case, written, shows, expect, note, name=name)


def _talking(*before: Request) -> Expectations:
    return (asks(Request("agent"), *before, Request("served", _SERVED)), hears(tone(2, 2, 900)), Ends(4))


_ROUTING: Final = part("task routing is not done")

_QUEUE: Final = (
    _queue("content", Case.GIVEN, "", "whoever waits first is taken, and both talk", _talking()),
    _queue(
        "content",
        Case.GIVEN,
        "",
        "the caller's action is asked once the bridge has ended",
        (
            asks(
                Request("agent"),
                Request("next", {"QueueResult": "bridged", "QueueSid": ANY, "QueueTime": Seconds(1)}),
            ),
            hears(tone(2, 2, 900)),
            Ends(4),
        ),
        enqueue='action="next" waitUrl=""',
        dial='timeLimit="2"',
    ),
    _not_dialled("content", Case.ABSENT, "", "without a name the Dial fails", 14212, name=""),
    _not_dialled("content", Case.BAD, "", "of 65 characters the Dial fails", 14213, name="q" * 65),
    _queue(
        "content",
        Case.BAD,
        "",
        "one that nobody has made fails",
        (
            asks(Request("agent"), Request("served", {"DialCallStatus": "failed", "QueueSid": ABSENT})),
            Ends(by_caller=True),
        ),
        Note(12200, at=None, says="there is no queue"),
        name="nobody waits here",
    ),
    _queue("url", Case.ABSENT, "", "the two talk at once", _talking()),
    _queue(
        "url",
        Case.GIVEN,
        'url="before"',
        "is run for the caller before the two talk",
        (
            asks(
                Request("agent"),
                Request(
                    "before",
                    {
                        "QueueSid": ANY,
                        "QueueTime": Seconds(1),
                        "DequeingCallSid": ANY,
                        "Direction": "inbound",
                    },
                ),
                Request("served", _SERVED),
            ),
            hears(tone(2, 1, 440), tone(4, 2, 900)),
            Ends(6),
        ),
        then={"before": f'{BEEP}<Pause length="1"/>'},
    ),
    _not_dialled("url", Case.BAD, 'url="http://"', "what is no web address fails the Dial", 14211),
    _queue("method", Case.ABSENT, 'url="before"', "POST", _talking(Request("before")), then={"before": ""}),
    _queue(
        "method",
        Case.GIVEN,
        'url="before" method="GET"',
        "GET has the parameters in its query",
        _talking(Request("before", {"QueueSid": ANY}, "GET")),
        then={"before": ""},
    ),
    _not_dialled("method", Case.BAD, 'method="PUT"', "another fails the Dial", 14210),
    _queue("reservationSid", Case.ABSENT, "", "the queue is dialled by its name", _talking()),
    _queue(
        "reservationSid",
        Case.GIVEN,
        'reservationSid="WR1"',
        "is noted, and the queue is dialled by its name",
        _talking(),
        Note(12200, at=None, says="task routing"),
        state=_ROUTING,
    ),
    _queue("postWorkActivitySid", Case.ABSENT, "", "the queue is dialled by its name", _talking()),
    _queue(
        "postWorkActivitySid",
        Case.GIVEN,
        'postWorkActivitySid="WA1"',
        "is noted, and the queue is dialled by its name",
        _talking(),
        Note(12200, at=None, says="task routing"),
        state=_ROUTING,
    ),
)

_LEAVE: Final = (
    Row(
        verb="Leave",
        attribute="content",
        case=Case.ABSENT,
        shows="outside of a queue there is nothing to leave: it is noted, and the next verb runs",
        document=f"{BEEP}<Leave/>{AFTER}",
        expect=(asks(), hears(tone(0, 1, 440), tone(2, 1, 620)), Ends(3)),
        notes=(Note(12200, at=None, says="no queue"),),
    ),
    Row(
        verb="Leave",
        attribute="content",
        case=Case.BAD,
        shows="what is inside is skipped",
        document=f"<Leave>{BEEP}</Leave>{BEEP}",
        expect=(asks(), hears(tone(0, 1, 440)), Ends(1)),
        notes=(Note(12200, at=BEEP), Note(12200, at=None, says="no queue")),
    ),
)

ROWS: Final = (*_ENQUEUE, *_QUEUE, *_LEAVE)
