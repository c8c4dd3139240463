"""Puts the sources on the virtual environment's path and the `offhook` command into its bin folder.

`maturin develop` does the same through pip; this does it without a network and in no time, so that
a rebuild of the media core costs the compiler's time only. Called by `make build`.
"""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SCRIPT = """#!{python}
import sys
from offhook.cli.main import main
sys.exit(main())
"""


def main() -> None:
    """Write the path file and the command; safe to repeat."""
    site_packages = Path(sysconfig.get_path("purelib"))
    (site_packages / "offhook-src.pth").write_text(f"{ROOT / 'src'}\n")
    command = Path(sysconfig.get_path("scripts")) / "offhook"
    command.write_text(SCRIPT.format(python=sys.executable))
    command.chmod(0o755)


if __name__ == "__main__":
    main()
