"""A test of one's own for an application: every way through it, without a call, a node or a network.

    .venv/bin/python -m pytest examples/test_gather_pin.py

`check_flow` asks the application for its first document, presses what is given, and follows every URL that
the documents name. It is not fine when Twilio would refuse a document, when a way ends in an error or in
silence, and when documents go round for ever while the caller does nothing.
"""

from collections.abc import Mapping

from examples.gather_pin import PIN, app

from offhook.twiml_check import check_flow


def answer(method: str, url: str, parameters: Mapping[str, str]) -> bytes:
    """Ask Flask's test client in place of HTTP."""
    return app.test_client().open(url, method=method, data=parameters).get_data()


def test_every_way_through_the_menu_leads_somewhere() -> None:
    """With the right PIN and with a wrong one."""
    flow = check_flow("/voice", answer=answer, digits=(PIN, "0000"))

    assert flow.is_fine, "\n".join(map(str, flow.findings))
    assert [node.url.partition("localhost")[2] for node in flow.nodes if node.flow.is_heard][:2] == [
        "/voice",
        "/pin?attempt=1",
    ]
