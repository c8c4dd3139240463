"""Registrations at carriers in the API (ours): made, changed, shown without the password, deleted."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import requests

from offhook.model.byoc_trunk import ByocTrunk
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, RunningApi, running_api
from tests.support.stores import BORN, numbered

TRUNK = numbered("BY", 1)
WHOLE = {"Registrar": "sip:carrier.example;transport=tcp", "Username": "4930111", "Password": "pass word"}


async def ask(api: RunningApi, method: str, sid: str = TRUNK, **form: str) -> tuple[int, Any]:
    def send() -> tuple[int, Any]:
        answer = requests.request(
            method,
            f"{api.url}/offhook/v1/ByocTrunks/{sid}/Registration",
            data=form or None,
            auth=(ACCOUNT_SID, AUTH_TOKEN),
            timeout=20,
        )
        return answer.status_code, answer.json() if answer.content else None

    return await asyncio.to_thread(send)


def test_a_registration_lives_and_never_shows_its_password(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.byoc_trunks.insert(ByocTrunk(TRUNK, ACCOUNT_SID, BORN, BORN))
            assert (await ask(api, "GET"))[0] == 404
            status, made = await ask(api, "POST", **WHOLE)
            assert (status, made["trunk_sid"], made["registrar"]) == (201, TRUNK, WHOLE["Registrar"])
            assert (made["username"], made["expires"], made["proxy"]) == ("4930111", 600, None)
            assert "pass word" not in str(made)
            status, changed = await ask(api, "POST", Proxy="sip:192.0.2.7", Expires="120")
            assert (status, changed["proxy"], changed["expires"]) == (200, "sip:192.0.2.7", 120)
            assert changed["registrar"] == WHOLE["Registrar"]
            kept = await api.store.carrier_registrations.fetch(ACCOUNT_SID, TRUNK)
            assert kept is not None
            assert kept.password.reveal() == "pass word"
            status, cleared = await ask(api, "POST", Proxy="")
            assert cleared["proxy"] is None
            assert await ask(api, "DELETE") == (204, None)
            assert (await ask(api, "DELETE"))[0] == 404

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Registrar", "carrier.example"),
        ("Registrar", "sips:carrier.example"),
        ("Registrar", "sip:bob@carrier.example"),
        ("Registrar", ""),
        ("Username", ""),
        ("Username", "x" * 256),
        ("Password", ""),
        ("Proxy", "sip:bob@192.0.2.7"),
        ("Expires", "59"),
        ("Expires", "86401"),
    ],
)
def test_each_bad_parameter_is_20422(tmp_path: Path, name: str, value: str) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.byoc_trunks.insert(ByocTrunk(TRUNK, ACCOUNT_SID, BORN, BORN))
            status, body = await ask(api, "POST", **{**WHOLE, name: value})
            assert (status, body["code"]) == (422, 20422)
            assert name in body["message"]

    asyncio.run(run())


def test_another_accounts_trunk_has_none(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.byoc_trunks.insert(ByocTrunk(TRUNK, numbered("AC", 5), BORN, BORN))
            for method, form in (("GET", {}), ("POST", WHOLE), ("DELETE", {})):
                status, body = await ask(api, method, **form)
                assert (status, body["code"]) == (404, 20404)

    asyncio.run(run())
