"""A small public file of somebody unknown, such as a certificate: no signature, no cookie, no second try.

Behind the same guard as webhooks are (`guard.py`), since whoever calls chooses the URL. Redirects are not
followed. Called by `client.py`.
"""

from typing import Final

import aiohttp

from offhook.webhook.ports import WebhookError
from offhook.webhook.target import TargetError, parse_target

FILE_MAX: Final = 64 * 1024
TIMEOUT: Final = aiohttp.ClientTimeout(total=5.0, connect=3.0)


async def fetch_public(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of a GET that is answered with 200, at most 64 KiB, within 5 s. Raises: WebhookError."""
    try:
        target, _ = parse_target(url)
    except TargetError as error:
        raise WebhookError(11100, str(error), url="") from error
    asked = target.request_url
    try:
        async with session.get(asked, allow_redirects=False, timeout=TIMEOUT) as answer:
            if answer.status != 200:
                raise WebhookError(
                    11200, f"it was answered with {answer.status}", url=asked, status=answer.status
                )
            body = await answer.content.read(FILE_MAX + 1)
            while len(body) <= FILE_MAX and (more := await answer.content.read(FILE_MAX + 1)):
                body += more
    except TimeoutError as error:
        raise WebhookError(11200, "no complete answer within 5 s", url=asked) from error
    except (aiohttp.ClientError, OSError) as error:
        raise WebhookError(11205, f"it cannot be reached: {error}", url=asked) from error
    if len(body) > FILE_MAX:
        raise WebhookError(11750, f"it has more than {FILE_MAX} bytes", url=asked)
    return body
