"""Client: identity, parameters, attributes."""

import pytest

from offhook.twiml.dial.client import Client
from offhook.twiml.dial.status_callback import StatusCallback, Whisper
from offhook.twiml.dial.undiallable import Undiallable
from tests.support.twiml import codes, document, only_noun


def client(attributes: str = "", inside: str = "bob") -> str:
    return f"<Dial><Client {attributes}>{inside}</Client></Dial>"


@pytest.mark.parametrize(
    "identity", ["bob", "bob@example.com", "+15551234567", "Zoë", "a b".replace(" ", "-"), "x" * 256]
)
def test_an_identity_as_text_or_as_element(identity: str) -> None:
    for found in (
        document(client("", identity)),
        document(client("", f"<Identity>{identity}</Identity>")),
    ):
        assert only_noun(found, Client) == Client(identity, (), None, None, None)
        assert found.problems == ()


@pytest.mark.parametrize(
    "identity", ["", "bob smith", "a:b", "&lt;bob&gt;", 'a"b', "a\\b", "a;b", "a,b", "a&#127;b", "x" * 257]
)
def test_12200_for_what_is_no_identity(identity: str) -> None:
    found = document(client("", identity))

    assert only_noun(found, Undiallable) == Undiallable("Client", 12200)
    assert codes(found) == [12200]


def test_parameters_in_order() -> None:
    found = document(
        client(
            "",
            "<Identity>bob</Identity><Parameter name='a' value='1'/><Parameter name='b'/>"
            "<Parameter name='a' value='2 &amp; 3'/>",
        )
    )

    assert only_noun(found, Client).parameters == (("a", "1"), ("b", ""), ("a", "2 & 3"))
    assert found.problems == ()


@pytest.mark.parametrize(
    "inside",
    [
        "<Parameter value='1'/>",
        f"<Parameter name='a' value='{'x' * 500}'/>",
        "<Identity>eve</Identity>",
        "<Say>x</Say>",
    ],
)
def test_12200_for_what_a_client_does_not_take(inside: str) -> None:
    found = document(client("", f"bob{inside}"))

    assert only_noun(found, Client) == Client("bob")
    assert codes(found) == [12200]


def test_500_characters_and_50_parameters_are_taken_and_no_more() -> None:
    longest = f"<Parameter name='a' value='{'x' * 499}'/>"
    many = "<Parameter name='a' value='1'/>" * 51

    assert only_noun(document(client("", f"bob{longest}")), Client).parameters == (("a", "x" * 499),)
    assert len(only_noun(document(client("", f"bob{many}")), Client).parameters) == 50
    assert codes(document(client("", f"bob{many}"))) == [12200]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('url="/w" method="GET"', Client("bob", whisper=Whisper("/w", "GET"))),
        (
            'statusCallback="/s" statusCallbackEvent="answered"',
            Client("bob", callback=StatusCallback("/s", "POST", frozenset({"answered"}))),
        ),
        ('clientNotificationUrl="/n"', Client("bob", notification_url="/n")),
    ],
)
def test_good_values_are_taken(attributes: str, expected: Client) -> None:
    found = document(client(attributes))

    assert only_noun(found, Client) == expected
    assert found.problems == ()


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ('method="PUT"', 12200),
        ('statusCallback="a b"', 11100),
        ('clientNotificationUrl="ftp://h"', 11100),
        ('machineDetection="Enable"', 12200),
        ('sendDigits="1"', 12200),
    ],
)
def test_a_bad_value_is_noted_and_the_default_used(attribute: str, code: int) -> None:
    found = document(client(attribute))

    assert only_noun(found, Client) == Client("bob")
    assert codes(found) == [code]
