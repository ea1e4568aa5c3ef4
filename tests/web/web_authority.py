"""Certificates for tests, made by the ``openssl`` command."""

import subprocess
from pathlib import Path

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """Signs certificates in a directory: each has ``NAME.crt`` and ``NAME.key``."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self._openssl(
            "req", "-x509", *_EC, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt"
        )

    @property
    def certificate(self) -> Path:
        """Its own certificate."""
        return self.directory / f"{self.name}.crt"

    def issue(self, name: str, sans: str, *, expired: bool = False) -> tuple[Path, Path]:
        """Return the files of a new certificate and its key."""
        (self.directory / "extensions").write_text(f"subjectAltName={sans}\n")
        self._openssl("req", "-new", *_EC, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self._openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.crt", "-CAkey", f"{self.name}.key"),
            *("-CAcreateserial", "-days", "-1" if expired else "2", "-extfile", "extensions", "-out", f"{name}.crt"),
        )
        return self.directory / f"{name}.crt", self.directory / f"{name}.key"

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)
