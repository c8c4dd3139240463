"""A line of the log, as machines read it."""

import json
from datetime import datetime

from offhook.cli.logging import as_json_line


def test_a_line_is_json_with_its_level_and_its_moment() -> None:
    said = json.loads(
        as_json_line(None, "info", {"call_sid": "CA0", "event": "call.ended", "why": 'a "b"\n'})
    )
    moment = said.pop("timestamp")
    assert said == {"call_sid": "CA0", "event": "call.ended", "why": 'a "b"\n', "level": "info"}
    assert moment.endswith("Z")
    assert datetime.fromisoformat(moment).utcoffset() is not None


def test_what_json_has_no_form_for_is_shown_as_python_shows_it() -> None:
    assert json.loads(as_json_line(None, "error", {"event": "x", "what": {1}}))["what"] == "{1}"
