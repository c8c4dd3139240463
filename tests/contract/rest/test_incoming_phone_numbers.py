"""IncomingPhoneNumbers as the Twilio SDK sees them (reference/rest-api 2.7, 3.7, 4.4)."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException

from tests.support.api import ACCOUNT_SID, RunningApi, running_api
from tests.support.stores import account, application, numbered, phone_number

OTHER_ACCOUNT = numbered("AC", 5)
NUMBER = "+13051913581"
URLS = ("voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url")
METHODS = (
    "voice_method",
    "voice_fallback_method",
    "status_callback_method",
    "sms_method",
    "sms_fallback_method",
)
SIDS = {"emergency_address_sid": "AD", "address_sid": "AD", "identity_sid": "RI", "bundle_sid": "BU"}


async def error_of(api: RunningApi, act: Any) -> tuple[int, int]:
    """HTTP status and Twilio's code."""
    with pytest.raises(TwilioRestException) as caught:
        await api.ask(act)
    return int(caught.value.status), int(caught.value.code)


def test_what_is_not_sent_has_twilios_defaults(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.incoming_phone_numbers.create(phone_number=NUMBER))
            assert made.sid.startswith("PN")
            assert (made.phone_number, made.friendly_name) == (NUMBER, "(305) 191-3581")
            assert [getattr(made, name) for name in URLS] == [None] * len(URLS)
            assert [getattr(made, name) for name in METHODS] == ["POST"] * len(METHODS)
            assert [getattr(made, name) for name in SIDS] == [None] * len(SIDS)
            assert (made.voice_application_sid, made.sms_application_sid, made.trunk_sid) == ("", "", None)
            assert (made.voice_receive_mode, made.voice_caller_id_lookup) == ("voice", False)
            assert (made.status, made.type, made.origin, made.beta) == ("in-use", "local", "hosted", False)
            assert (made.emergency_status, made.address_requirements) == ("Inactive", "none")
            assert made.capabilities == {"voice": True, "sms": False, "mms": False, "fax": False}

    asyncio.run(run())


def test_every_parameter_is_kept_changed_and_cleared(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            app = await api.ask(lambda c: c.applications.create(friendly_name="App"))
            sent: dict[str, Any] = {
                "friendly_name": "x" * 64,
                "api_version": "2008-08-01",
                **{name: f"https://example.com/{name}" for name in URLS},
                **dict.fromkeys(METHODS, "GET"),
                **{name: numbered(prefix, 1) for name, prefix in SIDS.items()},
                "voice_caller_id_lookup": True,
                "voice_receive_mode": "fax",
                "emergency_status": "Active",
                "voice_application_sid": app.sid,
                "sms_application_sid": app.sid,
            }
            made = await api.ask(lambda c: c.incoming_phone_numbers.create(phone_number=NUMBER, **sent))
            fetched = await api.ask(lambda c: c.incoming_phone_numbers(made.sid).fetch())
            for shown in (made, fetched):
                assert {name: getattr(shown, name) for name in sent} == sent
            cleared = dict.fromkeys((*URLS, *SIDS, "voice_application_sid", "trunk_sid"), "")
            changed = await api.ask(
                lambda c: c.incoming_phone_numbers(made.sid).update(account_sid=ACCOUNT_SID, **cleared)
            )
            assert [getattr(changed, name) for name in (*URLS, *SIDS)] == [None] * 9
            assert (changed.voice_application_sid, changed.sms_application_sid) == ("", app.sid)
            assert (changed.friendly_name, changed.voice_method) == ("x" * 64, "GET")
            assert await api.ask(lambda c: c.incoming_phone_numbers(made.sid).delete())
            for act in (
                lambda c: c.incoming_phone_numbers(made.sid).fetch(),
                lambda c: c.incoming_phone_numbers(made.sid).update(friendly_name="y"),
                lambda c: c.incoming_phone_numbers(made.sid).delete(),
            ):
                assert await error_of(api, act) == (404, 20404)
            again = await api.ask(lambda c: c.incoming_phone_numbers.create(phone_number=NUMBER))
            assert again.sid != made.sid

    asyncio.run(run())


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"friendly_name": "x" * 65}, 400, 20002),
        ({"api_version": "1"}, 422, 20422),
        *[({name: "/voice"}, 400, 21402) for name in URLS],
        *[({name: "DELETE"}, 400, 21403) for name in METHODS],
        *[({name: "XX" + "0" * 32}, 422, 20422) for name in SIDS],
        ({"voice_caller_id_lookup": "perhaps"}, 422, 20422),
        ({"voice_receive_mode": "video"}, 422, 20422),
        ({"emergency_status": "active"}, 422, 20422),
        ({"voice_application_sid": numbered("AP", 77)}, 400, 21420),
        ({"voice_application_sid": "AP1"}, 400, 21420),
        ({"sms_application_sid": numbered("AP", 77)}, 400, 21420),
        ({"trunk_sid": numbered("TK", 1)}, 400, 21420),
        ({"voice_fallback_url": "https://example.com/fallback"}, 400, 21405),
    ],
)
def test_each_bad_setting(tmp_path: Path, parameters: dict[str, Any], status: int, code: int) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.incoming_phone_numbers.create(phone_number=NUMBER))
            for act in (
                lambda c: c.incoming_phone_numbers.create(phone_number="+4930123456", **parameters),
                lambda c: c.incoming_phone_numbers(made.sid).update(**parameters),
            ):
                assert await error_of(api, act) == (status, code)
            (one,) = await api.ask(lambda c: c.incoming_phone_numbers.list())
            assert (one.sid, one.date_updated) == (made.sid, made.date_updated)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, 21421),
        ({"phone_number": ""}, 21421),
        ({"phone_number": "3051913581"}, 21421),
        ({"phone_number": "+0305191358"}, 21421),
        ({"phone_number": "+12"}, 21421),
        ({"phone_number": "+1234567890123456"}, 21421),
        ({"phone_number": "+1305191358\u0661"}, 21421),
        ({"phone_number": "sip:bob@example.com"}, 21421),
        ({"area_code": "415"}, 21452),
        ({"area_code": "415", "phone_number": NUMBER}, 21452),
    ],
)
def test_each_bad_number(tmp_path: Path, parameters: dict[str, Any], code: int) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            assert await error_of(api, lambda c: c.incoming_phone_numbers.create(**parameters)) == (400, code)
            assert await api.ask(lambda c: c.incoming_phone_numbers.list()) == []

    asyncio.run(run())


