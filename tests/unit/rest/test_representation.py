"""JSON and XML of one dictionary (reference/rest-api 1.4, 1.10)."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from offhook.rest.representation import Format, ListRepresentation, Representation, date, render, uri

CALL = Representation(
    "Call",
    {
        "sid": "CA1",
        "from": "sip:alice@example.com",
        "end_time": None,
        "is_secure": True,
        "cidr_prefix_length": 32,
        "uri": "/2010-04-01/Accounts/AC1/Calls/CA1.json",
        "subresource_uris": {"user_defined_messages": "/2010-04-01/Accounts/AC1/Calls/CA1/X.json"},
    },
)


def test_dates_are_rfc_2822_in_utc() -> None:
    assert date(datetime(2010, 8, 31, 20, 36, 28, 999_999, UTC)) == "Tue, 31 Aug 2010 20:36:28 +0000"
    assert date(None) is None


def test_links_are_relative_and_json() -> None:
    assert uri("AC1", "SIP", "Domains", "SD1") == "/2010-04-01/Accounts/AC1/SIP/Domains/SD1.json"


def test_json_is_the_dictionary() -> None:
    assert json.loads(render(CALL, Format.JSON)) == CALL.fields


def test_xml_is_the_same_in_pascal_case() -> None:
    assert render(CALL, Format.XML).decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        "<TwilioResponse><Call><Sid>CA1</Sid><From>sip:alice@example.com</From><EndTime/>"
        "<IsSecure>true</IsSecure><CidrPrefixLength>32</CidrPrefixLength>"
        "<Uri>/2010-04-01/Accounts/AC1/Calls/CA1</Uri>"
        "<SubresourceUris><UserDefinedMessages>/2010-04-01/Accounts/AC1/Calls/CA1/X</UserDefinedMessages>"
        "</SubresourceUris></Call></TwilioResponse>"
    )


def test_a_list_carries_its_envelope() -> None:
    page = ListRepresentation("calls", [CALL, CALL], {"page": 0, "page_size": 50, "next_page_uri": None})
    whole = json.loads(render(page, Format.JSON))
    assert whole == {"page": 0, "page_size": 50, "next_page_uri": None, "calls": [CALL.fields] * 2}
    calls = ET.fromstring(render(page, Format.XML)).find("Calls")  # noqa: S314 (ours)
    assert calls is not None
    assert calls.attrib == {"page": "0", "pagesize": "50", "nextpageuri": ""}
    assert [child.tag for child in calls] == ["Call", "Call"]


@given(st.text())
def test_any_text_stands_in_both_formats(text: str) -> None:
    body = Representation("Call", {"to": text})
    json.loads(render(body, Format.JSON))
    shown = ET.fromstring(render(body, Format.XML)).findtext("Call/To") or ""  # noqa: S314 (ours)
    printable = [c for c in text if c.isprintable()]
    assert [c for c in shown if c.isprintable() and c != "\ufffd"] == [c for c in printable if c != "\ufffd"]
