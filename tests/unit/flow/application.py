"""An application in a few lines, for crawls: documents by path, or by what the parameters are."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from offhook.twiml_check import Answer, CallFlow, Kind, check_flow

Parameters = Mapping[str, str]
Page = str | Callable[[Parameters], str]


def asking(pages: Mapping[str, Page], seen: list[tuple[str, str, Parameters]] | None = None) -> Answer:
    """Answers with what stands inside `<Response>`.

    seen: gets method, path and parameters of each request.
    """

    def answer(method: str, url: str, parameters: Parameters) -> str:
        path = urlsplit(url).path
        if seen is not None:
            seen.append((method, path, parameters))
        page = pages[path]
        return f"<Response>{page if isinstance(page, str) else page(parameters)}</Response>"

    return answer


def crawled(pages: Mapping[str, Page], **options: object) -> CallFlow:
    """The flow that begins at /voice."""
    return check_flow("/voice", answer=asking(pages), **options)  # type: ignore[arg-type]


def told(flow: CallFlow, kind: Kind) -> list[str]:
    """What is found of one kind: document, line and text."""
    return [f"{each.document}:{each.line} {each.message}" for each in flow.of_kind(kind)]
