"""Secrets from their sources, and the safe reading of a small file that may be anything at all.

A secret's file is read again when it has changed, or when the vendor refused what was in it. Old values are not kept
beyond their replacement.
"""

import contextlib
import os
import re
import stat
import string
from collections.abc import Mapping
from pathlib import Path

from exporter.config.context import SecretError
from exporter.config.settings import File, Inline, SecretSource, Variable
from exporter.errors import Problem
from exporter.model import Secret

_LARGEST_SECRET = 64 * 1024

# A unit of systemd can write %d for it in Environment=, but nobody can in a YAML file. No other variable is expanded.
_CREDENTIALS_DIRECTORY = re.compile(r"\$(?:CREDENTIALS_DIRECTORY|\{CREDENTIALS_DIRECTORY\})(?=/)")

# What changes when a file is replaced or written: device, inode, size, times of its content and of its inode.
_Fingerprint = tuple[int, int, int, int, int]


class UnreadableFileError(Exception):
    """A file cannot be read; the text goes on behind the file's name and says what to do."""


def read_regular_file(path: Path, limit: int) -> tuple[bytes, os.stat_result]:
    """Return the content of a regular file of at most ``limit`` bytes, and its status.

    Never waits for a FIFO, and never touches a device. Raises ``UnreadableFileError``.
    """
    try:
        _check(path.stat(), limit)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _check(status, limit)
            content = file.read(limit + 1)
    except OSError as error:
        raise UnreadableFileError(_reason(path, error)) from None
    if len(content) > limit:
        raise UnreadableFileError(_too_large(limit))
    return content, status


def readable_by_others(status: os.stat_result) -> bool:
    """Return whether users other than the file's owner and group can read it."""
    return bool(status.st_mode & stat.S_IROTH)


def _check(status: os.stat_result, limit: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableFileError("is a directory; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFileError("is no regular file; a FIFO or device is not read")
    if status.st_size > limit:
        raise UnreadableFileError(_too_large(limit))


def _too_large(limit: int) -> str:
    return f"is larger than {limit // 1024} KiB; name the right file"


def _reason(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return "is a link to a file that does not exist; correct the link"
    if isinstance(error, FileNotFoundError):
        return "does not exist; create it or correct the path"
    if isinstance(error, PermissionError):
        return "may not be read by this process; give it the permission"
    return f"cannot be read: {os.strerror(error.errno or 0)}; check the path"


class SecretReader:
    """Reads secrets from the configuration, from the environment and from files; files only when they have changed."""

    def __init__(self, environment: Mapping[str, str], directory: Path) -> None:
        self._environment = environment
        self._directory = directory
        self._cache: dict[str, tuple[_Fingerprint, Secret]] = {}
        self._notes: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What an operator should know of what was read so far, each thing once."""
        return tuple(Problem("", note) for note in self._notes)

    def read(self, source: SecretSource, *, fresh: bool = False) -> Secret:
        """Return a secret without its outer white space, read anew if it is ``fresh`` or its file has changed.

        Raises ``SecretError`` if it cannot be had or is empty; a caller who has an old value keeps it.
        """
        match source:
            case Inline(secret):
                return _secret(secret.reveal(), "the value")
            case Variable(name):
                return self._variable(name)
            case File(path):
                return self._file(path, fresh=fresh)

    def expanded(self, path: str) -> str:
        """Return a path with ``$CREDENTIALS_DIRECTORY`` at its start replaced; raise ``SecretError`` if not set."""
        match = _CREDENTIALS_DIRECTORY.match(path)
        if not match:
            return path
        directory = self._environment.get("CREDENTIALS_DIRECTORY")
        if not directory:
            raise SecretError(
                f"the file {path} cannot be found, because CREDENTIALS_DIRECTORY is not set; systemd sets it for a "
                "service with LoadCredential=, elsewhere set it to the directory of the file"
            )
        return directory + path[match.end() :]

    def warn_if_open(self, path: str) -> None:
        """Take note if others can read a file that holds a secret and is read elsewhere, if it can be read at all."""
        with contextlib.suppress(SecretError, OSError):
            self._note_open(path, (self._directory / self.expanded(path)).stat())

    def _variable(self, name: str) -> Secret:
        if name not in self._environment:
            raise SecretError(f"the environment variable {name} is not set; set it for the exporter")
        return self._noted(self._environment[name], f"the environment variable {name}")

    def _file(self, path: str, *, fresh: bool) -> Secret:
        full_path = self._directory / self.expanded(path)
        fingerprint, secret = self._cache.get(path, (None, None))
        if secret and not fresh and fingerprint == _fingerprint_of(full_path):
            return secret
        self._cache.pop(path, None)
        try:
            content, status = read_regular_file(full_path, _LARGEST_SECRET)
            text = content.decode()
        except UnreadableFileError as error:
            raise SecretError(f"the file {path} {error}") from None
        except UnicodeDecodeError:
            raise SecretError(f"the file {path} is no UTF-8 text; save it as such") from None
        self._note_open(path, status)
        secret = self._noted(text.rstrip("\r\n"), f"the file {path}")
        self._cache[path] = (_fingerprint(status), secret)
        return secret

    def _note_open(self, path: str, status: os.stat_result) -> None:
        if readable_by_others(status):
            self._notes[f"the file {path} can be read by other users; take their permission away"] = None

    def _noted(self, text: str, origin: str) -> Secret:
        secret = _secret(text, origin)
        if secret.reveal() != text:
            self._notes[f"{origin} has white space around its secret, which is left out"] = None
        return secret


def _secret(text: str, origin: str) -> Secret:
    # ASCII white space alone: any other is a mistake that the operator should hear of.
    stripped = text.strip(string.whitespace)
    if not stripped:
        raise SecretError(f"{origin} is empty; put a secret there")
    return Secret(stripped)


def _fingerprint_of(path: Path) -> _Fingerprint | None:
    try:
        return _fingerprint(path.stat())
    except OSError:
        return None


def _fingerprint(status: os.stat_result) -> _Fingerprint:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
