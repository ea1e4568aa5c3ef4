import os
from pathlib import Path

import pytest

from exporter.config.settings import File, OAuthCredentials
from exporter.config_file import Catalogue, load_environment, load_file
from exporter.errors import ConfigurationError

CATALOGUE = Catalogue(("training",), ("training",))
TEXT = "tenants: [{name: acme, region: us, credentials: {client_id: an-id, client_secret_file: secret}}]"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a good configuration file with its secret beside it."""
    path = tmp_path / "config.yaml"
    path.write_text(TEXT, encoding="utf-8")
    (tmp_path / "secret").write_text("planted\n", encoding="utf-8")
    path.chmod(0o644)
    (tmp_path / "secret").chmod(0o600)
    return path


def message(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_file(str(path), {}, CATALOGUE)
    return str(caught.value)


def test_secret_beside_the_file(config: Path) -> None:
    """A relative path of a secret counts from the directory of the configuration file."""
    loading = load_file(str(config), {}, CATALOGUE)
    assert loading.config.tenants[0].name == "acme"
    assert loading.secrets.read(File("secret")).reveal() == "planted"
    assert loading.warnings == ()


def test_warnings(config: Path) -> None:
    """What others can read is told of: a file with a secret, and each file of a secret (row 117)."""
    more = "secret}, proxy_url: 'http://u:p@h', tls: {cert_file: public, key_file: private}"
    config.write_text(TEXT.replace("secret}", more), encoding="utf-8")
    for name in ("secret", "public", "private"):
        (config.parent / name).write_text("planted", encoding="utf-8")
        (config.parent / name).chmod(0o644)
    expected = [
        (
            "tenants[0].proxy_url: a secret stands in a file that other users can read;"
            " take their permission away or use a file of its own"
        ),
        "the file secret can be read by other users; take their permission away",
        "the file private can be read by other users; take their permission away",
    ]
    assert expected == [str(warning) for warning in load_file(str(config), {}, CATALOGUE).warnings]


def test_unreadable_file(tmp_path: Path) -> None:
    """Each way in which a file cannot be read has one clear line, and none blocks."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "latin").write_bytes(b"\xff")
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(100 * 1024**2)
    expected = {
        "missing": "does not exist; create it or correct the path",
        "": "is a directory; name a file in it",
        "fifo": "is no regular file; a FIFO or device is not read",
        "latin": "is no UTF-8 text; save it as such",
        "sparse": "is larger than 1024 KiB; name the right file",
    }
    assert [f"the file {tmp_path / name} {reason}" for name, reason in expected.items()] == [
        message(tmp_path / name) for name in expected
    ]


def test_credentials_of_systemd(config: Path) -> None:
    """In a file and in a variable a path may begin with systemd's directory; without one the key is told."""
    config.write_text(TEXT.replace("secret}", "$CREDENTIALS_DIRECTORY/secret}"), encoding="utf-8")
    variables = {
        "MIMECAST_REGION": "us",
        "MIMECAST_CLIENT_ID": "an-id",
        "MIMECAST_CLIENT_SECRET_FILE": "${CREDENTIALS_DIRECTORY}/secret",
    }
    there = {"CREDENTIALS_DIRECTORY": str(config.parent)}
    for loading in (load_file(str(config), there, CATALOGUE), load_environment(variables | there, CATALOGUE)):
        assert loading is not None
        credentials = loading.config.tenants[0].credentials
        assert isinstance(credentials, OAuthCredentials)
        assert loading.secrets.read(credentials.client_secret).reveal() == "planted"
    reason = "/secret cannot be found, because CREDENTIALS_DIRECTORY is not set; systemd sets it for a service"
    assert f"tenants[0].credentials.client_secret_file: the file $CREDENTIALS_DIRECTORY{reason}" in message(config)
    with pytest.raises(ConfigurationError) as caught:
        load_environment(variables, CATALOGUE)
    assert f"MIMECAST_CLIENT_SECRET_FILE: the file ${{CREDENTIALS_DIRECTORY}}{reason}" in str(caught.value)


def test_environment(tmp_path: Path) -> None:
    """The environment alone is enough, and without it there is no configuration."""
    (tmp_path / "secret").write_text("planted", encoding="utf-8")
    (tmp_path / "secret").chmod(0o600)
    variables = {
        "MIMECAST_REGION": "global",
        "MIMECAST_CLIENT_ID": "an-id",
        "MIMECAST_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
    }
    loading = load_environment(variables, CATALOGUE)
    assert loading is not None
    assert loading.config.tenants[0].name == "default"
    assert load_environment({}, CATALOGUE) is None
