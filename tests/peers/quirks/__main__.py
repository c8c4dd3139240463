"""`python -m tests.peers.quirks --write-docs`: writes `docs/quirks.md`; prints it without."""

import argparse
import sys

from tests.peers.quirks.page import PATH, page


def main() -> None:
    """Write or print the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.quirks", description=__doc__)
    parser.add_argument("--write-docs", action="store_true", help=f"write {PATH.name}")
    if parser.parse_args().write_docs:
        PATH.write_text(page())
    else:
        sys.stdout.write(page())


main()
