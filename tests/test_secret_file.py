import os
import time
from pathlib import Path

import pytest

from exporter.config.context import SecretError
from exporter.config.settings import File, Inline, Variable
from exporter.model import Secret
from exporter.secret_file import SecretReader, UnreadableFileError, read_regular_file


@pytest.fixture
def reader(tmp_path: Path) -> SecretReader:
    """Return a reader with two variables and the temporary directory for its files."""
    return SecretReader({"KEY": " planted\n", "EMPTY": " "}, tmp_path)


def write(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def message(reader: SecretReader, path: str) -> str:
    began = time.monotonic()
    with pytest.raises(SecretError) as caught:
        reader.read(File(path))
    assert time.monotonic() - began < 1
    return str(caught.value)


def test_sources(reader: SecretReader, tmp_path: Path) -> None:
    """A secret of each source comes without its outer white space (row 80)."""
    write(tmp_path / "key", "\n planted \r\n")
    sources = (Inline(Secret(" planted\t")), Variable("KEY"), File("key"), File(str(tmp_path / "key")))
    assert [Secret("planted")] * 4 == [reader.read(source) for source in sources]


def test_variables(reader: SecretReader) -> None:
    """A variable that is missing or empty is refused by its name (row 116)."""
    for name, reason in (("NONE", "is not set; set it for the exporter"), ("EMPTY", "is empty; put a secret there")):
        with pytest.raises(SecretError, match=f"^the environment variable {name} {reason}$"):
            reader.read(Variable(name))


def test_unreadable_files(reader: SecretReader, tmp_path: Path) -> None:
    """What is no good secret file is refused by its path and with what to do (row 116); a FIFO never blocks."""
    write(tmp_path / "empty", " \n")
    write(tmp_path / "file", "planted")
    (tmp_path / "latin").write_bytes("plänted".encode("latin-1"))
    (tmp_path / "directory").mkdir()
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo")
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(1024**3)
    expected = {
        "missing": "does not exist; create it or correct the path",
        "no/directory": "does not exist; create it or correct the path",
        "dangling": "is a link to a file that does not exist; correct the link",
        "loop": "cannot be read: Too many levels of symbolic links; check the path",
        "file/file": "cannot be read: Not a directory; check the path",
        "empty": "is empty; put a secret there",
        "latin": "is no UTF-8 text; save it as such",
        "directory": "is a directory; name a file in it",
        "fifo": "is no regular file; a FIFO or device is not read",
        "/dev/zero": "is no regular file; a FIFO or device is not read",
        "sparse": "is larger than 64 KiB; name the right file",
    }
    assert {path: f"the file {path} {reason}" for path, reason in expected.items()} == {
        path: message(reader, path) for path in expected
    }


def test_no_permission(reader: SecretReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is refused by its path (row 116); root may read any, so a double refuses."""

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    expected = "the file key may not be read by this process; give it the permission"
    assert expected == message(reader, "key")


def test_file_of_unknown_size(reader: SecretReader) -> None:
    """A file that says it is empty and is not, as those of /proc, is read all the same, up to the limit."""
    assert reader.read(File("/proc/self/comm")).reveal()
    with pytest.raises(UnreadableFileError, match="is larger than 0 KiB"):
        read_regular_file(Path("/proc/self/status"), 10)


def test_rotation(reader: SecretReader, tmp_path: Path) -> None:
    """A file is read again when it has changed, in place or replaced, and not otherwise."""
    write(tmp_path / "key", "first")
    first = reader.read(File("key"))
    assert first is reader.read(File("key"))
    write(tmp_path / "new", "other")
    (tmp_path / "new").rename(tmp_path / "key")
    assert reader.read(File("key")).reveal() == "other"
    write(tmp_path / "key", "in place")
    assert reader.read(File("key")).reveal() == "in place"


def test_rotation_of_a_mounted_secret(reader: SecretReader, tmp_path: Path) -> None:
    """A secret behind links that are switched, as Kubernetes mounts them, is read again."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "key", name)
    (tmp_path / "data").symlink_to("one")
    (tmp_path / "key").symlink_to("data/key")
    assert reader.read(File("key")).reveal() == "one"
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").rename(tmp_path / "data")
    assert reader.read(File("key")).reveal() == "two"


def test_fresh(reader: SecretReader, tmp_path: Path) -> None:
    """A fresh read opens the file even if it looks unchanged."""
    write(tmp_path / "key", "planted")
    first = reader.read(File("key"))
    fresh = reader.read(File("key"), fresh=True)
    assert first == fresh
    assert first is not fresh
    assert fresh is reader.read(File("key"))


def test_vanished(reader: SecretReader, tmp_path: Path) -> None:
    """A file that vanishes is an error, and is read again when it is back."""
    write(tmp_path / "key", "planted")
    reader.read(File("key"))
    (tmp_path / "key").unlink()
    assert message(reader, "key") == "the file key does not exist; create it or correct the path"
    write(tmp_path / "key", "back")
    assert reader.read(File("key")).reveal() == "back"


def test_warnings(reader: SecretReader, tmp_path: Path) -> None:
    """What others can read and white space around a secret are told of once (row 117); a last line end is usual."""
    write(tmp_path / "open", "planted\r\n", 0o644)
    write(tmp_path / "closed", " planted\n", 0o640)
    for path in ("open", "closed"):
        reader.read(File(path))
        reader.read(File(path), fresh=True)
    expected = [
        "the file open can be read by other users; take their permission away",
        "the file closed has white space around its secret, which is left out",
    ]
    assert expected == [str(warning) for warning in reader.warnings]


def test_a_secret_that_others_read(reader: SecretReader, tmp_path: Path) -> None:
    """A secret file that something else reads is told of, too, if others can read it (row 117)."""
    for name, mode in (("key.pem", 0o640), ("open.pem", 0o604)):
        write(tmp_path / name, "planted", mode)
    for path in ("key.pem", "open.pem", "open.pem", "missing.pem", "$CREDENTIALS_DIRECTORY/key.pem"):
        reader.warn_if_open(path)
    expected = ["the file open.pem can be read by other users; take their permission away"]
    assert expected == [str(warning) for warning in reader.warnings]


@pytest.mark.parametrize("start", ["$CREDENTIALS_DIRECTORY/", "${CREDENTIALS_DIRECTORY}/"])
def test_credentials_of_systemd(start: str, tmp_path: Path) -> None:
    """A path may begin with the directory of systemd's credentials, and is read anew when that is replaced."""
    (tmp_path / "credentials").mkdir()
    write(tmp_path / "credentials" / "key", "first", 0o400)
    reader = SecretReader({"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}, tmp_path / "elsewhere")
    source = File(f"{start}key")
    assert reader.read(source).reveal() == "first"
    (tmp_path / "new").mkdir()
    write(tmp_path / "new" / "key", "other", 0o400)
    (tmp_path / "credentials").rename(tmp_path / "old")
    assert message(reader, source.path) == f"the file {source.path} does not exist; create it or correct the path"
    (tmp_path / "new").rename(tmp_path / "credentials")
    assert reader.read(source).reveal() == "other"


@pytest.mark.parametrize("environment", [{}, {"CREDENTIALS_DIRECTORY": ""}])
def test_no_credentials_of_systemd(environment: dict[str, str], tmp_path: Path) -> None:
    """Where the directory of systemd's credentials is not set, the message says who sets it."""
    expected = (
        "the file $CREDENTIALS_DIRECTORY/key cannot be found, because CREDENTIALS_DIRECTORY is not set; "
        "systemd sets it for a service with LoadCredential=, elsewhere set it to the directory of the file"
    )
    assert expected == message(SecretReader(environment, tmp_path), "$CREDENTIALS_DIRECTORY/key")


@pytest.mark.parametrize(
    "path",
    [
        "$HOME/key",
        "~/key",
        "a/$CREDENTIALS_DIRECTORY/key",
        "$CREDENTIALS_DIRECTORY_2/key",
        "$CREDENTIALS_DIRECTORY",
        "%d/k",
    ],
)
def test_nothing_else_is_expanded(path: str, tmp_path: Path) -> None:
    """Of a path nothing is replaced but that one variable at its start; the rest is names of files."""
    reader = SecretReader({"HOME": "/", "CREDENTIALS_DIRECTORY": "/", "CREDENTIALS_DIRECTORY_2": "/"}, tmp_path)
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    write(file, "planted")
    assert reader.read(File(path)).reveal() == "planted"
