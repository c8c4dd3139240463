"""Twilio's Node SDK, unmodified, on callers who wait and who meet: queues and conferences, and who is there.

Two phones call a running node over SIP and RTP; each step of the SDK shows in what the application is asked.
"""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.node_sdk import ask

pytestmark = pytest.mark.peer

LIMIT_S = 60
DOCUMENTS = {
    "/voice": "<Response><Enqueue waitUrl='/wait'>support</Enqueue></Response>",
    "/wait": "<Response><Pause length='60'/></Response>",
    "/meeting": (
        "<Response><Dial><Conference statusCallback='/news' statusCallbackEvent='join mute hold' waitUrl=''>"
        "room</Conference></Dial></Response>"
    ),
    "/hold": "<Response><Pause length='60'/></Response>",
    "/news": "",
}


@contextmanager
def two_callers(node: Node) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Two phones that stay until somebody ends their calls."""
    uri = f"sip:anyone@app.sip.localhost:{node.sip_port}"
    with ExitStack() as held:
        callers = []
        for name in ("ann", "ben"):
            command = [str(OFFHOOK), "call", uri, "--from", f"sip:{name}@127.0.0.1", "--for", "50"]
            caller = held.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            held.callback(caller.kill)
            callers.append(caller)
        yield callers


class Asked:
    """What the application is asked, kept by path: what comes early is there when it is looked for."""

    def __init__(self, application: WebApplication) -> None:
        self._application = application
        self._kept: dict[str, list[dict[str, str]]] = {}

    def next(self, path: str, *events: str) -> dict[str, str]:
        """The form of the next request for a path; with events, of the next that is about one of them."""
        while True:
            forms = self._kept.setdefault(path, [])
            for form in forms:
                if not events or form["StatusCallbackEvent"] in events:
                    forms.remove(form)
                    return form
            request = self._application.next_request()
            self._kept.setdefault(request.path, []).append(dict(request.form))


def test_members_of_a_queue_are_sent_to_a_conference_and_held_there(tmp_path: Path) -> None:
    with ExitStack() as held:
        application = held.enter_context(running_application(DOCUMENTS))
        node = held.enter_context(running_node(tmp_path, "--voice-url", f"{application.base_url}/voice"))

        def sdk(body: str) -> Any:
            return ask(node.base_url, node.account_sid, node.auth_token, body)

        asked = Asked(application)
        made = sdk(
            """
            const queue = await client.queues.create({ friendlyName: "support", maxSize: 7 });
            return [queue.friendlyName, queue.maxSize, queue.currentSize];
            """
        )
        assert made == ["support", 7, 0]
        callers = held.enter_context(two_callers(node))
        waiting = [asked.next("/wait") for _ in range(2)]
        assert {form["QueueSid"][:2] for form in waiting} == {"QU"}
        sids = [form["CallSid"] for form in sorted(waiting, key=lambda form: form["QueuePosition"])]
        meeting = f"{application.base_url}/meeting"
        queued = sdk(
            f"""
            const [queue] = await client.queues.list();
            const members = await client.queues(queue.sid).members.list();
            const front = await client.queues(queue.sid).members("Front").fetch();
            await client.queues(queue.sid).members("Front").update({{ url: "{meeting}", method: "POST" }});
            const left = await client.queues(queue.sid).members.list();
            await client.queues(queue.sid).members("{sids[1]}").update({{ url: "{meeting}" }});
            const emptied = await client.queues(queue.sid).fetch();
            await client.queues(queue.sid).remove();
            return {{
              queue: [queue.friendlyName, queue.currentSize],
              members: members.map((one) => [one.callSid, one.position]),
              front: [front.callSid, front.position],
              left: left.map((one) => one.callSid),
              emptied: emptied.currentSize,
              queues: (await client.queues.list()).length,
            }};
            """
        )
        assert queued == {
            "queue": ["support", 2],
            "members": [[sids[0], 1], [sids[1], 2]],
            "front": [sids[0], 1],
            "left": [sids[1]],
            "emptied": 0,
            "queues": 0,
        }
        assert {asked.next("/meeting")["CallSid"] for _ in sids} == set(sids)
        joined = [asked.next("/news", "participant-join") for _ in sids]
        assert {form["CallSid"] for form in joined} == set(sids)
        met = sdk(
            f"""
            const [conference] = await client.conferences.list({{ status: "in-progress" }});
            const participants = () => client.conferences(conference.sid).participants;
            const one = () => client.conferences(conference.sid).participants("{sids[0]}");
            const other = () => client.conferences(conference.sid).participants("{sids[1]}");
            const all = await participants().list();
            await one().update({{ muted: true }});
            await other().update({{ hold: true, holdUrl: "{application.base_url}/hold" }});
            const muted = await participants().list({{ muted: true }});
            const onHold = await participants().list({{ hold: true }});
            return {{
              conference: [conference.sid.slice(0, 2), conference.status],
              all: all.map((each) => [each.callSid, each.muted, each.hold]).sort(),
              muted: muted.map((each) => each.callSid),
              held: onHold.map((each) => each.callSid),
              sid: conference.sid,
            }};
            """
        )
        assert met == {
            "conference": ["CF", "in-progress"],
            "all": sorted([sid, False, False] for sid in sids),
            "muted": [sids[0]],
            "held": [sids[1]],
            "sid": joined[0]["ConferenceSid"],
        }
        told = [asked.next("/news", "participant-mute", "participant-hold") for _ in sids]
        assert {form["StatusCallbackEvent"]: form["CallSid"] for form in told} == {
            "participant-mute": sids[0],
            "participant-hold": sids[1],
        }
        ended = sdk(
            f"""
            const one = () => client.conferences("{met["sid"]}").participants("{sids[0]}");
            const unmuted = await one().update({{ muted: false }});
            await one().remove();
            await client.conferences("{met["sid"]}").update({{ status: "completed" }});
            const conference = await client.conferences("{met["sid"]}").fetch();
            return [unmuted.muted, conference.status];
            """
        )
        assert ended == [False, "completed"]
        for caller in callers:
            assert caller.wait(LIMIT_S) == 0
