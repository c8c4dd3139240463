import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.sip.digest.algorithm import Algorithm, ha1
from offhook.sip.digest.client import DigestSession
from offhook.sip.digest.credentials import Credentials
from offhook.sip.digest.nonce import Nonce, NonceCounts, NonceMint
from offhook.sip.digest.server import DigestGate, Outcome, Verdict
from offhook.sip.digest.settings import Settings
from offhook.sip.digest.throttle import Throttle
from offhook.sip.error import SipError
from offhook.sip.headers.authorization import Authorization
from offhook.sip.headers.www_authenticate import Challenge

REALM = "sip.example.com"
URI = "sip:shop.sip.example.com"
BOTH = (Algorithm.SHA_256, Algorithm.MD5)
USERS = (("alice", "Correct1Horse"), ('q"uote', "Battery2Staple"), ("alice", "Other3Password"))


def find_ha1(username: str, algorithm: Algorithm) -> list[str]:
    escaped = username.replace('"', '\\"')
    return [ha1(escaped, REALM, password, algorithm) for name, password in USERS if name == username]


def gate(**changes: object) -> DigestGate:
    return DigestGate(Settings(REALM, **changes), SeededChance(1))  # type: ignore[arg-type]


def client(username: str = "alice", password: str = USERS[0][1], seed: int = 2) -> DigestSession:
    return DigestSession(Credentials(username, Secret(password)), SeededChance(seed))


def answer(
    session: DigestSession, challenges: tuple[str, ...], method: str = "REGISTER", uri: str = URI
) -> str:
    ((_, value),) = session.answer(method, uri, [("Proxy-Authenticate", each) for each in challenges])
    return value


def check(gate: DigestGate, value: str, now: float = 0.0, source: str = "10.0.0.1") -> Outcome:
    return gate.check(Authorization.parse(value), "REGISTER", find_ha1, now, source=source).outcome


def test_the_challenge_has_the_shape_that_peers_of_the_platform_know() -> None:
    (value,) = gate().challenge(0.0)
    shape = rf'Digest realm="{re.escape(REALM)}",qop="auth",nonce="[\w-]{{48}}",opaque="[0-9a-f]{{32}}"'
    assert re.fullmatch(shape, value)
    assert gate().challenge(0.0, stale=True)[0].endswith(",stale=true")


def test_rfc8760_both_algorithms_are_offered_in_the_order_of_the_setting() -> None:
    values = gate(algorithms=BOTH).challenge(0.0)
    assert [Challenge.parse(each).algorithm for each in values] == ["SHA-256", "MD5"]


@pytest.mark.parametrize("algorithms", [(Algorithm.MD5,), (Algorithm.SHA_256,), BOTH])
def test_the_right_password_is_accepted_and_its_user_named(algorithms: tuple[Algorithm, ...]) -> None:
    door = gate(algorithms=algorithms)
    value = answer(client(), door.challenge(0.0))
    assert door.check(Authorization.parse(value), "REGISTER", find_ha1, 1.0, source="10.0.0.1") == Verdict(
        Outcome.ACCEPTED, "alice"
    )


def test_a_name_that_needs_escapes_is_given_back_as_people_write_it() -> None:
    door = gate()
    value = answer(client('q"uote', "Battery2Staple"), door.challenge(0.0))
    assert door.check(Authorization.parse(value), "REGISTER", find_ha1, 1.0, source="") == Verdict(
        Outcome.ACCEPTED, 'q"uote'
    )


@pytest.mark.parametrize(("username", "password"), [("alice", "wrong"), ("nobody", "Correct1Horse")])
def test_wrong_password_and_unknown_user_are_the_same(username: str, password: str) -> None:
    door = gate()
    assert check(door, answer(client(username, password), door.challenge(0.0))) is Outcome.WRONG


def test_a_name_may_have_several_passwords_and_a_wrong_one_fails_once() -> None:
    door = gate()
    challenge = door.challenge(0.0)
    assert check(door, answer(client(password="Other3Password"), challenge)) is Outcome.ACCEPTED
    wrong = answer(client(password="wrong"), challenge)
    assert [check(door, wrong) for _ in range(21)] == [Outcome.WRONG] * 20 + [Outcome.THROTTLED]


def test_the_answer_holds_for_its_method_only() -> None:
    door = gate()
    assert check(door, answer(client(), door.challenge(0.0), method="INVITE")) is Outcome.WRONG


