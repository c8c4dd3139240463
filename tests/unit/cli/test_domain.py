"""`offhook domain` and `offhook account`: the whole of the administration, against a node's API and store."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from offhook.cli.main import app
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, running_api

PASSWORD = "Correct-Horse-7"
OFFICE = "office.sip.localhost"
BOTH = "Callers must come from an allowed address and give a user's password as well."

Commands = Callable[..., list[Result]]


@pytest.fixture
def offhook(tmp_path: Path) -> Commands:
    """`offhook COMMAND …` for each command line, one after another, against one node's API."""

    def run(*lines: str | tuple[str, ...], given: str | None = None, token: str = AUTH_TOKEN) -> list[Result]:
        async def whole() -> list[Result]:
            async with running_api(tmp_path) as api:
                environment = {
                    "OFFHOOK_URL": api.url,
                    "OFFHOOK_ACCOUNT_SID": ACCOUNT_SID,
                    "OFFHOOK_AUTH_TOKEN": token,
                    "OFFHOOK_DATA_DIR": str(tmp_path),
                    "OFFHOOK_DOMAIN_SUFFIXES": "",
                }
                results = []
                for line in lines:
                    arguments = line.split() if isinstance(line, str) else list(line)
                    invoke = CliRunner().invoke
                    results.append(
                        await asyncio.to_thread(invoke, app, arguments, input=given, env=environment)
                    )
                return results

        return asyncio.run(whole())

    return run


def shown(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def allowed(domain: Any) -> list[tuple[str, str, int]]:
    return [
        (each["friendly_name"], entry["ip_address"], entry["cidr_prefix_length"])
        for each in domain["ip_access_control_lists"]
        for entry in each["ip_addresses"]
    ]


def test_a_domain_is_made_shown_changed_and_deleted(offhook: Commands) -> None:
    created, as_json, changed, listed, deleted, empty = offhook(
        f"domain create {OFFICE} --voice-url http://localhost:3000/voice --voice-method GET --registration",
        "domain show office --json",
        (
            "domain",
            "set",
            "OFFICE.sip.localhost",
            "--voice-url",
            "",
            "--secure",
            "--friendly-name",
            "The office",
        ),
        "domain list",
        "domain delete office",
        "domain list --json",
    )

    assert created.exit_code == 0, created.output
    lines = created.stdout.splitlines()
    assert lines[0] == OFFICE
    assert "  Voice URL:        http://localhost:3000/voice" in lines
    assert "  registration:     yes" in lines
    assert lines[-3:] == [
        "Nobody may call it yet:",
        f"  offhook domain allow {OFFICE} CIDR",
        f"  offhook domain user add {OFFICE} USER",
    ]
    domain = shown(as_json)
    assert (domain["voice_method"], domain["sip_registration"], domain["auth_type"]) == ("GET", True, "")
    assert changed.exit_code == 0, changed.output
    assert "  name for people:  The office" in changed.stdout
    assert "  TLS and SRTP:     yes" in changed.stdout
    assert "Voice URL" not in changed.stdout
    header, row = listed.stdout.splitlines()
    assert header.split() == ["domain_name", "auth_type", "sip_registration", "secure", "voice_url", "sid"]
    assert row.split()[:5] == [OFFICE, "-", "yes", "yes", "-"]
    assert deleted.stdout == f"{OFFICE} is deleted\n"
    assert shown(empty) == []


def test_a_name_without_a_dot_gets_the_first_suffix(offhook: Commands) -> None:
    (created,) = offhook("domain create office --json")

    assert shown(created)["domain_name"] == OFFICE


def test_a_domain_is_named_by_name_label_or_sid(offhook: Commands) -> None:
    (created,) = offhook(f"domain create {OFFICE} --json")
    sid = shown(created)["sid"]

    for found in offhook(*(f"domain show {name} --json" for name in (OFFICE, "office", "Office", sid))):
        assert shown(found)["sid"] == sid


def test_a_domain_can_be_renamed(offhook: Commands) -> None:
    _, renamed = offhook("domain create office", "domain set office --name lab.sip.localhost --json")

    assert shown(renamed)["domain_name"] == "lab.sip.localhost"


def test_an_unknown_domain_is_told_with_those_there_are(offhook: Commands) -> None:
    none, _, _, other, sid = offhook(
        "domain show office",
        "domain create office",
        "domain create lab",
        "domain set offce --secure",
        f"domain delete SD{'0' * 32}",
    )

    assert none.exit_code == other.exit_code == sid.exit_code == 1
    assert none.stderr == (
        "offhook domain: there is no SIP Domain office; the account has none; make one with domain create\n"
    )
    assert other.stderr == (
        f"offhook domain: there is no SIP Domain offce; the account has lab.sip.localhost, {OFFICE}\n"
    )
    assert "the account has lab.sip.localhost" in sid.stderr


def test_a_label_that_two_domains_begin_with_must_be_told_apart(offhook: Commands) -> None:
    _, _, found = offhook(
        f"domain create {OFFICE}",
        "domain create a.office.sip.localhost",
        "domain create office.sip.twilio.com",
    )
    assert "the name is already in use (21232)" in found.stderr

    _, ambiguous, whole = offhook(
        "domain create office.a.office.sip.localhost", "domain show office", f"domain show {OFFICE} --json"
    )
    assert ambiguous.exit_code == 1
    assert f"office is more than one SIP Domain: office.a.office.sip.localhost, {OFFICE}" in ambiguous.stderr
    assert shown(whole)["domain_name"] == OFFICE


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("domain create office.example.com", "it must end with .sip.localhost or .sip.twilio.com (21231)"),
        ("domain create office --voice-url ftp://x", "(21231)"),
        ("domain create office --voice-method PUT", "(21231)"),
    ],
)
def test_what_the_api_refuses_is_told_in_its_words(offhook: Commands, line: str, said: str) -> None:
    (refused,) = offhook(line)

    assert refused.exit_code == 1
    assert refused.stderr.startswith("offhook domain: the API answered 400: ")
    assert said in refused.stderr


