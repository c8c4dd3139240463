"""`<Pay>` in virtual time: nothing is paid, the application is told, and the call never hangs in a circle."""

from tests.support.small_exchange import small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
PAID = "http://app.test/paid"


def test_the_action_is_told_that_there_is_no_connector() -> None:
    async def scenario() -> None:
        documents = {
            VOICE: "<Response><Pay action='/paid' chargeAmount='20.45'/><Say>never</Say></Response>",
            PAID: "<Response><Hangup/></Response>",
        }
        async with small_exchange(documents) as small:
            call = await small.dial()
            await call.ended()
            assert [each.url for each in small.bookshelf.asked] == [VOICE, PAID]
            assert small.bookshelf.asked[1].results == (
                ("Result", "payment-connector-error"),
                ("PayErrorCode", "64001"),
                ("PaymentError", "Payments are not supported"),
            )
            assert small.store.notifications.codes == [64001]

    run(scenario())


def test_without_an_action_the_next_verb_follows_and_the_document_is_not_asked_again() -> None:
    async def scenario() -> None:
        documents = {VOICE: "<Response><Pay/><Redirect>next</Redirect></Response>"}
        async with small_exchange(documents) as small:
            call = await small.dial()
            await call.ended()
            assert [each.url for each in small.bookshelf.asked] == [VOICE, "http://app.test/next"]

    run(scenario())


def test_a_payment_that_is_tried_again_and_again_is_ended() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Pay action='/voice'/></Response>"}) as small:
            call = await small.dial()
            await call.ended()
            assert len(small.bookshelf.asked) == 1_001
            assert small.store.notifications.codes[-1] == 11215

    run(scenario())
