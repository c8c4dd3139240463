"""Connection overrides: each key absent, at its edges, and bad."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.webhook.overrides import Overrides, RetryOn, read_overrides
from offhook.webhook.settings import Settings

SETTINGS = Settings(allow_private=True)
DEFAULT = Overrides(5.0, 15.0, 15.0, 1, frozenset({RetryOn.CONNECT}))


@pytest.mark.parametrize("fragment", ["", "top", "x=1", "sni=n&e=ashburn,dublin", "a=&" * 30])
def test_what_says_nothing_leaves_the_defaults(fragment: str) -> None:
    assert read_overrides(fragment, SETTINGS) == DEFAULT


def test_every_key() -> None:
    overrides = read_overrides("ct=1000&rt=2000&tt=3000&rc=2&rp=4xx,rt", SETTINGS)

    assert overrides == Overrides(1.0, 2.0, 3.0, 2, frozenset({RetryOn.CLIENT_ERROR, RetryOn.READ}))


@pytest.mark.parametrize(
    ("key", "name", "lowest", "highest"),
    [
        ("ct", "connect_timeout_s", 100, 10_000),
        ("rt", "read_timeout_s", 100, 15_000),
        ("tt", "total_timeout_s", 100, 15_000),
    ],
)
def test_a_time_is_taken_at_its_edges_only(key: str, name: str, lowest: int, highest: int) -> None:
    for value in (lowest, highest):
        assert getattr(read_overrides(f"{key}={value}", SETTINGS), name) == value / 1_000
    for bad in (
        str(lowest - 1),
        str(highest + 1),
        "-5",
        "1e3",
        "",
        "soon",
        "9" * 5_000,
        "\u0663\u0660\u0660",
    ):
        assert read_overrides(f"{key}={bad}", SETTINGS) == DEFAULT


@pytest.mark.parametrize(("text", "retries"), [("0", 0), ("5", 5), ("6", 1), ("-1", 1), ("x", 1)])
def test_retries_are_at_most_five(text: str, retries: int) -> None:
    assert read_overrides(f"rc={text}", SETTINGS).retries == retries


def test_a_policy_of_all_is_every_one_and_an_unknown_one_is_the_default() -> None:
    assert read_overrides("rp=all", SETTINGS).retry_on == frozenset(RetryOn)
    assert read_overrides("rp=5xx,ct", SETTINGS).retry_on == {RetryOn.SERVER_ERROR, RetryOn.CONNECT}
    assert read_overrides("rp=3xx", SETTINGS).retry_on == DEFAULT.retry_on


@given(st.text(max_size=50))
def test_any_fragment_gives_overrides_within_their_ranges(fragment: str) -> None:
    overrides = read_overrides(fragment, SETTINGS)

    assert 0.1 <= overrides.connect_timeout_s <= 10
    assert 0.1 <= overrides.read_timeout_s <= 15
    assert 0.1 <= overrides.total_timeout_s <= 15
    assert 0 <= overrides.retries <= 5
