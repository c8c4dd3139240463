"""Tables of what happened. They refer to nothing: written in batches, they outlive what they mention."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from offhook.model.answered_by import AnsweredBy
from offhook.model.call import CallStatus, Direction
from offhook.model.conference import ConferenceEnding, ConferenceStatus
from offhook.model.recording import RecordingSource, RecordingStatus, RecordingTrack
from offhook.model.transcription import TranscriptionStatus
from offhook.store.tables.columns import METADATA, Heard, Moment, node, record, sid, word

calls: Final = record(
    "calls",
    Column("direction", word(Direction), nullable=False),
    Column("to", Heard, nullable=False),
    Column("from_", Heard, nullable=False),
    Column("status", word(CallStatus), nullable=False, index=True),
    Column("parent_call_sid", sid(), index=True),
    Column("started_at", Moment),
    Column("answered_at", Moment),
    Column("ended_at", Moment),
    Column("sip_call_id", Heard, index=True),
    Column("sip_response_code", Integer),
    Column("phone_number_sid", sid()),
    Column("answered_by", word(AnsweredBy)),
    Column("trunk_sid", sid()),
    Column("node", node()),
)


conferences: Final = record(
    "conferences",
    Column("friendly_name", Heard, nullable=False),
    Column("status", word(ConferenceStatus), nullable=False, index=True),
    Column("region", String(8)),
    Column("reason_ended", word(ConferenceEnding, 64)),
    Column("ending_call_sid", sid()),
    Column("node", node()),
)


notifications: Final = Table(
    "notifications",
    METADATA,
    Column("sid", sid(), primary_key=True),
    Column("account_sid", sid(), nullable=False),
    Column("call_sid", sid(), index=True),
    Column("error_code", Integer, nullable=False),
    Column("log", Integer, nullable=False),
    Column("message_text", Heard, nullable=False),
    Column("message_date", Moment, nullable=False),
    Column("request_method", Heard, nullable=False),
    Column("request_url", Heard, nullable=False),
    Column("request_variables", Heard, nullable=False),
    Column("response_headers", Heard, nullable=False),
    Column("response_body", Heard, nullable=False),
    Index(None, "account_sid", "message_date", "sid"),
)


refusals: Final = Table(
    "refusals",
    METADATA,
    Column("sid", sid(), primary_key=True),
    Column("account_sid", sid()),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("source", String(45), nullable=False, index=True),
    Column("transport", String(4), nullable=False),
    Column("method", Heard, nullable=False),
    Column("request_uri", Heard, nullable=False),
    Column("from_", Heard, nullable=False),
    Column("sip_call_id", Heard, nullable=False, index=True),
    Column("domain", Heard, nullable=False),
    Column("matched", Heard, nullable=False),
    Column("nearly", Heard, nullable=False),
    Column("status", Integer, nullable=False),
    Column("code", Integer),
    Column("text", Heard, nullable=False),
    Column("count", Integer, nullable=False),
    Index(None, "first_at", "sid"),
)


recordings: Final = record(
    "recordings",
    Column("call_sid", sid(), index=True),
    Column("conference_sid", sid(), index=True),
    Column("source", word(RecordingSource), nullable=False),
    Column("status", word(RecordingStatus), nullable=False, index=True),
    Column("channels", Integer, nullable=False),
    Column("track", word(RecordingTrack), nullable=False),
    Column("started_at", Moment),
    Column("duration_s", Integer),
    Column("error_code", Integer),
    Column("node", node()),
)
"""Refers to nothing, as a log does: written in batches, and outlives its call."""


transcriptions: Final = record(
    "transcriptions",
    Column("recording_sid", sid(), nullable=False, index=True),
    Column("status", word(TranscriptionStatus), nullable=False),
    Column("duration_s", Integer, nullable=False),
    Column("text", Heard, nullable=False),
)
"""What was said in recordings; they outlive them."""


pending_callbacks: Final = Table(
    "pending_callbacks",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("account_sid", sid(), nullable=False),
    Column("call_sid", sid(), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("news", Text, nullable=False),
)
"""A row lives from the change that is told until the application has taken it: milliseconds as a rule.

Each node numbers its own, in a range that its name begins.
"""


subscriptions: Final = Table(
    "subscriptions",
    METADATA,
    Column("sid", sid(), primary_key=True),
    Column("account_sid", sid(), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("url", Heard, nullable=False),
    Column("method", String(4), nullable=False),
    Column("events", Text, nullable=False),
    Column("sequence_number", Integer, nullable=False),
    Column("node", node()),
)
"""A row lives as long as its call or recording."""
