"""Webhooks answered from a dictionary: documents by URL, failures by code, and what was asked for."""

import asyncio
from dataclasses import dataclass, field

from offhook.model.notification import RequestSummary
from offhook.webhook.ports import (
    CallRequest,
    FetchedDocument,
    FetchedMedia,
    MediaRequest,
    News,
    ProgressNews,
    Validators,
    WebhookError,
)


@dataclass
class Bookshelf:
    """`webhook/ports.py` without a network. A code instead of a document fails with it."""

    documents: dict[str, str | int]
    asked: list[CallRequest] = field(default_factory=list)
    delay_s: float = 0.0
    media: dict[str, bytes | int] = field(default_factory=dict)
    etag: str = ""
    """Of every file; one that is asked for by it has not changed."""
    fresh_s: float | None = 0.0
    """For how long files may be used without asking."""
    asked_for_media: list[MediaRequest] = field(default_factory=list)
    delivered: list[News] = field(default_factory=list)

    @property
    def progress(self) -> list[ProgressNews]:
        """News of calls among what was delivered."""
        return [news for news in self.delivered if isinstance(news, ProgressNews)]

    def conversation(self) -> "Bookshelf":
        return self

    async def fetch_document(self, request: CallRequest) -> FetchedDocument:
        self.asked.append(request)
        await asyncio.sleep(self.delay_s)
        document = self.documents.get(request.url, 11200)
        if isinstance(document, int):
            about = RequestSummary(request.method, request.url, "CallSid=CA1", "Server=shelf", "not there")
            raise WebhookError(document, f"{request.url} is not there", url=request.url, request=about)
        about = RequestSummary(request.method, request.url, "CallSid=CA1", "Server=shelf", document)
        return FetchedDocument(request.url, document.encode(), lambda: about)

    async def fetch_media(self, request: MediaRequest) -> FetchedMedia:
        self.asked_for_media.append(request)
        await asyncio.sleep(self.delay_s)
        data = self.media.get(request.url, 11200)
        if isinstance(data, int):
            file = RequestSummary("GET", request.url, response_body="no such file")
            raise WebhookError(data, f"{request.url} is not there", url=request.url, request=file)
        if self.etag and request.known.etag == self.etag:
            return FetchedMedia(request.url, "", None, Validators(), self.fresh_s)
        return FetchedMedia(request.url, "audio/wav", data, Validators(self.etag), self.fresh_s)

    async def deliver(self, news: News) -> None:
        await asyncio.sleep(self.delay_s)
        self.delivered.append(news)

    async def close(self) -> None:
        """Nothing is open."""
