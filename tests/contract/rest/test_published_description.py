"""Our paths, parameters and fields against Twilio's published OpenAPI description.

The description is not part of this repository; it is looked for in `../shared` beside it.
"""

import asyncio
import json
import re
import urllib.request
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from offhook.model.call import Call
from offhook.rest.api import OPERATIONS as ALL
from offhook.rest.representation import Format
from offhook.rest.resource import Operation
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, RunningApi, running_api
from tests.support.asgi import basic
from tests.support.stores import PASSWORD, call, notification, numbered, recording

FILE = Path(__file__).parents[4] / "shared" / "reference" / "openapi" / "twilio_api_v2010.json"
BASE = "/2010-04-01"
OPERATIONS = [operation for operation in ALL if Format.JSON in operation.formats]
"""All but audio, which the description does not have."""

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"Twilio's description is not at {FILE}")


@cache
def description() -> Any:
    return json.loads(FILE.read_text())


def published(operation: Operation) -> Any:
    """The same operation in the description, whatever its path parameters are called."""
    wanted = _anonymous(f"{BASE}{operation.path}.json")
    for path, item in description()["paths"].items():
        if _anonymous(path) == wanted and operation.method.lower() in item:
            return item[operation.method.lower()]
    raise LookupError(f"{operation.method} {operation.path} is not in Twilio's description")


def _anonymous(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def _schema(reference: dict[str, Any]) -> Any:
    name = reference.get("$ref")
    return description()["components"]["schemas"][name.rsplit("/", 1)[1]] if name else reference


def _name(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=_name)
def test_every_operation_is_twilios(operation: Operation) -> None:
    assert published(operation)


@pytest.mark.parametrize("operation", OPERATIONS, ids=_name)
def test_every_parameter_is_taken_and_no_other(operation: Operation) -> None:
    twilios = published(operation)
    names = {p["name"] for p in twilios.get("parameters", ()) if p["in"] == "query"}
    required: set[str] = set()
    if "requestBody" in twilios:
        form = _schema(twilios["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"])
        names |= set(form["properties"])
        required = set(form.get("required", ()))
    assert {parameter.name for parameter in operation.parameters.parameters} == names
    assert {parameter.name for parameter in operation.parameters.required} == required


async def examples(api: RunningApi) -> dict[str, str]:
    """One of everything; the Sids for the parameters of paths."""
    one: Call = call(1, account_sid=ACCOUNT_SID)
    api.store.calls.post(one)
    logged = notification(1, call_sid=one.sid)
    api.store.notifications.post(replace(logged, account_sid=ACCOUNT_SID))
    api.store.recordings.post(recording(1, account_sid=ACCOUNT_SID))
    domain = await api.ask(lambda c: c.sip.domains.create(domain_name="office.sip.localhost"))
    acl = await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="Desks"))
    entry = await api.ask(
        lambda c: c.sip.ip_access_control_lists(acl.sid).ip_addresses.create("Alice", "192.0.2.7")
    )
    await api.ask(lambda c: c.sip.domains(domain.sid).ip_access_control_list_mappings.create(acl.sid))
    users = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="Phones"))
    user = await api.ask(lambda c: c.sip.credential_lists(users.sid).credentials.create("alice", PASSWORD))
    await api.ask(lambda c: c.sip.domains(domain.sid).auth.calls.credential_list_mappings.create(users.sid))
    await api.ask(
        lambda c: c.sip.domains(domain.sid).auth.registrations.credential_list_mappings.create(users.sid)
    )
    app = await api.ask(lambda c: c.applications.create())
    number = await api.ask(lambda c: c.incoming_phone_numbers.create(phone_number="+15551230001"))
    return {
        "Accounts": ACCOUNT_SID,
        "Applications": app.sid,
        "Recordings": numbered("RE", 1),
        "IncomingPhoneNumbers": number.sid,
        "Calls": one.sid,
        "Notifications": numbered("NO", 1),
        "Domains": domain.sid,
        "IpAccessControlLists": acl.sid,
        "IpAddresses": entry.sid,
        "IpAccessControlListMappings": acl.sid,
        "CredentialLists": users.sid,
        "Credentials": user.sid,
        "CredentialListMappings": users.sid,
    }


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_field_is_there_and_no_other(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    url = request.getfixturevalue("postgres").new_database() if database == "postgresql" else None

    async def run() -> None:
        async with running_api(tmp_path, url) as api:
            sids = await examples(api)
            for operation in OPERATIONS:
                if operation.method != "GET":
                    continue
                path = re.sub(r"(\w+)/\{\w+\}", lambda m: f"{m[1]}/{sids[m[1]]}", operation.path)
                body = await asyncio.to_thread(_get, f"{api.url}{BASE}{path}.json")
                schema = _schema(
                    published(operation)["responses"]["200"]["content"]["application/json"]["schema"]
                )
                _compare(operation, body, schema)

    asyncio.run(run())


def _compare(operation: Operation, body: dict[str, Any], schema: Any) -> None:
    assert set(body) == set(schema["properties"]), operation
    for name, property_ in schema["properties"].items():
        if property_.get("type") == "array":
            items = _schema(property_["items"])
            assert body[name], operation
            assert set(body[name][0]) == set(items["properties"]), operation


def _get(url: str) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Authorization": basic(ACCOUNT_SID, AUTH_TOKEN)})  # noqa: S310
    with urllib.request.urlopen(request) as response:  # noqa: S310 (our own address)
        answer: dict[str, Any] = json.load(response)
        return answer
