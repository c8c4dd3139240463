"""`offhook doctor` and `offhook db`: as an operator runs them, before a node and beside one."""

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

from tests.support.node import OFFHOOK, running_node


def offhook(folder: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [OFFHOOK, *words],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "OFFHOOK_DATA_DIR": str(folder / "data"),
            "OFFHOOK_HTTP": "127.0.0.1:0",
            "OFFHOOK_SIP": "127.0.0.1:0",
            "OFFHOOK_SIPS": "127.0.0.1:0",
            **{f"OFFHOOK_{key.upper()}": value for key, value in settings.items()},
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def subjects(result: "subprocess.CompletedProcess[str]", verdict: str) -> set[str]:
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return {each["subject"] for each in found if each["verdict"] == verdict}


def test_a_machine_before_its_first_node(tmp_path: Path) -> None:
    result = offhook(tmp_path, "doctor")

    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith(("fine", "warning"))] == [
        "sip", "sips", "http", "tls", "media", "files",
        "addresses", "database", "database", "speech", "speech", "webhook",
    ]  # fmt: skip
    assert lines[-1].startswith("0 at fault")
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = offhook(tmp_path, "doctor", http=f"127.0.0.1:{other.getsockname()[1]}")

    assert result.returncode == 1
    assert "in use by another program" in result.stdout
    assert "-> stop that program" in result.stdout


def test_beside_a_running_node_its_own_ports_are_no_fault(tmp_path: Path) -> None:
    with running_node(tmp_path, "--voice-url", "http://127.0.0.1:1/voice") as node:
        result = offhook(
            tmp_path,
            "doctor",
            "--json",
            http=node.base_url.removeprefix("http://"),
            sip=f"127.0.0.1:{node.sip_port}",
            sips=f"127.0.0.1:{node.sips_port}",
        )

    assert result.returncode == 1
    assert subjects(result, "fault") == {"webhook"}
    assert {"sip", "sips", "tls", "http", "database"} <= subjects(result, "fine")


def test_settings_that_cannot_be_used_are_2(tmp_path: Path) -> None:
    result = offhook(tmp_path, "doctor", sip="nowhere")

    assert result.returncode == 2
    assert result.stderr.startswith("offhook doctor: sip: 'nowhere' is not allowed")


def test_the_tables_are_made_once(tmp_path: Path) -> None:
    first, second = offhook(tmp_path, "db", "upgrade"), offhook(tmp_path, "db", "upgrade")

    assert (first.returncode, first.stdout) == (0, "tables made\n")
    assert (second.returncode, second.stdout) == (0, "tables up to date already\n")


def test_a_database_that_is_not_there_is_1(tmp_path: Path) -> None:
    result = offhook(
        tmp_path, "db", "upgrade", database_url="postgresql://offhook:secret@127.0.0.1:1/offhook"
    )

    assert result.returncode == 1
    assert result.stderr.startswith("offhook db upgrade: 127.0.0.1:1/offhook: the database cannot be used")
    assert "secret" not in result.stderr


def test_a_default_domain_and_a_default_trunk_that_are_not_there_are_told(tmp_path: Path) -> None:
    named = {"default_domain": "ap", "default_trunk": "Carrier"}
    with running_node(tmp_path, "--voice-url", "http://127.0.0.1:1/voice", **named) as node:
        log = node.log()
        told = offhook(tmp_path, "doctor", "--json", **named)
        fine = offhook(tmp_path, "doctor", "--json", default_domain="app")

    assert {"domain", "trunk"} <= subjects(told, "warning")
    near = "there is no SIP Domain ap yet; there is app.sip.localhost"
    assert near in told.stdout
    assert "domain" in subjects(fine, "fine")
    assert "node.no_default_domain" in log
    assert near in log
    assert "node.no_default_trunk" in log