def test_another_realm_is_not_ours() -> None:
    door = gate()
    foreign = 'Digest username="a", realm="elsewhere", nonce="n", uri="sip:x", response="0"'
    ours = answer(client(), door.challenge(0.0))
    assert door.choose([foreign]) is None
    assert door.choose([foreign, ours]) == ours
    assert check(door, ours.replace(f'realm="{REALM}"', 'realm="elsewhere"')) is Outcome.MALFORMED


def test_a_nonce_is_stale_when_its_time_is_over() -> None:
    door = gate(nonce_life_s=300.0)
    session = client()
    challenge = door.challenge(1000.0)
    assert check(door, answer(session, challenge), 1299.0) is Outcome.ACCEPTED
    ((_, value),) = session.repeat("REGISTER", URI)
    assert check(door, value, 1301.0) is Outcome.STALE
    again = answer(session, door.challenge(1301.0, stale=True))
    assert check(door, again, 1301.0) is Outcome.ACCEPTED


def test_a_nonce_from_before_a_restart_is_stale_and_a_forged_one_too() -> None:
    before, after = DigestGate(Settings(REALM), SeededChance(7)), gate()
    assert check(after, answer(client(), before.challenge(0.0))) is Outcome.STALE
    for nonce in ("", "n", "é" * 48, "A" * 48, "=" * 48):
        assert (
            check(after, answer(client(), (f'Digest realm="{REALM}",qop="auth",nonce="{nonce}"',)))
            is Outcome.STALE
        )


def test_a_replay_is_refused_and_counting_up_is_accepted() -> None:
    door, session = gate(), client()
    first = answer(session, door.challenge(0.0))
    assert check(door, first) is Outcome.ACCEPTED
    assert check(door, first) is Outcome.STALE
    ((_, second),) = session.repeat("REGISTER", URI)
    ((_, third),) = session.repeat("REGISTER", URI)
    assert check(door, third) is Outcome.ACCEPTED
    assert check(door, second) is Outcome.STALE


def test_a_challenge_stores_nothing_and_a_wrong_answer_uses_no_nonce_up() -> None:
    door = gate()
    challenge = door.challenge(0.0)
    for _ in range(10):
        assert check(door, answer(client(password="wrong"), challenge)) is Outcome.WRONG
    assert check(door, answer(client(), challenge)) is Outcome.ACCEPTED


def test_replays_are_refused_even_when_the_table_is_full() -> None:
    door = gate(nonces_kept=10)
    used = []
    for second in range(30):
        value = answer(client(seed=second), door.challenge(float(second)))
        assert check(door, value, float(second)) is Outcome.ACCEPTED
        used.append(value)
    assert {check(door, value, 30.0) for value in used} == {Outcome.STALE}


def test_used_nonces_are_forgotten_when_they_expire() -> None:
    counts = NonceCounts(life_s=300.0, kept=1000)
    for second in range(1000):
        counts.use(Nonce(second.to_bytes(12, "big"), second * 1000), 1, float(second))
    assert len(counts) == 300


def test_fresh_nonces_stay_fresh_when_a_full_table_forgets_old_ones() -> None:
    counts = NonceCounts(life_s=300.0, kept=1)
    counts.use(Nonce(b"old", 1000), 1, 1.0)
    counts.use(Nonce(b"new", 2000), 1, 2.0)
    assert not counts.is_fresh(Nonce(b"old", 1000), 2, 2.0)
    assert counts.is_fresh(Nonce(b"new", 2000), 2, 2.0)
    assert counts.is_fresh(Nonce(b"newer", 2001), 1, 2.001)


@given(st.text(max_size=60))
def test_any_text_is_a_nonce_of_ours_or_not(text: str) -> None:
    mint = NonceMint(SeededChance(1))
    assert mint.read(text) is None
    issued = mint.read(mint.issue(12.5))
    assert issued is not None
    assert issued.issued_ms == 12_500


@pytest.mark.parametrize(
    "change",
    [
        (", qop=auth", ""),
        ("qop=auth", "qop=auth-int"),
        ("nc=00000001", "nc=1"),
        ("nc=00000001", "nc=0000000x"),
        ("nc=00000001", ""),
        ("uri=", "algorithm=SHA-256, uri="),
        ("uri=", "algorithm=MD5-sess, uri="),
        ('cnonce="', 'cnonce="", c="'),
    ],
)
def test_what_answers_another_challenge_is_malformed(change: tuple[str, str]) -> None:
    door = gate()
    value = answer(client(), door.challenge(0.0))
    assert change[0] in value
    broken = Authorization.parse(value.replace(*change))
    verdict = door.check(broken, "REGISTER", find_ha1, 0.0, source="10.0.0.1")
    assert verdict.outcome is Outcome.MALFORMED
    assert verdict.reason