@pytest.mark.parametrize("number", ["+123", "+123456789012345"])
def test_the_shortest_and_the_longest_number(tmp_path: Path, number: str) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.incoming_phone_numbers.create(phone_number=number))
            assert (made.phone_number, made.friendly_name) == (number, number)

    asyncio.run(run())


def test_a_number_is_had_once_on_the_node(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.incoming_phone_numbers.insert(phone_number(1, account_sid=OTHER_ACCOUNT))
            taken = phone_number(1).phone_number
            assert await error_of(api, lambda c: c.incoming_phone_numbers.create(phone_number=taken)) == (
                400,
                21422,
            )

    asyncio.run(run())


def test_a_number_goes_to_no_other_account(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(account(OTHER_ACCOUNT))
            made = await api.ask(lambda c: c.incoming_phone_numbers.create(phone_number=NUMBER))
            for other in (OTHER_ACCOUNT, numbered("AC", 8), "me"):
                act = lambda c, to=other: c.incoming_phone_numbers(made.sid).update(account_sid=to)  # noqa: E731
                assert await error_of(api, act) == (400, 21471)

    asyncio.run(run())


def test_a_number_outlives_its_application(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            app = await api.ask(lambda c: c.applications.create())
            made = await api.ask(
                lambda c: c.incoming_phone_numbers.create(
                    phone_number=NUMBER, voice_application_sid=app.sid, sms_application_sid=app.sid
                )
            )
            assert await api.ask(lambda c: c.applications(app.sid).delete())
            left = await api.ask(lambda c: c.incoming_phone_numbers(made.sid).fetch())
            assert (left.voice_application_sid, left.sms_application_sid) == ("", "")

    asyncio.run(run())


def test_an_application_of_another_account_is_none(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            theirs = application(9, account_sid=OTHER_ACCOUNT)
            await api.store.applications.insert(theirs)
            act = lambda c: c.incoming_phone_numbers.create(  # noqa: E731
                phone_number=NUMBER, voice_application_sid=theirs.sid
            )
            assert await error_of(api, act) == (400, 21420)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"phone_number": "+15551230002"}, [2]),
        ({"phone_number": "5123000"}, [3, 2, 1]),
        ({"phone_number": "0003"}, [3]),
        ({"phone_number": "+1555***0001"}, [1]),
        ({"phone_number": "*0002"}, [2]),
        ({"phone_number": "99"}, []),
        ({"friendly_name": "Front desk"}, [2]),
        ({"friendly_name": "front desk"}, []),
        ({"origin": "hosted"}, [3, 2, 1]),
        ({"origin": "twilio"}, []),
        ({"beta": False}, [3, 2, 1]),
        ({"beta": True, "phone_number": "0001"}, [1]),
    ],
)
def test_each_filter(tmp_path: Path, filters: dict[str, Any], numbers: list[int]) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in (1, 2, 3):
                one = phone_number(number, account_sid=ACCOUNT_SID, seconds=number)
                name = "Front desk" if number == 2 else one.friendly_name
                await api.store.incoming_phone_numbers.insert(replace(one, friendly_name=name))
            await api.store.incoming_phone_numbers.insert(phone_number(4, account_sid=OTHER_ACCOUNT))
            listed = await api.ask(lambda c: c.incoming_phone_numbers.list(page_size=2, **filters))
            assert [one.sid for one in listed] == [numbered("PN", n) for n in numbers]

    asyncio.run(run())


@pytest.mark.parametrize(
    "filters",
    [
        {"phone_number": "%"},
        {"phone_number": "1_2"},
        {"origin": "mars"},
        {"beta": "x"},
        {"friendly_name": "\x00"},
    ],
)
def test_a_bad_filter_cannot_be_listed(tmp_path: Path, filters: dict[str, Any]) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            with pytest.raises(TwilioException, match="20422"):
                await api.ask(lambda c: c.incoming_phone_numbers.list(**filters))

    asyncio.run(run())


def test_another_accounts_number_is_20404(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(account(OTHER_ACCOUNT))
            theirs = phone_number(9, account_sid=OTHER_ACCOUNT)
            await api.store.incoming_phone_numbers.insert(theirs)
            for act in (
                lambda c: c.incoming_phone_numbers(theirs.sid).fetch(),
                lambda c: c.incoming_phone_numbers(theirs.sid).update(voice_url=""),
                lambda c: c.incoming_phone_numbers(theirs.sid).delete(),
            ):
                assert await error_of(api, act) == (404, 20404)
            assert await api.store.incoming_phone_numbers.find_by_number(theirs.phone_number) == theirs

    asyncio.run(run())
