"""On what a run was made: the machine, the versions, the day."""

import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from bench import kamailio, rtpengine
from bench.process import CORES, DRIVER_CORE, SERVER_CORE
from offhook import __version__

PACKAGES: Final = ("uvloop", "aiohttp", "uvicorn", "starlette", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures depend on."""

    processor: str
    cores: int
    pinning: str
    """Who had which core."""
    memory_gib: float
    system: str
    """Distribution and kernel."""
    versions: tuple[str, ...]
    day: str
    """In UTC, ISO 8601."""
    load: float
    """Load average of the last minute: what others did when the run began."""


def this_machine() -> Machine:
    """The machine that this runs on, today."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    pinning = (
        f"server on core {SERVER_CORE}, driver on core {DRIVER_CORE}"
        if SERVER_CORE != DRIVER_CORE
        else "server and driver share the only core"
    )
    return Machine(
        processor=_processor(),
        cores=len(CORES),
        pinning=pinning,
        memory_gib=round(memory_bytes / 2**30, 1),
        system=f"{_distribution()}, {platform.system()} {platform.release().partition('-')[0]}",
        versions=(
            f"Offhook {__version__}",
            f"Python {platform.python_version()}",
            *_packages(),
            *_sipp(),
            *_kamailio(),
            *_rtpengine(),
        ),
        day=datetime.now(UTC).date().isoformat(),
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown distribution")
    except OSError:
        return "unknown distribution"


def _packages() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"without {name}")
    return found


def _sipp() -> list[str]:
    if shutil.which("sipp") is None:
        return []
    said = subprocess.run(["sipp", "-v"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"SIPp v([0-9.]+[0-9])", said)
    return [f"SIPp {found[1]}"] if found is not None else []


def _kamailio() -> list[str]:
    found = kamailio.version()
    return [f"Kamailio {found}"] if found is not None else []


def _rtpengine() -> list[str]:
    found = rtpengine.version()
    return [f"rtpengine {found}"] if found is not None else []
