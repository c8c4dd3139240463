"""A password for a command: as an option, asked for at the terminal, or read from standard input."""

import getpass
import sys
from typing import Final

import typer

UNUSABLE: Final = 2


def ask_password(given: str | None, command: str) -> str:
    """As an option, from the terminal without echo and twice, or the first line of standard input.

    command: who complains, with exit status 2, when there is none.
    """
    if given is not None:
        password = given
    elif sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            print(f"offhook {command}: the two passwords differ", file=sys.stderr)
            raise typer.Exit(UNUSABLE)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        print(f"offhook {command}: a password is needed", file=sys.stderr)
        raise typer.Exit(UNUSABLE)
    return password
