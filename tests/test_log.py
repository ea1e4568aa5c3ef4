"""Log lines: one event a line, in two forms."""

import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from exporter.log import Json, Logfmt, bug, fields, set_up
from exporter.outlet import STANDARD_ERROR

NASTY = 'a "quoted" text\nlevel=error \x1b[31m\u2028'


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Put the process's logging back."""
    root, ours = logging.getLogger(), logging.getLogger("exporter")
    before = list(root.handlers), root.level, ours.level, threading.excepthook, sys.excepthook
    yield
    root.handlers[:], root.level, ours.level, threading.excepthook, sys.excepthook = before


def record(message: str, **values: object) -> logging.LogRecord:
    made = logging.LogRecord("exporter.x", logging.WARNING, "x.py", 1, message, (), None)
    made.created = 1795608000.25
    vars(made).update(fields(**values))
    return made


def written(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that have come out."""
    assert STANDARD_ERROR.flush(10)
    return capfd.readouterr().err.splitlines()


def test_logfmt_is_pairs_of_one_line() -> None:
    """A record is its time, level, message and fields, quoted where they need it, on one line."""
    assert (
        r'ts=2026-11-25T12:00:00.250Z level=warning msg="collector down" tenant=acme count=3 '
        r'detail="a \"quoted\" text\nlevel=error \u001b[31m\u2028"'
        == Logfmt().format(record("collector down", tenant="acme", count=3, detail=NASTY, left_out=None))
    )


def test_json_is_one_object_a_line() -> None:
    """A record is one JSON object in ASCII, whatever its fields hold."""
    line = Json().format(record("collector down", tenant="acme", count=3, detail=NASTY))
    assert line.isascii()
    assert "\n" not in line
    assert {
        "ts": "2026-11-25T12:00:00.250Z",
        "level": "warning",
        "msg": "collector down",
        "tenant": "acme",
        "count": 3,
        "detail": NASTY,
    } == json.loads(line)


@pytest.mark.parametrize("form", [Logfmt(), Json()], ids=["logfmt", "json"])
def test_an_exception_stays_on_its_line(form: logging.Formatter) -> None:
    """Of an exception its line has type and way, not the text, nor that of its cause: both may quote anything."""
    try:
        raise KeyError("planted") from ValueError("planted")
    except KeyError:
        made = logging.LogRecord("exporter.x", logging.ERROR, "x.py", 1, "a bug", (), sys.exc_info())
    line = form.format(made)
    assert [True] * 3 == [text in line for text in ("a bug", "KeyError", "test_log.py:")]
    assert "planted" not in line
    assert "\n" not in line


def test_what_ends_the_program_is_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    """An error that nobody caught is one line with its type and way, and not its text."""
    set_up("info", "logfmt")
    error = KeyError("planted")
    sys.excepthook(KeyError, error, error.__traceback__)
    (line,) = written(capfd)
    assert 'level=error msg="the program has died" error=KeyError traceback=' in line
    assert "planted" not in line


@pytest.mark.parametrize(("form", "start"), [("logfmt", "ts="), ("json", '{"ts"')])
def test_set_up_sends_lines_to_standard_error(form: str, start: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Lines of our own from the wanted level on go to standard error, others' from warning on, urllib3's never."""
    set_up("info", form)
    for name in ("exporter.x", "others", "urllib3.connectionpool"):
        logging.getLogger(name).debug("debug of %s", name)
        logging.getLogger(name).info("info of %s", name)
        logging.getLogger(name).error("error of %s", name)
    lines = written(capfd)
    assert [True] * 3 == [line.startswith(start) for line in lines]
    assert [True] * 3 == [
        text in line
        for text, line in zip(("info of exporter.x", "error of exporter.x", "error of others"), lines, strict=True)
    ]


@pytest.mark.parametrize(("form", "line"), [("logfmt", 'msg="log lines lost" lines=7'), ("json", '"lines": 7}')])
def test_lost_lines_are_told_in_the_same_form(form: str, line: str) -> None:
    """How many lines were lost is a line as all the others are."""
    set_up("info", form)
    assert STANDARD_ERROR.describe_loss(7).endswith(line)


def test_a_thread_that_dies_is_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    """A thread that ends by an error leaves a line with its name, the error's type and way, not its text (row 136)."""
    set_up("info", "logfmt")

    def die() -> None:
        raise KeyError("planted")

    thread = threading.Thread(target=die, name="a-thread")
    thread.start()
    thread.join()
    (line,) = written(capfd)
    assert 'level=error msg="a thread has died" thread=a-thread error=KeyError traceback="threading.py' in line
    assert "test_log.py:" in line
    assert "planted" not in line


def test_a_line_that_cannot_be_made_is_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    """A record that cannot be formatted raises nothing and leaves no line, and the next one is written."""
    set_up("info", "logfmt")
    logging.getLogger("exporter.x").info("%d users", "many")
    logging.getLogger("exporter.x").info("next")
    (line,) = written(capfd)
    assert line.endswith("msg=next")


def test_the_way_of_an_error_is_bounded() -> None:
    """Of an endless recursion only the last places are told."""

    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()
    assert 20 == len(bug(caught.value)["traceback"].split())
