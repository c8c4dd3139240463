"""UserDefinedMessages through the SDKs, with a real node and a phone that speaks MESSAGE, both ways."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.support.application import Asked, WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.node_sdk import ask
from tests.support.odd_phone import Header, OddPhone
from tests.support.sdk import downloaded, sdk_client

pytestmark = pytest.mark.peer

ALLOW = ("Allow", "INVITE, ACK, BYE, CANCEL, MESSAGE")
JSON = "application/json"
WAIT = "<Response><Pause length='60'/></Response>"


class Said:
    """What a phone sends by MESSAGE."""

    def __init__(self, body: str | None, kind: str = JSON, *headers: Header) -> None:
        """kind: of a body; without one no type is sent but by `headers`."""
        self.body, self.kind, self.headers = body, kind, headers


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/answered": WAIT, "/heard": "", "/also": ""}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        yield node


@contextmanager
def talking(
    node: Node, application: WebApplication, allow: tuple[str, str] = ALLOW
) -> Iterator[tuple[OddPhone, Any]]:
    """A phone in a call that the node has placed, and the call for the SDK."""
    with OddPhone(node.sip_port) as phone:
        calls = sdk_client(node).calls
        placed = calls.create(
            to=f"sip:odd@{phone.address}", from_="sip:desk@host", url=f"{application.base_url}/answered"
        )
        phone.respond(phone.next_request("INVITE"), 200, phone.audio(), headers=(allow,))
        phone.next_request("ACK")
        assert application.next_request().path == "/answered"
        yield phone, calls(placed.sid)
        assert phone.ask("BYE") == 200


def refused(act: Any, *arguments: Any, **parameters: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        act(*arguments, **parameters)
    return caught.value.status, caught.value.code


def answered(phone: OddPhone, status: int, act: Any, *arguments: Any, **parameters: Any) -> Any:
    """What the SDK gets while the phone answers the message that comes of it; the message is the second."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(act, *arguments, **parameters)
        message = phone.next_request("MESSAGE")
        phone.respond(message, status)
        return asked.result(timeout=20), message


def is_signed(node: Node, asked: Asked) -> bool:
    validator = RequestValidator(node.auth_token)
    return bool(validator.validate(asked.url, asked.form, asked.signature))


def test_a_message_of_the_account_is_heard_by_the_phone(node: Node, application: WebApplication) -> None:
    content = '{"key": "välue", "n": [1, 2.50, null]}'
    with talking(node, application) as (phone, call):
        sent, message = answered(phone, 200, call.user_defined_messages.create, content=content)
        assert message.body.decode() == content
        assert message.headers.get("Content-Type") == JSON
        assert (sent.sid[:2], len(sent.sid)) == ("KX", 34)
        assert (sent.account_sid, sent.call_sid) == (node.account_sid, call._solution["sid"])
        assert sent.date_created is not None
        trace = json.loads(downloaded(node, f"{node.base_url}/offhook/v1/Calls/{sent.call_sid}/Trace"))
        shown = [each["message"] for each in trace["entries"] if each["kind"] == "sip"]
        assert shown[-2].startswith("MESSAGE sip:odd@")
        assert shown[-2].endswith(f"\r\n\r\n{content}")
        assert shown[-1].startswith("SIP/2.0 200")


