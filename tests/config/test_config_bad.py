"""Each ``bad/SITUATION.yaml`` is refused with the messages in ``bad/SITUATION.txt``, one a line, and no others.

``pytest --update`` rewrites the messages.
"""

import time
from pathlib import Path

import pytest
from yaml import SafeLoader

from exporter.config import document
from exporter.config.context import Context
from exporter.config.parse import parse
from exporter.errors import ConfigurationError

BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))


def messages(path: Path, context: Context) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(path.read_text(encoding="utf-8"), context)
    return "".join(f"{problem}\n" for problem in caught.value.problems)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file(path: Path, context: Context, update: bool) -> None:  # noqa: FBT001 - a fixture
    """A bad file is refused with exactly these messages, within a second (rows 80, 111 to 116, 118 to 122)."""
    began = time.monotonic()
    found = messages(path, context)
    if update:
        path.with_suffix(".txt").write_text(found, encoding="utf-8")
    assert path.with_suffix(".txt").read_text(encoding="utf-8") == found
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_keeps_secrets(path: Path, context: Context) -> None:
    """No message quotes a planted secret, plain or in base64; a path that an operator wrote is no secret."""
    found = messages(path, context)
    assert "plant" not in found.lower()
    assert "cGxhbnRl" not in found


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_without_libyaml(path: Path, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libyaml the same is refused; only the column of a syntax error may be another."""
    with_libyaml = messages(path, context)
    monkeypatch.setattr(document, "_Parser", SafeLoader)
    without = messages(path, context)
    if not with_libyaml.startswith(("no valid YAML", "nested")):
        assert with_libyaml == without


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#" * 1024**2 + "planted", "larger than 1 MiB; no configuration is, name the right file"),
        (
            "[" * 1000_000,
            (
                "nested deeper than 20 levels at line 1, column 1001; "
                "no configuration is, look for brackets that are not closed"
            ),
        ),
        ("planted: planted\n" * 60_000, "more problems than these 100; the rest is not looked at"),
    ],
    ids=["size", "depth", "problems"],
)
def test_huge_file(text: str, message: str, context: Context) -> None:
    """A huge file is refused in a second, without being walked."""
    began = time.monotonic()
    with pytest.raises(ConfigurationError) as caught:
        parse(text, context)
    assert message == caught.value.problems[-1].message
    assert time.monotonic() - began < 1
