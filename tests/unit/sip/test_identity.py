"""P-Asserted-Identity, P-Preferred-Identity and Privacy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.error import SipError
from offhook.sip.headers.identity import ID, NONE, Identities, Privacy
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.message import Headers

TOKEN = st.text(alphabet="abcxyz019-.!%*_+`'~", min_size=1)
NAME = st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))
FLUFFY = NameAddr("sip:fluffy@cisco.com", "Cullen Jennings")
NUMBER = NameAddr("tel:+14085264000")


def test_rfc3325_9_1_examples_in_two_fields() -> None:
    headers = Headers(
        [
            ("P-Asserted-Identity", '"Cullen Jennings" <sip:fluffy@cisco.com>'),
            ("p-asserted-identity", "tel:+14085264000"),
        ]
    )
    identities = Identities.parse(*headers.get_all("P-Asserted-Identity"))
    assert identities == Identities(FLUFFY, NUMBER)
    assert str(identities) == '"Cullen Jennings" <sip:fluffy@cisco.com>, <tel:+14085264000>'


@pytest.mark.parametrize(
    ("text", "identities"),
    [
        ("", Identities()),
        ("TEL:+1;phone-context=x", Identities(None, NameAddr("TEL:+1", "", (("phone-context", "x"),)))),
        ("<tel:+1>, <sips:a@b;user=phone>", Identities(NameAddr("sips:a@b;user=phone"), NameAddr("tel:+1"))),
    ],
)
def test_one_identity_or_two_in_either_order(text: str, identities: Identities) -> None:
    assert Identities.parse(text) == identities


def test_rfc5876_the_first_of_each_kind_counts_and_other_schemes_do_not() -> None:
    text = "<mailto:x@y>, <sip:a@b>, <sips:c@d>, <tel:+1>, <tel:+2>"
    assert Identities.parse(text) == Identities(NameAddr("sip:a@b"), NameAddr("tel:+1"))
    assert Identities.parse("<mailto:x@y>") == Identities() == Identities.parse()


@given(st.none() | NAME, st.none() | NAME)
def test_printed_identities_come_back(sip_name: str | None, tel_name: str | None) -> None:
    identities = Identities(
        None if sip_name is None else NameAddr("sip:a@b;user=phone", sip_name),
        None if tel_name is None else NameAddr("tel:+1", tel_name),
    )
    assert Identities.parse(str(identities)) == identities


@pytest.mark.parametrize(
    "text", ["<sip:a@b>,", "<sip:>", "sip:a b", "<sip:a@b:0>", "nobody", '"x <sip:a@b>', "<sip:a@b> <tel:+1>"]
)
def test_malformed_identities_are_refused(text: str) -> None:
    with pytest.raises(SipError) as caught:
        Identities.parse(text)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("id", (ID,)),
        ("None", (NONE,)),
        ("none;none", (NONE, NONE)),
        ("Header; session ;user;critical", ("header", "session", "user", "critical")),
        ("history", ("history",)),
    ],
)
def test_rfc3323_4_2_privacy_values(text: str, values: tuple[str, ...]) -> None:
    assert Privacy.parse(text) == Privacy(values)


@pytest.mark.parametrize("text", ["", ";", "id;", "id,user", "a b", "none;id", "critical;none", '"id"'])
def test_malformed_and_contradictory_privacy_is_refused(text: str) -> None:
    with pytest.raises(SipError) as caught:
        Privacy.parse(text)
    assert caught.value.status == 400


@given(st.lists(TOKEN.filter(lambda value: value != NONE), min_size=1).map(tuple))
def test_printed_privacy_comes_back(values: tuple[str, ...]) -> None:
    assert Privacy.parse(str(Privacy(values))) == Privacy(values)


@given(st.text() | st.text(alphabet='ab:;,"<>@ \tsiptelnoduj'))
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    for parse in (Identities.parse, Privacy.parse):
        try:
            value = parse(text)
        except SipError:
            continue
        assert parse(str(value)) == value