@pytest.mark.parametrize(
    "change", [("Digest ", "Basic "), ("username=", "user="), ('uri="', 'uri="", uri="')]
)
def test_what_is_no_answer_at_all_cannot_be_read(change: tuple[str, str]) -> None:
    value = answer(client(), gate().challenge(0.0))
    with pytest.raises(SipError) as caught:
        Authorization.parse(value.replace(*change))
    assert caught.value.status == 400


@pytest.mark.parametrize("signed", ["sip:192.0.2.1:5060", "sip:a@h;transport=tls", "tel:1"])
def test_the_uri_that_was_signed_need_not_be_the_request_uri(signed: str) -> None:
    door = gate()
    assert check(door, answer(client(), door.challenge(0.0), uri=signed)) is Outcome.ACCEPTED


def test_another_uri_than_the_signed_one_is_wrong() -> None:
    door = gate()
    value = answer(client(), door.challenge(0.0))
    assert check(door, value.replace(f'uri="{URI}"', 'uri="sip:other.example.com"')) is Outcome.WRONG


def test_quotes_where_phones_put_them_too_many_are_read() -> None:
    door = gate()
    value = answer(client(), door.challenge(0.0))
    value = value.replace("qop=auth", 'qop="auth"').replace("nc=00000001", 'nc="00000001"')
    assert check(door, value) is Outcome.ACCEPTED


def test_twenty_failures_a_minute_close_the_gate_for_that_source_and_user() -> None:
    door = gate()
    challenge = door.challenge(0.0)
    wrong = answer(client(password="wrong"), challenge)
    right = answer(client(), challenge)
    assert [check(door, wrong, float(n)) for n in range(20)] == [Outcome.WRONG] * 20
    assert check(door, right, 20.0) is Outcome.THROTTLED
    assert check(door, right, 20.0, source="10.0.0.2") is Outcome.ACCEPTED
    nobody = answer(client("nobody"), challenge)
    assert check(door, nobody, 20.0) is Outcome.WRONG
    assert check(door, answer(client(seed=3), door.challenge(61.0)), 61.0) is Outcome.ACCEPTED


def test_fewer_than_twenty_failures_a_minute_are_never_throttled() -> None:
    throttle = Throttle(20, kept=10)
    now = 0.0
    for _ in range(500):
        assert not throttle.is_closed("s", "u", now)
        throttle.fail("s", "u", now)
        now += 60.0 / 19


def test_the_right_password_clears_the_count() -> None:
    throttle = Throttle(2, kept=10)
    throttle.fail("s", "u", 0.0)
    throttle.succeed("s", "u")
    throttle.fail("s", "u", 0.0)
    assert not throttle.is_closed("s", "u", 0.0)


def test_the_table_of_failures_is_bounded_in_number_and_size() -> None:
    throttle = Throttle(20, kept=100)
    for n in range(1000):
        throttle.fail("s", f"{n}" * 1000, 0.0)
    assert len(throttle) == 100


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_any_text_is_refused_by_the_parser_or_gets_a_verdict(text: str) -> None:
    door = gate()
    for value in (text, f"Digest {text}", answer(client(), door.challenge(0.0)) + f", {text}"):
        try:
            read = Authorization.parse(value)
        except SipError:
            continue
        assert door.check(read, "REGISTER", find_ha1, 0.0, source="10.0.0.1").outcome in set(Outcome)


@pytest.mark.parametrize(
    "parameters",
    [
        "a=1," * 2_000,
        "," * 8_000 + '"',
        "a=" + " " * 8_000 + '"',
        'a="' + "\\" * 8_000,
        'a="b",' * 1_300 + '"',
        "a=" * 4_000,
        " " * 8_000 + "=",
    ],
)
def test_hostile_answers_cost_no_more_than_their_length(parameters: str) -> None:
    for _ in range(20):
        with pytest.raises(SipError):
            Authorization.parse("Digest " + parameters)


@given(
    st.builds(
        Authorization,
        username=st.from_regex(r'(?:[^"\\]|\\.)*', fullmatch=True),
        realm=st.just("r"),
        nonce=st.text(alphabet="ab=+/", max_size=9),
        uri=st.just("sip:a@h;x"),
        response=st.text(alphabet="0123456789abcdef", max_size=32),
        algorithm=st.sampled_from(["", "MD5", "SHA-256"]),
        opaque=st.none() | st.just("") | st.just("o, p"),
        qop=st.just("auth"),
        cnonce=st.text(alphabet="ab,;=", min_size=1, max_size=9),
        nc=st.just("0000000a"),
    )
)
def test_printed_answers_come_back(value: Authorization) -> None:
    assert Authorization.parse(str(value)) == value
