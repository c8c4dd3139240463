"""What a recording session needs of SIP, between two user agents: a part beside the offer (RFC 7866 §9.1).

In the INVITE and in each change; a feature tag in every Contact; and an UPDATE whose body is the owner's.
"""

import pytest

from offhook.sip.body import SDP, carries, description_of, parts
from offhook.sip.event import Ended, Invited, Modified, OfferReceived, UpdateReceived
from offhook.sip.invitation import Invitation
from offhook.sip.message import Request, Response
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.request import DialogRequest, Draft, Outcome
from offhook.sip.settings import Settings
from tests.support.sip_link import ANSWER, OFFER, Link

ABOUT, ASKS = "application/rs-metadata+xml", "application/rs-metadata-request"
ALL = Settings()
NO_UPDATE = Settings(allow=tuple(each for each in ALL.allow if each != "UPDATE"))


class Recorded:
    """An answered recording session: the client offers, the server takes."""

    def __init__(self, server: Settings = ALL) -> None:
        self.link = Link(delay_s=(0.01, 0.01))
        self.client, self.server = self.link.endpoint("10.0.0.1"), self.link.endpoint("10.0.0.2", server)
        self.server.on(Invited, lambda event, now: event.session.accept(ANSWER, now))
        for each in (self.client, self.server):
            each.on(OfferReceived, lambda event, now: event.session.accept(b"re:" + event.description, now))
        self.session = self.client.agent.invite(
            Invitation(
                self.server.uri,
                self.client.uri,
                offer=OFFER,
                attachment=(ABOUT, b"<all/>"),
                feature_tag="+sip.src",
                takes=(ASKS,),
                session_expires_s=600,
            ),
            0.0,
        )
        self.link.run(until=1.0)

    @property
    def callee(self) -> InviteSession:
        session: InviteSession = self.server.told(Invited)[0].session
        return session

    def update(self, kind: str) -> list[Outcome]:
        """An UPDATE of the server's without offer; what became of it."""
        became: list[Outcome] = []
        draft = Draft("UPDATE", (("Content-Type", kind),), b"please", refreshes_target=True)
        dialog = self.callee.the_usage().dialog
        request = DialogRequest(self.callee.core, dialog, draft, lambda outcome, _: became.append(outcome))
        request.send(self.link.now)
        self.link.run(until=self.link.now + 1)
        return became

    def rest(self) -> None:
        self.session.bye(self.link.now)
        self.link.run()
        assert self.link.is_idle()
        assert len(self.client.told(Ended)) == len(self.server.told(Ended)) == 1


def test_the_invite_has_the_offer_and_what_goes_with_it() -> None:
    recorded = Recorded()
    invite = recorded.callee.request
    assert description_of(invite) == OFFER
    assert [part.content_type for part in parts(invite)] == [SDP, ABOUT]
    assert invite.headers.get("Accept") == f"{SDP}, {ASKS}"
    assert (invite.headers.get("Session-Expires") or "").startswith("600")
    recorded.rest()


@pytest.mark.parametrize(("server", "method"), [(ALL, "UPDATE"), (NO_UPDATE, "INVITE")])
def test_so_has_each_change_and_our_contact_keeps_its_tag(server: Settings, method: str) -> None:
    recorded = Recorded(server)
    recorded.session.modify(b"again", recorded.link.now, attachment=(ABOUT, b"<more/>"))
    recorded.link.run(until=2.0)
    (offer,) = recorded.server.told(OfferReceived)
    assert offer.request.method == method
    assert offer.description == b"again"
    assert [part.body for part in parts(offer.request) if part.content_type == ABOUT] == [b"<more/>"]
    (change,) = recorded.client.told(Modified)
    assert change.description == b"re:again"
    recorded.callee.modify(b"theirs", recorded.link.now)
    recorded.link.run(until=3.0)
    ours = [
        each.message
        for each in recorded.link.sent
        if each.sender == "10.0.0.1" and "Contact" in each.message.headers
    ]
    assert len([each for each in ours if isinstance(each, Request)]) == 2
    assert all((each.headers.get("Contact") or "").endswith(";+sip.src") for each in ours)
    recorded.rest()


def test_an_update_without_offer_is_told_where_its_body_is_asked_for() -> None:
    recorded = Recorded()
    (outcome,) = recorded.update(ASKS)
    assert isinstance(outcome, Response)
    assert outcome.status == 200
    (update,) = recorded.client.told(UpdateReceived)
    assert carries(update.request, ASKS)
    assert update.request.body == b"please"
    recorded.rest()


def test_any_other_body_is_415() -> None:
    recorded = Recorded()
    (outcome,) = recorded.update("text/plain")
    assert isinstance(outcome, Response)
    assert outcome.status == 415
    assert recorded.client.told(UpdateReceived) == []
    recorded.rest()
