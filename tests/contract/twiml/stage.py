"""Runs the calls of all rows at once: one node, one application, one phone line for each row.

    application, node, callees -> up to CALLS_AT_ONCE callers -> what the API says -> the node stops

A call takes as long as it takes, so that all rows together take little longer than the longest of them.
"""

import asyncio
import json
import re
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import structlog

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.sdp.session_description import SessionDescription
from tests.contract.twiml.application import FIRST, Application, serving
from tests.contract.twiml.phones import Callees, Callers, Invitee, running_studio
from tests.contract.twiml.row import Row
from tests.contract.twiml.seen import LoggedNote, Seen
from tests.support.node import Node, running_node
from tests.support.office import open_office
from tests.support.recording_server import RecordingServer, answering
from tests.support.sdk import downloaded, sdk_client
from tests.support.sound import Samples, read_tracks

log = structlog.get_logger("tests.contract")

CALLS_AT_ONCE: Final = 40
SPEAKERS_AT_ONCE: Final = 5
"""Calls in which somebody speaks: there is one recogniser, and a busy machine."""
ARRIVALS_AT_ONCE: Final = 4
"""Calls whose first document has not been asked for yet: all at once they would wait for each other."""
REQUESTS_S: Final = 8.0
"""How long after a call its requests are waited for: one that is missing fails its row, no other."""

NOBODY: Final = "sip:127.0.0.1:9;transport=tcp"
"""A recording server that is dead."""

_PLACEHOLDER: Final = re.compile(r"\{([a-z]+)(:user)?\}")


def document_of(row: Row, index: int, inside: str, callee_address: str, application_sid: str = "") -> str:
    """A whole document of a row, with its placeholders filled in."""

    def fill(found: "re.Match[str]") -> str:
        name, is_user = found[1], found[2] is not None
        if name == "number":
            return number_of(index)
        if name == "application":
            return application_sid
        assert name in row.callees, f"{row.name} has no callee {name}"
        user = user_of(index, name)
        return user if is_user else f"sip:{user}@{callee_address}"

    return f"<Response{row.root}>{_PLACEHOLDER.sub(fill, inside)}</Response>"


def number_of(index: int) -> str:
    """The own number of a row."""
    return f"+1555{2_000_000 + index}"


def user_of(index: int, name: str) -> str:
    """The user that a callee of a row is."""
    return f"{index}-{name}"


