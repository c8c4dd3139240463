"""What is Offhook's own: Refusals, Registrations, and their description (design 1.4)."""

import asyncio
import base64
import json
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from offhook.base.clock import SystemClock
from offhook.base.redact import Secret
from offhook.model.binding import Binding
from offhook.model.call import CallStatus
from offhook.model.credential import MappingScope
from offhook.model.sip_domain import SipDomain
from offhook.rest.offhook import OPERATIONS
from offhook.trace.ports import Kind
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, RunningApi, running_api
from tests.support.stores import (
    OTHER_ACCOUNT,
    account,
    binding,
    call,
    credential,
    credential_list,
    numbered,
    refusal,
    sip_domain,
)
from tests.unit.trace.messages import BORN, CALL, INVITE, Traced, message

OTHER = replace(account(OTHER_ACCOUNT), auth_token=Secret("x" * 32))


async def get(
    api: RunningApi, target: str, *, method: str = "GET", sid: str = ACCOUNT_SID, token: str = AUTH_TOKEN
) -> tuple[int, Any]:
    """Status and JSON of one request; target: a path, or a whole URL as links have it."""
    url = target if target.startswith("http") else f"{api.url}{target}"
    login = base64.b64encode(f"{sid}:{token}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {login}"}, method=method)  # noqa: S310

    def ask() -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(request) as response:  # noqa: S310 (our own address)
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    status, body = await asyncio.to_thread(ask)
    return status, json.loads(body) if body else None


