"""Runs `<Siprec>` below Start: passes the call on to a recording server (reference/twiml 8.2).

Parameters become `X-` headers of the INVITE; one whose name is no token, or whose value holds a control
character, is noted (12200) and left out. A connector that the node has not (14300) and a session that may not
begin (31941) are noted, and told to the callback.
"""

import re
from dataclasses import replace
from typing import Final

from offhook.call.companions import CompanionRefusedError
from offhook.model.recording import RecordingTrack
from offhook.siprec.connector import Connector
from offhook.siprec.recording_session import SiprecOrder
from offhook.twiml.connect.nouns import INVALID_NESTED
from offhook.twiml.connect.siprec import Siprec
from offhook.verbs.program import Program

SCHEMA_WARNING: Final = 12200
_NAME: Final = re.compile(r"[A-Za-z0-9\-]{1,64}\Z")
_VALUE: Final = re.compile(r"[\x20-\x7e]*\Z")


class StartSiprec:
    """Begins a session."""

    def start(self, noun: Siprec, program: Program) -> None:
        """A failure is noted, and ends nothing."""
        connector, fault = program.siprecs.connector(noun.connector_name), None
        if connector is None:
            names = ", ".join(program.siprecs.connector_names) or "none"
            text = f"there is no connector {noun.connector_name}; the setting siprec_connectors has {names}"
            program.call.note(INVALID_NESTED, f"<Siprec>: {text}")
            fault = (INVALID_NESTED, text)
        callback = noun.callback
        order = SiprecOrder(
            connector=connector or Connector(()),
            auth_token=program.auth_token,
            name=noun.name,
            track=RecordingTrack(noun.track.value.partition("_")[0]),
            callback=(program.resolve(callback.url), callback.method) if callback else None,
            parameters=_headers(noun, program) if fault is None else (),
            fault=fault,
        )
        try:
            program.siprecs.begin(program.call, order)
        except CompanionRefusedError as error:
            program.call.note(error.code, error.message)
            program.siprecs.begin(program.call, replace(order, fault=(error.code, error.message)))


def _headers(noun: Siprec, program: Program) -> tuple[tuple[str, str], ...]:
    kept: list[tuple[str, str]] = []
    for name, value in noun.parameters:
        if _NAME.match(name) and _VALUE.match(value):
            kept.append((name, value))
        else:
            text = f"<Siprec>: the parameter {name[:40]} can be no header of SIP: it is not told"
            program.call.note(SCHEMA_WARNING, text)
    return tuple(kept)


class StopSiprec:
    """Ends a session."""

    def stop(self, name: str, program: Program) -> None:
        """By its name or Sid."""
        session = program.siprecs.find(program.call.sid, name)
        if session is not None:
            session.stop()
