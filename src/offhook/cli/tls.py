"""`offhook tls`: the certificates of this machine's node, without a node."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.serialization import Encoding

from offhook.config.settings import SettingsError, load_settings
from offhook.tls.authority import read_root
from offhook.tls.settings import FOLDER

FAILED, UNUSABLE = 1, 2

app = typer.Typer(help="Certificates: the CA of this machine's node.", no_args_is_help=True)


@app.callback()
def tls() -> None:
    """Certificates: the CA of this machine's node."""


@app.command("ca")
def ca(
    *,
    config: Annotated[
        Path | None, typer.Option(help="Settings file; ./offhook.toml when there is one.", dir_okay=False)
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Of the node.")] = None,
) -> None:
    """Print the PEM of the node's own root CA, for phones and PBXs that are to trust the node.

    The node makes it at its first start and keeps it in data_dir. It is also at /offhook/v1/tls/ca.pem.
    """
    try:
        settings = load_settings(file=config, data_dir=data_dir)
    except SettingsError as error:
        print(f"offhook tls ca: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from error
    folder = settings.data_dir / FOLDER
    try:
        root = read_root(folder)
    except FileNotFoundError as error:
        text = f"there is no CA in {folder} yet: `offhook serve` makes it at its first start"
        print(f"offhook tls ca: {text}; if the node has another data_dir, name it", file=sys.stderr)
        raise typer.Exit(FAILED) from error
    except OSError as error:
        print(f"offhook tls ca: {error.filename}: {error.strerror}", file=sys.stderr)
        raise typer.Exit(FAILED) from error
    print(root.public_bytes(Encoding.PEM).decode(), end="")
