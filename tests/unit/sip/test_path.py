import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.error import SipError
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.path import Path
from offhook.sip.message import Headers

TOKEN = st.text(alphabet="abcXYZ019-.!%*_+`'~", min_size=1)
PARAMETERS = st.lists(st.tuples(TOKEN, st.just("") | TOKEN), max_size=2).map(tuple)
HOPS = st.builds(
    NameAddr, st.sampled_from(["sip:p1.example;lr", "sips:u@[::1]:5061;lr;ob"]), st.text(), PARAMETERS
)


@given(st.lists(HOPS, min_size=1, max_size=4).map(tuple))
def test_printed_paths_come_back(hops: tuple[NameAddr, ...]) -> None:
    assert Path.parse(str(Path(hops))) == Path(hops)


def test_rfc3327_5_5_1_example_in_one_field_or_two() -> None:
    headers = Headers([("Path", "<sip:P3.EXAMPLEHOME.COM;lr>"), ("Path", "<sip:P1.EXAMPLEVISITED.COM;lr>")])
    path = Path.parse(*headers.get_all("Path"))
    assert [str(hop) for hop in path.hops] == [
        "<sip:P3.EXAMPLEHOME.COM;lr>",
        "<sip:P1.EXAMPLEVISITED.COM;lr>",
    ]
    assert Path.parse("<sip:P3.EXAMPLEHOME.COM;lr>,<sip:P1.EXAMPLEVISITED.COM;lr>") == path
    assert Path.parse() == Path(())


@pytest.mark.parametrize(
    ("fields", "keeps_flow"),
    [
        ((), False),
        (("<sip:edge.example;lr;ob>",), True),
        (("<sip:home.example;lr>, <sip:edge.example;OB;lr>",), True),
        (("<sip:home.example;lr;ob>", "<sip:edge.example;lr>"), False),
        (("<sip:edge.example;lr>;ob",), False),
    ],
)
def test_rfc5626_5_1_the_proxy_nearest_to_the_phone_keeps_the_flow(
    fields: tuple[str, ...], keeps_flow: bool
) -> None:
    assert Path.parse(*fields).keeps_flow is keeps_flow


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 400),
        ("sip:p.example;lr", 400),
        ("<sip:p.example>,", 400),
        ("<sip:p.example>, nonsense", 400),
        ("<sip:>", 400),
        ("<sip:p.example:99999>", 400),
        ("<tel:+1>", 416),
    ],
)
def test_malformed_paths_are_refused(text: str, status: int) -> None:
    with pytest.raises(SipError) as caught:
        Path.parse(text)
    assert caught.value.status == status


@given(st.text() | st.text(alphabet='sip:abl;r,"<>@ \t='))
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    try:
        path = Path.parse(text)
    except SipError:
        return
    assert Path.parse(str(path)) == path
