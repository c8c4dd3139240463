"""The folders in `data_dir` that grow with the calls; each may be a disk of its own."""

from typing import Final

RECORDINGS: Final = "recordings"
"""Files of recordings, a folder for each account."""
TRACES: Final = "traces"
"""Traces of calls."""
SPOKEN: Final = "spoken"
"""What was spoken before."""
