"""What to change is said for every refusal."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import offhook.registrar
import offhook.routing
from offhook.model.error_code import ERROR_CODES
from offhook.model.refusal import (
    ADVICE,
    ADVICE_BY_STATUS,
    LOCKED_OUT_ADVICE,
    NO_ADVICE,
    NOT_LISTED_IPV6_ADVICE,
)
from tests.support.stores import refusal


def codes_raised() -> set[int]:
    """Every constant of the rooms that turn somebody away that is a code of Twilio's catalogue."""
    return {
        node.value
        for room in (offhook.routing, offhook.registrar)
        for path in Path(room.__path__[0]).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value in ERROR_CODES
    }


def test_every_code_that_turns_somebody_away_says_what_to_change() -> None:
    codes = codes_raised()

    assert len(codes) >= 10
    assert codes <= ADVICE.keys()


@pytest.mark.parametrize("status", [400, 403, 404, 423, 439, 503])
def test_every_status_without_a_code_says_what_to_change(status: int) -> None:
    assert replace(refusal(code=None), status=status).advice == ADVICE_BY_STATUS[status]


def test_the_code_counts_before_the_status() -> None:
    assert refusal(code=32201).advice == ADVICE[32201]
    assert replace(refusal(code=99999), status=403).advice == ADVICE_BY_STATUS[403]
    assert replace(refusal(code=None), status=499).advice == NO_ADVICE


def test_who_failed_too_often_is_told_how_long_to_wait() -> None:
    assert replace(refusal(code=32202), status=503).advice.startswith("Wait a minute")
    assert refusal(code=32202).advice == ADVICE[32202]


def test_who_calls_over_ipv6_is_not_told_to_be_put_on_an_access_list() -> None:
    assert replace(refusal(code=32201), source="2001:db8::7").advice == NOT_LISTED_IPV6_ADVICE
    assert replace(refusal(code=32201), source="192.0.2.7").advice == ADVICE[32201]
    assert replace(refusal(code=32202), source="2001:db8::7").advice == ADVICE[32202]


def test_advice_ends_as_a_sentence() -> None:
    assert all(
        text.endswith(".")
        for text in (
            *ADVICE.values(),
            *ADVICE_BY_STATUS.values(),
            NO_ADVICE,
            LOCKED_OUT_ADVICE,
            NOT_LISTED_IPV6_ADVICE,
        )
    )
