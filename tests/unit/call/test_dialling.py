"""Which branch is dialled when, and which failure stands for all (RFC 3261 §16.7, RFC 3263 §4.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.call.destination import Destination
from offhook.call.dialling import BRANCHES_MAX, REDIRECTIONS_MAX, Branch, BranchState, Dialling
from offhook.sip.uri import SipUri

ALICE, BOB, CAROL = (SipUri.parse(f"sip:{name}@example.com") for name in ("alice", "bob", "carol"))
HOPS = tuple(SipUri.parse(f"sip:192.0.2.{n};transport=udp") for n in (1, 2))


def dialled(dialling: Dialling) -> list[tuple[Branch, SipUri | None]]:
    found = []
    while (waiting := dialling.next_to_dial()) is not None:
        found.append(waiting)
    return found


def test_every_destination_rings_at_once() -> None:
    dialling = Dialling([Destination(ALICE), Destination(BOB)])
    branches = dialled(dialling)
    assert [branch.destination.uri for branch, _ in branches] == [ALICE, BOB]
    before = dialling.is_ringing
    dialling.handle_ringing(branches[1][0])
    assert (before, dialling.is_ringing, dialling.has_failed) == (False, True, False)


def test_no_more_than_ten_ring_at_one_time() -> None:
    dialling = Dialling([Destination(ALICE)] * (BRANCHES_MAX + 2))
    first = dialled(dialling)
    assert len(first) == BRANCHES_MAX
    dialling.handle_refused(first[0][0], 486, "Busy Here")
    assert len(dialled(dialling)) == 1


@pytest.mark.parametrize("status", [408, 503])
def test_the_next_hop_is_tried_when_one_cannot_be_reached(status: int) -> None:
    dialling = Dialling([Destination(ALICE, HOPS)])
    ((branch, hop),) = dialled(dialling)
    assert hop == HOPS[0]
    dialling.handle_refused(branch, status, "")
    assert not dialling.has_failed
    assert dialled(dialling) == [(branch, HOPS[1])]
    dialling.handle_refused(branch, status, "")
    assert dialling.has_failed


@pytest.mark.parametrize("status", [408, 430, 503])
def test_rfc5626_another_flow_of_the_phone_is_tried_when_one_has_failed(status: int) -> None:
    last = Destination(CAROL)
    dialling = Dialling([Destination(ALICE, HOPS[:1], instead=Destination(BOB, HOPS[1:], instead=last))])
    for uri in (ALICE, BOB, CAROL):
        ((branch, _),) = dialled(dialling)
        assert (branch.destination.uri, dialling.has_failed) == (uri, False)
        dialling.handle_refused(branch, status, "")
    assert dialling.has_failed
    busy = Dialling([Destination(ALICE, instead=last)])
    ((branch, _),) = dialled(busy)
    busy.handle_refused(branch, 486, "Busy Here")
    assert busy.has_failed


def test_a_callee_that_answers_busy_is_not_tried_elsewhere() -> None:
    dialling = Dialling([Destination(ALICE, HOPS)])
    ((branch, _),) = dialled(dialling)
    dialling.handle_refused(branch, 486, "Busy Here")
    assert dialled(dialling) == []
    assert dialling.has_failed


def test_a_redirection_is_followed_to_its_contacts_five_times() -> None:
    dialling = Dialling([Destination(ALICE)])
    for _ in range(REDIRECTIONS_MAX):
        ((branch, hop),) = dialled(dialling)
        assert hop is None
        dialling.handle_refused(branch, 302, "Moved", [BOB])
    ((branch, _),) = dialled(dialling)
    assert branch.destination.uri == BOB
    dialling.handle_refused(branch, 302, "Moved", [CAROL])
    assert dialled(dialling) == []
    assert dialling.best_failure.status == 302


def test_a_6xx_ends_the_search() -> None:
    dialling = Dialling([Destination(ALICE)] * (BRANCHES_MAX + 1))
    branches = dialled(dialling)
    dialling.handle_refused(branches[0][0], 603, "Decline")
    assert dialled(dialling) == []


@pytest.mark.parametrize(
    ("statuses", "best"),
    [
        ([404, 486], 404),
        ([486, 407], 407),
        ([503, 480], 480),
        ([480, 603, 404], 603),
        ([302, 404], 302),
    ],
)
def test_the_best_failure_stands_for_all(statuses: list[int], best: int) -> None:
    dialling = Dialling([Destination(ALICE)] * len(statuses))
    for (branch, _), status in zip(dialled(dialling), statuses, strict=True):
        dialling.handle_refused(branch, status, "")
    assert dialling.has_failed
    assert dialling.best_failure.status == best


@given(st.lists(st.sampled_from([302, 404, 408, 486, 503, 603]), min_size=1, max_size=60))
def test_any_sequence_of_failures_comes_to_an_end(statuses: list[int]) -> None:
    dialling = Dialling([Destination(ALICE, HOPS), Destination(BOB), Destination(CAROL)])
    live = [branch for branch, _ in dialled(dialling)]
    for status in statuses:
        if not live:
            break
        dialling.handle_refused(live.pop(0), status, "", [BOB] if status == 302 else [])
        live += [branch for branch, _ in dialled(dialling)]
    assert dialling.has_failed == (not live)
    assert sum(branch.state is not BranchState.FAILED for branch in dialling.branches) == len(live)
