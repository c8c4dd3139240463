"""A real PostgreSQL of the test's own: a throw-away cluster in a folder, on a free port of loopback.

    with PostgresCluster() as cluster:
        url = cluster.new_database()

Its programs are those of Debian's package `postgresql` (`scripts/system_packages.sh test`), whose own service
is not needed. PostgreSQL refuses to run as root, so that under root it runs as the package's user.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from tests.support.free_port import free_port

USER = "offhook"
PASSWORD = "s3cret-of-the-database"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "30",
}


class PostgresCluster:
    """A server that can be stopped and started. Belongs to one session, module or test."""

    def __init__(self) -> None:
        self._programs = _programs()
        self._account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="offhook-pg-", dir="/tmp"))
        self._port = free_port()
        self._numbers = count(1)
        self._emptied: str | None = None

    def __enter__(self) -> "PostgresCluster":
        try:
            if self._account is not None:
                os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
            password = self._folder / "password"
            password.write_text(PASSWORD)
            password.chmod(0o644)
            self._run(
                "initdb",
                "--no-sync",
                "-A",
                "scram-sha-256",
                "-U",
                USER,
                f"--pwfile={password}",
                "-D",
                self._data,
            )
            self.start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self.is_running:
                self.stop("immediate")
        finally:
            shutil.rmtree(self._folder)

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return (self._folder / "data" / "postmaster.pid").exists()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        settings = {**SETTINGS, "port": str(self._port), "unix_socket_directories": str(self._folder)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        log = self._folder / "log"
        self._run("pg_ctl", "-D", self._data, "-l", str(log), "-o", options, "-w", "-t", "60", "start")

    def stop(self, mode: str) -> None:
        """Stop it, and wait. mode: `fast` ends its sessions, `immediate` is a crash."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "-t", "60", "stop")

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"test{next(self._numbers)}"
        asyncio.run(self.execute(f"CREATE DATABASE {name}"))
        return self.url(name)

    def emptied_database(self) -> str:
        """The URL of an empty database, the same each time: to empty one is faster than to make one."""
        if self._emptied is None:
            self._emptied = self.new_database()
            return self._emptied
        database = self._emptied.rpartition("/")[2]
        statements = (
            (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ),
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
        )
        asyncio.run(self.execute(*statements, database=database))
        return self._emptied

    def url(self, database: str) -> str:
        """As in the setting `database_url`."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self._port}/{database}"

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the operator would."""
        connection = await asyncpg.connect(self.url(database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        owner: Mapping[str, Any] = {}
        if self._account is not None:
            owner = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        # Into a file: the server keeps a pipe open for as long as it runs.
        with tempfile.TemporaryFile() as log:
            done = subprocess.run(
                [self._programs / program, *arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                **owner,
            )
            if done.returncode:
                log.seek(0)
                raise RuntimeError(f"{program}: {log.read().decode(errors='replace')}")


def _programs() -> Path:
    """Debian keeps them by version, out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    if not found and elsewhere is None:
        raise RuntimeError("the tests need PostgreSQL's programs: scripts/system_packages.sh test")
    return found[-1].parent if found else Path(str(elsewhere)).resolve().parent
