"""Where a notification points to."""

from tests.support.stores import notification


def test_more_info_ends_in_the_code() -> None:
    assert notification().more_info == "https://www.twilio.com/docs/errors/11200"
