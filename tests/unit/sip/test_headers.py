import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.error import SipError
from offhook.sip.headers.content_length import parse_content_length
from offhook.sip.headers.cseq import CSeq
from offhook.sip.headers.max_forwards import parse_max_forwards
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.option_tags import parse_tokens
from offhook.sip.headers.via import Via

TOKEN = st.text(alphabet="abcXYZ019-.!%*_+`'~", min_size=1)
PARAMETERS = st.lists(st.tuples(TOKEN, st.just("") | TOKEN), max_size=4).map(tuple)


@given(
    st.sampled_from(["UDP", "TCP", "TLS", "WS", "X"]),
    st.sampled_from(["h", "10.0.0.1", "2001:db8::1"]),
    st.none() | st.integers(1, 65535),
    PARAMETERS,
)
def test_printed_vias_come_back(
    transport: str, host: str, port: int | None, parameters: tuple[tuple[str, str], ...]
) -> None:
    via = Via(transport, host, port, parameters)
    assert Via.parse(str(via)) == via


def test_rfc4475_wsinv_via_with_blanks() -> None:
    via = Via.parse(
        "SIP  / 2.0  / TCP     spindle.example.com : 4000  ;branch  =   z9hG4bK9ikj8  ; received =192.0.2.1"
    )
    assert (via.transport, via.host, via.port, via.branch) == (
        "TCP",
        "spindle.example.com",
        4000,
        "z9hG4bK9ikj8",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/3.0/UDP h",
        "SIP/2.0/UDP h:0",
        "SIP/2.0/UDP h;;",
        "SIP/2.0/UDP a b",
        "SIP/2.0/UDP h:x",
    ],
)
def test_malformed_vias_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        Via.parse(text)


@pytest.mark.parametrize(
    ("text", "stamped"),
    [
        ("SIP/2.0/UDP 10.0.0.1:5060;branch=x", "SIP/2.0/UDP 10.0.0.1:5060;branch=x"),
        ("SIP/2.0/UDP host:5060;branch=x", "SIP/2.0/UDP host:5060;branch=x;received=10.0.0.1"),
        ("SIP/2.0/UDP 10.0.0.1;rport;branch=x", "SIP/2.0/UDP 10.0.0.1;rport=7000;branch=x;received=10.0.0.1"),
        (
            "SIP/2.0/UDP 10.0.0.1;rport=1;received=6.6.6.6",
            "SIP/2.0/UDP 10.0.0.1;rport=7000;received=10.0.0.1",
        ),
    ],
)
def test_stamping_follows_rfc3581(text: str, stamped: str) -> None:
    assert str(Via.parse(text).stamped("10.0.0.1", 7000)) == stamped


@given(st.integers(0, 2**31 - 1), TOKEN)
def test_printed_cseqs_come_back(number: int, method: str) -> None:
    assert CSeq.parse(str(CSeq(number, method))) == CSeq(number, method)


@pytest.mark.parametrize(
    "text", ["", "1", "INVITE", "2147483648 INVITE", "36893488147419103232 X", "-1 A", "1 A B", "1 @"]
)
def test_malformed_cseqs_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        CSeq.parse(text)


@given(st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), PARAMETERS)
def test_printed_addresses_come_back(name: str, parameters: tuple[tuple[str, str], ...]) -> None:
    address = NameAddr("sip:alice@example.com;lr", name, parameters)
    assert NameAddr.parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "name", "uri", "tag"),
    [
        ("sip:a@b;tag=x", "", "sip:a@b", "x"),
        ("<sip:a@b;user=phone>;tag=x", "", "sip:a@b;user=phone", "x"),
        ("Alice Liddell <sip:a@b>", "Alice Liddell", "sip:a@b", None),
        ("Jürgen <sip:a@b>;tag=1", "Jürgen", "sip:a@b", "1"),
        ('"A \\"B\\" <C>"   <tel:+1555> ; tag = y', 'A "B" <C>', "tel:+1555", "y"),
        ('""<sip:a@b>', "", "sip:a@b", None),
    ],
)
def test_addresses_are_read_with_and_without_brackets(
    text: str, name: str, uri: str, tag: str | None
) -> None:
    address = NameAddr.parse(text)
    assert (address.display_name, address.uri_text, address.tag) == (name, uri, tag)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<sip:a@b",
        "sip:a@b>",
        '"A <sip:a@b>',
        "A, B <sip:a@b>",
        "<sip:a b>",
        "sip:a@b?x=y",
        "<sip:a@b> x",
        "*",
    ],
)
def test_malformed_addresses_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        NameAddr.parse(text)


def test_tag_replaces_or_is_added() -> None:
    assert str(NameAddr.parse("<sip:a@b>;x=1").with_tag("t")) == "<sip:a@b>;x=1;tag=t"
    assert str(NameAddr.parse("<sip:a@b>;tag=1").with_tag("t")) == "<sip:a@b>;tag=t"


@pytest.mark.parametrize("text", ["256", "300", "-1", "", "7x"])
def test_malformed_max_forwards_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        parse_max_forwards(text)


@pytest.mark.parametrize("text", ["-999", "", "1e3", "99999999999999999999999"])
def test_malformed_content_lengths_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        parse_content_length(text)


def test_option_tags_of_all_fields_in_order() -> None:
    assert parse_tokens(("100rel, timer", "", "x")) == ("100rel", "timer", "x")
    with pytest.raises(SipError):
        parse_tokens(("a b",))


@given(st.text())
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    for parse in (Via.parse, CSeq.parse, NameAddr.parse):
        try:
            value = parse(text)
        except SipError:
            continue
        assert parse(str(value)) == value


@pytest.mark.parametrize(
    ("branch", "is_unique"),
    [(";branch=z9hG4bKa", True), (";branch=z9hG4bK", False), (";branch=a", False), ("", False)],
)
def test_rfc4475_a_branch_is_unique_with_more_than_the_cookie(branch: str, is_unique: bool) -> None:
    assert Via.parse(f"SIP/2.0/UDP h{branch}").is_unique is is_unique
