"""The TLS files of calls to the vendor: which can be used, and what is said of those that cannot."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.clock import SystemClock
from exporter.commands import assembly
from exporter.commands.assembly import CATALOGUE, assemble
from exporter.config_file import load_file
from exporter.errors import ConfigurationError
from exporter.instruments import Instruments


def problems(directory: Path, *tls: str) -> list[str]:
    """Return what is said of a configuration whose tenants have this TLS."""
    tenants = "".join(
        f"  - {{name: t{number}, region: us, credentials: {{client_id: a, client_secret: b}}, tls: {{{files}}}}}\n"
        for number, files in enumerate(tls)
    )
    file = directory / "config.yaml"
    file.write_text(f"tenants:\n{tenants}", encoding="utf-8")
    loading = load_file(str(file), {"CREDENTIALS_DIRECTORY": str(directory / "credentials")}, CATALOGUE)
    try:
        assemble(loading, directory, Instruments(), SystemClock()).stop()
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.fixture
def pair(tmp_path: Path, tool: Callable[[str], str]) -> Path:
    """A certificate with its key, that key with a passphrase, and another key, in systemd's directory."""
    directory = tmp_path / "credentials"
    directory.mkdir()
    for arguments in (
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out cert.pem",
        "pkey -in key.pem -aes256 -passout pass:planted -out locked.pem",
        "genpkey -algorithm RSA -out other.pem",
    ):
        subprocess.run([tool("openssl"), *arguments.split()], cwd=directory, capture_output=True, check=True)
    for path in directory.iterdir():
        path.chmod(0o400)
    return directory


def test_files_that_can_be_used(pair: Path, tmp_path: Path) -> None:
    """Roots, a certificate and its key are used from beside the configuration, and from systemd's directory."""
    there = "$CREDENTIALS_DIRECTORY/"
    assert [] == problems(
        tmp_path,
        "ca_file: credentials/cert.pem, cert_file: credentials/cert.pem, key_file: credentials/key.pem",
        f"ca_file: {there}cert.pem, cert_file: {there}cert.pem, key_file: {there}key.pem",
    )


@pytest.mark.parametrize("key", ["locked.pem", "other.pem", "cert.pem"])
def test_a_key_that_does_not_fit(pair: Path, tmp_path: Path, key: str) -> None:
    """A key with a passphrase, of another certificate, or that is none, is refused, and nobody is asked for one."""
    files = f"cert_file: credentials/cert.pem, key_file: credentials/{key}"
    expected = "tenants[0].tls.key_file: cert_file and key_file are no PEM that fits together, without a passphrase"
    assert [expected] == problems(tmp_path, files)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Each file that cannot be read is told at its place, by its path and with what to do; a FIFO does not block."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "empty").touch()
    expected = [
        "tenants[0].tls.ca_file: the file fifo is no regular file; a FIFO or device is not read",
        "tenants[0].tls.cert_file: the file nowhere.pem does not exist; create it or correct the path",
        "tenants[0].tls.key_file: the file . is a directory; name a file in it",
        "tenants[1].tls.ca_file: holds no certificate in PEM; name a file with the roots to trust",
        "tenants[3].tls.ca_file: holds no certificate in PEM; name a file with the roots to trust",
    ]
    found = problems(
        tmp_path,
        "ca_file: fifo, cert_file: nowhere.pem, key_file: .",
        "ca_file: empty",
        "",
        "ca_file: config.yaml",
    )
    assert expected == found


def test_no_roots_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the usual roots are missing, a file of one's own is asked for (row 140)."""
    monkeypatch.setattr(assembly, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "nowhere.pem"))
    expected = "missing, and the usual roots cannot be read; name a file with roots to trust"
    assert [f"tenants[0].tls.ca_file: {expected}"] == problems(tmp_path, "")


def test_a_directory_of_systemd_that_is_not_there(tmp_path: Path) -> None:
    """A file in systemd's directory is told at its place if there is no such directory."""
    (tmp_path / "config.yaml").write_text(
        "tenants: [{name: a, region: us, credentials: {client_id: a, client_secret: b},"
        " tls: {ca_file: $CREDENTIALS_DIRECTORY/ca.pem}}]",
        encoding="utf-8",
    )
    loading = load_file(str(tmp_path / "config.yaml"), {}, CATALOGUE)
    with pytest.raises(ConfigurationError, match=r"^tenants\[0\]\.tls\.ca_file: .*CREDENTIALS_DIRECTORY is not set"):
        assemble(loading, tmp_path, Instruments(), SystemClock())
