"""`python -m tests.contract.twiml --write-docs`: writes `docs/twiml-coverage.md`; prints it without."""

import argparse
import sys

from tests.contract.twiml.page import PATH, page


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.twiml", description=__doc__)
    parser.add_argument("--write-docs", action="store_true", help=f"write {PATH.name}")
    if parser.parse_args().write_docs:
        PATH.write_text(page())
    else:
        sys.stdout.write(page())


main()
