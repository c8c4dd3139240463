"""Our paths, parameters and fields against Twilio's published OpenAPI description.

The description is not part of this repository; it is looked for in `../shared` beside it.
"""

import asyncio
import json
import re
import urllib.request
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from offhook.base.redact import Secret
from offhook.call.call import Call as LiveCall
from offhook.conference.plan import ConferencePlan, SeatPlan
from offhook.model.call import Call
from offhook.model.companion import CompanionRecord, CompanionStatus
from offhook.model.transcription import Transcription, TranscriptionStatus
from offhook.model.user_defined_message import UserDefinedMessage, UserDefinedMessageSubscription
from offhook.rest.api import OPERATIONS as CORE
from offhook.rest.api import call_transcriptions, siprec, streams
from offhook.rest.api import user_defined_message_subscriptions as subscriptions
from offhook.rest.api import user_defined_messages as messages
from offhook.rest.representation import Format, Representation
from offhook.rest.resource import Operation
from offhook.rest.trunking import OPERATIONS as TRUNKING
from offhook.rest.voice import OPERATIONS as VOICE
from offhook.verbs.dialler import ChildCall
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, RunningApi, running_api
from tests.support.asgi import basic
from tests.support.stores import BORN, PASSWORD, call, notification, numbered, recording

FOLDER = Path(__file__).parents[4] / "shared" / "reference" / "openapi"


@dataclass(frozen=True)
class Product:
    """One of Twilio's APIs and what is served of it."""

    file: str
    base: str
    suffix: str
    operations: tuple[Operation, ...]

    @cache  # noqa: B019 (there are a handful, for good)
    def description(self) -> Any:
        return json.loads((FOLDER / f"{self.file}.json").read_text())

    def published(self, operation: Operation) -> Any:
        """The same operation in the description, whatever its path parameters are called."""
        wanted = _anonymous(f"{self.base}{operation.path}{self.suffix}")
        for path, item in self.description()["paths"].items():
            if _anonymous(path) == wanted and operation.method.lower() in item:
                return item[operation.method.lower()]
        raise LookupError(f"{operation.method} {operation.path} is not in Twilio's description")

    def schema(self, reference: dict[str, Any]) -> Any:
        name = reference.get("$ref")
        return self.description()["components"]["schemas"][name.rsplit("/", 1)[1]] if name else reference


API = Product(
    "twilio_api_v2010",
    "/2010-04-01",
    ".json",
    # All but audio, which the description does not have.
    tuple(operation for operation in CORE if Format.JSON in operation.formats),
)
PRODUCTS = [
    API,
    Product("twilio_voice_v1", "/v1", "", VOICE),
    Product("twilio_trunking_v1", "/v1", "", TRUNKING),
]

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"Twilio's descriptions are not at {FOLDER}")
each_operation = pytest.mark.parametrize(
    ("product", "operation"),
    [
        pytest.param(product, operation, id=f"{operation.method} {operation.path}")
        for product in PRODUCTS
        for operation in product.operations
    ],
)


