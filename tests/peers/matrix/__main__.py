"""`python -m tests.peers.matrix`: runs the matrix against a node of its own and prints what came out.

Names of lines run a part of it: `baresip-tls`, `srtp32`. `--write-docs` writes `docs/peers.md` without a run.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.peers.matrix.cells import Act, lines
from tests.peers.matrix.page import PATH, page
from tests.peers.matrix.run import CA_FILE, run
from tests.support.node import running_node


def main() -> None:
    """Run it, or a part of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.matrix", description=__doc__)
    parser.add_argument("names", nargs="*", help="of lines; all without")
    parser.add_argument("--write-docs", action="store_true", help=f"write {PATH.name}")
    given = parser.parse_args()
    if given.write_docs:
        PATH.write_text(page())
        return
    which = [line for line in lines() if not given.names or any(name in line.name for name in given.names)]
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as name,
        running_node(Path(name), extra_ca_file=str(CA_FILE)) as node,
    ):
        results = run(node, Path(name), which)
    sys.stdout.write(f"| line | {' | '.join(Act)} |\n|{'---|' * (1 + len(Act))}\n")
    for line, outcomes in results.items():
        sys.stdout.write(f"| {line.name} | {' | '.join(outcomes.values())} |\n")
    sys.stdout.write(f"\n{time.monotonic() - began:.0f} s\n")


main()