def test_nothing_to_set_is_2(offhook: Commands) -> None:
    (result,) = offhook("domain set office")

    assert result.exit_code == 2
    assert "nothing to set" in result.stderr


def test_addresses_are_allowed_in_a_list_of_the_domains_own_and_removed(offhook: Commands) -> None:
    _, first, second, again, within, domain, removed, unknown, after = offhook(
        "domain create office",
        "domain allow office 192.0.2.0/24 --label Lab",
        "domain allow office 198.51.100.7",
        "domain allow office 192.0.2.0/24",
        "domain allow office 192.0.2.9",
        "domain show office --json",
        "domain allow office 192.0.2.0/24 --remove",
        "domain allow office 203.0.113.1 --remove",
        "domain show office",
    )

    assert first.stdout == f"{OFFICE}: 192.0.2.0/24 may call\n"
    assert second.stdout == f"{OFFICE}: 198.51.100.7/32 may call\n"
    assert again.stdout == f"{OFFICE}: 192.0.2.0/24 may call already\n"
    assert within.stdout == f"{OFFICE}: 192.0.2.9/32 may call already\n"
    assert sorted(allowed(shown(domain))) == [
        (f"Callers of {OFFICE}", "192.0.2.0", 24),
        (f"Callers of {OFFICE}", "198.51.100.7", 32),
    ]
    assert shown(domain)["auth_type"] == "IP_ACL"
    assert removed.stdout == f"{OFFICE}: 192.0.2.0/24 may call no longer\n"
    assert unknown.exit_code == 1
    assert unknown.stderr.endswith(
        f"203.0.113.1/32 is not among those that may call {OFFICE}: 198.51.100.7/32\n"
    )
    assert f"  allowed (Callers of {OFFICE}):\n    198.51.100.7/32" in after.stdout


def test_removing_the_last_address_says_that_nobody_is_left(offhook: Commands) -> None:
    _, _, removed = offhook(
        "domain create office", "domain allow office 192.0.2.1", "domain allow office 192.0.2.1 --remove"
    )

    assert removed.stdout.splitlines()[1] == "No address is allowed, so nobody may call it."


