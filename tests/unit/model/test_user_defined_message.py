"""What is a message: any JSON value up to 10,000 characters, and nothing else."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.user_defined_message import CONTENT_MAX, ContentError, check_content

LONGEST = json.dumps("x" * (CONTENT_MAX - 2))


@pytest.mark.parametrize(
    "content",
    ['{"key":"value"}', "[]", "null", "1", '"ä😀"', ' {\r\n"a" : 1e400 } ', "9" * CONTENT_MAX, LONGEST],
)
def test_any_json_value_is_a_message(content: str) -> None:
    check_content(content)


@pytest.mark.parametrize(
    "content",
    ["", " ", "hello", "{'a':1}", '{"a":1', "NaN", "[Infinity]", '{"a":1}{}', '"\x1b[2J"', "\ufeff1"],
)
def test_what_is_no_json_is_refused(content: str) -> None:
    with pytest.raises(ContentError, match="no JSON") as refused:
        check_content(content)
    assert (refused.value.code, refused.value.status) == (32702, 400)


@pytest.mark.parametrize("content", ["[" * CONTENT_MAX, '{"a":' * 2_000])
def test_json_that_is_nested_beyond_all_measure_is_refused(content: str) -> None:
    with pytest.raises(ContentError) as refused:
        check_content(content)
    assert refused.value.code == 32702


def test_one_character_too_many_is_refused() -> None:
    with pytest.raises(ContentError, match="longer than 10000 characters") as refused:
        check_content(LONGEST + " ")
    assert (refused.value.code, refused.value.status) == (32703, 413)


@given(st.text(max_size=200))
def test_any_text_is_a_message_or_refused(content: str) -> None:
    with contextlib.suppress(ContentError):
        check_content(content)
        json.loads(content)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON_VALUES)
def test_whatever_python_writes_as_json_is_a_message(value: object) -> None:
    content = json.dumps(value)
    if len(content) <= CONTENT_MAX:
        check_content(content)
