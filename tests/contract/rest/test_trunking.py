"""Elastic SIP trunks and what belongs to them as the Twilio SDK sees them (reference/rest-api 2.12, 3.8)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from offhook.model.trunk import Trunk
from tests.support.api import ACCOUNT_SID, RunningApi, running_api
from tests.support.stores import BORN, PASSWORD, numbered


async def code_of(api: RunningApi, act: Callable[..., Any], *arguments: object) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        await api.ask(act, *arguments)
    return int(caught.value.status), int(caught.value.code)


def test_a_trunk_lives(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            trunk = await api.ask(
                lambda c: c.trunking.v1.trunks.create(
                    friendly_name="PBX",
                    domain_name="PBX.pstn.twilio.com",
                    disaster_recovery_url="https://app.example/down",
                    transfer_mode="sip-only",
                    secure=True,
                )
            )
            assert (trunk.sid[:2], trunk.account_sid, trunk.domain_name) == (
                "TK",
                ACCOUNT_SID,
                "pbx.pstn.twilio.com",
            )
            assert (trunk.transfer_mode, trunk.transfer_caller_id) == ("sip-only", "from-transferee")
            assert (trunk.secure, trunk.auth_type, trunk.auth_type_set) == (True, "", [])
            assert trunk.recording == {"mode": "do-not-record", "trim": "do-not-trim"}
            changed = await api.ask(
                lambda c: c.trunking.v1.trunks(trunk.sid).update(domain_name="", secure=False)
            )
            assert (changed.domain_name, changed.secure, changed.friendly_name) == (None, False, "PBX")
            recording = await api.ask(
                lambda c: c.trunking.v1.trunks(trunk.sid).recordings().update(mode="record-from-answer-dual")
            )
            assert (recording.mode, recording.trim) == ("record-from-answer-dual", "do-not-trim")
            fetched = await api.ask(lambda c: c.trunking.v1.trunks(trunk.sid).fetch())
            assert fetched.recording["mode"] == "record-from-answer-dual"
            listed = await api.ask(lambda c: c.trunking.v1.trunks.list())
            assert [one.sid for one in listed] == [trunk.sid]
            assert await api.ask(lambda c: c.trunking.v1.trunks(trunk.sid).delete())
            assert await code_of(api, lambda c: c.trunking.v1.trunks(trunk.sid).fetch()) == (404, 20404)

    asyncio.run(run())


def test_a_name_is_one_trunks_in_every_spelling(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.ask(lambda c: c.trunking.v1.trunks.create(domain_name="pbx.pstn.localhost"))
            for name, code in (
                ("pbx.pstn.twilio.com", 21248),
                ("pbx.sip.localhost", 21245),
                ("pbx", 21245),
                ("-pbx.pstn.localhost", 21245),
            ):
                assert (await code_of(api, lambda c, n: c.trunking.v1.trunks.create(domain_name=n), name))[
                    1
                ] == code

    asyncio.run(run())


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"friendly_name": "x" * 65}, 20002),
        ({"disaster_recovery_url": "nowhere"}, 21245),
        ({"disaster_recovery_method": "PUT"}, 21245),
        ({"transfer_mode": "perhaps"}, 21245),
        ({"secure": "x"}, 21245),
    ],
)
def test_each_bad_setting_is_refused(tmp_path: Path, parameters: dict[str, Any], code: int) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            assert (await code_of(api, lambda c: c.trunking.v1.trunks.create(**parameters)))[1] == code

    asyncio.run(run())


def test_urls_live_and_have_their_bounds(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            trunk = await api.ask(lambda c: c.trunking.v1.trunks.create())

            def urls(c: Any) -> Any:
                return c.trunking.v1.trunks(trunk.sid).origination_urls

            url = await api.ask(lambda c: urls(c).create(0, 10, True, "PBX", "sip:pbx.example;transport=tls"))
            assert (url.weight, url.priority, url.enabled, url.sip_url) == (
                0,
                10,
                True,
                "sip:pbx.example;transport=tls",
            )
            changed = await api.ask(lambda c: urls(c)(url.sid).update(enabled=False, priority=3))
            assert (changed.enabled, changed.priority, changed.friendly_name) == (False, 3, "PBX")
            for bad in (
                (-1, 10, True, "x", "sip:pbx.example"),
                (1, 65_536, True, "x", "sip:pbx.example"),
                (1, 1, True, "x", "sip:bob@pbx.example"),
                (1, 1, True, "x", "sips:pbx.example"),
            ):
                assert (await code_of(api, lambda c, b: urls(c).create(*b), bad))[1] == 20422
            for _ in range(9):
                await api.ask(lambda c: urls(c).create(1, 1, True, "x", "sip:pbx.example"))
            full = (1, 1, True, "x", "sip:pbx.example")
            assert (await code_of(api, lambda c: urls(c).create(*full)))[1] == 21249
            assert await api.ask(lambda c: urls(c)(url.sid).delete())

    asyncio.run(run())


def test_lists_and_numbers_are_put_on_a_trunk_and_keep_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            trunk = await api.ask(lambda c: c.trunking.v1.trunks.create(friendly_name="Office"))
            acl = await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="PBX"))
            users = await api.ask(lambda c: c.sip.credential_lists.create(friendly_name="PBX"))
            await api.ask(lambda c: c.sip.credential_lists(users.sid).credentials.create("pbx", PASSWORD))
            app = await api.ask(lambda c: c.applications.create())
            number = await api.ask(
                lambda c: c.incoming_phone_numbers.create(
                    phone_number="+15551230001", voice_application_sid=app.sid
                )
            )

            def on(c: Any) -> Any:
                return c.trunking.v1.trunks(trunk.sid)

            await api.ask(lambda c: on(c).ip_access_control_lists.create(acl.sid))
            await api.ask(lambda c: on(c).credentials_lists.create(users.sid))
            put = await api.ask(lambda c: on(c).phone_numbers.create(number.sid))
            assert (put.trunk_sid, put.voice_application_sid) == (trunk.sid, None)
            assert await code_of(api, lambda c: on(c).ip_access_control_lists.create(acl.sid)) == (409, 20409)
            for act in (
                lambda c: on(c).credentials_lists.create(numbered("CL", 9)),
                lambda c: on(c).phone_numbers.create(numbered("PN", 9)),
            ):
                assert await code_of(api, act) == (422, 20423)
            shown = await api.ask(lambda c: on(c).fetch())
            assert (shown.auth_type, shown.auth_type_set) == (
                "IP_ACL,CREDENTIAL_LIST",
                ["IP_ACL", "CREDENTIAL_LIST"],
            )
            assert (
                await api.ask(lambda c: c.incoming_phone_numbers(number.sid).fetch())
            ).trunk_sid == trunk.sid
            assert (await code_of(api, lambda c: on(c).delete()))[0] == 409
            for act, code in (
                (lambda c: c.sip.ip_access_control_lists(acl.sid).delete(), 21236),
                (lambda c: c.sip.credential_lists(users.sid).delete(), 21241),
            ):
                with pytest.raises(TwilioRestException, match=r"still mapped: to trunk Office$") as caught:
                    await api.ask(act)
                assert caught.value.code == code
            moved = await api.ask(
                lambda c: c.incoming_phone_numbers(number.sid).update(voice_application_sid=app.sid)
            )
            assert (moved.trunk_sid, moved.voice_application_sid) == (None, app.sid)
            back = await api.ask(lambda c: c.incoming_phone_numbers(number.sid).update(trunk_sid=trunk.sid))
            assert (back.trunk_sid, back.voice_application_sid) == (trunk.sid, "")
            assert await api.ask(lambda c: on(c).phone_numbers(number.sid).delete())
            assert await code_of(api, lambda c: on(c).phone_numbers(number.sid).fetch()) == (404, 20404)
            assert await code_of(
                api, lambda c: c.incoming_phone_numbers(number.sid).update(trunk_sid=numbered("TK", 9))
            ) == (400, 21420)
            assert await api.ask(lambda c: on(c).ip_access_control_lists(acl.sid).delete())
            assert await api.ask(lambda c: on(c).credentials_lists(users.sid).delete())
            assert await api.ask(lambda c: on(c).delete())

    asyncio.run(run())


def test_the_limit_is_21244(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(100):
                await api.store.trunks.insert(Trunk(numbered("TK", number), ACCOUNT_SID, BORN, BORN))
            assert await code_of(api, lambda c: c.trunking.v1.trunks.create()) == (400, 21244)

    asyncio.run(run())