@pytest.mark.parametrize(
    ("cidr", "said"),
    [
        ("192.0.2.300", "no address and no block"),
        ("everybody", "no address and no block"),
        ("192.0.2.9/24", "allow 192.0.2.0/24, or 192.0.2.9 alone"),
        ("2001:db8::/32", "is IPv6"),
        ("0.0.0.0/0", "0.0.0.0/1 and 128.0.0.0/1"),
    ],
)
def test_what_is_no_block_of_ipv4_is_2(offhook: Commands, cidr: str, said: str) -> None:
    (result,) = offhook(f"domain allow office {cidr}")

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_user_may_call_and_register_with_a_password_from_standard_input(offhook: Commands) -> None:
    _, added, listed, domain = offhook(
        "domain create office",
        "domain user add office alice",
        "domain user list office --json",
        "domain show office",
        given=f"{PASSWORD}\n",
    )

    assert added.stdout.splitlines() == [
        f"{OFFICE}: alice may call and register",
        f"Registration is off: offhook domain set {OFFICE} --registration",
    ]
    (user,) = shown(listed)
    assert (user["username"], user["calls"], user["registers"]) == ("alice", True, True)
    assert (
        f"  may call (Users of {OFFICE}): alice\n  may register (Users of {OFFICE}): alice" in domain.stdout
    )
    assert PASSWORD not in added.output + listed.output + domain.output


def test_users_are_listed_as_a_table_and_deleted(offhook: Commands) -> None:
    _, _, second, listed, deleted, unknown, last = offhook(
        "domain create office --registration",
        f"domain user add office bob --password {PASSWORD}",
        f"domain user add office alice --password {PASSWORD}",
        "domain user list office",
        "domain user delete office alice",
        "domain user delete office alice",
        "domain user delete office bob",
    )

    assert second.stdout == f"{OFFICE}: alice may call and register\n"
    header, alice, bob = listed.stdout.splitlines()
    assert header.split() == ["username", "calls", "registers", "list", "date_created"]
    assert [line.split()[:3] for line in (alice, bob)] == [["alice", "yes", "yes"], ["bob", "yes", "yes"]]
    assert deleted.stdout == f"{OFFICE}: alice is deleted\n"
    assert unknown.exit_code == 1
    assert unknown.stderr == f"offhook domain user: {OFFICE} has no user alice; its users: bob\n"
    assert last.stdout.splitlines() == [f"{OFFICE}: bob is deleted", "It has no user, so nobody may call it."]


def test_a_user_who_is_there_already_keeps_the_password_until_it_is_set(offhook: Commands) -> None:
    _, _, twice, changed, unknown = offhook(
        "domain create office",
        f"domain user add office alice --password {PASSWORD}",
        f"domain user add office alice --password {PASSWORD}",
        f"domain user set office alice --password {PASSWORD}8",
        f"domain user set office bob --password {PASSWORD}8",
    )

    assert twice.exit_code == unknown.exit_code == 1
    assert "has a user alice already" in twice.stderr
    assert changed.stdout == f"{OFFICE}: alice has another password\n"
    assert "has no user bob; its users: alice" in unknown.stderr


def test_a_refused_password_changes_nothing(offhook: Commands) -> None:
    """A list without users, once mapped, would shut out whoever may call by address."""
    _, _, refused, domain, added = offhook(
        "domain create office",
        "domain allow office 192.0.2.1",
        "domain user add office alice --password short",
        "domain show office --json",
        f"domain user add office alice --password {PASSWORD}",
    )

    assert refused.exit_code == 1
    assert "Invalid Password: it must have 12 to 256 characters (21243)" in refused.stderr
    assert shown(domain)["auth_type"] == "IP_ACL"
    assert shown(domain)["credential_lists"] == shown(domain)["registration_credential_lists"] == []
    assert BOTH in added.stdout


def test_an_address_beside_users_says_that_both_are_needed(offhook: Commands) -> None:
    _, _, added = offhook(
        "domain create office",
        f"domain user add office alice --password {PASSWORD}",
        "domain allow office 192.0.2.1",
    )

    assert added.stdout.splitlines() == [f"{OFFICE}: 192.0.2.1/32 may call", BOTH]


@pytest.mark.parametrize("command", ["add", "set"])
def test_no_password_is_2(offhook: Commands, command: str) -> None:
    (result,) = offhook(f"domain user {command} office alice", given="")

    assert result.exit_code == 2
    assert result.stderr == "offhook domain user: a password is needed\n"


def test_a_domain_takes_its_own_lists_with_it_so_that_nobody_is_let_in_again(offhook: Commands) -> None:
    *_, domain = offhook(
        "domain create office",
        "domain allow office 192.0.2.1",
        f"domain user add office alice --password {PASSWORD}",
        "domain delete office",
        "domain create office",
        "domain allow office 198.51.100.1",
        "domain show office --json",
    )

    assert allowed(shown(domain)) == [(f"Callers of {OFFICE}", "198.51.100.1", 32)]
    assert shown(domain)["credential_lists"] == []


