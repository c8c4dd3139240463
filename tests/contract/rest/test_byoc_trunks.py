"""BYOC trunks and what belongs to them as the Twilio SDK sees them (reference/rest-api 2.10, 3.8, 4.4)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from offhook.model.byoc_trunk import ByocTrunk
from tests.support.api import ACCOUNT_SID, RunningApi, running_api
from tests.support.stores import BORN, numbered

VOICE = "https://app.example/voice"


async def code_of(api: RunningApi, act: Callable[..., Any], *arguments: object) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        await api.ask(act, *arguments)
    return int(caught.value.status), int(caught.value.code)


def test_a_trunk_lives(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            policy = await api.ask(lambda c: c.voice.v1.connection_policies.create("Carrier"))
            domain = await api.ask(lambda c: c.sip.domains.create("carrier.sip.localhost"))
            trunk = await api.ask(
                lambda c: c.voice.v1.byoc_trunks.create(
                    friendly_name="Carrier",
                    voice_url=VOICE,
                    voice_method="GET",
                    status_callback_url=f"{VOICE}/status",
                    cnam_lookup_enabled=True,
                    connection_policy_sid=policy.sid,
                    from_domain_sid=domain.sid,
                )
            )
            assert (trunk.account_sid, trunk.sid[:2]) == (ACCOUNT_SID, "BY")
            assert (trunk.voice_url, trunk.voice_method, trunk.voice_fallback_method) == (
                VOICE,
                "GET",
                "POST",
            )
            assert (trunk.cnam_lookup_enabled, trunk.from_domain_sid) == (True, domain.sid)
            assert abs((trunk.date_created - datetime.now(UTC)).total_seconds()) < 60
            changed = await api.ask(
                lambda c: c.voice.v1.byoc_trunks(trunk.sid).update(voice_url="", from_domain_sid="")
            )
            assert (changed.voice_url, changed.from_domain_sid, changed.friendly_name) == (
                None,
                None,
                "Carrier",
            )
            fetched = await api.ask(lambda c: c.voice.v1.byoc_trunks(trunk.sid).fetch())
            assert fetched.connection_policy_sid == policy.sid
            assert fetched.url == f"{api.url}/v1/ByocTrunks/{trunk.sid}"
            assert await api.ask(lambda c: c.voice.v1.byoc_trunks(trunk.sid).delete())
            assert await code_of(api, lambda c: c.voice.v1.byoc_trunks(trunk.sid).fetch()) == (404, 20404)

    asyncio.run(run())


def test_trunks_are_listed_through_all_pages(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = [await api.ask(lambda c: c.voice.v1.byoc_trunks.create()) for _ in range(5)]
            listed = await api.ask(lambda c: c.voice.v1.byoc_trunks.list(page_size=2))
            assert [trunk.sid for trunk in listed] == [trunk.sid for trunk in reversed(made)]

    asyncio.run(run())


def test_a_trunk_of_another_account_is_not_there(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            theirs = ByocTrunk(numbered("BY", 1), numbered("AC", 5), BORN, BORN)
            await api.store.byoc_trunks.insert(theirs)
            for act in (
                lambda c: c.voice.v1.byoc_trunks(theirs.sid).fetch(),
                lambda c: c.voice.v1.byoc_trunks(theirs.sid).update(voice_url=VOICE),
                lambda c: c.voice.v1.byoc_trunks(theirs.sid).delete(),
            ):
                assert await code_of(api, act) == (404, 20404)
            assert await code_of(
                api, lambda c: c.sip.domains.create("d.sip.localhost", byoc_trunk_sid=theirs.sid)
            ) == (400, 21231)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"friendly_name": "x" * 256}, 20002),
        ({"voice_url": "nowhere"}, 20422),
        ({"voice_method": "PUT"}, 20422),
        ({"cnam_lookup_enabled": "perhaps"}, 20422),
        ({"connection_policy_sid": "NY1"}, 20423),
        ({"connection_policy_sid": numbered("NY", 9)}, 20423),
        ({"from_domain_sid": numbered("SD", 9)}, 20423),
    ],
)
def test_each_bad_setting_of_a_trunk_is_refused(
    tmp_path: Path, parameters: dict[str, Any], code: int
) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            trunk = await api.ask(lambda c: c.voice.v1.byoc_trunks.create())
            for act in (
                lambda c: c.voice.v1.byoc_trunks.create(**parameters),
                lambda c: c.voice.v1.byoc_trunks(trunk.sid).update(**parameters),
            ):
                assert (await code_of(api, act))[1] == code

    asyncio.run(run())


def test_what_is_referred_to_cannot_be_deleted(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            policy = await api.ask(lambda c: c.voice.v1.connection_policies.create())
            trunk = await api.ask(lambda c: c.voice.v1.byoc_trunks.create(connection_policy_sid=policy.sid))
            domain = await api.ask(
                lambda c: c.sip.domains.create("carrier.sip.localhost", byoc_trunk_sid=trunk.sid)
            )
            assert domain.byoc_trunk_sid == trunk.sid
            record = await api.ask(lambda c: c.voice.v1.ip_records.create("192.0.2.7"))
            mapping = await api.ask(lambda c: c.voice.v1.source_ip_mappings.create(record.sid, domain.sid))
            for act in (
                lambda c: c.voice.v1.connection_policies(policy.sid).delete(),
                lambda c: c.voice.v1.byoc_trunks(trunk.sid).delete(),
                lambda c: c.voice.v1.ip_records(record.sid).delete(),
            ):
                assert await code_of(api, act) == (409, 20409)
            assert await api.ask(lambda c: c.sip.domains(domain.sid).delete())
            assert await code_of(api, lambda c: c.voice.v1.source_ip_mappings(mapping.sid).fetch()) == (
                404,
                20404,
            )
            assert await api.ask(lambda c: c.voice.v1.byoc_trunks(trunk.sid).delete())
            assert await api.ask(lambda c: c.voice.v1.connection_policies(policy.sid).delete())
            assert await api.ask(lambda c: c.voice.v1.ip_records(record.sid).delete())

    asyncio.run(run())


def test_a_policy_and_its_targets_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            policy = await api.ask(lambda c: c.voice.v1.connection_policies.create("Carrier"))
            renamed = await api.ask(
                lambda c: c.voice.v1.connection_policies(policy.sid).update(friendly_name="Carriers")
            )
            assert (renamed.friendly_name, set(renamed.links)) == ("Carriers", {"targets"})

            def targets(c: Any) -> Any:
                return c.voice.v1.connection_policies(policy.sid).targets

            target = await api.ask(lambda c: targets(c).create("sip:one.example;transport=tls;secure=true"))
            assert (target.priority, target.weight, target.enabled) == (10, 10, True)
            assert target.target == "sip:one.example;transport=tls;secure=true"
            changed = await api.ask(
                lambda c: (
                    c.voice.v1.connection_policies(policy.sid)
                    .targets(target.sid)
                    .update(priority=0, weight=65535, enabled=False)
                )
            )
            assert (changed.priority, changed.weight, changed.enabled) == (0, 65535, False)
            assert changed.target == target.target
            listed = await api.ask(lambda c: targets(c).list())
            assert [one.sid for one in listed] == [target.sid]
            other = await api.ask(lambda c: c.voice.v1.connection_policies.create())
            assert await code_of(
                api, lambda c: c.voice.v1.connection_policies(other.sid).targets(target.sid).fetch()
            ) == (404, 20404)
            assert await api.ask(lambda c: c.voice.v1.connection_policies(policy.sid).delete())
            assert await code_of(api, lambda c: targets(c)(target.sid).fetch()) == (404, 20404)

    asyncio.run(run())


@pytest.mark.parametrize(
    "parameters",
    [
        {"target": "sips:carrier.example"},
        {"target": "carrier.example"},
        {"target": "tel:+15551234567"},
        {"target": "sip:"},
        {"target": "sip:carrier.example?X-A=b"},
        {"target": "sip:carrier.example;transport=sctp"},
        {"target": "sip:carrier.example;secure=perhaps"},
        {"target": "sip:carrier.example;transport=tls;verify=perhaps"},
        {"target": "sip:carrier.example\r\nX-A: b"},
        {"target": f"sip:{'x' * 255}.example"},
        {"target": ""},
        {"priority": -1},
        {"priority": 65536},
        {"weight": 0},
        {"weight": 65536},
        {"enabled": "x"},
    ],
)
def test_each_bad_setting_of_a_target_is_refused(tmp_path: Path, parameters: dict[str, Any]) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            policy = await api.ask(lambda c: c.voice.v1.connection_policies.create())
            sent = {"target": "sip:carrier.example", **parameters}
            assert await code_of(
                api, lambda c: c.voice.v1.connection_policies(policy.sid).targets.create(**sent)
            ) == (422, 20422)

    asyncio.run(run())


def test_the_limits_are_21244_and_21254(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(100):
                await api.store.byoc_trunks.insert(ByocTrunk(numbered("BY", number), ACCOUNT_SID, BORN, BORN))
            assert await code_of(api, lambda c: c.voice.v1.byoc_trunks.create()) == (400, 21244)
            policy = await api.ask(lambda c: c.voice.v1.connection_policies.create())

            def add(c: Any) -> Any:
                return c.voice.v1.connection_policies(policy.sid).targets.create("sip:carrier.example")

            for _ in range(10):
                await api.ask(add)
            assert await code_of(api, add) == (400, 21254)

    asyncio.run(run())


def test_records_and_mappings_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            record = await api.ask(
                lambda c: c.voice.v1.ip_records.create(
                    "192.0.2.7", friendly_name="SBC", cidr_prefix_length=24
                )
            )
            assert (record.ip_address, record.cidr_prefix_length, record.friendly_name) == (
                "192.0.2.7",
                24,
                "SBC",
            )
            assert await code_of(
                api, lambda c: c.voice.v1.ip_records.create("192.0.2.9", cidr_prefix_length=24)
            ) == (409, 20409)
            renamed = await api.ask(lambda c: c.voice.v1.ip_records(record.sid).update(friendly_name="SBCs"))
            assert (renamed.friendly_name, renamed.cidr_prefix_length) == ("SBCs", 24)
            first, second = [
                await api.ask(lambda c, n=name: c.sip.domains.create(f"{n}.sip.localhost"))
                for name in ("one", "two")
            ]
            mapping = await api.ask(lambda c: c.voice.v1.source_ip_mappings.create(record.sid, first.sid))
            assert (mapping.ip_record_sid, mapping.sip_domain_sid) == (record.sid, first.sid)
            assert await code_of(
                api, lambda c: c.voice.v1.source_ip_mappings.create(record.sid, second.sid)
            ) == (409, 20409)
            moved = await api.ask(lambda c: c.voice.v1.source_ip_mappings(mapping.sid).update(second.sid))
            assert moved.sip_domain_sid == second.sid
            assert await code_of(
                api, lambda c: c.voice.v1.source_ip_mappings(mapping.sid).update(numbered("SD", 9))
            ) == (422, 20423)
            listed = await api.ask(lambda c: c.voice.v1.source_ip_mappings.list())
            assert [one.sid for one in listed] == [mapping.sid]
            assert await api.ask(lambda c: c.voice.v1.source_ip_mappings(mapping.sid).delete())
            assert await api.ask(lambda c: c.voice.v1.ip_records(record.sid).delete())

    asyncio.run(run())