def test_a_message_of_the_phone_is_told_signed_and_in_order(node: Node, application: WebApplication) -> None:
    with talking(node, application) as (phone, call):
        assert phone.ask("MESSAGE", "0", JSON) == 200
        url = f"{application.base_url}/heard?who=me&why=b"
        subscription = call.user_defined_message_subscriptions.create(callback=url)
        assert (subscription.sid[:2], len(subscription.sid)) == ("ZY", 34)
        sid = call._solution["sid"]
        assert (subscription.account_sid, subscription.call_sid) == (node.account_sid, sid)
        path = f"/2010-04-01/Accounts/{node.account_sid}/Calls/{sid}/UserDefinedMessageSubscriptions"
        assert subscription.uri == f"{path}/{subscription.sid}.json"
        for number in range(1, 6):
            assert phone.ask("MESSAGE", f'{{"n":{number}}}', f"{JSON};charset=utf-8") == 202
        for number in range(1, 6):
            told = application.next_request()
            assert is_signed(node, told)
            assert told.path == "/heard"
            assert told.form.pop("Sid").startswith("KX")
            assert told.form == {
                "CallSid": sid,
                "AccountSid": node.account_sid,
                "Content": f'{{"n":{number}}}',
                "ContentType": JSON,
                "SequenceNumber": str(number),
            }
        assert call.user_defined_message_subscriptions(subscription.sid).delete()
        assert phone.ask("MESSAGE", "6", JSON) == 200
        gone = call.user_defined_message_subscriptions(subscription.sid)
        assert refused(gone.delete) == (404, 20404)
        assert application.asked.empty()


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (Said("hello", "text/plain"), 415, "32701"),
        (Said("{}", f"{JSON};charset=utf-16"), 415, "32701"),
        (Said("{}", JSON, ("Content-Encoding", "gzip")), 415, "32701"),
        (Said("hello"), 400, "32702"),
        (Said(None, "text/plain", ("Content-Type", JSON)), 400, "32702"),
        (Said('"' + "x" * 10_000 + '"'), 413, "32703"),
    ],
)
def test_what_is_no_message_has_its_answer_and_one_notification(
    node: Node, application: WebApplication, said: Said, status: int, code: str
) -> None:
    with talking(node, application) as (phone, call):
        call.user_defined_message_subscriptions.create(callback=f"{application.base_url}/heard")
        for _ in range(2):
            phone.request("MESSAGE", said.body, said.kind, *said.headers)
            response = phone.response("MESSAGE")
            assert response.status == status
            assert response.headers.get("Accept") == (JSON if status == 415 else None)
        assert [each.error_code for each in call.notifications.list()] == [code]
        assert phone.ask("MESSAGE", '"fine"', JSON) == 202
        assert application.next_request().form["Content"] == '"fine"'


def test_the_longest_message_in_any_script_goes_both_ways(node: Node, application: WebApplication) -> None:
    content = json.dumps("語" * 9_998, ensure_ascii=False)
    with talking(node, application) as (phone, call):
        _, message = answered(phone, 200, call.user_defined_messages.create, content=content)
        assert message.body.decode() == content
        call.user_defined_message_subscriptions.create(callback=f"{application.base_url}/heard")
        assert phone.ask("MESSAGE", content, JSON) == 202
        told = application.next_request()
        assert (told.form["Content"], is_signed(node, told)) == (content, True)


def test_a_phone_that_takes_no_messages_is_no_silent_success(node: Node, application: WebApplication) -> None:
    with talking(node, application, ("Allow", "INVITE, ACK, BYE")) as (phone, call):
        with pytest.raises(TwilioRestException, match="MESSAGE is not in its Allow") as caught:
            call.user_defined_messages.create(content="{}")
        assert (caught.value.status, caught.value.code) == (400, 32700)
        assert phone.pending_request("MESSAGE") is None


@pytest.mark.parametrize("status", [405, 415, 500, 603])
def test_a_phone_that_refuses_a_message_is_none_either(
    node: Node, application: WebApplication, status: int
) -> None:
    with talking(node, application) as (phone, call):
        create = call.user_defined_messages.create
        told, _ = answered(phone, status, refused, create, content="{}", idempotency_key="k")
        assert told == (400, 32700)
        assert refused(create, content="{}", idempotency_key="k") == (400, 32700)
        assert phone.pending_request("MESSAGE") is None, "it left, so it is not sent twice"


def test_the_same_key_is_the_same_answer_and_nothing_is_sent_twice(
    node: Node, application: WebApplication
) -> None:
    with talking(node, application) as (phone, call):
        create = call.user_defined_messages.create
        first, _ = answered(phone, 200, create, content="1", idempotency_key="k")
        again = create(content="1", idempotency_key="k")
        assert (again.sid, again.date_created) == (first.sid, first.date_created)
        other, message = answered(phone, 202, create, content="2", idempotency_key="l")
        assert (message.body, other.sid == first.sid) == (b"2", False)
        subscribe = call.user_defined_message_subscriptions.create
        url = f"{application.base_url}/heard"
        one, two = (subscribe(callback=url, idempotency_key="k") for _ in range(2))
        assert (one.sid, one.uri) == (two.sid, two.uri)
        assert phone.ask("MESSAGE", "3", JSON) == 202
        assert application.next_request().form["SequenceNumber"] == "1"
        assert phone.ask("MESSAGE", "4", JSON) == 202
        assert application.next_request().form["SequenceNumber"] == "2"


