"""What the bench needs of the system."""

import subprocess

from bench.process import ROOT
from bench.row import BenchError


def require_bench_packages() -> None:
    """Install the peers and what drivers are built with, where they are missing. Raises: BenchError."""
    installed = subprocess.run([ROOT / "scripts" / "system_packages.sh", "bench"], check=False)
    if installed.returncode != 0:
        packages = "kamailio, kamailio-tls-modules, rtpengine-daemon, libssl-dev"
        raise BenchError(f"a package of the bench is missing (Debian: {packages})")
