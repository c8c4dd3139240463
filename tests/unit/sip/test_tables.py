"""Every state machine of the room has an entry for every state and input, and no other."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from offhook.sip import dialog, registration
from offhook.sip.session import (
    invite_session,
    modify,
    negotiation,
    prack,
    refer,
    referral,
    refresh,
    reinvite,
    state,
    update,
)
from offhook.sip.transaction import client_invite, client_non_invite, server_invite, server_non_invite

TABLES: list[tuple[type[Enum], type[Enum], Mapping[Any, Any]]] = [
    (client_invite.State, client_invite.Input, client_invite.TRANSITIONS),
    (client_non_invite.State, client_non_invite.Input, client_non_invite.TRANSITIONS),
    (server_invite.State, server_invite.Input, server_invite.TRANSITIONS),
    (server_non_invite.State, server_non_invite.Input, server_non_invite.TRANSITIONS),
    (dialog.DialogState, dialog.DialogInput, dialog.TRANSITIONS),
    (state.SessionState, state.SessionInput, state.TRANSITIONS),
    (negotiation.NegotiationState, negotiation.NegotiationInput, negotiation.TRANSITIONS),
    (reinvite.ReinviteState, reinvite.ReinviteInput, reinvite.TRANSITIONS),
    (update.UpdateState, update.UpdateInput, update.TRANSITIONS),
    (modify.ModifyState, modify.ModifyInput, modify.TRANSITIONS),
    (prack.ReliableState, prack.ReliableInput, prack.TRANSITIONS),
    (refer.ReferState, refer.ReferInput, refer.TRANSITIONS),
    (referral.ReferralState, referral.ReferralInput, referral.TRANSITIONS),
    (refresh.RefreshState, refresh.RefreshInput, refresh.TRANSITIONS),
    (registration.RegistrationState, registration.RegistrationInput, registration.TRANSITIONS),
]


@pytest.mark.parametrize(("states", "inputs", "table"), TABLES)
def test_table_is_total(states: type[Enum], inputs: type[Enum], table: Mapping[Any, Any]) -> None:
    assert set(table) == {(each, given) for each in states for given in inputs}


@pytest.mark.parametrize(("states", "inputs", "table"), TABLES)
def test_terminated_is_never_left(states: type[Enum], inputs: type[Enum], table: Mapping[Any, Any]) -> None:
    terminated = getattr(states, "TERMINATED", None)
    if terminated is None:
        return
    for given in inputs:
        entry = table[(terminated, given)]
        next_state = entry[0] if isinstance(entry, tuple) else entry
        assert next_state in (None, terminated)


def test_every_effect_has_its_operation() -> None:
    assert set(invite_session._OPERATIONS) == set(state.Effect) - {state.Effect.REFUSE}
    assert set(reinvite._OPERATIONS) == set(reinvite.ReinviteEffect) - {reinvite.ReinviteEffect.REFUSE}
    assert set(update._OPERATIONS) == set(update.UpdateEffect) - {update.UpdateEffect.REFUSE}
    assert set(modify._OPERATIONS) == set(modify.ModifyEffect)
    assert set(prack._OPERATIONS) == set(prack.ReliableEffect)
    assert set(refer._OPERATIONS) == set(refer.ReferEffect)
    assert set(referral._OPERATIONS) == set(referral.ReferralEffect) - {referral.ReferralEffect.REFUSE}
    assert set(refresh._OPERATIONS) == set(refresh.RefreshEffect)
    assert set(registration._OPERATIONS) == set(registration.RegistrationEffect)


def test_every_state_of_a_session_can_be_left() -> None:
    for each in state.SessionState:
        nexts = {state.TRANSITIONS[(each, given)][0] for given in state.SessionInput} - {None, each}
        assert nexts or each is state.SessionState.TERMINATED


@pytest.mark.parametrize(("states", "inputs", "table"), TABLES)
def test_every_state_can_be_reached(states: type[Enum], inputs: type[Enum], table: Mapping[Any, Any]) -> None:
    reached = {entry[0] if isinstance(entry, tuple) else entry for entry in table.values()}
    first = {"CALLING", "TRYING", "PROCEEDING", "INCOMING", "EARLY", "IDLE", "NEW", "OFF"}
    assert {each for each in states if each.name not in first} <= reached


DRAWN: dict[str, Mapping[Any, Any]] = {
    "INVITE client transaction": client_invite.TRANSITIONS,
    "Non-INVITE client transaction": client_non_invite.TRANSITIONS,
    "INVITE server transaction": server_invite.TRANSITIONS,
    "Non-INVITE server transaction": server_non_invite.TRANSITIONS,
    "INVITE session": state.TRANSITIONS,
    "Offer and answer": negotiation.TRANSITIONS,
    "The peer's re-INVITE": reinvite.TRANSITIONS,
    "The peer's UPDATE": update.TRANSITIONS,
    "A change of ours": modify.TRANSITIONS,
    "Reliable provisional responses": prack.TRANSITIONS,
    "REFER of ours": refer.TRANSITIONS,
    "The peer's REFER": referral.TRANSITIONS,
    "Session timer": refresh.TRANSITIONS,
    "A registration of ours": registration.TRANSITIONS,
}


def drawn(table: Mapping[Any, Any]) -> str:
    """The table as a Mermaid diagram: every transition that changes the state, inputs of a kind together."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (each, given), entry in table.items():
        next_state = entry[0] if isinstance(entry, tuple) else entry
        if next_state not in (None, each):
            arrows.setdefault((each.name, next_state.name), []).append(given.name)
    lines = [f"    {one} --> {other}: {', '.join(inputs)}" for (one, other), inputs in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


@pytest.mark.parametrize("title", DRAWN)
def test_diagrams_in_the_documentation_are_those_of_the_tables(title: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "sip.md").read_text(encoding="utf-8")
    assert f"### {title}\n\n{drawn(DRAWN[title])}\n" in page