def test_refusals_are_listed_with_what_to_change(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.refusals.post(refusal(1, account_sid=ACCOUNT_SID))
            later = refusal(1, account_sid=ACCOUNT_SID, seconds=30)
            api.store.refusals.post(later)
            status, body = await get(api, "/offhook/v1/Refusals")
            assert status == 200
            (one,) = body["refusals"]
            assert (one["sid"], one["count"], one["sip_call_id"]) == (numbered("RF", 1), 2, "1@203.0.113.9")
            assert (one["status"], one["code"]) == (403, 32201)
            assert one["advice"].startswith("Add the source address to an IP access control list")
            assert (one["date_first"], one["date_last"]) == ("2026-01-02T03:04:05Z", "2026-01-02T03:04:35Z")
            assert one["nearly"] is None
            assert body["meta"]["key"] == "refusals"
            assert body["meta"]["next_page_url"] is None

    asyncio.run(run())


def test_refusals_by_call_id_and_source(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.refusals.post(refusal(1, account_sid=ACCOUNT_SID))
            api.store.refusals.post(refusal(2, account_sid=ACCOUNT_SID, source="198.51.100.7"))
            for query in ({"CallId": "2@198.51.100.7"}, {"Source": "198.51.100.7"}):
                _, body = await get(api, f"/offhook/v1/Refusals?{urlencode(query)}")
                assert [one["sid"] for one in body["refusals"]] == [numbered("RF", 2)]
            _, body = await get(api, "/offhook/v1/Refusals?CallId=nobody")
            assert body["refusals"] == []

    asyncio.run(run())


def test_those_of_nobody_are_for_the_main_account(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(OTHER)
            api.store.refusals.post(refusal(1, account_sid=ACCOUNT_SID))
            api.store.refusals.post(refusal(2, account_sid=None, code=None, domain="nobody.example"))
            api.store.refusals.post(refusal(3, account_sid=OTHER_ACCOUNT, domain="shop.sip.localhost"))
            _, mine = await get(api, "/offhook/v1/Refusals")
            _, theirs = await get(api, "/offhook/v1/Refusals", sid=OTHER_ACCOUNT, token="x" * 32)
            assert {one["sid"] for one in mine["refusals"]} == {numbered("RF", 1), numbered("RF", 2)}
            assert {one["sid"] for one in theirs["refusals"]} == {numbered("RF", 3)}

    asyncio.run(run())


def test_pages_are_followed_by_their_links(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(5):
                one = refusal(number, seconds=number, account_sid=ACCOUNT_SID, source=f"198.51.100.{number}")
                api.store.refusals.post(one)
            _, body = await get(api, "/offhook/v1/Refusals?PageSize=2")
            seen = [one["sid"] for one in body["refusals"]]
            while body["meta"]["next_page_url"] is not None:
                _, body = await get(api, body["meta"]["next_page_url"])
                seen += [one["sid"] for one in body["refusals"]]
            assert seen == [numbered("RF", number) for number in (4, 3, 2, 1, 0)]
            _, before = await get(api, body["meta"]["previous_page_url"])
            assert [one["sid"] for one in before["refusals"]] == [numbered("RF", 2), numbered("RF", 1)]

    asyncio.run(run())


def test_a_call_is_found_by_its_call_id(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(OTHER)
            failed = replace(
                call(1, account_sid=ACCOUNT_SID), status=CallStatus.FAILED, sip_response_code=488
            )
            api.store.calls.post(failed)
            api.store.calls.post(call(2, account_sid=ACCOUNT_SID))
            _, body = await get(api, "/offhook/v1/Calls?CallId=1@192.0.2.7")
            (one,) = body["calls"]
            assert (one["sid"], one["status"], one["sip_response_code"]) == (failed.sid, "failed", 488)
            assert (await get(api, f"/offhook/v1/Calls/{failed.sid}")) == (200, one)
            foreign = {"sid": OTHER_ACCOUNT, "token": "x" * 32}
            assert (await get(api, f"/offhook/v1/Calls/{failed.sid}", **foreign))[0] == 404
            _, theirs = await get(api, "/offhook/v1/Calls", **foreign)
            assert theirs["calls"] == []

    asyncio.run(run())


async def registered(api: RunningApi) -> tuple[SipDomain, list[Binding]]:
    """Alice and bob at `office`, as a restart would find them."""
    domain = replace(sip_domain(1, account_sid=ACCOUNT_SID), sip_registration=True)
    await api.store.sip_domains.insert(domain)
    now = SystemClock().utc_now()
    users = credential_list(account_sid=ACCOUNT_SID)
    await api.store.credential_lists.insert(users)
    for number, name in enumerate(("alice", "bob")):
        user = replace(credential(number, username=name), account_sid=ACCOUNT_SID)
        await api.store.credential_lists.insert_credential(user)
    scope = MappingScope.REGISTRATIONS
    await api.store.sip_domains.map_credential_list(ACCOUNT_SID, domain.sid, users.sid, scope, now)
    phones = [
        replace(
            binding(number, username=name),
            account_sid=ACCOUNT_SID,
            created_at=now + timedelta(seconds=number),
            updated_at=now + timedelta(seconds=number),
            expires_at=now + timedelta(hours=1),
        )
        for number, name in enumerate(("alice", "bob"))
    ]
    for phone in phones:
        api.store.bindings.post(phone)
    await api.registrar.restore(SystemClock().monotonic())
    return domain, phones


def test_registrations_are_listed_by_domain_and_user(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            domain, _ = await registered(api)
            status, body = await get(api, "/offhook/v1/Registrations")
            assert status == 200
            assert [one["user"] for one in body["registrations"]] == ["bob", "alice"]
            alice = body["registrations"][1]
            assert (alice["domain"], alice["domain_sid"]) == (domain.domain_name, domain.sid)
            assert (alice["contact"], alice["source"]) == ("sip:alice@10.0.0.0:5062", "203.0.113.9")
            assert (alice["transport"], alice["path"], alice["reg_id"]) == ("UDP", None, 1)
            for query, users in (
                ({"Domain": "office.sip.twilio.com"}, ["bob", "alice"]),
                ({"Domain": "OFFICE.sip.localhost", "User": "alice"}, ["alice"]),
                ({"User": "carol"}, []),
                ({"Domain": "nobody.sip.localhost"}, []),
                ({"Domain": "example.com"}, []),
            ):
                _, body = await get(api, f"/offhook/v1/Registrations?{urlencode(query)}")
                assert [one["user"] for one in body["registrations"]] == users

    asyncio.run(run())


def test_a_registration_is_ended(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(OTHER)
            domain, phones = await registered(api)
            path = f"/offhook/v1/Registrations/{phones[0].sid}"
            status, body = await get(api, path, method="DELETE", sid=OTHER_ACCOUNT, token="x" * 32)
            assert (status, body["code"]) == (404, 20404)
            assert (await get(api, path, method="DELETE")) == (204, None)
            assert (await get(api, path, method="DELETE"))[0] == 404
            _, body = await get(api, "/offhook/v1/Registrations")
            assert [one["user"] for one in body["registrations"]] == ["bob"]
            now = SystemClock().monotonic()
            assert await api.registrar.bindings(domain, "alice", now) == ()
            _, foreign = await get(api, "/offhook/v1/Registrations", sid=OTHER_ACCOUNT, token="x" * 32)
            assert foreign["registrations"] == []

    asyncio.run(run())


def test_errors_have_twilios_form(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for target, method, expected in (
                ("/offhook/v1/Nothing", "GET", (404, 20404)),
                ("/offhook/v1/Refusals.json", "GET", (404, 20404)),
                ("/offhook/v1/Refusals", "DELETE", (405, 20004)),
                ("/offhook/v1/Refusals?PageSize=x", "GET", (422, 20422)),
                ("/offhook/v1/Refusals?PageToken=x", "GET", (400, 21481)),
            ):
                status, body = await get(api, target, method=method)
                assert (status, body["code"]) == expected
            status, body = await get(api, "/offhook/v1/Refusals", token="wrong")
            assert (status, body["code"]) == (401, 20003)

    asyncio.run(run())


def test_the_description_lists_every_operation(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            status, body = await get(api, "/openapi.json", token="wrong")
            assert (status, body["openapi"]) == (200, "3.1.0")
            described = {
                (method.upper(), path, parameter["name"])
                for path, item in body["paths"].items()
                for method, operation in item.items()
                for parameter in operation["parameters"]
                if parameter["in"] == "query"
            }
            described |= {
                ("POST", path, name)
                for path, item in body["paths"].items()
                for content in item.get("post", {}).get("requestBody", {}).get("content", {}).values()
                for name in content["schema"]["properties"]
            }
            assert described == {
                (operation.method, f"/offhook/v1{operation.path}", parameter.name)
                for operation in OPERATIONS
                for parameter in operation.parameters.parameters
            }
            for path, item in body["paths"].items():
                assert all(operation["summary"] for operation in item.values()), path

    asyncio.run(run())


def test_the_trace_of_a_call_is_its_accounts_and_shows_no_secret(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(OTHER)
            secret = 'Authorization: Digest username="bob", response="6629fae49393a053"'
            api.traces.handle_message(
                Traced(message(INVITE, more=secret), at_s=SystemClock().monotonic() - 0.25)
            )
            api.traces.open(CALL, ACCOUNT_SID, None, BORN)
            api.traces.claim(CALL, "a")
            facts = (("method", "POST"), ("code", None))
            api.traces.add(CALL, Kind.WEBHOOK, "http://me:pw@app.test/voice", facts)

            status, trace = await get(api, f"/offhook/v1/Calls/{CALL}/Trace")
            foreign = {"sid": OTHER_ACCOUNT, "token": "x" * 32}
            refused, _ = await get(api, f"/offhook/v1/Calls/{CALL}/Trace", **foreign)
            unknown, _ = await get(api, f"/offhook/v1/Calls/CA{'9' * 32}/Trace")

        assert (status, refused, unknown) == (200, 404, 404)
        sip, webhook = trace["entries"]
        assert (sip["kind"], sip["direction"], sip["remote"]) == ("sip", "received", "192.0.2.7:5062")
        assert 'response="****************"' in sip["message"]
        assert -600 < sip["since_ms"] <= -250
        assert (webhook["text"], webhook["facts"]) == (
            "http://***@app.test/voice",
            {"method": "POST", "code": None},
        )

    asyncio.run(run())
