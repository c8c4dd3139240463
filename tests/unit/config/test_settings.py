"""Flags, environment and file, and their order."""

import os
from pathlib import Path
from typing import Any, cast

import pytest

from offhook.config.limits import LimitsForm, queue_settings
from offhook.config.settings import KEYS, SettingsError, load_settings
from offhook.media.settings import InbandDigits
from offhook.queue.queues import Settings as QueueSettings
from offhook.store.settings import Durability
from offhook.tls.suites import SUITES


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine and no file of the folder counts."""
    for name in list(os.environ):
        if name.startswith("OFFHOOK_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_of_the_design() -> None:
    settings = load_settings()
    assert settings.data_dir == Path("offhook-data")
    assert settings.http == ("127.0.0.1", 8080)
    assert settings.sip == (("0.0.0.0", 5060),)
    assert settings.media_ports == (10000, 20000)
    assert settings.advertised_ip == ()
    assert settings.domain_suffixes == ("sip.localhost", "sip.twilio.com")
    assert settings.default_domain is None
    assert settings.sip_realm is None
    assert settings.media_workers >= 1
    assert settings.media_timeout_s == 60
    assert settings.inband_dtmf is InbandDigits.AUTO
    assert settings.database_url == "sqlite:///offhook-data/offhook.db"
    assert settings.durability is Durability.NORMAL
    assert settings.account_sid is None
    assert settings.auth_token is None
    assert settings.public_url is None
    assert settings.allow_private_webhooks is True
    assert settings.tts == "hibari"
    assert settings.drain_timeout_s == 300
    assert settings.log_level == "info"


def test_the_limits_are_twilio_s_unless_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = load_settings().limits
    assert (limits.registration_expires_min, limits.registration_expires_max) == (600, 3600)
    assert (limits.registration_contacts, limits.registrations_per_second) == (10, 5)
    monkeypatch.setenv("OFFHOOK_REGISTRATION_CONTACTS", "3")
    assert queue_settings(limits) == QueueSettings(size_max=5_000, per_account=1_000)
    assert queue_settings(load_settings(queue_size_max="7").limits).size_max == 7
    assert load_settings(registration_expires_min="60 s").limits.registration_expires_min == 60
    assert load_settings().limits.registration_contacts == 3
    with pytest.raises(SettingsError, match="registration_expires_min: it is more than"):
        load_settings(registration_expires_min=7200)


def test_flag_before_environment_before_file_before_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load_settings().log_level == "info"
    (tmp_path / "offhook.toml").write_text('log_level = "error"\nmedia_workers = 3\n')
    assert load_settings().log_level == "error"
    monkeypatch.setenv("OFFHOOK_LOG_LEVEL", "warning")
    assert load_settings().log_level == "warning"
    assert load_settings(log_level="debug").log_level == "debug"
    assert load_settings(log_level=None).log_level == "warning"
    assert load_settings().media_workers == 3


def test_lists_and_maps_may_be_tomls_own_or_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'sip = ["127.0.0.1:5060", "[::1]:5060"]\n'
        'domain_suffixes = "sip.example.com,sip.localhost"\n'
        "drain_timeout = 2.5\n"
        "allow_private_webhooks = false\n"
        '[advertised_ip]\n"10.0.0.0/8" = "10.1.1.1"\n'
    )
    settings = load_settings(file=file)
    assert settings.sip == (("127.0.0.1", 5060), ("::1", 5060))
    assert settings.domain_suffixes == ("sip.example.com", "sip.localhost")
    assert settings.drain_timeout_s == 2.5
    assert settings.allow_private_webhooks is False
    assert [(str(network), ip) for network, ip in settings.advertised_ip] == [("10.0.0.0/8", "10.1.1.1")]


def test_every_key_is_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_SIP", "127.0.0.1:0,127.0.0.1:0")
    monkeypatch.setenv("OFFHOOK_MEDIA_PORTS", "0")
    monkeypatch.setenv("OFFHOOK_ADVERTISED_IP", "203.0.113.5")
    monkeypatch.setenv("OFFHOOK_DOMAIN_SUFFIXES", "sip.example.com")
    monkeypatch.setenv("OFFHOOK_AUTH_TOKEN", "secret-token")
    monkeypatch.setenv("OFFHOOK_DURABILITY", "full")
    monkeypatch.setenv("OFFHOOK_DEFAULT_DOMAIN", "demo")
    settings = load_settings()
    assert settings.sip == (("127.0.0.1", 0), ("127.0.0.1", 0))
    assert settings.media_ports == (0, 0)
    assert settings.advertised_ip[0][1] == "203.0.113.5"
    assert settings.domain_suffixes == ("sip.example.com",)
    assert settings.auth_token is not None
    assert settings.auth_token.reveal() == "secret-token"
    assert settings.durability is Durability.FULL
    assert settings.default_domain == "demo"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_HTTP", "")
    assert load_settings().http == ("127.0.0.1", 8080)


@pytest.mark.parametrize(
    ("http", "choice", "allowed"),
    [
        ("127.0.0.1:0", "auto", True),
        ("[::1]:0", "auto", True),
        ("0.0.0.0:0", "auto", False),
        ("0.0.0.0:0", "true", True),
        ("127.0.0.1:0", "false", False),
    ],
)
def test_private_webhooks_follow_the_listener(http: str, choice: str, allowed: bool) -> None:
    settings = load_settings(http=http, allow_private_webhooks=choice)
    assert settings.allow_private_webhooks is allowed


def test_the_database_is_in_data_dir_unless_said(tmp_path: Path) -> None:
    assert load_settings(data_dir=tmp_path).database_url == f"sqlite:///{tmp_path}/offhook.db"
    assert load_settings(database_url="sqlite:///x.db").database_url == "sqlite:///x.db"


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("http", "nowhere", "ADDRESS:PORT"),
        ("sip", "", "ADDRESS:PORT"),
        ("media_ports", "9", "LOW-HIGH"),
        ("media_workers", "0", "a whole number from 1 to 256"),
        ("durability", "maybe", "normal or full"),
        ("allow_private_webhooks", "perhaps", "auto or true or false"),
        ("tts", "piper", "hibari or espeak-ng"),
        ("log_level", "loud", "debug or info or warning or error"),
        ("media_timeout", "0", "seconds from 1"),
        ("account_sid", "me", "AC and 32"),
        ("public_url", "voice.example.com", "http or https URL"),
        ("database_url", "mysql://h/d", "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"),
    ],
)
def test_a_bad_value_names_key_value_and_what_is_allowed(key: str, value: str, allowed: str) -> None:
    flags: dict[str, Any] = {key: value}
    with pytest.raises(SettingsError) as caught:
        load_settings(**flags)
    text = str(caught.value)
    assert text.startswith(f"{key}: ")
    assert allowed in text
    assert (repr(value) in text) == (key != "database_url")


def test_secrets_do_not_stand_in_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_AUTH_TOKEN", "hush hush hush")
    monkeypatch.setenv("OFFHOOK_DATABASE_URL", "postgresql://me:hush@host")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "auth_token" in str(caught.value)
    assert "database_url" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_unknown_keys_are_refused_wherever_they_stand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="colour"):
        load_settings(colour="red")
    file = tmp_path / "mine.toml"
    file.write_text('shape = "round"\n')
    with pytest.raises(SettingsError, match="shape: there is no such setting"):
        load_settings(file=file)
    monkeypatch.setenv("OFFHOOK_SIPZ", "0.0.0.0:5061")
    with pytest.raises(SettingsError, match="OFFHOOK_SIPZ"):
        load_settings()


def test_of_an_unknown_key_the_nearest_are_told_and_where_all_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(media_port="1", colour="red")
    assert str(caught.value).splitlines() == [
        "media_port: there is no such setting; did you mean media_ports? docs/settings.md has them all",
        "colour: there is no such setting; docs/settings.md has them all",
    ]
    monkeypatch.setenv("OFFHOOK_HTPP", "x")
    monkeypatch.setenv("OFFHOOK_COLOUR", "red")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).splitlines() == [
        "OFFHOOK_COLOUR: there is no such setting; docs/settings.md has them all",
        "OFFHOOK_HTPP: there is no such setting; did you mean OFFHOOK_HTTP? docs/settings.md has them all",
    ]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"http": "127.0.0.1:5060"}, "http: 127.0.0.1:5060 is where sip listens, 0.0.0.0:5060"),
        ({"https": "127.0.0.1:8080"}, "https: 127.0.0.1:8080 is where http listens, 127.0.0.1:8080"),
        ({"http": "[::]:5061", "sips": "[::1]:5061"}, "sips: [::1]:5061 is where http listens, [::]:5061"),
    ],
)
def test_two_listeners_on_one_address_are_refused(flags: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(**cast("dict[str, Any]", flags))
    assert str(caught.value).startswith(said)
    assert f"Choose another port: OFFHOOK_{said.partition(':')[0].upper()}=" in str(caught.value)


@pytest.mark.parametrize(
    "flags",
    [
        {"http": "127.0.0.1:0", "sip": "127.0.0.1:0", "sips": "127.0.0.1:0"},
        {"http": "[::]:5060"},
        {"http": "127.0.0.2:5070", "sip": "127.0.0.1:5070"},
        {"http": "127.0.0.1:5061"},
    ],
    ids=["the system chooses", "two families", "two addresses", "SIP over TLS that nobody asked for"],
)
def test_listeners_that_do_not_meet_are_taken(flags: dict[str, str]) -> None:
    load_settings(**cast("dict[str, Any]", flags))


def test_what_later_rooms_will_read_is_taken_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().not_acted_on == ()
    assert load_settings(asr="off").not_acted_on == ()


def test_the_recogniser_is_the_embedded_one_unless_the_operator_names_another() -> None:
    default = load_settings()
    assert (default.asr, default.asr_model, default.asr_url, default.asr_key) == ("whisper", None, None, None)
    assert load_settings(asr="off").asr is None
    cloud = load_settings(asr="deepgram", asr_url="wss://asr.test/v1", asr_key="k3y", asr_model="nova-3")
    assert (cloud.asr, cloud.asr_url, cloud.asr_model) == ("deepgram", "wss://asr.test/v1", "nova-3")
    assert cloud.asr_key is not None
    assert cloud.asr_key.reveal() == "k3y"
    assert "k3y" not in repr(cloud)
    with pytest.raises(SettingsError, match="asr_url: 'ftp://x' is not allowed"):
        load_settings(asr_url="ftp://x")
    with pytest.raises(SettingsError, match="asr_key: the value is not allowed"):
        load_settings(asr_key="a b")


def test_sip_over_tls_is_on_by_default_and_the_operator_may_put_it_elsewhere_or_turn_it_off() -> None:
    default = load_settings()
    assert (default.sips, default.is_sips_given, default.sips_legacy) == ((("0.0.0.0", 5061),), False, ())
    moved = load_settings(sips="127.0.0.1:0,[::1]:7061", sips_legacy="127.0.0.1:5062")
    assert (moved.sips, moved.is_sips_given) == ((("127.0.0.1", 0), ("::1", 7061)), True)
    assert moved.sips_legacy == (("127.0.0.1", 5062),)
    assert load_settings(sips="off").sips == ()
    with pytest.raises(SettingsError, match="sips: 'x' is not allowed"):
        load_settings(sips="x")


def test_clients_may_show_certificates_once_there_is_a_ca_for_them() -> None:
    assert load_settings().sips_client_cert == "off"
    assert load_settings(sips_client_ca="ca.pem").sips_client_cert == "optional"
    assert load_settings(sips_client_ca="ca.pem", sips_client_cert="required").sips_client_cert == "required"
    assert load_settings(sips_client_ca="ca.pem", sips_client_cert="off").sips_client_cert == "off"
    with pytest.raises(SettingsError, match="sips_client_cert: required is of use with sips_client_ca only"):
        load_settings(sips_client_cert="required")
    with pytest.raises(SettingsError, match="tls_client_key: it is of use with tls_client_cert only"):
        load_settings(tls_client_key="key.pem")


def test_cipher_suites_are_those_of_the_platform_or_the_operators() -> None:
    assert load_settings().tls_ciphers == SUITES
    named = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305"
    assert load_settings(tls_ciphers=named).tls_ciphers == tuple(named.split(":"))


@pytest.mark.parametrize(
    "wrong",
    ["HIGH", "NULL-SHA256", "ADH-AES128-SHA", "TLS_AES_128_GCM_SHA256", "x", ",", "AES128-SHA,AES128-SHA"],
)
def test_what_is_no_cipher_suite_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"tls_ciphers: .* allowed is OpenSSL's names"):
        load_settings(tls_ciphers=wrong)


def test_a_key_without_its_certificate_is_refused() -> None:
    with pytest.raises(SettingsError, match="tls_key: it is of use with tls_cert only"):
        load_settings(tls_key="key.pem")
    both = load_settings(tls_key="key.pem", tls_cert="chain.pem")
    assert (str(both.tls_cert), str(both.tls_key)) == ("chain.pem", "key.pem")


@pytest.mark.parametrize(("key", "value"), [("cluster_url", "nats://127.0.0.1:4222")])
def test_what_must_not_be_overlooked_is_refused_until_it_is_there(key: str, value: object) -> None:
    with pytest.raises(SettingsError, match="does not have it yet"):
        load_settings(file=None, **{key: value})
    assert load_settings(file=None, **{key: "off"}).not_acted_on == ()


def test_the_variable_of_the_command_line_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_URL", "http://127.0.0.1:8080")
    assert load_settings().http == ("127.0.0.1", 8080)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no file"):
        load_settings(file=tmp_path / "gone.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("http = \n")
    with pytest.raises(SettingsError, match="not TOML"):
        load_settings(file=broken)


def test_every_bad_value_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(http="x", sip="y")
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["http", "sip"]


def test_connectors_have_their_servers_in_order_and_who_we_are_there(tmp_path: Path) -> None:
    servers = "main=sip:a@10.1.1.9;transport=tcp,sip:b@10.1.1.10,other=sip:srs.example;secure=true"
    settings = load_settings(siprec_connectors=servers, siprec_credentials="main=recorder:s3:cret")
    main, other = settings.siprec_connectors["main"], settings.siprec_connectors["other"]
    assert [str(each) for each in main.servers] == ["sip:a@10.1.1.9;transport=tcp", "sip:b@10.1.1.10"]
    (secure,) = other.servers
    assert (str(secure), secure.is_secure) == ("sip:srs.example;transport=tls", True)
    assert main.credentials is not None
    assert (main.credentials.username, main.credentials.password.reveal()) == ("recorder", "s3:cret")
    assert other.credentials is None
    table = tmp_path / "offhook.toml"
    table.write_text('siprec_connectors = { main = ["sip:a@10.1.1.9;transport=tcp", "sip:b@10.1.1.10"] }\n')
    assert load_settings(file=table).siprec_connectors["main"].servers == main.servers


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("siprec_connectors", "sip:a@10.1.1.9", "NAME=SIP URI"),
        ("siprec_connectors", "main=http://a", "NAME=SIP URI"),
        ("siprec_connectors", "main=sip:a@[", "NAME=SIP URI"),
        ("siprec_connectors", "main=sip:a@h,other=sip:b@h,main=sip:c@h", "each name once"),
        ("siprec_connectors", "main=sip:a:pass@h", "siprec_credentials"),
        ("siprec_connectors", "main=sip:a@h;secure=maybe", "true or false"),
        ("siprec_connectors", "main=sip:a@h;secure=true;transport=udp", "over TLS"),
        ("siprec_connectors", "main=" + ",".join(["sip:a@h"] * 9), "at most 8"),
        ("siprec_credentials", "main=recorder", "NAME=USER:PASSWORD"),
        ("siprec_credentials", "nobody=recorder:hunter22", "siprec_connectors has no nobody"),
    ],
)
def test_a_connector_that_cannot_be_used_is_refused(key: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(file=None, **{key: value})
    assert str(caught.value).startswith(f"{key}: ")
    assert allowed in str(caught.value)
    assert "hunter22" not in str(caught.value)


def test_the_keys_are_those_of_the_design() -> None:
    keys = (
        "data_dir http sip media_ports advertised_ip domain_suffixes default_domain media_workers",
        "database_url account_sid auth_token public_url allow_private_webhooks durability tts drain_timeout",
        "sip_realm log_level media_timeout inband_dtmf send_dtmf dns_servers digest_algorithms default_trunk",
        "stir_ca_file",
        "extra_ca_file sips sips_legacy allow_deprecated_tls tls_cert tls_key asr https cluster_url",
        "tls_ciphers sips_client_ca sips_client_cert tls_client_cert tls_client_key sips_wildcard_peers",
        "secure_media spoken_mb",
        "asr_model asr_url asr_key siprec_connectors siprec_credentials",
    )
    assert sorted({*KEYS} - {*LimitsForm.model_fields}) == sorted(" ".join(keys).split())
