"""Applications, and the numbers that refer to them."""

import asyncio
from dataclasses import replace

import pytest

from offhook.model.incoming_phone_number import EmergencyStatus, VoiceReceiveMode
from offhook.store.ports import DuplicateError, NumberFilter, PageRequest, UnknownRecordError
from tests.support.stores import ACCOUNT, OTHER_ACCOUNT, application, numbered, opened, phone_number


def test_an_application_is_inserted_changed_and_deleted(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.applications.insert(application())
            assert await store.applications.fetch(ACCOUNT, application().sid) == application()
            assert await store.applications.fetch(OTHER_ACCOUNT, application().sid) is None
            assert await store.applications.count(ACCOUNT) == 1
            changed = replace(application(), voice_url=None, voice_method="GET", voice_caller_id_lookup=True)
            await store.applications.update(changed)
            assert await store.applications.fetch(ACCOUNT, application().sid) == changed
            with pytest.raises(UnknownRecordError):
                await store.applications.update(replace(changed, account_sid=OTHER_ACCOUNT))
            assert not await store.applications.delete(OTHER_ACCOUNT, changed.sid)
            assert await store.applications.delete(ACCOUNT, changed.sid)
            assert not await store.applications.delete(ACCOUNT, changed.sid)
            assert await store.applications.count(ACCOUNT) == 0

    asyncio.run(run())


def test_others_find_an_application_that_lets_them(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.applications.insert(application())
            assert await store.applications.find_public(application().sid) is None
            public = replace(application(), public_application_connect_enabled=True)
            await store.applications.update(public)
            assert await store.applications.find_public(public.sid) == public

    asyncio.run(run())


def test_a_number_comes_back_whole(url: str) -> None:
    whole = replace(
        phone_number(),
        voice_application_sid=application().sid,
        voice_receive_mode=VoiceReceiveMode.FAX,
        emergency_status=EmergencyStatus.ACTIVE,
        bundle_sid=numbered("BU", 1),
    )

    async def run() -> None:
        async with opened(url) as store:
            with pytest.raises(UnknownRecordError):
                await store.incoming_phone_numbers.insert(whole)
            await store.applications.insert(application())
            await store.incoming_phone_numbers.insert(whole)
            assert await store.incoming_phone_numbers.fetch(ACCOUNT, whole.sid) == whole
            assert await store.incoming_phone_numbers.fetch(OTHER_ACCOUNT, whole.sid) is None
            assert await store.incoming_phone_numbers.find_by_number(whole.phone_number) == whole
            assert await store.incoming_phone_numbers.find_by_number("+15550000000") is None
            with pytest.raises(DuplicateError):
                await store.incoming_phone_numbers.insert(replace(whole, sid=numbered("PN", 2)))
            with pytest.raises(UnknownRecordError):
                await store.incoming_phone_numbers.update(
                    replace(whole, sms_application_sid=numbered("AP", 9))
                )

    asyncio.run(run())


def test_a_deleted_application_is_taken_from_its_numbers(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.applications.insert(application(1))
            await store.applications.insert(application(2))
            refers = replace(
                phone_number(), voice_application_sid=numbered("AP", 1), sms_application_sid=numbered("AP", 2)
            )
            await store.incoming_phone_numbers.insert(refers)
            assert await store.applications.delete(ACCOUNT, numbered("AP", 1))
            left = await store.incoming_phone_numbers.fetch(ACCOUNT, refers.sid)
            assert left == replace(refers, voice_application_sid=None)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("part", "numbers"), [("+1555", [2, 1]), ("0002", [2]), ("3*0*1", [1]), ("%", []), ("_", []), ("\\", [])]
)
def test_a_part_of_a_number_with_digits_left_open(url: str, part: str, numbers: list[int]) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in (1, 2):
                await store.incoming_phone_numbers.insert(phone_number(number, seconds=number))
            wanted = NumberFilter(phone_number=part)
            page = await store.incoming_phone_numbers.list(ACCOUNT, wanted, PageRequest())
            assert [one.sid for one in page.items] == [numbered("PN", n) for n in numbers]

    asyncio.run(run())
