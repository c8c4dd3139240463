"""A certificate of P-256 for the servers that are measured beside ours."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def certificate_with_key() -> Iterator[tuple[Path, Path]]:
    """Two PEM files, for as long as this lasts: the certificate, and its key."""
    with TemporaryDirectory(prefix="offhook-bench-") as name:
        certificate, key = Path(name) / "certificate.pem", Path(name) / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        command += ["-nodes", "-subj", "/CN=bench", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        yield certificate, key
