"""A form is what everybody makes of the same parameters."""

from urllib.parse import urlencode

import pytest

from offhook.webhook.form import encode_form

EVERY_CHARACTER = "".join(map(chr, range(128)))


@pytest.mark.parametrize(
    "text",
    ["", "CA0", "sip:a@b.example:5060;transport=udp", "+1 415", EVERY_CHARACTER, "für", "日本", "😀 a"],
)
def test_names_and_values_are_encoded_as_by_the_standard_library(text: str) -> None:
    parameters = (("CallSid", "CA0"), (text, text), ("To", text))
    assert encode_form(parameters) == urlencode(parameters)


def test_no_parameters_are_an_empty_form() -> None:
    assert encode_form(()) == ""
