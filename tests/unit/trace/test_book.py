"""The traces of a node: which messages are of which call, in which order, and what is forgotten when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.trace.book import (
    BYTES_MAX,
    CALL_IDS_MAX,
    HAPPENINGS_MAX,
    MESSAGES_MAX,
    UNCLAIMED_BYTES,
    UNCLAIMED_MAX,
    TraceBook,
)
from offhook.trace.ports import Happening, Kind, Trace
from tests.unit.trace.messages import (
    ACCOUNT,
    BORN,
    BYE,
    CALL,
    CHILD,
    INVITE,
    HandClock,
    Traced,
    message,
    open_book,
)

OF_CHILD = f"X-Twilio-CallSid: {CHILD}"


def kept(book: TraceBook, call_sid: str = CALL) -> Trace:
    trace = book.trace(call_sid)
    assert trace is not None
    return trace


def shown(trace: Trace) -> list[str]:
    """The entries in a few words."""
    return [
        f"{entry.kind} {entry.text}" if isinstance(entry, Happening) else entry.data.decode().split(" ")[0]
        for entry in trace.entries
    ]


def test_messages_and_what_happens_between_them_are_in_the_order_of_their_times() -> None:
    clock = HandClock()
    book = open_book(clock)
    book.add(CALL, Kind.STATUS, "ringing")
    book.handle_message(Traced(message("SIP/2.0 180 Ringing"), is_ours=True, at_s=100.5))
    clock.at_s = 101.0
    book.add(CALL, Kind.VERB, "Say", (("line", 2),))
    book.handle_message(Traced(message(BYE), at_s=102.0))

    trace = kept(book)

    assert shown(trace) == ["INVITE", "status ringing", "SIP/2.0", "verb Say", "BYE"]
    assert (trace.account_sid, trace.began_at, trace.began_s, trace.left_out) == (ACCOUNT, BORN, 100.0, 0)


def test_the_call_that_we_make_is_named_by_its_invite() -> None:
    book = TraceBook(HandClock(), 10)
    book.open(CHILD, ACCOUNT, CALL, BORN)

    book.handle_message(Traced(message(INVITE, "b", more=OF_CHILD), is_ours=True))
    book.handle_message(Traced(message("SIP/2.0 486 Busy Here", "b")))

    assert shown(kept(book, CHILD)) == ["INVITE", "SIP/2.0"]


def test_a_peer_that_names_a_call_of_ours_adds_nothing_to_it() -> None:
    book = TraceBook(HandClock(), 10)
    book.open(CHILD, ACCOUNT, None, BORN)

    book.handle_message(Traced(message(INVITE, "b", more=OF_CHILD), is_ours=False))

    assert shown(kept(book, CHILD)) == []


def test_a_call_has_all_branches_that_it_dialled() -> None:
    book = TraceBook(HandClock(), 10)
    book.open(CHILD, ACCOUNT, CALL, BORN)
    for number in range(CALL_IDS_MAX + 1):
        book.handle_message(Traced(message(INVITE, f"b{number}", more=OF_CHILD), is_ours=True))

    assert len(kept(book, CHILD).entries) == CALL_IDS_MAX


def test_a_dialog_with_ourselves_is_of_both_its_calls() -> None:
    clock = HandClock()
    book = TraceBook(clock, 10)
    book.open(CHILD, ACCOUNT, None, BORN)
    book.handle_message(Traced(message(INVITE, more=OF_CHILD), is_ours=True))
    book.handle_message(Traced(message(INVITE, more=OF_CHILD)))
    book.open(CALL, ACCOUNT, None, BORN)
    book.claim(CALL, "a")

    assert shown(kept(book)) == shown(kept(book, CHILD)) == ["INVITE", "INVITE"]


@pytest.mark.parametrize(
    "header", ["Call-ID: {}", "Call-ID:{}", "call-id: {}", "CALL-ID: {}", "i: {}", "I:{}"]
)
def test_the_call_id_is_found_however_it_is_written(header: str) -> None:
    book = open_book(HandClock())

    book.handle_message(Traced(message(BYE, header=header), at_s=101.0))

    assert shown(kept(book)) == ["INVITE", "BYE"]


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "BYE"])
def test_nothing_is_kept_of_what_begins_no_call(method: str) -> None:
    book = TraceBook(HandClock(), 10)

    book.handle_message(Traced(message(f"{method} sip:demo@192.0.2.1 SIP/2.0")))
    book.open(CALL, ACCOUNT, None, BORN)
    book.claim(CALL, "a")

    assert shown(kept(book)) == []


def test_a_flood_of_invites_that_become_no_calls_pushes_out_no_call() -> None:
    book = open_book(HandClock())

    for number in range(10 * UNCLAIMED_MAX):
        book.handle_message(Traced(message(INVITE, f"flood{number}")))
    book.handle_message(Traced(message(BYE), at_s=101.0))

    assert shown(kept(book)) == ["INVITE", "BYE"]


def test_of_an_invite_that_is_no_call_yet_a_few_kilobytes_are_kept() -> None:
    book = TraceBook(HandClock(), 10)
    large = message(INVITE, body="x" * (UNCLAIMED_BYTES // 2))

    for _ in range(3):
        book.handle_message(Traced(large))
    book.open(CALL, ACCOUNT, None, BORN)
    book.claim(CALL, "a")

    assert (len(kept(book).entries), kept(book).left_out) == (1, 2)


def test_messages_bytes_and_happenings_of_a_call_are_bounded_and_counted() -> None:
    book = open_book(HandClock())
    for _ in range(MESSAGES_MAX + 6):
        book.handle_message(Traced(message(BYE)))
    for _ in range(HAPPENINGS_MAX + 2):
        book.add(CALL, Kind.DIGIT, "1")

    trace = kept(book)

    assert len(trace.entries) == MESSAGES_MAX + HAPPENINGS_MAX
    assert trace.left_out == 7 + 2


def test_the_bytes_of_a_call_are_bounded() -> None:
    book = open_book(HandClock())
    large = message(BYE, body="x" * 60_000)
    for _ in range(10):
        book.handle_message(Traced(large))

    held = sum(len(entry.data) for entry in kept(book).entries if not isinstance(entry, Happening))

    assert 180_000 < held <= BYTES_MAX


def test_the_calls_that_have_ended_make_room_first() -> None:
    book = open_book(HandClock(), calls_max=3)
    for number in (2, 3):
        book.open(f"CA{number}", ACCOUNT, None, BORN)
    book.close("CA3")
    book.open("CA4", ACCOUNT, None, BORN)
    book.open("CA5", ACCOUNT, None, BORN)

    assert [sid for sid in (CALL, "CA2", "CA3", "CA4", "CA5") if book.trace(sid)] == ["CA2", "CA4", "CA5"]
    book.close(CALL)
    book.add(CALL, Kind.DIGIT, "1")
    assert book.trace(CALL) is None


def test_what_comes_after_the_end_is_still_of_the_call() -> None:
    book = open_book(HandClock())
    book.close(CALL)

    book.handle_message(Traced(message("SIP/2.0 200 OK"), at_s=101.0))
    book.add(CALL, Kind.CALLBACK, "http://app.test/news")

    assert shown(kept(book)) == ["INVITE", "callback http://app.test/news", "SIP/2.0"]


def test_a_call_that_is_written_down_again_after_its_end_keeps_its_trace() -> None:
    book = open_book(HandClock())
    book.close(CALL)

    book.open(CALL, ACCOUNT, None, BORN)
    book.claim(CALL, "a")
    book.close(CALL)

    assert shown(kept(book)) == ["INVITE"]


def test_a_call_names_those_that_it_made() -> None:
    book = open_book(HandClock())
    book.open(CHILD, ACCOUNT, CALL, BORN)
    book.close(CHILD)

    assert kept(book).children == (CHILD,)
    assert kept(book, CHILD).parent_call_sid == CALL


def test_a_book_of_no_calls_keeps_nothing() -> None:
    book = open_book(HandClock(), calls_max=0)

    assert book.trace(CALL) is None
    assert not book._unclaimed


STEPS = st.lists(
    st.tuples(st.sampled_from(["invite", "bye", "open", "claim", "close", "add"]), st.integers(0, 12)),
    max_size=80,
)


@given(STEPS, st.integers(0, 4))
def test_whatever_comes_in_whatever_order_the_bounds_hold(
    steps: list[tuple[str, int]], calls_max: int
) -> None:
    book = TraceBook(HandClock(), calls_max)
    for step, number in steps:
        sid, call_id = f"CA{number}", f"{number}"
        match step:
            case "invite":
                book.handle_message(Traced(message(INVITE, call_id)))
            case "bye":
                book.handle_message(Traced(message(BYE, call_id)))
            case "open":
                book.open(sid, ACCOUNT, None, BORN)
            case "claim":
                book.claim(sid, call_id)
            case "close":
                book.close(sid)
            case _:
                book.add(sid, Kind.DIGIT, "1")

    pages = {**book._live, **book._ended}
    assert len(pages) <= calls_max
    assert set(book._claimed) <= {call_id for page in pages.values() for call_id in page.dialogues}
    assert not set(book._claimed) & set(book._unclaimed)
