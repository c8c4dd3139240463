"""The two tables of a conference: total, and true to the reference."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from offhook.conference.states import CONFERENCE, SEATS, ConferenceInput, Seat, SeatInput
from offhook.model.conference import ConferenceStatus


def test_every_pair_is_in_its_table() -> None:
    assert set(CONFERENCE) == set(product(ConferenceStatus, ConferenceInput))
    assert set(SEATS) == set(product(Seat, SeatInput))


@given(st.lists(st.sampled_from(ConferenceInput)))
def test_a_conference_ends_once_and_never_begins_again(steps: list[ConferenceInput]) -> None:
    status, ends = ConferenceStatus.INIT, 0
    for step in steps:
        transition = CONFERENCE[status, step]
        if transition is None:
            continue
        assert status is not ConferenceStatus.COMPLETED
        status = transition[0]
        ends += status is ConferenceStatus.COMPLETED
    assert ends == (ConferenceInput.END in steps)


@given(st.lists(st.sampled_from(SeatInput)))
def test_a_seat_talks_when_the_conference_has_started_and_nobody_holds_it(steps: list[SeatInput]) -> None:
    seat, has_started, is_held = Seat.WAITING, False, False
    for step in steps:
        after = SEATS[seat, step]
        if step is SeatInput.LEAVE:
            assert (after is None) == (seat is Seat.GONE)
        if seat is not Seat.GONE:
            has_started = has_started or step is SeatInput.STARTED
            is_held = (is_held or step is SeatInput.HOLD) and step is not SeatInput.UNHOLD
        seat = seat if after is None else after
        if seat is not Seat.GONE:
            assert (seat is Seat.TALKING) == (has_started and not is_held)
            assert seat.is_held == is_held
