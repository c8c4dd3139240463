"""The numbered behaviours of reference/twiml 17 that are about webhooks; `test_calls.py` has the others."""

import asyncio

import pytest
from twilio.request_validator import RequestValidator

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.webhook.client import AiohttpWebhookClient, CallConversation
from offhook.webhook.ports import EventNews
from offhook.webhook.target import parse_target
from tests.support.web_application import Application, answer, redirect, running_application
from tests.support.webhook_calls import OK, PRIVATE, TOKEN, TWIML, fetch, request, with_application
from tests.unit.webhook.test_media_and_callbacks import told


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://u:p@app.test:8443/voice?x=1#rc=2&ct=1000", "https://app.test/voice?x=1"),
        ("http://u:p@app.test:8080/voice?x=1#rc=2", "http://app.test:8080/voice?x=1"),
    ],
)
def test_25_overrides_and_logins_are_not_signed_nor_is_the_port_of_https(url: str, signed: str) -> None:
    assert parse_target(url)[0].signed_url == signed


def test_26_a_3xx_answer_to_an_action_loses_the_digits() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        document = await conversation.fetch_document(request(f"{app.url}/menu", results=(("Digits", "1"),)))
        assert document.twiml == TWIML
        first, second = app.requests
        assert ("Digits", "1") in first.form
        assert (second.method, second.form, second.query) == ("GET", [], [])

    with_application(redirect("/elsewhere"), OK, script=script)


def test_28_the_answer_to_a_callback_is_not_read() -> None:
    assert len(told(answer(b"x" * 200_000, content_type="text/plain")).requests) == 1


def test_33_what_is_told_of_a_transcription_is_posted_as_a_form() -> None:
    parameters = (
        ("TranscriptionEvent", "transcription-content"),
        ("TranscriptionData", '{"transcript":"a"}'),
    )

    async def run() -> None:
        client = AiohttpWebhookClient(PRIVATE, SeededChance(1))
        async with running_application(OK) as app:
            await client.deliver(EventNews(f"{app.url}/news", "POST", parameters, Secret(TOKEN)))
            await client.close()
            (seen,) = app.requests
            assert seen.headers["content-type"].startswith("application/x-www-form-urlencoded")
            assert tuple(seen.form) == parameters

    asyncio.run(run())


def test_28_text_that_is_no_twiml_is_spoken_where_a_document_is_asked_for() -> None:
    document, _ = fetch(answer("OK", content_type="text/plain"))
    assert document.twiml == b"<Response><Say>OK</Say></Response>"


def test_29_the_signature_covers_every_parameter_those_of_tomorrow_too() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(f"{app.url}/voice", results=(("NewParameter", "1"),)))
        (seen,) = app.requests
        form, signature = dict(seen.form), seen.headers["x-twilio-signature"]
        validator, url = RequestValidator(TOKEN), f"{app.url}/voice"
        assert validator.validate(url, form, signature)
        del form["NewParameter"]
        assert not validator.validate(url, form, signature)

    with_application(OK, script=script)
