"""Webhooks answered from a dictionary: documents by URL, failures by code, and what was asked for."""

import asyncio
from dataclasses import dataclass, field

from offhook.webhook.ports import CallRequest, FetchedDocument, WebhookError


@dataclass
class Bookshelf:
    """`webhook/ports.py` without a network. A code instead of a document fails with it."""

    documents: dict[str, str | int]
    asked: list[CallRequest] = field(default_factory=list)
    delay_s: float = 0.0

    def conversation(self) -> "Bookshelf":
        return self

    async def fetch_document(self, request: CallRequest) -> FetchedDocument:
        self.asked.append(request)
        await asyncio.sleep(self.delay_s)
        document = self.documents.get(request.url, 11200)
        if isinstance(document, int):
            raise WebhookError(document, f"{request.url} is not there", url=request.url)
        return FetchedDocument(request.url, document.encode())

    async def close(self) -> None:
        """Nothing is open."""
