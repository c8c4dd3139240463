"""A node whose records are in PostgreSQL: it takes a call, dies, and another one knows everything."""

import os
import subprocess
from pathlib import Path

import pytest
import requests

from tests.support.node import OFFHOOK, ROOT, Node, running_node
from tests.support.postgres import PASSWORD, PostgresCluster
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer


def test_what_a_killed_node_knew_another_one_knows(postgres: PostgresCluster, tmp_path: Path) -> None:
    url = postgres.new_database()
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    with running_node(tmp_path / "first", "--demo", database_url=url) as node:
        done = subprocess.run(
            [OFFHOOK, "call", f"sip:demo@127.0.0.1:{node.sip_port}", "--for", "1"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (call,) = sdk_client(node).calls.list()
        assert call.status == "completed"
        domain = sdk_client(node).sip.domains.create(domain_name="office.sip.localhost")
        node.process.kill()
        node.process.wait()
        assert PASSWORD not in node.log()
        assert PASSWORD not in node.said
    with running_node(tmp_path / "second", database_url=url) as again:
        assert (again.account_sid, again.auth_token) == (node.account_sid, node.auth_token)
        assert sdk_client(again).calls(call.sid).fetch().duration == call.duration
        assert sdk_client(again).sip.domains(domain.sid).fetch().domain_name == "office.sip.localhost"


def test_a_node_is_not_ready_while_its_database_is_gone(tmp_path: Path) -> None:
    def readiness(node: Node) -> tuple[int, str]:
        answer = requests.get(f"{node.base_url}/readyz", timeout=10)
        return answer.status_code, answer.json()["status"]

    with PostgresCluster() as own, running_node(tmp_path, database_url=own.new_database()) as node:
        assert readiness(node) == (200, "ready")
        own.stop("immediate")
        assert readiness(node) == (503, "stalled")
        own.start()
        assert readiness(node) == (200, "ready")


def ask_for_the_account(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`offhook account show` on a node's machine: the account comes out of its database."""
    return subprocess.run(
        [OFFHOOK, "account", "show", *arguments],
        cwd=ROOT,
        env={**os.environ, "OFFHOOK_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_commands_find_the_account_in_the_database(postgres: PostgresCluster, tmp_path: Path) -> None:
    url = postgres.new_database()
    before = ask_for_the_account(url)
    assert before.returncode == 1
    assert "the node's database has no accounts" in before.stderr
    with running_node(tmp_path, database_url=url) as node:
        shown = ask_for_the_account(url, "--url", node.base_url)
        assert shown.returncode == 0, shown.stderr
        assert node.account_sid in shown.stdout


def test_commands_say_that_the_database_does_not_answer(postgres: PostgresCluster) -> None:
    asked = ask_for_the_account(postgres.url("nobody"))
    assert asked.returncode == 1
    assert "the node's database cannot be asked: the database does not answer" in asked.stderr
    assert PASSWORD not in asked.stdout + asked.stderr
    assert "Traceback" not in asked.stderr


def test_a_database_that_cannot_be_used_is_one_clear_line(postgres: PostgresCluster, tmp_path: Path) -> None:
    url = postgres.url("nobody")
    done = subprocess.run(
        [OFFHOOK, "serve", "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--data-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "OFFHOOK_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    (complaint,) = [line for line in done.stderr.splitlines() if line.startswith("offhook serve:")]
    assert url.rpartition("@")[2] in complaint
    assert 'database "nobody" does not exist' in complaint
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
