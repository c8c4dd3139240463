"""`offhook trace`: what happened on a call, as a ladder in the terminal or a capture file for Wireshark."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from offhook.base.ids import is_sid
from offhook.cli.node_api import (
    AccountSid,
    AsJson,
    AuthToken,
    NodeApi,
    Url,
    asking,
    find_node,
)
from offhook.cli.table import print_json
from offhook.cli.telephone.ladder import label_of
from offhook.trace.ladder import LadderMessage, LadderNote, ladder
from offhook.trace.pcap import CapturedMessage, pcap

FAILED, UNUSABLE = 1, 2

CALLS_MAX: Final = 50
"""Calls that are drawn together: one, and those that it made."""

Entry = dict[str, Any]


def trace(
    call: Annotated[str, typer.Argument(metavar="CALLSID", help="The CallSid.")],
    *,
    pcap_file: Annotated[
        Path | None,
        typer.Option("--pcap", help="Write the SIP messages there, for Wireshark.", metavar="FILE"),
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Leave out the calls that it made.")] = False,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened on a call: its SIP messages as a ladder, and verbs, webhooks and keys between them.

    With the calls that it made (Dial). A node keeps the traces of its last calls in memory (traces_max) and
    on disk (traces_mb, traces_days); passwords and keys are blotted out.

    Exit status 0 when there is a trace, 1 when not, 2 when the file cannot be written.
    """
    if not is_sid(call, "CA"):
        print(f"offhook trace: {call} is no CallSid (CA and 32 digits)", file=sys.stderr)
        raise typer.Exit(UNUSABLE)
    with asking("trace"):
        found = _traces(find_node(url, account_sid, auth_token), call, with_children=not alone)
    if not found:
        print(
            f"offhook trace: no trace is kept of {call}: it is not of this account, was on another node, is "
            "too old, or other calls have taken its place (traces_max, traces_mb, traces_days)",
            file=sys.stderr,
        )
        raise typer.Exit(FAILED)
    if pcap_file is not None:
        try:
            pcap_file.write_bytes(capture(found))
        except OSError as error:
            print(f"offhook trace: {pcap_file} cannot be written: {error.strerror}", file=sys.stderr)
            raise typer.Exit(UNUSABLE) from error
    if as_json:
        print_json(found)
    elif pcap_file is None:
        print(drawing(found))
    else:
        count = sum(entry["kind"] == "sip" for one in found for entry in one["entries"])
        print(f"{pcap_file}: {count} messages")


def drawing(traces: list[dict[str, Any]]) -> str:
    """The ladder of a call and of those that it made."""
    several = len(traces) > 1
    entries = [_rung(entry, one["call_sid"] if several else "") for one in traces for entry in one["entries"]]
    lines = [ladder(sorted(entries, key=lambda entry: entry.at_s), here="here")]
    left_out = sum(one["left_out"] for one in traces)
    if left_out:
        lines.append(f"({left_out} more were not kept)")
    return "\n".join(lines)


def capture(traces: list[dict[str, Any]]) -> bytes:
    """The messages as a capture file; one that two of the calls share, once."""
    messages: dict[tuple[float, bool, str], CapturedMessage] = {}
    for one in traces:
        for entry in one["entries"]:
            if entry["kind"] != "sip":
                continue
            is_sent = entry["direction"] == "sent"
            local, remote = _address(entry["local"]), _address(entry["remote"])
            source, destination = (local, remote) if is_sent else (remote, local)
            at_s = _at_s(entry)
            message = CapturedMessage(at_s, source, destination, entry["message"].encode())
            messages.setdefault((at_s, is_sent, entry["message"]), message)
    return pcap(sorted(messages.values(), key=lambda message: message.at_s))


def _rung(entry: Entry, call_sid: str) -> LadderMessage | LadderNote:
    at_s = _at_s(entry)
    if entry["kind"] == "sip":
        label = label_of(entry["message"].encode())
        remote = f"{entry['remote']} {entry['transport']}"
        return LadderMessage(at_s, entry["direction"] == "sent", label, remote)
    facts = ", ".join(f"{name} {value}" for name, value in entry["facts"].items() if value is not None)
    whose = f"  [{call_sid[:6]}…{call_sid[-4:]}]" if call_sid else ""
    return LadderNote(at_s, f"{entry['kind']} {entry['text']}{f' ({facts})' if facts else ''}{whose}")


def _at_s(entry: Entry) -> float:
    return datetime.fromisoformat(entry["at"]).timestamp()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def _traces(node: NodeApi, call_sid: str, *, with_children: bool) -> list[dict[str, Any]]:
    """The trace of a call, and of those that it made, and so on."""
    found: list[dict[str, Any]] = []
    wanted = [call_sid]
    while wanted and len(found) < CALLS_MAX:
        one = node.get(f"/offhook/v1/Calls/{wanted.pop(0)}/Trace")
        if one is not None:
            found.append(one)
            wanted += one["children"] if with_children else []
    return found
