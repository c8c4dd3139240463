"""docs/failures.md has what the commands really say when they fail: each is run here and compared."""

import os
import re
import shlex
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from offhook.store.migrations import migrate
from tests.support.free_port import free_port
from tests.support.node import OFFHOOK, ROOT, Node, running_node

pytestmark = pytest.mark.peer

PAGE = ROOT / "docs" / "failures.md"
LIMIT_S = 60


@dataclass(frozen=True)
class Row:
    """One row of a table of the page."""

    command: str
    says: str
    status: int


def rows() -> list[Row]:
    found = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and cells[2].isdigit():
            found.append(Row(cells[0].strip("`"), cells[1].strip("`"), int(cells[2])))
    return found


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), "--demo") as node:
        yield node


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """What the ports of the page are here: two that are taken, one where nobody is."""
    with ExitStack() as taken:
        http = taken.enter_context(socket.create_server(("127.0.0.1", 0)))
        sip = taken.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sip.bind(("127.0.0.1", 0))
        yield {
            "8080": http.getsockname()[1],
            "5060": sip.getsockname()[1],
            "8099": free_port(),
            "5099": free_port(),
        }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the commands of the page find there."""
    (tmp_path / "a-file").write_text("")
    (tmp_path / "newer").mkdir()
    migrate(f"sqlite:///{tmp_path}/newer/offhook.db")
    with sqlite3.connect(tmp_path / "newer" / "offhook.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "offhook.db").write_text("Dear aunt, " * 500)
    (tmp_path / "misspelt.toml").write_text('htpp = "127.0.0.1:8080"\n')
    (tmp_path / "broken.toml").write_text("http = \n")
    (tmp_path / "voice.xml").write_text("<Response>\n  <Say>Hello</Sya>\n</Response>\n")
    return tmp_path


def run(command: str, node: Node, ports: dict[str, int], folder: Path) -> tuple[int, list[str]]:
    """The exit status of a command of the page, and the lines that it prints, with the ports of the page."""
    for shown, real in ports.items():
        command = re.sub(rf"(?<=:){shown}\b", str(real), command)
    words = shlex.split(command)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OFFHOOK_")}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if words[1] in ("serve", "doctor", "db"):
        defaults = {
            "OFFHOOK_HTTP": "127.0.0.1:0",
            "OFFHOOK_SIP": "127.0.0.1:0",
            "OFFHOOK_SIPS": "127.0.0.1:0",
            "OFFHOOK_MEDIA_PORTS": "0",
        }
    else:
        defaults = {
            "OFFHOOK_URL": node.base_url,
            "OFFHOOK_ACCOUNT_SID": node.account_sid,
            "OFFHOOK_AUTH_TOKEN": node.auth_token,
        }
    result = subprocess.run(
        [str(OFFHOOK), *words[1:]],
        cwd=folder,
        env=defaults | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    printed = (result.stdout + result.stderr).replace(node.base_url, "http://127.0.0.1:8080")
    for shown, real in ports.items():
        printed = printed.replace(f":{real + 10}", f":{int(shown) + 10}")
        printed = re.sub(rf"(?<=:|\s){real}\b", shown, printed)
    return result.returncode, re.sub(r"\(Call-ID [0-9a-f]+\)", "(Call-ID …)", printed).splitlines()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.command)
def test_a_command_fails_as_the_page_says(row: Row, node: Node, ports: dict[str, int], folder: Path) -> None:
    status, lines = run(row.command, node, ports, folder)
    assert "Traceback" not in "".join(lines)
    assert row.says in lines
    assert status == row.status


def test_the_page_has_rows_for_every_group_of_commands() -> None:
    commands = {re.search(r"offhook (\w+)", row.command) for row in rows()}
    assert {found[1] for found in commands if found} >= {
        "account",
        "call",
        "calls",
        "db",
        "doctor",
        "domain",
        "number",
        "recordings",
        "serve",
        "tls",
        "twiml",
    }
