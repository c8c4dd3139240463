import pytest

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.sip.digest.algorithm import Algorithm, ha1, ha2, response
from offhook.sip.digest.client import REALMS_MAX, ROUNDS_MAX, DigestSession, authorize, challenges_of
from offhook.sip.digest.credentials import Credentials
from offhook.sip.headers.authorization import Authorization
from offhook.sip.message import Headers, Response

BOB = Credentials("bob", Secret("zanzibar"))
URI = "sip:bob@biloxi.com"


def answered(*challenges: tuple[str, str], credentials: Credentials = BOB) -> tuple[str, Authorization]:
    header = authorize("INVITE", URI, challenges, credentials, SeededChance(1), body=b"the body")
    assert header is not None
    return header[0], Authorization.parse(header[1])


def proof(answer: Authorization, password: str, algorithm: Algorithm, body: bytes | None = None) -> str:
    return response(
        ha1(answer.username, answer.realm, password, algorithm),
        ha2("INVITE", answer.uri, algorithm, body),
        algorithm,
        nonce=answer.nonce,
        nc=answer.nc,
        cnonce=answer.cnonce,
        qop=answer.qop,
    )


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        (Algorithm.MD5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm.SHA_256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc7616_3_9_1_examples(algorithm: Algorithm, expected: str) -> None:
    secret = ha1("Mufasa", "http-auth@example.org", "Circle of Life", algorithm)
    assert expected == response(
        secret,
        ha2("GET", "/dir/index.html", algorithm),
        algorithm,
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        nc="00000001",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        qop="auth",
    )


def test_rfc3261_md5_challenge_is_answered_with_auth_and_the_first_count() -> None:
    name, answer = answered(
        ("WWW-Authenticate", 'Digest realm="r", qop="auth,auth-int", nonce="n", opaque="o"')
    )
    assert name == "Authorization"
    assert (answer.username, answer.realm, answer.nonce, answer.opaque) == ("bob", "r", "n", "o")
    assert (answer.uri, answer.qop, answer.nc, answer.algorithm) == (URI, "auth", "00000001", "")
    assert len(answer.cnonce) == 32
    assert answer.response == proof(answer, "zanzibar", Algorithm.MD5)


def test_only_what_rfc7616_quotes_is_quoted() -> None:
    header = authorize(
        "INVITE",
        URI,
        [("Proxy-Authenticate", 'Digest realm="r",qop="auth",nonce="n",opaque="",algorithm=MD5')],
        BOB,
        SeededChance(1),
    )
    assert header is not None
    name, value = header
    assert name == "Proxy-Authorization"
    parts = dict(part.split("=", 1) for part in value.removeprefix("Digest ").split(", "))
    bare = {name for name, text in parts.items() if not text.startswith('"')}
    assert bare == {"algorithm", "qop", "nc"}
    assert parts["opaque"] == '""'


def test_rfc8760_sha_256_wins_over_md5_wherever_it_stands() -> None:
    md5 = ("WWW-Authenticate", 'Digest realm="r", qop="auth", nonce="m", algorithm=MD5')
    sha = ("www-authenticate", 'DIGEST realm="r", qop="auth", nonce="s", algorithm=sha-256')
    for order in ((md5, sha), (sha, md5)):
        _, answer = answered(*order)
        assert (answer.nonce, answer.algorithm) == ("s", "sha-256")
        assert answer.response == proof(answer, "zanzibar", Algorithm.SHA_256)


def test_the_topmost_of_equals_is_answered() -> None:
    _, answer = answered(
        ("WWW-Authenticate", 'Digest realm="a", nonce="1"'),
        ("WWW-Authenticate", 'Digest realm="b", nonce="2"'),
    )
    assert answer.realm == "a"


def test_auth_int_covers_the_body_where_nothing_else_is_offered() -> None:
    _, answer = answered(("WWW-Authenticate", 'Digest realm="r", qop="auth-int", nonce="n"'))
    assert answer.qop == "auth-int"
    assert answer.response == proof(answer, "zanzibar", Algorithm.MD5, b"the body")


def test_a_challenge_without_qop_is_answered_as_rfc2069_wants() -> None:
    _, answer = answered(("WWW-Authenticate", 'Digest algorithm=MD5, realm="asterisk", nonce="1a2b"'))
    assert (answer.qop, answer.cnonce, answer.nc) == ("", "", "")
    assert answer.response == proof(answer, "zanzibar", Algorithm.MD5)


def test_names_and_realms_that_need_escapes_are_hashed_as_they_stand_on_the_wire() -> None:
    _, answer = answered(
        ("WWW-Authenticate", r'Digest realm="a \"b\"", qop="auth", nonce="n"'),
        credentials=Credentials('b"o\\b', Secret("pä")),
    )
    assert (answer.username, answer.realm) == (r"b\"o\\b", r"a \"b\"")
    assert answer.response == proof(answer, "pä", Algorithm.MD5)


@pytest.mark.parametrize(
    "challenges",
    [
        (),
        (("WWW-Authenticate", 'Basic realm="r"'),),
        (("WWW-Authenticate", 'Digest realm="r"'),),
        (("WWW-Authenticate", 'Digest realm="r", nonce="n'),),
        (("WWW-Authenticate", 'Digest realm="r", nonce="n", nonce="m"'),),
        (("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=MD5-sess'),),
        (("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=SHA-512-256'),),
        (("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="token"'),),
        (("Authorization", 'Digest realm="r", nonce="n"'),),
        (("WWW-Authenticate", "Digest " + ", ".join(f"a{n}=1" for n in range(100))),),
    ],
)
def test_nothing_fits(challenges: tuple[tuple[str, str], ...]) -> None:
    assert authorize("INVITE", URI, challenges, BOB, SeededChance(1)) is None


def parsed(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, Authorization]]:
    return [(name, Authorization.parse(value)) for name, value in headers]


def asked(realm: str, nonce: str, name: str = "Proxy-Authenticate", more: str = "") -> list[tuple[str, str]]:
    return [(name, f'Digest realm="{realm}", qop="auth", nonce="{nonce}"{more}')]


def test_a_session_counts_requests_on_one_nonce() -> None:
    session = DigestSession(BOB, SeededChance(1))
    assert session.repeat("BYE", URI) == ()
    assert session.answer("INVITE", URI, asked("r", "1"))
    answers = [answer for _ in range(10) for _, answer in parsed(session.repeat("BYE", URI))]
    assert [answer.nc for answer in answers] == [f"0000000{n:x}" for n in range(2, 12)]
    assert len({answer.cnonce for answer in answers}) == 10


def test_rfc7616_3_3_a_second_refusal_is_final_unless_it_says_stale() -> None:
    session = DigestSession(BOB, SeededChance(1))
    assert session.answer("INVITE", URI, asked("r", "1"))
    assert session.answer("INVITE", URI, asked("r", "2")) == ()
    ((_, answer),) = parsed(session.answer("INVITE", URI, asked("r", "3", more=", stale=TRUE")))
    assert (answer.nonce, answer.nc) == ("3", "00000001")


def test_rfc3261_22_3_each_realm_that_asks_adds_its_answer_to_those_before() -> None:
    session = DigestSession(BOB, SeededChance(1))
    session.answer("INVITE", URI, asked("p", "1"))
    headers = parsed(session.answer("INVITE", URI, asked("r", "2", "WWW-Authenticate")))
    assert [(name, each.realm, each.nonce, each.nc) for name, each in headers] == [
        ("Proxy-Authorization", "p", "1", "00000002"),
        ("Authorization", "r", "2", "00000001"),
    ]
    headers = parsed(session.answer("INVITE", URI, asked("p", "3", more=", stale=true")))
    assert [(each.realm, each.nonce, each.nc) for _, each in headers] == [
        ("p", "3", "00000001"),
        ("r", "2", "00000002"),
    ]


def test_rfc3261_22_3_several_realms_of_one_response_are_all_answered() -> None:
    session = DigestSession(BOB, SeededChance(1))
    headers = parsed(session.answer("INVITE", URI, asked("one", "1") + asked("two", "2")))
    assert [(name, each.realm) for name, each in headers] == [
        ("Proxy-Authorization", "one"),
        ("Proxy-Authorization", "two"),
    ]


def test_a_proxy_and_a_user_agent_may_have_realms_of_one_name() -> None:
    session = DigestSession(BOB, SeededChance(1))
    session.answer("INVITE", URI, asked("r", "1"))
    headers = session.answer("INVITE", URI, asked("r", "2", "WWW-Authenticate"))
    assert [name for name, _ in headers] == ["Proxy-Authorization", "Authorization"]


def test_it_gives_up_on_too_many_challenges_and_too_many_realms() -> None:
    session = DigestSession(BOB, SeededChance(1))
    answers = [session.answer("INVITE", URI, asked("r", str(n), more=", stale=true")) for n in range(10)]
    assert [bool(each) for each in answers] == [True] * ROUNDS_MAX + [False] * (10 - ROUNDS_MAX)
    realms = [challenge for n in range(REALMS_MAX + 1) for challenge in asked(str(n), "1")]
    assert DigestSession(BOB, SeededChance(1)).answer("INVITE", URI, realms) == ()
    assert len(DigestSession(BOB, SeededChance(1)).answer("INVITE", URI, realms[1:])) == REALMS_MAX


def test_challenges_are_taken_from_a_response() -> None:
    fields = [("WWW-Authenticate", "Digest a"), ("Via", "x"), ("proxy-authenticate", "Digest b")]
    refused = Response(401, "Unauthorized", Headers(fields))
    assert challenges_of(refused) == [("WWW-Authenticate", "Digest a"), ("Proxy-Authenticate", "Digest b")]


def test_neither_password_nor_proof_is_shown() -> None:
    _, answer = answered(("WWW-Authenticate", 'Digest realm="r", nonce="n"'))
    assert "zanzibar" not in repr(BOB)
    assert answer.response not in repr(answer)
