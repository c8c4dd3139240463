"""What a misspelt name may have meant."""

import pytest

from offhook.base.nearest import nearest

KNOWN = ("media_ports", "http", "https", "sip", "sips", "Carrier")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("media_port", ("media_ports",)),
        ("htpp", ("http",)),
        ("httpp", ("http", "https")),
        ("carier", ("Carrier",)),
        ("colour", ()),
        ("", ()),
    ],
)
def test_the_names_that_are_spelled_most_like_it(name: str, found: tuple[str, ...]) -> None:
    assert nearest(name, KNOWN) == found
