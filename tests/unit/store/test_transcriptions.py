"""What was said in recordings, as rows of the account and of a recording."""

import asyncio
from dataclasses import replace

from offhook.model.transcription import Transcription, TranscriptionStatus
from offhook.store.ports import PageRequest
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, numbered, opened

ONE = Transcription(
    sid=numbered("TR", 1),
    account_sid=ACCOUNT,
    recording_sid=numbered("RE", 1),
    status=TranscriptionStatus.COMPLETED,
    text="Two pieces of cake, please. \U0001f370",
    duration_s=4,
    created_at=BORN,
    updated_at=BORN,
)


def test_a_transcription_is_of_its_account_and_its_recording(url: str) -> None:
    other = replace(ONE, sid=numbered("TR", 2), recording_sid=numbered("RE", 2), text="")

    async def run() -> None:
        async with opened(url) as store:
            for each in (ONE, other):
                await store.transcriptions.insert(each)
            assert await store.transcriptions.fetch(ACCOUNT, ONE.sid) == ONE
            assert await store.transcriptions.fetch(OTHER_ACCOUNT, ONE.sid) is None
            whole = await store.transcriptions.list(ACCOUNT, PageRequest(10))
            assert {each.sid for each in whole.items} == {ONE.sid, other.sid}
            of_one = await store.transcriptions.list_of(ACCOUNT, ONE.recording_sid, PageRequest(10))
            assert list(of_one.items) == [ONE]
            assert not await store.transcriptions.delete(OTHER_ACCOUNT, ONE.sid)
            assert await store.transcriptions.delete(ACCOUNT, ONE.sid)
            assert await store.transcriptions.fetch(ACCOUNT, ONE.sid) is None

    asyncio.run(run())
