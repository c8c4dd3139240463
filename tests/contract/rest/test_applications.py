"""Applications as the Twilio SDK sees them (reference/rest-api 2.1, 3.7, 4.4)."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException

from tests.support.api import ACCOUNT_SID, running_api
from tests.support.stores import account, application, numbered

OTHER_ACCOUNT = numbered("AC", 5)
URLS = (
    "voice_url",
    "voice_fallback_url",
    "status_callback",
    "sms_url",
    "sms_fallback_url",
    "sms_status_callback",
    "message_status_callback",
)
METHODS = (
    "voice_method",
    "voice_fallback_method",
    "status_callback_method",
    "sms_method",
    "sms_fallback_method",
)
FLAGS = ("voice_caller_id_lookup", "public_application_connect_enabled")


def test_what_is_not_sent_has_twilios_defaults(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.applications.create())
            assert made.sid.startswith("AP")
            assert made.account_sid == ACCOUNT_SID
            assert made.friendly_name.startswith("Application Created at 20")
            assert made.api_version == "2010-04-01"
            assert [getattr(made, name) for name in URLS] == [None] * len(URLS)
            assert [getattr(made, name) for name in METHODS] == ["POST"] * len(METHODS)
            assert [getattr(made, name) for name in FLAGS] == [False, False]

    asyncio.run(run())


def test_every_parameter_is_kept_changed_and_cleared(tmp_path: Path) -> None:
    sent: dict[str, Any] = {
        "friendly_name": "x" * 64,
        "api_version": "2008-08-01",
        **{name: f"https://example.com/{name}" for name in URLS},
        **dict.fromkeys(METHODS, "GET"),
        **dict.fromkeys(FLAGS, True),
    }
    cleared: dict[str, Any] = {
        **dict.fromkeys(URLS, ""),
        **dict.fromkeys(FLAGS, False),
        "voice_method": "post",
    }

    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.applications.create(**sent))
            fetched = await api.ask(lambda c: c.applications(made.sid).fetch())
            for shown in (made, fetched):
                assert {name: getattr(shown, name) for name in sent} == sent
            changed = await api.ask(lambda c: c.applications(made.sid).update(**cleared))
            assert [getattr(changed, name) for name in URLS] == [None] * len(URLS)
            assert [getattr(changed, name) for name in FLAGS] == [False, False]
            assert (changed.friendly_name, changed.voice_method, changed.sms_method) == (
                "x" * 64,
                "POST",
                "GET",
            )
            assert await api.ask(lambda c: c.applications(made.sid).delete())
            for act in (
                lambda c: c.applications(made.sid).fetch(),
                lambda c: c.applications(made.sid).update(friendly_name="y"),
                lambda c: c.applications(made.sid).delete(),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(act)
                assert (caught.value.status, caught.value.code) == (404, 20404)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"friendly_name": "x" * 65}, 400, 20002),
        ({"friendly_name": "a\tb"}, 400, 20002),
        ({"api_version": "2020-01-01"}, 422, 20422),
        *[({name: "example.com/voice"}, 400, 21402) for name in URLS],
        *[({name: "ftp://example.com"}, 400, 21402) for name in URLS],
        ({"voice_url": "https://example.com/" + "x" * 4000}, 400, 21402),
        ({"voice_url": "https://example.com/\r\nX-Evil: 1"}, 400, 21402),
        *[({name: "PUT"}, 400, 21403) for name in METHODS],
        *[({name: "maybe"}, 422, 20422) for name in FLAGS],
    ],
)
def test_each_bad_parameter(tmp_path: Path, parameters: dict[str, Any], status: int, code: int) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.applications.create(friendly_name="App"))
            for act in (
                lambda c: c.applications.create(**parameters),
                lambda c: c.applications(made.sid).update(**parameters),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(act)
                assert (caught.value.status, caught.value.code) == (status, code)
            (one,) = await api.ask(lambda c: c.applications.list())
            assert (one.friendly_name, one.date_updated) == ("App", made.date_updated)

    asyncio.run(run())


def test_lists_are_filtered_by_name_and_paged(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(5):
                name = "Even" if number % 2 == 0 else "Odd"
                one = application(number, account_sid=ACCOUNT_SID, seconds=number)
                await api.store.applications.insert(replace(one, friendly_name=name))
            await api.store.applications.insert(application(9, account_sid=OTHER_ACCOUNT))
            listed = await api.ask(lambda c: c.applications.list(page_size=2))
            assert [one.sid for one in listed] == [numbered("AP", n) for n in (4, 3, 2, 1, 0)]
            even = await api.ask(lambda c: c.applications.list(friendly_name="Even", page_size=1))
            assert [one.sid for one in even] == [numbered("AP", n) for n in (4, 2, 0)]
            assert await api.ask(lambda c: c.applications.list(friendly_name="even")) == []
            with pytest.raises(TwilioException, match="20422"):
                await api.ask(lambda c: c.applications.list(friendly_name="x" * 65))

    asyncio.run(run())


def test_the_thousand_and_first_is_21301(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await asyncio.gather(
                *(api.store.applications.insert(application(n, account_sid=ACCOUNT_SID)) for n in range(1000))
            )
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.applications.create())
            assert (caught.value.status, caught.value.code) == (400, 21301)

    asyncio.run(run())


def test_another_accounts_application_is_20404(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(account(OTHER_ACCOUNT))
            theirs = application(9, account_sid=OTHER_ACCOUNT)
            await api.store.applications.insert(theirs)
            for act in (
                lambda c: c.applications(theirs.sid).fetch(),
                lambda c: c.applications(theirs.sid).update(voice_url=""),
                lambda c: c.applications(theirs.sid).delete(),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(act)
                assert (caught.value.status, caught.value.code) == (404, 20404)
            assert await api.store.applications.fetch(OTHER_ACCOUNT, theirs.sid) == theirs

    asyncio.run(run())
