"""What the other side sends beside its audio (`call/message_carrier.py`), told as it comes.

Given to the calls of `call` and `phone`.
"""

from offhook.call.message_carrier import Reception
from offhook.cli.telephone.report import Report
from offhook.model.user_defined_message import ContentError


class MessagesTold:
    """Of one call. Implements `MessageReceiver`."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def handle_message(self, content: str) -> Reception:
        """A message: it ends here."""
        self._report.message(content)
        return Reception.HEARD

    def handle_bad_message(self, error: ContentError) -> None:
        """One that was refused."""
        self._report.remark(f"a message of the other side was refused with {error.status}: {error.message}")
