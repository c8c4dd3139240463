"""For how long an answer may be used again without asking (RFC 9111 §4.2, §5.2), as a shared cache may.

Left out: the heuristics of §4.2.2; what says nothing is asked for each time, which costs a 304.
"""

import re
from collections.abc import Mapping
from typing import Final

LONGEST_S: Final = 24 * 3600.0
"""However long an answer says that it is good for."""
_DIRECTIVE: Final = re.compile(r'([a-z-]+)(?:\s*=\s*"?([0-9]+)"?)?', re.IGNORECASE)


def freshness(headers: Mapping[str, str]) -> float | None:
    """Seconds from now on; 0 when it must be asked for each time, None when it must not even be kept."""
    directives = {
        name.lower(): value for name, value in _DIRECTIVE.findall(headers.get("Cache-Control", "")[:1000])
    }
    if "no-store" in directives or "private" in directives:
        return None
    if "no-cache" in directives:
        return 0.0
    said = directives.get("s-maxage") or directives.get("max-age") or "0"
    age = headers.get("Age", "0").strip()
    spent = float(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0.0
    return max(0.0, min(float(said[:9]), LONGEST_S) - spent)
