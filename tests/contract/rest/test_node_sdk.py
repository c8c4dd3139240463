"""Twilio's Node SDK, unmodified, as a client: lists, pages, records, errors (reference/rest-api 1.13)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from offhook.model.call import CallStatus
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, BORN, RunningApi, running_api
from tests.support.node import running_node
from tests.support.node_sdk import ask
from tests.support.stores import application, call, numbered, recording

pytestmark = pytest.mark.peer


async def node(api: RunningApi, body: str, *, token: str = AUTH_TOKEN) -> Any:
    return await asyncio.to_thread(ask, api.url, ACCOUNT_SID, token, body)


def test_calls_are_listed_through_all_pages_and_fetched(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(5):
                status = CallStatus.BUSY if number % 2 else CallStatus.RINGING
                one = call(number, account_sid=ACCOUNT_SID, seconds=number)
                api.store.calls.post(replace(one, status=status))
            listed = await node(
                api, "return (await client.calls.list({ pageSize: 2 })).map((call) => call.sid)"
            )
            assert listed == [numbered("CA", n) for n in (4, 3, 2, 1, 0)]
            busy = await node(
                api,
                "return (await client.calls.list({ status: 'busy', pageSize: 1,"
                f" startTimeAfter: new Date({(BORN + timedelta(days=-1)).timestamp() * 1000}) }}))"
                ".map((call) => call.sid)",
            )
            assert busy == [numbered("CA", 3), numbered("CA", 1)]
            shown = await node(
                api,
                f"const call = await client.calls('{numbered('CA', 3)}').fetch();"
                "return { status: call.status, from: call.from, created: call.dateCreated.toISOString() }",
            )
            assert shown == {
                "status": "busy",
                "from": "sip:alice@192.0.2.7",
                "created": "2026-01-02T03:04:08.000Z",
            }

    asyncio.run(run())


def test_numbers_and_applications_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await node(
                api,
                """
                const app = await client.applications.create({
                  friendlyName: "IVR", voiceUrl: "https://example.com/voice", voiceMethod: "GET",
                });
                const number = await client.incomingPhoneNumbers.create({
                  phoneNumber: "+13051913581", voiceApplicationSid: app.sid,
                });
                await client.incomingPhoneNumbers(number.sid).update({ friendlyName: "Front desk" });
                const found = await client.incomingPhoneNumbers.list({ phoneNumber: "305*91" });
                await client.applications(app.sid).remove();
                const left = await client.incomingPhoneNumbers(number.sid).fetch();
                return {
                  app: [app.friendlyName, app.voiceMethod, app.apiVersion],
                  found: found.map((one) => [one.friendlyName, one.voiceApplicationSid === app.sid]),
                  voice: found[0].capabilities.voice,
                  left: left.voiceApplicationSid,
                  applications: (await client.applications.list()).length,
                };
                """,
            )
            assert made == {
                "app": ["IVR", "GET", "2010-04-01"],
                "found": [["Front desk", True]],
                "voice": True,
                "left": "",
                "applications": 0,
            }

    asyncio.run(run())


def test_recordings_and_the_account(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(recording(1, account_sid=ACCOUNT_SID))
            shown = await node(
                api,
                """
                await client.api.accounts(client.accountSid).update({ friendlyName: "Renamed" });
                const account = await client.api.accounts(client.accountSid).fetch();
                const [recording] = await client.recordings.list({ limit: 1 });
                await client.recordings(recording.sid).remove();
                const kept = await client.recordings(recording.sid).fetch({ includeSoftDeleted: true });
                return [account.friendlyName, recording.duration, recording.mediaUrl, kept.status];
                """,
            )
            media = f"{api.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{numbered('RE', 1)}"
            assert shown == ["Renamed", "3", media, "deleted"]

    asyncio.run(run())


def test_errors_carry_twilios_codes(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.applications.insert(application(1, account_sid=numbered("AC", 5)))
            for body, status, code in (
                (f"await client.applications('{numbered('AP', 1)}').fetch()", 404, 20404),
                ("await client.incomingPhoneNumbers.create({ areaCode: '415' })", 400, 21452),
                ("await client.applications.create({ voiceUrl: 'nowhere' })", 400, 21402),
            ):
                caught = await node(api, body)
                assert (caught["status"], caught["code"]) == (status, code)
            caught = await node(api, "await client.calls.list()", token="wrong" * 6)
            assert (caught["status"], caught["code"]) == (401, 20003)

    asyncio.run(run())


def test_a_call_is_placed(tmp_path: Path) -> None:
    with running_node(tmp_path) as running:
        placed = ask(
            running.base_url,
            running.account_sid,
            running.auth_token,
            """
            const call = await client.calls.create({
              to: "sip:nobody@127.0.0.1:9", from: "desk", twiml: "<Response><Hangup/></Response>",
            });
            const [listed] = await client.calls.list({ limit: 1 });
            return [call.status, call.direction, call.to, listed.sid === call.sid];
            """,
        )
    assert placed == ["queued", "outbound-api", "sip:nobody@127.0.0.1:9", True]


def test_a_trunk_with_its_policy_and_mapping_lives(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await node(
                api,
                """
                client.voice.baseUrl = client.api.baseUrl;
                const policy = await client.voice.v1.connectionPolicies.create({ friendlyName: "Carrier" });
                const targets = () => client.voice.v1.connectionPolicies(policy.sid).targets;
                for (const priority of [1, 2, 3])
                  await targets().create({ target: `sip:c${priority}.example`, priority });
                const trunk = await client.voice.v1.byocTrunks.create({ connectionPolicySid: policy.sid });
                const domain = await client.sip.domains.create({
                  domainName: "carrier.sip.localhost", byocTrunkSid: trunk.sid,
                });
                const record = await client.voice.v1.ipRecords.create({ ipAddress: "192.0.2.7" });
                await client.voice.v1.sourceIpMappings.create({
                  ipRecordSid: record.sid, sipDomainSid: domain.sid,
                });
                const listed = await targets().list({ pageSize: 2 });
                const [mapping] = await client.voice.v1.sourceIpMappings.list();
                return {
                  targets: listed.map((one) => [one.target, one.priority, one.enabled]),
                  trunk: [domain.byocTrunkSid === trunk.sid, trunk.connectionPolicySid === policy.sid],
                  mapping: [mapping.sipDomainSid === domain.sid, record.cidrPrefixLength],
                };
                """,
            )
            assert made == {
                "targets": [[f"sip:c{n}.example", n, True] for n in (3, 2, 1)],
                "trunk": [True, True],
                "mapping": [True, 32],
            }
            caught = await node(
                api,
                "client.voice.baseUrl = client.api.baseUrl;"
                "await client.voice.v1.byocTrunks.create({ connectionPolicySid: 'NY1' })",
            )
            assert (caught["status"], caught["code"]) == (422, 20423)

    asyncio.run(run())
