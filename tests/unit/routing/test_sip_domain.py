"""Names of SIP Domains (design 1.3, reference/sip-interface 1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.routing.sip_domain import EDGES, DomainNames, normal

ACCOUNT = "AC" + "a1" * 16
NAMES = DomainNames(("sip.localhost", "sip.twilio.com", "voice.company.com"))
OFFICE = "office.voice.company.com"
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("host", "spellings"),
    [
        (
            "office.sip.localhost",
            ("office.sip.localhost", "office.sip.twilio.com", OFFICE),
        ),
        (
            "OFFICE.Sip.Twilio.COM",
            ("office.sip.twilio.com", "office.sip.localhost", OFFICE),
        ),
        (
            "office.sip.localhost.",
            ("office.sip.localhost", "office.sip.twilio.com", OFFICE),
        ),
        ("a.b.sip.localhost", ("a.b.sip.localhost", "a.b.sip.twilio.com", "a.b.voice.company.com")),
        ("voice.company.com", ("voice.company.com",)),
        ("office.example.com", ()),
        ("officesip.localhost", ()),
        (".sip.localhost", ()),
        ("", ()),
        (".", ()),
    ],
)
def test_which_stored_names_a_host_may_mean(host: str, spellings: tuple[str, ...]) -> None:
    assert NAMES.spellings(host) == spellings


@pytest.mark.parametrize("edge", sorted(EDGES) + [f"{edge}-ix" for edge in sorted(EDGES)])
def test_edges_are_the_same_domain(edge: str) -> None:
    assert NAMES.spellings(f"office.sip.{edge}.twilio.com")[0] == "office.sip.twilio.com"
    assert NAMES.spellings(f"office.sip.{edge}.localhost")[0] == "office.sip.localhost"


def test_an_unknown_edge_is_no_domain() -> None:
    assert NAMES.spellings("office.sip.mars.twilio.com") == ()


@given(name=st.lists(LABEL, min_size=1, max_size=3).map(".".join), suffix=st.sampled_from(NAMES.suffixes))
def test_every_spelling_means_the_same(name: str, suffix: str) -> None:
    spellings = NAMES.spellings(f"{name}.{suffix}")
    assert spellings[0] == f"{name}.{suffix}"
    for spelling in spellings:
        assert sorted(NAMES.spellings(spelling)) == sorted(spellings)


@given(st.text(max_size=300))
def test_any_host_has_an_answer(host: str) -> None:
    for spelling in NAMES.spellings(host):
        assert spelling.endswith(NAMES.suffixes)


@pytest.mark.parametrize(
    "name",
    [
        "office.sip.localhost",
        "1.sip.twilio.com",
        "a-b.sip.localhost",
        "x" * 63 + ".sip.localhost",
        "foo.office.sip.localhost",
        "voice.company.com",
        ACCOUNT.lower() + ".sip.localhost",
    ],
)
def test_names_that_may_be_had(name: str) -> None:
    assert NAMES.problem(name, ACCOUNT) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("office", "must end with"),
        ("office.example.com", "must end with"),
        ("office.sip.us1.twilio.com", "must end with"),
        (".sip.localhost", "must end with"),
        ("-a.sip.localhost", "labels"),
        ("a-.sip.localhost", "labels"),
        ("a_b.sip.localhost", "labels"),
        ("a..b.sip.localhost", "labels"),
        ("ä.sip.localhost", "labels"),
        ("a\n.sip.localhost", "labels"),
        ("x" * 64 + ".sip.localhost", "labels"),
        (".".join(["x" * 60] * 5) + ".sip.localhost", "longer"),
        ("ac" + "b" * 32 + ".sip.localhost", "another account"),
    ],
)
def test_names_that_may_not_be_had(name: str, why: str) -> None:
    problem = NAMES.problem(name, ACCOUNT)
    assert problem is not None
    assert why in problem


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("office.sip.localhost", None),
        ("voice.company.com", None),
        ("elsewhere.example.com", None),
        ("foo.office.sip.localhost", "office.sip.localhost"),
        ("a.b.c.sip.localhost", "b.c.sip.localhost"),
    ],
)
def test_whose_subdomain_a_name_is(name: str, parent: str | None) -> None:
    assert NAMES.parent(name) == parent


def test_a_short_name_gets_the_first_suffix() -> None:
    assert NAMES.full_name("Demo") == "demo.sip.localhost"
    assert NAMES.full_name("demo.sip.twilio.com") == "demo.sip.twilio.com"


def test_the_longest_suffix_counts() -> None:
    nested = DomainNames(("company.com", "sip.company.com"))
    assert nested.spellings("office.sip.company.com")[0] == "office.sip.company.com"
    assert nested.parent("office.sip.company.com") is None


def test_a_suffix_of_one_label_has_no_edges() -> None:
    assert DomainNames(("pbx",)).spellings("office.pbx") == ("office.pbx",)


def test_normal_form() -> None:
    assert normal("Office.SIP.localhost.") == "office.sip.localhost"
