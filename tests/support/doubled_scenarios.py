"""streamdouble's scenarios, each run twice: by streamdouble alone, and by a call to a node.

Every step that a scenario can have is in one of these: say, wait, wait_for (audio, mark, clear, quiet), dtmf,
expect (and `no`), hangup.
"""

import asyncio
import base64
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from aiohttp import web
from streamdouble.api import CallReport, TraceConfig, run_scenario  # type: ignore[import-untyped]
from streamdouble.chaos import Impairments  # type: ignore[import-untyped]
from streamdouble.scenario import Say, parse  # type: ignore[import-untyped]
from streamdouble.session import SessionConfig  # type: ignore[import-untyped]
from streamdouble.tracereport import TraceSummary, summarise  # type: ignore[import-untyped]

from tests.support.doubled_call import LIMIT_S, Doubles, Line, events, serving_doubles
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.stream_agents import AGENTS, frames_of, noise

AT_ONCE = 3
"""Scenarios, each of them twice: their clock is a real one."""
CONNECT = (
    "<Response><Connect><Stream url='{stream}'><Parameter name='Greeting' value='none'/></Stream></Connect>"
    "<Pause length='60'/></Response>"
)
FORK = (
    "<Response><Start><Stream url='{stream}' track='both_tracks'/></Start><Play>{clip}</Play>"
    "<Pause length='60'/></Response>"
)
PARAMETERS = {"Greeting": "none"}


@dataclass
class Run:
    """One scenario, by streamdouble alone and by a call."""

    alone: CallReport
    called: CallReport
    line: Line
    trace: list[dict[str, Any]]
    """Of the run without a call."""
    said: list[bytes]
    """The frames of the caller's clip, as streamdouble reads it."""
    seen: dict[str, Any]
    """What the node's inspector shows of the stream."""
    notes: Counter[int] = field(default_factory=Counter)
    """Codes in the node's debugger log."""

    @property
    def summary(self) -> TraceSummary:
        """What streamdouble says of our messages and of what the agent said to us."""
        return summarise(json.dumps(record) for record in self.line.trace.records)

    def events(self, direction: str) -> tuple[list[str], list[str]]:
        """What the agent was told (`out`) or said (`in`): without a call, and by it."""
        return events(self.trace, direction), events(self.line.trace.records, direction)

    @property
    def told(self) -> list[dict[str, Any]]:
        """Our messages."""
        return [message for _, message in self.line.told]

    @property
    def tracks(self) -> dict[str, list[bytes]]:
        """The frames of our media messages, by track."""
        tracks: dict[str, list[bytes]] = {}
        for message in self.told:
            if message["event"] == "media":
                payload = base64.b64decode(message["media"]["payload"])
                tracks.setdefault(message["media"]["track"], []).append(payload)
        return tracks


@dataclass(frozen=True)
class Plan:
    """One scenario: against which agent, by which document, on which line."""

    steps: tuple[Any, ...]
    agent: str = "example"
    document: str = CONNECT
    settings: dict[str, Any] = field(default_factory=dict)


