"""What a machine may lack: a test that needs it is skipped there, and fails in CI."""

import importlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest


def module(name: str) -> Any:
    """Return an installed module, of the extra `deploy`."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        lacking(name)


def program(name: str) -> str:
    """Return the path of a program that a package brings, beside this Python or on the path."""
    places = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    return shutil.which(name, path=places) or lacking(name)


def lacking(what: str) -> NoReturn:
    """Skip the test that needs something, or fail it where CI runs it."""
    absent(f"this test needs {what}, which this machine lacks")


def absent(message: str) -> NoReturn:
    """Skip the test, or fail it where CI runs it."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
