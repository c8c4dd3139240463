"""Subscription-State: RFC 6665 §8.2.3, and what is passed over."""

import pytest

from offhook.sip.error import SipError
from offhook.sip.headers.subscription_state import SubscriptionState


def test_a_state_with_its_parameters_is_read_and_printed() -> None:
    state = SubscriptionState.parse('Active ; expires=60;X="a;b"')
    assert (state.state, state.expires_s, state.is_terminated) == ("active", 60, False)
    assert str(SubscriptionState.parse("terminated;reason=noresource")) == "terminated;reason=noresource"


@pytest.mark.parametrize("text", ["terminated;reason=reason=noresource", "terminated;", "terminated;;a"])
def test_parameters_that_cannot_be_read_are_passed_over(text: str) -> None:
    state = SubscriptionState.parse(text)
    assert (state.is_terminated, state.parameters) == (True, ())


@pytest.mark.parametrize("text", ["", ";reason=x", "two words", "a/b;c"])
def test_a_state_that_is_none_is_malformed(text: str) -> None:
    with pytest.raises(SipError) as caught:
        SubscriptionState.parse(text)
    assert caught.value.status == 400
