import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip import grammar
from offhook.sip.error import SipError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ["a"]),
        ("a, b ,c", ["a", "b", "c"]),
        ('"x, y" <sip:a>, <sip:b;c,d>', ['"x, y" <sip:a>', "<sip:b;c,d>"]),
        (r'"a\",b", c', [r'"a\",b"', "c"]),
    ],
)
def test_split_list_cuts_outside_quotes_and_brackets(text: str, parts: list[str]) -> None:
    assert grammar.split_list(text) == parts


@pytest.mark.parametrize("text", ['a, "b', "a, <b", "a,,b", ",", "a,"])
def test_split_list_refuses_what_is_open_or_empty(text: str) -> None:
    with pytest.raises(SipError) as caught:
        grammar.split_list(text)
    assert caught.value.status == 400


def test_parameters_keep_order_case_and_quotes() -> None:
    text = ';Tag=x ; lr;q = 0.5;note="a;b\\"c"'
    parameters = grammar.parse_parameters(text)
    assert parameters == (("Tag", "x"), ("lr", ""), ("q", "0.5"), ("note", '"a;b\\"c"'))
    assert grammar.print_parameters(parameters) == ';Tag=x;lr;q=0.5;note="a;b\\"c"'
    assert grammar.find_parameter(parameters, "tag") == "x"
    assert grammar.find_parameter(parameters, "lr") == ""
    assert grammar.find_parameter(parameters, "none") is None


@pytest.mark.parametrize("text", [";;", ";", "a=b", ";a=b,c", ';a="b', ";a=b=c", "; =b", ";a<b"])
def test_malformed_parameters_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        grammar.parse_parameters(text)


def test_set_parameter_changes_in_place_or_appends() -> None:
    parameters = (("branch", "x"), ("RPORT", ""))
    assert grammar.set_parameter(parameters, "rport", "5060") == (("branch", "x"), ("RPORT", "5060"))
    assert grammar.set_parameter(parameters, "received", "h") == (*parameters, ("received", "h"))


@given(st.text())
def test_quoted_strings_come_back(text: str) -> None:
    assert grammar.unquote(grammar.quote(text)) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_escapes_come_back(text: str) -> None:
    escaped = grammar.escape(text, "")
    assert escaped.isascii()
    assert grammar.unescape(escaped) == text


def test_escaped_octets_that_are_no_utf8_become_replacement_characters() -> None:
    assert grammar.unescape("%ff%41é") == "\N{REPLACEMENT CHARACTER}Aé"


@pytest.mark.parametrize(
    "text", ["", "a b", "[::1", "[2001:db8:::1]", "[fe80::1%eth0]", "[1.2.3.4]", "ho/st", "[]", "é"]
)
def test_malformed_hosts_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        grammar.parse_host(text)


def test_hosts_lose_their_brackets() -> None:
    assert grammar.parse_host("[2001:db8::1]") == "2001:db8::1"
    assert grammar.parse_host("[2001:db8:::192.0.2.1]") == "2001:db8::192.0.2.1"
    assert grammar.print_host("2001:db8::1") == "[2001:db8::1]"
    assert grammar.parse_host("my_host-1.example.com.") == "my_host-1.example.com."


@pytest.mark.parametrize("text", ["0", "65536", "", "-1", "5060a", "٥٠٦٠", "000000"])
def test_malformed_ports_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        grammar.parse_port(text)
