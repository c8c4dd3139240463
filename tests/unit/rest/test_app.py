"""The door: suffixes, methods, credentials, bodies, and errors in both formats."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from offhook.rest.app import BODY_MAX_BYTES, api_2010, build_api
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.rest.services import Services
from offhook.store.ports import StoreBusyError
from tests.support.api import api_services
from tests.support.asgi import Reply, ask, basic
from tests.support.stores import ACCOUNT, OTHER_ACCOUNT, account, call, opened

RIGHT = {"authorization": basic(ACCOUNT, "t" * 32)}
HOME = f"/2010-04-01/Accounts/{ACCOUNT}"

Ask = Callable[..., Reply]


async def fail(_request: ApiRequest) -> Answer:
    raise LookupError("nobody thought of this")


async def be_busy(_request: ApiRequest) -> Answer:
    raise StoreBusyError("the queue is full")


FAULTY = (
    Operation("GET", "/Accounts/{AccountSid}/Fail", fail),
    Operation("GET", "/Accounts/{AccountSid}/Busy", be_busy),
)


def over_a_store(folder: Path, run: Callable[[Services], Coroutine[Any, Any, Reply]]) -> Reply:
    async def whole() -> Reply:
        async with opened(f"sqlite:///{folder / 'offhook.db'}") as store:
            await store.accounts.save(account())
            store.calls.post(call())
            return await run(api_services(store, folder, main_account_sid=ACCOUNT)[0])

    return asyncio.run(whole())


@pytest.fixture
def api(tmp_path: Path) -> Ask:
    def one(method: str, target: str, **kwargs: Any) -> Reply:
        kwargs.setdefault("headers", RIGHT)
        return over_a_store(tmp_path, lambda services: ask(build_api(services), method, target, **kwargs))

    return one


@pytest.fixture
def faulty(tmp_path: Path) -> Ask:
    def one(target: str) -> Reply:
        return over_a_store(
            tmp_path,
            lambda services: ask(api_2010(services, FAULTY), "GET", HOME + target, headers=RIGHT),
        )

    return one


def test_json_by_suffix(api: Ask) -> None:
    reply = api("GET", f"{HOME}/Calls/{call().sid}.json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json["sid"] == call().sid
    assert reply.json["uri"] == f"{HOME}/Calls/{call().sid}.json"


@pytest.mark.parametrize("suffix", ["", ".xml"])
def test_xml_by_suffix_or_none(api: Ask, suffix: str) -> None:
    reply = api("GET", f"{HOME}/Calls/{call().sid}{suffix}")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/xml")
    assert reply.xml.tag == "TwilioResponse"
    assert reply.xml.findtext("Call/Sid") == call().sid
    assert reply.xml.findtext("Call/Uri") == f"{HOME}/Calls/{call().sid}"


def test_head_is_get(api: Ask) -> None:
    assert api("HEAD", f"{HOME}/Calls.json").status == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic " + "A" * 2000,
        "Bearer " + "t" * 32,
        basic(ACCOUNT, ""),
        basic(ACCOUNT, "t" * 31),
        basic(ACCOUNT, "ü" * 32),
        basic(OTHER_ACCOUNT, "t" * 32),
        basic("AC", "t" * 32),
        "Basic " + "/w==",
    ],
)
def test_wrong_credentials_are_20003(api: Ask, header: str | None) -> None:
    reply = api("GET", f"{HOME}/Calls.json", headers={} if header is None else {"authorization": header})
    assert reply.status == 401
    assert reply.json == {
        "code": 20003,
        "detail": "Your AccountSid or AuthToken was incorrect.",
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }
    assert reply.headers["www-authenticate"].startswith("Basic realm=")
    assert reply.headers["x-twilio-error-code"] == "20003"


@pytest.mark.parametrize("path", ["/Calls.json", "/Nothing.json", ""])
def test_another_account_in_the_path_is_not_found(api: Ask, path: str) -> None:
    reply = api("GET", f"/2010-04-01/Accounts/{OTHER_ACCOUNT}{path}")
    assert reply.status == 404


@pytest.mark.parametrize(
    "path",
    ["/Calls.csv", "/calls.json", "/Calls/", "/Calls/CA1/Nothing.json", "//Calls.json", "/Calls/%00.json"],
)
def test_what_does_not_exist_is_20404(api: Ask, path: str) -> None:
    reply = api("GET", HOME + path, headers=RIGHT)
    assert reply.status == 404
    if path.endswith(".json"):
        assert reply.json["code"] == 20404
        assert reply.json["message"].startswith("The requested resource /2010-04-01/Accounts/")
        assert reply.json["message"].endswith(" was not found")


def test_an_error_in_xml(api: Ask) -> None:
    reply = api("GET", f"{HOME}/Calls/CA1")
    assert reply.status == 404
    exception = reply.xml.find("RestException")
    assert exception is not None
    assert {child.tag: child.text for child in exception} == {
        "Code": "20404",
        "Message": f"The requested resource {HOME}/Calls/CA1 was not found",
        "MoreInfo": "https://www.twilio.com/docs/errors/20404",
        "Status": "404",
    }


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/Calls.json", "GET, POST"),
        ("PUT", "/SIP/Domains.json", "GET, POST"),
        ("PUT", f"/Calls/{call().sid}.json", "DELETE, GET, POST"),
        ("DELETE", ".json", "GET, POST"),
    ],
)
def test_a_method_that_is_not_offered_is_20004(api: Ask, method: str, path: str, allow: str) -> None:
    reply = api(method, HOME + path)
    assert (reply.status, reply.json["code"], reply.headers["allow"]) == (405, 20004, allow)


def test_a_body_that_is_too_large_is_20413(api: Ask) -> None:
    reply = api("POST", f"{HOME}/SIP/Domains.json", form={"FriendlyName": "x" * BODY_MAX_BYTES})
    assert (reply.status, reply.json["code"]) == (413, 20413)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"DomainName": "a.sip.localhost"}', "application/json"),
        (b"DomainName=a.sip.localhost", "text/plain"),
        (b"DomainName=%ff.sip.localhost", "application/x-www-form-urlencoded"),
        (b"a=b&" * 1001, "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_20422(api: Ask, body: bytes, kind: str) -> None:
    headers = {**RIGHT, "content-type": kind}
    reply = api("POST", f"{HOME}/SIP/Domains.json", body=body, headers=headers)
    assert (reply.status, reply.json["code"]) == (422, 20422)


def test_a_charset_beside_the_type_is_fine(api: Ask) -> None:
    headers = {**RIGHT, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    reply = api("POST", f"{HOME}/SIP/Domains.json", body=b"DomainName=a.sip.localhost", headers=headers)
    assert reply.status == 201


def test_an_unforeseen_exception_is_20500(faulty: Ask) -> None:
    reply = faulty("/Fail.json")
    assert (reply.status, reply.json["code"]) == (500, 20500)
    assert b"nobody thought" not in reply.body


def test_a_busy_store_is_20503_with_retry_after(faulty: Ask) -> None:
    reply = faulty("/Busy.json")
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, 20503, "1")


def test_a_websocket_is_closed(tmp_path: Path) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run(services: Services) -> Reply:
        await api_2010(services, FAULTY)({"type": "websocket", "path": "/"}, receive, send)
        return Reply(0, {}, b"")

    over_a_store(tmp_path, run)
    assert sent == [{"type": "websocket.close"}]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.lists(
        st.tuples(st.sampled_from(["DomainName", "FriendlyName", "VoiceUrl", "Secure"]), st.text(max_size=80))
    )
)
def test_any_form_is_answered_below_500(api: Ask, fields: list[tuple[str, str]]) -> None:
    encodable = [(name, value.encode("utf-8", "replace").decode()) for name, value in fields]
    reply = api("POST", f"{HOME}/SIP/Domains.json", form=encodable)
    assert reply.status in (201, 400)
