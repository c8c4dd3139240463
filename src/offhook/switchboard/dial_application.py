"""A call to an application: an INVITE to our own listener, where its Voice URL answers.

It is the account's own, or one that lets others call it (PublicApplicationConnectEnabled): then the call that
comes in is of the account whose application it is.

As with a number of the node's own (`dial_number.py`) there are two calls, one that is dialled and one that
comes in, and both sides have their records. The application's first request has the noun's parameters as
`Param_` and their names, and `CustomerId`; what its document gives back goes to the Dial's action.
Called by `dial_callee.py`. Source: reference/twiml 6.8.
"""

from typing import Final

from offhook.store.ports import StoreBusyError
from offhook.switchboard.destinations import NoDestinationError
from offhook.switchboard.dial_number import INTERNAL_FAILURE, dial_here
from offhook.switchboard.own_numbers import ApplicationCalled
from offhook.switchboard.services import Services
from offhook.twiml.dial.application import Application
from offhook.verbs.dialler import Callee, ChildCall
from offhook.verbs.give_back import prefixed

NO_APPLICATION: Final = 21218


async def dial_application(child: ChildCall, noun: Application, callee: Callee, services: Services) -> None:
    """Send the INVITE of a new call. Raises: NoDestinationError, NoFreePortError, CalledOffError."""
    account_sid = callee.parent.account_sid
    try:
        applications = services.store.applications
        application = await applications.fetch(account_sid, noun.sid) or await applications.find_public(
            noun.sid
        )
    except StoreBusyError as error:
        text = f"{noun.sid} could not be looked up: {error}"
        raise NoDestinationError(INTERNAL_FAILURE, text) from error
    if application is None:
        raise NoDestinationError(
            NO_APPLICATION, f"{noun.sid} is no application of this account, nor a public one"
        )
    called = ApplicationCalled(
        application,
        to=callee.parent.to if noun.copies_parent_to else noun.sid,
        parameters=(*prefixed(noun.parameters), ("CustomerId", noun.customer_id or account_sid)),
        returns=child.take_returned,
    )
    dial_here(child.call, noun.sid, callee.caller_id, called, services)