class Stage:
    """One run of some rows."""

    def __init__(self, rows: Sequence[Row], folder: Path) -> None:
        self._rows = rows
        self._folder = folder
        self._seen = [Seen() for _ in rows]
        self._application = Application(rows)
        self._places = asyncio.Semaphore(CALLS_AT_ONCE)
        self._arrivals = asyncio.Semaphore(ARRIVALS_AT_ONCE)
        self._speakers = asyncio.Semaphore(SPEAKERS_AT_ONCE)

    async def run(self) -> list[Seen]:
        """What was seen of each row's call, in the order of the rows."""
        with running_studio(self._folder) as studio:
            async with serving(self._application):
                entrance = f"{self._application.base_url}/entrance"
                recorder, ear = recording_server()
                uri = await recorder.listen()
                process = running_node(
                    self._folder,
                    "--voice-url",
                    entrance,
                    siprec_connectors=f"main={uri},far={NOBODY},second={NOBODY},{uri}",
                )
                node = await asyncio.to_thread(process.__enter__)
                try:
                    callees, callers = Callees(studio), Callers(studio, node.sip_port)
                    try:
                        await callees.open()
                        await callers.open()
                        await self._prepare(node, callees)
                        await self._call_all(callers, callees)
                    finally:
                        callers.driver.close()
                        callees.driver.close()
                    row_of = await asyncio.to_thread(self._ask_api, node)
                    self._ask_recording_server(recorder, row_of)
                finally:
                    await asyncio.to_thread(process.__exit__, None, None, None)
                    recorder.close()
                    ear.close()
        for index, seen in enumerate(self._seen):
            seen.requests += self._application.requests[index]
        return self._seen

    async def _prepare(self, node: Node, callees: Callees) -> None:
        """Write the documents, add the numbers, register the phones."""
        users: list[str] = []
        applications = await asyncio.to_thread(self._make_applications, node)
        for index, row in enumerate(self._rows):
            sid = applications.get(index, "")
            for path, inside in {FIRST: row.document, **row.then}.items():
                text = document_of(row, index, inside, callees.address, sid)
                self._application.documents[index, path] = text
            self._seen[index].number = number_of(index)
            self._seen[index].document = self._application.documents[index, FIRST]
            for name, plan in row.callees.items():
                invitee = Invitee(plan)
                callees.known[user_of(index, name)] = invitee
                self._seen[index].callees[name] = invitee.calls
                if plan.is_registered:
                    users.append(user_of(index, name))
        await asyncio.to_thread(self._administer, node, users)
        await asyncio.gather(*(callees.register(user, node.sip_port) for user in users))

    def _make_applications(self, node: Node) -> dict[int, str]:
        """The Sids of the rows' applications."""
        sdk, base_url = sdk_client(node), self._application.base_url
        return {
            index: sdk.applications.create(voice_url=f"{base_url}/row/{index}/application").sid
            for index, row in enumerate(self._rows)
            if row.application
        }

    def _administer(self, node: Node, users: list[str]) -> None:
        if users:
            open_office(node, *users)
        sdk = sdk_client(node)
        for index, row in enumerate(self._rows):
            if row.number:
                url = f"{self._application.base_url}/row/{index}/number"
                sdk.incoming_phone_numbers.create(phone_number=number_of(index), voice_url=url)

    async def _call_all(self, callers: Callers, callees: Callees) -> None:
        longest_first = sorted(
            range(len(self._rows)), key=lambda index: self._rows[index].lasts_s, reverse=True
        )
        async with asyncio.TaskGroup() as group:
            for index in longest_first:
                group.create_task(self._call(index, callers))
        await callees.finished()

    async def _call(self, index: int, callers: Callers) -> None:
        row = self._rows[index]
        speaking = self._speakers if row.has_speech else nullcontext()
        try:
            async with speaking, self._places, asyncio.TaskGroup() as group:
                async with self._arrivals:
                    calling = group.create_task(callers.call(index, row, self._seen[index]))
                    await self._requested(index, 1)
                await calling
                await self._requested(index, row.requests)
        except Exception as error:  # noqa: BLE001 - of this row: its test raises it, the others go on
            self._seen[index].failure = error

    async def _requested(self, index: int, count: int) -> None:
        """Wait for so many requests; the row's test says which is missing."""
        try:
            async with asyncio.timeout(REQUESTS_S):
                await self._application.requested(index, count)
        except TimeoutError:
            log.warning("row.request_missing", row=self._rows[index].name)

    def _ask_api(self, node: Node) -> dict[str, Seen]:
        """The calls, the notifications and the recordings, each to the row that it is of: by their Sids."""
        sdk = sdk_client(node)
        row_of: dict[str, Seen] = {}
        for call in _all(sdk, node, "Calls"):
            seen = row_of.get(call["parent_call_sid"] or "") or self._row_called(call["to"])
            if seen is not None:
                row_of[call["sid"]] = seen
                seen.calls.append(call)
        for note in _all(sdk, node, "Notifications"):
            seen = row_of.get(note["call_sid"])
            if seen is not None:
                seen.notes.append(LoggedNote(int(note["error_code"]), note["log"], note["message_text"]))
        for recording in _all(sdk, node, "Recordings"):
            seen = row_of.get(recording["call_sid"])
            if seen is not None and recording["status"] == "completed":
                seen.recordings[recording["sid"]] = _tracks(node, recording)
        return row_of

    def _ask_recording_server(self, recorder: RecordingServer, row_of: dict[str, Seen]) -> None:
        """The sessions that it took, each to the row of its call."""
        for request, offer in zip(recorder.requests, recorder.offers, strict=True):
            seen = row_of.get(request.headers.get("X-Twilio-CallSid") or "")
            if seen is not None:
                seen.passed_on.append(tuple(media.attribute("label") for media in offer.media))

    def _row_called(self, to: str) -> Seen | None:
        """The row whose call this is, by who was called."""
        user = to.removeprefix("sip:").partition("@")[0]
        index, _, _ = user.removeprefix("row-").partition("-")
        return self._seen[int(index)] if user.startswith("row-") else None


def recording_server() -> tuple[RecordingServer, socket.socket]:
    """One that takes every stream, and the socket where they all come to; nobody listens to them."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    port = ear.getsockname()[1]

    def answer(offer: bytes) -> str:
        streams = SessionDescription.parse(offer).media
        return answering(*(port for _ in streams))(offer)

    return RecordingServer(SystemClock(), SystemChance(), answer), ear


def _all(sdk: Any, node: Node, resource: str) -> list[dict[str, Any]]:
    """All of a list, the oldest first."""
    found: list[dict[str, Any]] = []
    path: str | None = f"/2010-04-01/Accounts/{node.account_sid}/{resource}.json?PageSize=1000"
    while path:
        page = sdk.request("GET", node.base_url + path).text
        read = json.loads(page)
        found += read[resource.lower()]
        path = read["next_page_uri"]
    return found[::-1]


def _tracks(node: Node, recording: dict[str, Any]) -> tuple[Samples, ...]:
    base = node.base_url + recording["uri"].removesuffix(".json")
    return read_tracks(downloaded(node, f"{base}.wav?RequestedChannels={recording['channels']}"))