def test_more_messages_than_may_wait_are_too_many(node: Node, application: WebApplication) -> None:
    with talking(node, application) as (phone, call), ThreadPoolExecutor(20) as pool:

        def send(number: int) -> tuple[int, int] | None:
            try:
                call.user_defined_messages.create(content=str(number))
            except TwilioRestException as error:
                return error.status, error.code
            return None

        asked = [pool.submit(send, number) for number in range(20)]
        refusals = [each.result(timeout=20) for _, each in zip(range(4), as_completed(asked), strict=False)]
        assert refusals == [(429, 20429)] * 4, "sixteen wait, since the phone answers none yet"
        heard: dict[int, bytes] = {}
        while len(heard) < 16:  # some of them twice
            message = phone.next_request("MESSAGE")
            heard[message.cseq.number] = message.body
            phone.respond(message, 200)
        assert len(set(heard.values())) == 16
        outcomes = [each.result(timeout=20) for each in asked]
        assert outcomes.count(None) == 16


def test_bad_requests_have_twilios_codes(node: Node, application: WebApplication) -> None:
    with talking(node, application) as (_, call):
        send = call.user_defined_messages.create
        assert refused(send, content="") == (400, 32702)
        assert refused(send, content="hello") == (400, 32702)
        assert refused(send, content="[" * 9_000) == (400, 32702)
        assert refused(send, content=json.dumps("x" * 10_000)) == (400, 32703)
        assert refused(send, content="{}", idempotency_key="k" * 257) == (422, 20422)
        subscribe = call.user_defined_message_subscriptions.create
        assert refused(subscribe, callback="") == (400, 21205)
        assert refused(subscribe, callback="nowhere") == (400, 21205)
        url = f"{application.base_url}/heard"
        assert refused(subscribe, callback=url, method="PUT") == (400, 21209)
        for _ in range(10):
            subscribe(callback=url)
        assert refused(subscribe, callback=url) == (409, 20409)
        sid = call._solution["sid"]
    over, unknown = sdk_client(node).calls(sid), sdk_client(node).calls("CA" + "0" * 32)
    for one, wanted in ((over, (400, 21220)), (unknown, (404, 20404))):
        assert refused(one.user_defined_messages.create, content="{}") == wanted
        assert refused(one.user_defined_message_subscriptions.create, callback=url) == wanted
        assert refused(one.user_defined_message_subscriptions("ZY" + "0" * 32).delete) == (404, 20404)


def test_the_node_sdk_subscribes_sends_and_unsubscribes(node: Node, application: WebApplication) -> None:
    with talking(node, application) as (phone, call), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(
            ask,
            node.base_url,
            node.account_sid,
            node.auth_token,
            f"""
            const call = client.calls("{call._solution["sid"]}");
            const subscription = await call.userDefinedMessageSubscriptions.create({{
              callback: "{application.base_url}/heard", method: "POST", idempotencyKey: "1",
            }});
            const sent = await call.userDefinedMessages.create({{
              content: JSON.stringify({{ key: "value" }}), idempotencyKey: "1",
            }});
            const gone = await call.userDefinedMessageSubscriptions(subscription.sid).remove();
            return [subscription.sid.slice(0, 2), sent.sid.slice(0, 2), sent.callSid, gone];
            """,
        )
        message = phone.next_request("MESSAGE")
        assert message.body == b'{"key":"value"}'
        assert phone.ask("MESSAGE", "1", JSON) == 202, "the subscription lives until the message is answered"
        phone.respond(message, 200)
        assert asked.result(timeout=60) == ["ZY", "KX", call._solution["sid"], True]
        assert application.next_request().form["Content"] == "1"
        assert phone.ask("MESSAGE", "2", JSON) == 200
