"""Which headers of a SIP message an application is told of."""

import pytest

from offhook.model.passed_headers import USER_TO_USER, passed_headers


def test_x_headers_keep_their_spelling_and_several_values_are_joined() -> None:
    said = [("Via", "SIP/2.0/UDP a"), ("X-Order", "1"), ("x-order", "2"), ("x-b", "")]
    assert passed_headers(said) == (("X-Order", "1, 2"), ("x-b", ""))


@pytest.mark.parametrize("name", ["X-Twilio-CallSid", "x-twilio-error", "User-to-User", "Remote-Party-ID"])
def test_what_is_ours_and_what_has_no_x_is_left_out(name: str) -> None:
    assert passed_headers([(name, "1")]) == ()


def test_one_header_without_an_x_may_be_asked_for() -> None:
    assert passed_headers([("User-To-User", "31")], also=USER_TO_USER) == (("User-to-User", "31"),)
