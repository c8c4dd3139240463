"""The flow as text and as a drawing."""

from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.flow.call_flow import CallFlow
from offhook.flow.svg import svg
from offhook.flow.text import text
from tests.unit.flow.application import Page, Parameters, crawled

SVG = "{http://www.w3.org/2000/svg}"


def menu(given: Parameters) -> str:
    match given["Digits"]:
        case "1":
            return "<Dial action='after'><Number url='whisper'>+14155551212</Number></Dial>"
        case "2":
            return "<Redirect>http://other.test/</Redirect>"
        case "3":
            return "<Foo"
        case _:
            return "<Say>Sorry.</Say><Redirect>voice</Redirect><Say>Never.</Say>"


PAGES: dict[str, Page] = {
    "/voice": "<Gather numDigits='1' action='menu'><Say>Press &amp; wait.</Say></Gather><Say>Bye.</Say>",
    "/menu": menu,
    "/after": "<Say>Done.</Say>",
    "/whisper": "<Say>A call.</Say>",
}


def drawing(flow: CallFlow) -> ET.Element:
    return ET.fromstring(svg(flow))  # noqa: S314 - of our own making


def test_the_text_has_each_document_each_verb_and_where_each_input_leads() -> None:
    shown = text(crawled(PAGES))

    assert [" ".join(line.split()) for line in shown.splitlines() if line] == [
        "1 /voice",
        "1 Gather 1 key: “Press & wait.”",
        "1 -> 2",
        "2 -> 3",
        "3 -> error 12100 (/menu)",
        "4-9, 0, * -> 4",
        "1 Say “Bye.”",
        "(the call is hung up)",
        "2 /menu",
        "1 Dial +14155551212",
        "completed, busy, no-answer, failed -> 5",
        "url ~> 6",
        "3 /menu",
        "1 Redirect -> not followed (http://other.test/)",
        "4 /menu",
        "1 Say “Sorry.”",
        "1 Redirect -> 1",
        "1 Say “Never.” (never reached)",
        "5 /after",
        "1 Say “Done.”",
        "(the call is hung up)",
        "6 /whisper (beside the call)",
        "1 Say “A call.”",
        "(the document ends)",
    ]


def test_the_drawing_has_a_box_for_each_document_and_a_way_for_each_edge() -> None:
    root = drawing(crawled(PAGES))

    heads = [each.text for each in root.iter(f"{SVG}text") if each.get("class") == "name"]
    assert heads == ["1  /voice", "2  /menu", "3  /menu", "4  /menu", "5  /after", "6  /whisper"]
    ways = [each.get("class") for each in root.iter(f"{SVG}path") if each.get("class")]
    assert sorted(ways, key=str) == ["back", "way", "way", "way", "way", "way beside"]


def test_no_two_boxes_lie_on_one_another_and_all_lie_on_the_drawing() -> None:
    root = drawing(crawled(PAGES))

    boxes = [
        tuple(int(each.get(name, "")) for name in ("x", "y", "width", "height"))
        for each in root.iter(f"{SVG}rect")
        if (each.get("class") or "").startswith("box")
    ]
    assert len(boxes) == 6
    for index, (x, y, width, height) in enumerate(boxes):
        assert 0 <= x < x + width <= int(root.get("width", ""))
        assert 0 <= y < y + height <= int(root.get("height", ""))
        for left, top, other_width, other_height in boxes[index + 1 :]:
            assert (
                x + width <= left or left + other_width <= x or y + height <= top or top + other_height <= y
            )


def test_a_flow_without_documents_is_an_empty_drawing() -> None:
    flow = CallFlow((), ())

    assert text(flow) == ""
    assert drawing(flow).tag == f"{SVG}svg"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<&\x00]"), max_size=120))
def test_whatever_stands_in_a_document_the_drawing_is_well_formed(words: str) -> None:
    printable = "".join(each for each in words if each >= " " and each not in "\ufffe\uffff")
    flow = crawled({"/voice": f"<Say>x{printable}</Say><Gather action='a'/>", "/a": "<Say>y</Say>"})

    drawing(flow)
    assert all(each.isprintable() for line in text(flow).splitlines() for each in line)
