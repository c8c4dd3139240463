"""SIP Domains as the Twilio SDK sees them (reference/rest-api 2.8, 3.5, 4.3)."""

import asyncio
from pathlib import Path

from tests.support.api import running_api


def test_create_fetch_list_update_delete(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(
                lambda c: c.sip.domains.create(
                    domain_name="office.sip.localhost",
                    friendly_name="Office",
                    voice_url="http://localhost:3000/voice",
                )
            )
            assert made.sid is not None
            assert (made.domain_name, made.auth_type) == ("office.sip.localhost", "")
            fetched = await api.ask(lambda c: c.sip.domains(made.sid).fetch())
            assert fetched.voice_url == "http://localhost:3000/voice"
            assert [d.sid for d in await api.ask(lambda c: c.sip.domains.list())] == [made.sid]
            changed = await api.ask(
                lambda c: c.sip.domains(made.sid).update(voice_url="", voice_method="GET")
            )
            assert (changed.voice_url, changed.voice_method) == (None, "GET")
            assert await api.ask(lambda c: c.sip.domains(made.sid).delete())
            assert await api.ask(lambda c: c.sip.domains.list()) == []

    asyncio.run(run())