def _anonymous(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


@each_operation
def test_every_operation_is_twilios(product: Product, operation: Operation) -> None:
    assert product.published(operation)


@each_operation
def test_every_parameter_is_taken_and_no_other(product: Product, operation: Operation) -> None:
    twilios = product.published(operation)
    names = {p["name"] for p in twilios.get("parameters", ()) if p["in"] == "query"}
    required: set[str] = set()
    if "requestBody" in twilios:
        form = product.schema(
            twilios["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        )
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
    policy = await api.ask(lambda c: c.voice.v1.connection_policies.create())
    target = await api.ask(
        lambda c: c.voice.v1.connection_policies(policy.sid).targets.create("sip:carrier.example")
    )
    trunk = await api.ask(lambda c: c.voice.v1.byoc_trunks.create(connection_policy_sid=policy.sid))
    record = await api.ask(lambda c: c.voice.v1.ip_records.create("192.0.2.7"))
    mapping = await api.ask(lambda c: c.voice.v1.source_ip_mappings.create(record.sid, domain.sid))
    elastic = await api.ask(lambda c: c.trunking.v1.trunks.create())
    url = await api.ask(
        lambda c: c.trunking.v1.trunks(elastic.sid).origination_urls.create(
            10, 10, True, "PBX", "sip:pbx.test"
        )
    )
    await api.ask(lambda c: c.trunking.v1.trunks(elastic.sid).credentials_lists.create(users.sid))
    await api.ask(lambda c: c.trunking.v1.trunks(elastic.sid).ip_access_control_lists.create(acl.sid))
    await api.ask(lambda c: c.trunking.v1.trunks(elastic.sid).phone_numbers.create(number.sid))
    queue = await api.queues.open(ACCOUNT_SID, "support")
    queue.join(cast(LiveCall, SimpleNamespace(sid=one.sid)), cast(ChildCall, SimpleNamespace()))
    waiting = SimpleNamespace(sid=one.sid, record=one, ended=asyncio.Event())
    plan = ConferencePlan(ACCOUNT_SID, "room", Secret(AUTH_TOKEN))
    conference = api.conferences.expect(plan, SeatPlan(), cast(LiveCall, waiting))
    mixed = recording(2, account_sid=ACCOUNT_SID, call_sid=None)
    api.store.recordings.post(replace(mixed, conference_sid=conference.sid))
    said = Transcription(
        sid=numbered("TR", 1),
        account_sid=ACCOUNT_SID,
        recording_sid=numbered("RE", 1),
        status=TranscriptionStatus.COMPLETED,
        text="Two pieces of cake, please.",
        duration_s=4,
        created_at=BORN,
        updated_at=BORN,
    )
    await api.store.transcriptions.insert(said)
    return {
        "Transcriptions": said.sid,
        "Queues": queue.sid,
        "Members": one.sid,
        "Conferences": conference.sid,
        "Participants": one.sid,
        "Trunks": elastic.sid,
        "OriginationUrls": url.sid,
        "PhoneNumbers": number.sid,
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
        "ByocTrunks": trunk.sid,
        "ConnectionPolicies": policy.sid,
        "Targets": target.sid,
        "IpRecords": record.sid,
        "SourceIpMappings": mapping.sid,
    }


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_field_is_there_and_no_other(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    url = request.getfixturevalue("postgres").new_database() if database == "postgresql" else None

    async def run() -> None:
        async with running_api(tmp_path, url) as api:
            sids = await examples(api)
            for product in PRODUCTS:
                for operation in product.operations:
                    if operation.method == "GET":
                        await _check(api, product, operation, sids)

    asyncio.run(run())


async def _check(api: RunningApi, product: Product, operation: Operation, sids: dict[str, str]) -> None:
    path = re.sub(r"(\w+)/\{\w+\}", lambda m: f"{m[1]}/{sids[m[1]]}", operation.path)
    if "/Conferences/" in path:
        path = path.replace(f"Recordings/{sids['Recordings']}", f"Recordings/{numbered('RE', 2)}")
    body = await asyncio.to_thread(_get, f"{api.url}{product.base}{path}{product.suffix}")
    published = product.published(operation)["responses"]["200"]["content"]["application/json"]["schema"]
    schema = product.schema(published)
    assert set(body) == set(schema["properties"]), operation
    for name, property_ in schema["properties"].items():
        if property_.get("type") == "array":
            items = product.schema(property_["items"])
            assert body[name], operation
            if "properties" in items:
                assert set(body[name][0]) == set(items["properties"]), operation


def _get(url: str) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Authorization": basic(ACCOUNT_SID, AUTH_TOKEN)})  # noqa: S310
    with urllib.request.urlopen(request) as response:  # noqa: S310 (our own address)
        answer: dict[str, Any] = json.load(response)
        return answer


MADE = ("0", ACCOUNT_SID, numbered("CA", 1))
"""Sid, account and call of what a live call has."""
COMPANION = CompanionRecord(*MADE, "s", CompanionStatus.STOPPED, BORN)


@pytest.mark.parametrize(
    ("operation", "shown"),
    [
        (streams.OPERATIONS[0], streams.STREAMS.shown(COMPANION)),
        (siprec.OPERATIONS[0], siprec.SESSIONS.shown(COMPANION)),
        (call_transcriptions.OPERATIONS[0], call_transcriptions.TRANSCRIPTIONS.shown(COMPANION)),
        (messages.OPERATIONS[0], messages.representation(UserDefinedMessage(*MADE, BORN))),
        (
            subscriptions.OPERATIONS[0],
            subscriptions.representation(UserDefinedMessageSubscription(*MADE, BORN)),
        ),
    ],
    ids=lambda value: value.path if isinstance(value, Operation) else "",
)
def test_every_field_of_what_only_its_making_shows(operation: Operation, shown: Representation) -> None:
    (answer,) = API.published(operation)["responses"].values()
    schema = API.schema(answer["content"]["application/json"]["schema"])
    assert set(shown.fields) == set(schema["properties"])