def test_an_unmapped_list_of_that_name_is_left_alone(offhook: Commands, tmp_path: Path) -> None:
    async def map_no_more() -> None:
        async with running_api(tmp_path) as api:
            sip = api.client().sip

            def unmap() -> None:
                (domain,) = sip.domains.list()
                mappings = sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings
                (mapped,) = mappings.list()
                mappings(mapped.sid).delete()

            await asyncio.to_thread(unmap)

    offhook("domain create office", "domain allow office 192.0.2.1")
    asyncio.run(map_no_more())
    _, domain = offhook("domain allow office 198.51.100.1", "domain show office --json")

    assert allowed(shown(domain)) == [(f"Callers of {OFFICE} (2)", "198.51.100.1", 32)]


def test_a_list_that_another_domain_uses_stays_when_its_domain_is_deleted(
    offhook: Commands, tmp_path: Path
) -> None:
    async def share() -> None:
        async with running_api(tmp_path) as api:
            sip = api.client().sip

            def map_to_lab() -> None:
                lab = next(each for each in sip.domains.list() if each.domain_name == "lab.sip.localhost")
                (callers,) = sip.ip_access_control_lists.list()
                sip.domains(lab.sid).auth.calls.ip_access_control_list_mappings.create(callers.sid)

            await asyncio.to_thread(map_to_lab)

    offhook("domain create office", "domain create lab", "domain allow office 192.0.2.1")
    asyncio.run(share())
    deleted, lab = offhook("domain delete office", "domain show lab --json")

    assert deleted.stdout.splitlines() == [
        f"{OFFICE} is deleted",
        f"the list Callers of {OFFICE} stays: another SIP Domain uses it",
    ]
    assert allowed(shown(lab)) == [(f"Callers of {OFFICE}", "192.0.2.1", 32)]


def test_the_account_is_shown_without_its_auth_token_unless_asked(offhook: Commands) -> None:
    plain, as_json, revealed = offhook("account show", "account show --json", "account show --reveal")

    assert f"  account:      {ACCOUNT_SID}\n" in plain.stdout
    assert "  name:         main\n" in plain.stdout
    assert AUTH_TOKEN not in plain.stdout + as_json.stdout
    assert shown(as_json)["auth_token"] == "***"
    assert f"  AuthToken:    {AUTH_TOKEN}\n" in revealed.stdout


def test_the_account_is_given_another_name(offhook: Commands) -> None:
    changed, shown_, nothing = offhook(
        ("account", "set", "--name", "Front desk"), "account show --json", "account set"
    )

    assert "  name:         Front desk\n" in changed.stdout
    assert AUTH_TOKEN not in changed.stdout
    assert shown(shown_)["friendly_name"] == "Front desk"
    assert nothing.exit_code == 2


@pytest.mark.parametrize(
    "line", ["account show", "domain list", "domain user list office", "number list", "calls list"]
)
def test_a_wrong_auth_token_is_told(offhook: Commands, line: str) -> None:
    (result,) = offhook(line, token="wrong-token")

    assert result.exit_code == 1
    assert "the API answered 401: " in result.stderr
    assert "(20003). Check --account-sid and --auth-token" in result.stderr


@pytest.mark.parametrize(
    "line",
    [
        "account show",
        "account set --name x",
        "domain list",
        "domain user list office",
        "number list",
        "calls end CA1",
    ],
)
def test_a_node_that_does_not_run_is_told(line: str) -> None:
    flags = ["--url", "http://127.0.0.1:9", "--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN]
    result = CliRunner().invoke(app, [*line.split(), *flags])

    assert result.exit_code == 1
    assert (
        "http://127.0.0.1:9 does not answer: Connection refused. Start the node (offhook serve), "
        "or say where it is with --url or OFFHOOK_URL\n"
    ) in result.stderr


def test_more_records_than_a_page_holds_are_all_shown(
    offhook: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offhook.cli.node_api.PAGE", 2)
    *_, listed = offhook(*(f"domain create d{number}" for number in range(5)), "domain list --json")

    assert [each["domain_name"][:2] for each in shown(listed)] == ["d4", "d3", "d2", "d1", "d0"]
