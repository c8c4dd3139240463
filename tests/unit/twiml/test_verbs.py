"""Each attribute of the small verbs: absent, default, edge, bad."""

import pytest

from offhook.twiml.document import Document, Verb
from offhook.twiml.parser import parse
from offhook.twiml.problem import Level
from offhook.twiml.verbs.hangup import Hangup
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.redirect import Redirect
from offhook.twiml.verbs.reject import Reject


def read(verb: str) -> Document:
    return parse(f"<Response>{verb}</Response>".encode())


def codes(document: Document) -> list[int]:
    return [problem.code for problem in document.problems]


@pytest.mark.parametrize(
    ("source", "verb"),
    [
        ("<Pause/>", Pause(1.0)),
        ('<Pause length="1"/>', Pause(1.0)),
        ('<Pause length=" 30 "/>', Pause(30.0)),
        ('<Pause length="86401"/>', Pause(86_400.0)),
        ("<Redirect/>", Redirect("", "POST")),
        ("<Redirect>\n /next?a=1&amp;b=2\n</Redirect>", Redirect("/next?a=1&b=2", "POST")),
        ("<Redirect><![CDATA[http://h/?a=1&b=2]]></Redirect>", Redirect("http://h/?a=1&b=2", "POST")),
        ('<Redirect method="GET">x</Redirect>', Redirect("x", "GET")),
        ('<Redirect method="get">x</Redirect>', Redirect("x", "GET")),
        ("<Reject/>", Reject("rejected")),
        ('<Reject reason="rejected"/>', Reject("rejected")),
        ('<Reject reason="busy"/>', Reject("busy")),
        ("<Hangup/>", Hangup()),
    ],
)
def test_good_values_are_taken(source: str, verb: Verb) -> None:
    assert read(source) == Document((verb,), ())


@pytest.mark.parametrize("length", ["0", "-1", "1.5", "", "five", "1e3", "٣", "9999999999"])
def test_13910_for_a_bad_pause_length(length: str) -> None:
    document = read(f'<Pause length="{length}"/>')

    assert document.verbs == (Pause(1.0),)
    assert codes(document) == [13910]
    assert "default used" in document.problems[0].message


@pytest.mark.parametrize("method", ["PUT", "", "POST GET"])
def test_13710_for_a_bad_redirect_method(method: str) -> None:
    document = read(f'<Redirect method="{method}">/x</Redirect>')

    assert document.verbs == (Redirect("/x", "POST"),)
    assert codes(document) == [13710]


@pytest.mark.parametrize("reason", ["no", "", "486"])
def test_13810_for_a_bad_reject_reason(reason: str) -> None:
    document = read(f'<Reject reason="{reason}"/>')

    assert document.verbs == (Reject("rejected"),)
    assert codes(document) == [13810]


@pytest.mark.parametrize("name", ["Pause", "Hangup", "Reject"])
def test_12200_for_content_of_a_verb_that_has_none(name: str) -> None:
    document = read(f"<{name}>text<Say>x</Say></{name}>")

    assert len(document.verbs) == 1
    assert codes(document) == [12200, 12200]


def test_12200_for_an_element_in_redirect() -> None:
    document = read("<Redirect>/a<Say>x</Say></Redirect>")

    assert document.verbs == (Redirect("/a", "POST"),)
    assert codes(document) == [12200]


@pytest.mark.parametrize("url", ["my app", "ftp://example.com/", "http://", "http://a_b/"])
def test_11100_for_a_redirect_to_what_is_no_url_which_is_kept_for_its_turn(url: str) -> None:
    document = read(f"<Redirect>{url}</Redirect>")

    assert document.verbs == (Redirect(url, "POST"),)
    assert codes(document) == [11100]


@pytest.mark.parametrize(
    ("element", "code", "says"),
    [
        ("<Pay/>", 64001, "takes no payments"),
        ("<Sms>Hi</Sms>", 12200, "sends no messages"),
        ("<Message>Hi</Message>", 12200, "sends no messages"),
        ("<Dial><Sim>DE1</Sim></Dial>", 13224, "<Sim>: nobody can be reached"),
        ("<Dial><WhatsApp>+15550100200</WhatsApp></Dial>", 13224, "<WhatsApp>: nobody can be reached"),
    ],
)
def test_what_is_anothers_product_is_a_note_and_the_document_runs(element: str, code: int, says: str) -> None:
    document = parse(f"<Response>{element}<Hangup/></Response>".encode())

    (problem,) = document.problems
    assert (problem.code, problem.level) == (code, Level.NOTE)
    assert says in problem.message
    assert document.verbs[-1] == Hangup()