QUICK = {"response_timeout_s": 0.5, "quiet_period_s": 0.5, "custom_parameters": PARAMETERS}
LONG, SHORT = {"say": "long.wav"}, {"say": "short.wav"}
ANSWERED = (LONG, {"wait_for": "audio"})
PLANS = {
    "answered": Plan(
        (
            {"expect": "silence"}, SHORT, {"wait": 0.2}, {"expect": "no audio"}, {"wait_for": "audio"},
            {"expect": "audio"}, {"wait_for": "mark"}, {"expect": "mark"}, {"wait_for": "quiet"},
            {"expect": "no clear"}, {"expect": "no_violations"},
        )
    ),
    "barge-in": Plan(
        (*ANSWERED, {"wait": 0.3}, {"expect": "no clear"}, SHORT, {"wait_for": "clear"}, {"expect": "clear"},
         {"wait": 0.3})
    ),
    "no-input": Plan(({"wait": 1.0}, {"expect": "silence"})),
    "keys": Plan(({"wait": 0.2}, {"dtmf": "12*#AD"}, {"wait": 0.3}, {"expect": "silence"}, {"dtmf": "0"},
                  {"wait": 5})),
    "hang-up": Plan((*ANSWERED, {"wait": 0.2}, "hangup")),
    "greeting": Plan(({"wait_for": "audio"}, {"wait_for": "mark"}, {"wait": 0.4}), agent="talking"),
    "wrong": Plan(({"wait": 0.6}, {"expect": "audio"}, {"expect": "no no_violations"}), agent="wrong"),
    "large": Plan(({"wait": 3},), agent="large"),
    "bad-line": Plan(
        (LONG, {"wait": 0.2}, {"expect": "silence"}), agent="silent",
        settings={"impairments": Impairments(loss=0.1, jitter_ms=12, latency_ms=5), "chaos_seed": 7},
    ),
    "fork": Plan(
        (SHORT, {"wait": 1.5}), agent="silent", document=FORK,
        settings={"fork": True, "tracks": ["inbound", "outbound"], "custom_parameters": {}},
    ),
    "talks-to-a-fork": Plan(
        (SHORT,), agent="talking", document=FORK,
        settings={"fork": True, "strict_fork": True, "custom_parameters": {}},
    ),
}  # fmt: skip


async def run(name: str, doubles: Doubles, node: Node, example_url: str, folder: Path) -> Run:
    """Both runs of a scenario, at the same time."""
    plan = PLANS[name]
    here = doubles.base_url.replace("http", "ws", 1)
    agent_url = example_url if plan.agent == "example" else f"{here}/{plan.agent}"
    scenario = parse({"name": name, "steps": list(plan.steps)}, base_dir=folder)
    settings = QUICK | plan.settings
    if settings.get("fork"):
        settings["agent_frames"] = frames_of(noise(1.0, 2))
    document = plan.document.replace("{clip}", f"{doubles.base_url}/clip.wav")
    line, url = doubles.line(name, document, agent_url)
    traced = folder / f"{name}.jsonl"
    alone, called = await asyncio.gather(
        run_scenario(agent_url, scenario, config=SessionConfig(**settings), trace=TraceConfig(traced)),
        run_scenario(url, scenario, config=SessionConfig(**settings)),
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            await line.has_ended.wait()
    except TimeoutError as error:
        raise AssertionError(f"{name}: the stream goes on: {line.trace.records}") from error
    trace = [json.loads(text) for text in traced.read_text().splitlines()]
    seen, notes = await asyncio.to_thread(inspected, node, line.call_sid)
    said = scenario.steps[0].frames if isinstance(scenario.steps[0], Say) else []
    return Run(alone, called, line, trace, said, seen, notes)


def inspected(node: Node, call_sid: str) -> tuple[dict[str, Any], Counter[int]]:
    """What the node shows of a call's stream, and what it noted."""
    url = f"{node.base_url}/offhook/v1/Calls/{call_sid}/Streams"
    answer = requests.get(url, auth=(node.account_sid, node.auth_token), timeout=10)
    (stream,) = answer.json()["streams"]
    notes = sdk_client(node).calls(call_sid).notifications.list()
    return stream, Counter(int(note.error_code) for note in notes)


async def run_all(folder: Path, example_url: str) -> dict[str, Run]:
    """Every scenario, some at a time."""
    room, clip = asyncio.Semaphore(AT_ONCE), folder / "clip.wav"

    async def serve_clip(request: web.Request) -> web.FileResponse:
        return web.FileResponse(clip)

    async with serving_doubles({**AGENTS, "clip.wav": serve_clip}) as doubles:
        opening = running_node(folder, "--voice-url", f"{doubles.base_url}/voice")
        node = await asyncio.to_thread(opening.__enter__)
        try:
            doubles.use(node)

            async def run_one(name: str) -> Run:
                async with room:
                    return await run(name, doubles, node, example_url, folder)

            return dict(zip(PLANS, await asyncio.gather(*map(run_one, PLANS)), strict=True))
        finally:
            await asyncio.to_thread(opening.__exit__, None, None, None)
