import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.error import SipError
from offhook.sip.uri import SipUri, escape_user

PARAMETER = st.text(alphabet="abcXYZ019-_.!~*'()[]/:&+$", min_size=1)
USER = st.text(alphabet="abcXYZ019-_.!~*'()&=+$,;?/", min_size=1)


@st.composite
def uris(draw: st.DrawFn) -> SipUri:
    host = draw(st.sampled_from(["example.com", "10.0.0.1", "2001:db8::1", "a", "Host_1"]))
    user = draw(st.none() | USER | st.text().filter(bool).map(escape_user))
    password = None if user is None else draw(st.none() | st.text(alphabet="abc019&=+$,"))
    return SipUri(
        scheme=draw(st.sampled_from(["sip", "sips"])),
        host=host,
        user=user,
        password=password,
        port=draw(st.none() | st.integers(1, 65535)),
        parameters=tuple(draw(st.lists(st.tuples(PARAMETER, st.just("") | PARAMETER), max_size=4))),
        headers=tuple(
            draw(
                st.lists(
                    st.tuples(
                        PARAMETER.map(lambda t: t.replace("&", "")).filter(bool),
                        st.text(alphabet="abc%20".replace("%", "")),
                    ),
                    max_size=3,
                )
            )
        ),
    )


@given(uris())
def test_printed_uris_come_back(uri: SipUri) -> None:
    assert SipUri.parse(str(uri)) == uri


def test_every_part_is_read() -> None:
    uri = SipUri.parse("SIPS:%2B1555;ext=1:secret@[2001:db8::1]:5071;transport=TLS;lr?Subject=a%20b&X-A=")
    assert uri.scheme == "sips"
    assert uri.user == "%2B1555;ext=1"
    assert uri.username == "+1555;ext=1"
    assert uri.password == "secret"
    assert (uri.host, uri.port) == ("2001:db8::1", 5071)
    assert uri.parameter("transport") == "TLS"
    assert uri.parameter("lr") == ""
    assert uri.headers == (("Subject", "a%20b"), ("X-A", ""))


def test_username_is_none_without_a_user_part() -> None:
    assert SipUri.parse("sip:example.com").username is None


@pytest.mark.parametrize("text", ["tel:+15551234567", "http://example.com", "mailto:a@b"])
def test_other_schemes_are_416(text: str) -> None:
    with pytest.raises(SipError) as caught:
        SipUri.parse(text)
    assert caught.value.status == 416


@pytest.mark.parametrize(
    "text",
    [
        "", "sip", "sip:", "sip:@host", "sip:user@", "sip:us er@host", "sip:user@ho st", "sip:u@h:0",
        "sip:u@h:99999", "sip:u@h:", "sip:u@h;", "sip:u@h?", "sip:u@h?a", "sip:u@h;a=b=c", "sip:a@b@c",
        "sip:%zz@h", "sip:u@[::1]x", "<sip:u@h>", " sip:u@h", "sip:u@h\r\n", "1sip:u@h",
    ],
)  # fmt: skip
def test_malformed_uris_are_400(text: str) -> None:
    with pytest.raises(SipError) as caught:
        SipUri.parse(text)
    assert caught.value.status == 400


@given(st.text())
def test_any_text_is_a_uri_or_an_error(text: str) -> None:
    try:
        uri = SipUri.parse(text)
    except SipError:
        return
    assert SipUri.parse(str(uri)) == uri


@given(st.text())
def test_any_user_can_be_escaped(text: str) -> None:
    if text:
        uri = SipUri.parse(f"sip:{escape_user(text)}@host")
        assert (
            uri.username == text.encode(errors="surrogatepass").decode("utf-8", "replace")
            or uri.username == text
        )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        ("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
         "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"),
        ("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
         "sip:alice@atlanta.com?priority=urgent&subject=project%20x"),
    ],
)  # fmt: skip
def test_rfc3261_19_1_4_equivalent(left: str, right: str) -> None:
    assert SipUri.parse(left).matches(SipUri.parse(right))
    assert SipUri.parse(right).matches(SipUri.parse(left))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:a%3Bb@biloxi.com", "sip:a;b@biloxi.com"),
    ],
)
def test_rfc3261_19_1_4_not_equivalent(left: str, right: str) -> None:
    assert not SipUri.parse(left).matches(SipUri.parse(right))
    assert not SipUri.parse(right).matches(SipUri.parse(left))


def test_uris_that_are_remembered_and_those_too_long_for_it_read_the_same() -> None:
    for user in ("a", "a" * 500):
        text = f"sip:{user}@h:5070;lr?x=y"
        assert SipUri.parse(text) == SipUri.parse(text)
        assert str(SipUri.parse(text)) == text
        for _ in range(2):
            with pytest.raises(SipError):
                SipUri.parse(text + "&")
