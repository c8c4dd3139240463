"""The name of this node among those that share a database: made at the first start, kept in `data_dir`.

Called by the roof. A copy of a data folder would be the same node twice: make a new one for another node.
"""

from pathlib import Path
from typing import Final

from offhook.base.ids import Chance

FILE: Final = "node"
DIGITS: Final = 8


def settle_node_name(data_dir: Path, chance: Chance) -> str:
    """Eight hexadecimal digits. Raises: OSError with the file in `filename`, ValueError for a broken one."""
    file = data_dir / FILE
    if not file.exists():
        file.write_text(chance.hex(DIGITS // 2) + "\n")
    name = file.read_text().strip()
    if len(name) != DIGITS or any(digit not in "0123456789abcdef" for digit in name):
        raise OSError(22, f"not the name of a node: {DIGITS} hexadecimal digits; remove the file", str(file))
    return name
