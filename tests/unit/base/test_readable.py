"""What can be read aloud: letters, digits, and signs that have a name."""

import pytest

from offhook.base.readable import is_readable


@pytest.mark.parametrize("text", ["a", "...é", "٣", "你", "½", "!?%", "€", "=", "x|"])
def test_a_letter_a_digit_or_a_sign_with_a_name_is_read(text: str) -> None:
    assert is_readable(text)


@pytest.mark.parametrize(
    "text", ["", "  \n", "...", "!?", "-*_", "\"'()[]{}", "—…•", "。؟", "|", "\U0001f600\ufe0f"]
)
def test_marks_blanks_and_pictures_are_not(text: str) -> None:
    assert not is_readable(text)
