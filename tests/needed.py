"""Packages of the extra `deploy`, which a machine may lack: a test that needs one is skipped there, and fails in CI."""

import importlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest


def module(name: str) -> Any:
    """Return an installed module."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return _lacking(name)


def program(name: str) -> str:
    """Return the path of a program that a package brings, beside this Python or on the path."""
    places = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    return shutil.which(name, path=places) or _lacking(name)


def _lacking(name: str) -> Any:
    message = f"this test needs {name}, which this machine lacks"
    return (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
