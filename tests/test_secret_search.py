"""Secrets of every kind are planted, and nothing that the program says has one, in any form (G4)."""

import json
import signal
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from house import series_of
from planted import Planted, secret
from program import LOOPBACK, Program, started, wait_until
from secret_scene import BAD, BAD_WEB, CONFIGURATION, MISPLACED, SHOWN, WEB_CONFIGURATION, Scene, played

GUARDED = f"--web.config.file={WEB_CONFIGURATION}"
# The name of a tenant is no secret, and stands everywhere: what looks for it finds it.
NAME = Planted({"name": SHOWN.encode()})


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Tenants that are up, that fail in each way, and whose vendor repeats what it was sent."""
    with played(tmp_path) as scene:
        yield scene


def pages_of(program: Program, reader: str, planted: Planted) -> Iterator[str]:
    """Yield all that the port says to who may ask, and to who may not and tries with secrets."""
    for path in ("/metrics", "/", f"/probe?target={SHOWN}", "/sd", "/metrics/self", "/-/ready"):
        page = program.get(path, Authorization=reader)
        assert 200 == page.status
        yield f"{page.headers}\n{page.body.decode()}"
    guess = planted.add("a password that was tried", secret("guess"))
    login = b64encode(f"reader:{guess}".encode()).decode()
    for header in ("", f"Basic {login}", f"Bearer {guess}"):
        page = program.get(f"/metrics?{guess}", Authorization=header)
        assert 401 == page.status
        yield f"{page.headers}\n{page.body.decode()}"
    for path in (f"/probe?target={guess}", f"/{guess}", f"/probe?target={SHOWN}&collector={guess}"):
        yield program.get(path, Authorization=reader).body.decode()


def refusals_of(program: Program, reader: str, scene: Scene) -> Iterator[str]:
    """Yield what is said of each bad file when it is to be used in place of the good one."""
    for name, bad in ((CONFIGURATION, BAD), (WEB_CONFIGURATION, BAD_WEB)):
        good = (scene.directory / name).read_text(encoding="utf-8")
        for text in bad.values():
            scene.write(name, text)
            page = program.get("/-/reload", method="POST", Authorization=reader)
            assert 500 == page.status
            yield page.body.decode()
        scene.write(name, good)


def spoil_secrets(scene: Scene) -> None:
    """Put what can be no secret into the files of some."""
    files = sorted(path.name for path in scene.directory.glob("api1-*_key"))
    for name, text in zip(files, ("\n", "\x7f", "\u00fc", "\ufeff"), strict=False):
        scene.write(name, f"{MISPLACED}{text}{MISPLACED}")


def process_of(program: Program) -> Iterator[str]:
    """Yield what any user of the host may read of the process: its arguments, and the names of its threads."""
    process = Path(f"/proc/{program.process.pid}")
    yield (process / "cmdline").read_bytes().decode()
    yield from (path.read_text(encoding="utf-8") for path in process.glob("task/*/comm"))


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_serving_shows_no_secret(scene: Scene, form: str) -> None:
    """No page, refusal, argument or line at debug has a secret, whatever the vendor repeats and files hold."""
    reader = scene.guard()
    scene.planted.add("in a bad configuration", MISPLACED)
    flags = (*LOOPBACK, GUARDED, "--web.enable-lifecycle", f"--log.format={form}", "--log.level=debug")
    with started(*flags, directory=scene.directory, environment=scene.environment) as program:
        scrape = partial(program.get, "/metrics", Authorization=reader)
        wait_until(lambda: 200 == scrape().status and scene.is_all_repeated, "each secret, repeated by the vendor")
        pages = [*pages_of(program, reader, scene.planted)]
        said = [*process_of(program), *refusals_of(program, reader, scene)]
        spoil_secrets(scene)
        said.append(scrape().body.decode())
        scene.write(CONFIGURATION, BAD["quote"])
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "no valid YAML at line 3" in program.err[-1], "the refusal")
        assert 0 == program.end()
    log = "\n".join(program.err)
    assert "old credentials stay in use" in log
    assert [["name"]] * 3 == [NAME.found_in(text) for text in (*pages[:2], log)]
    assert 1.0 == series_of(pages[0].partition("\n")[2])[f'mimecast_up{{tenant="{SHOWN}"}}']
    assert [] == scene.all_planted().found_in("\n".join((*pages, *said, *program.out, log)))


@pytest.mark.parametrize("command", ["once --log.level=debug", "check --log.level=debug --log.format=json"])
def test_commands_show_no_secret(tmp_path: Path, command: str) -> None:
    """No page, table or line of a command has a secret, whatever the vendor repeats."""
    # Without retries, of which check would make some for each collector that there is.
    places = ("phrase", "refusal", "headers", "redirect", "code", "fail", "value", "text")
    with played(tmp_path, places, ("echo_secret", "token_echo")) as scene:
        with started(*command.split(), directory=scene.directory, environment=scene.environment) as program:
            assert 1 == program.wait(120)
        assert scene.is_all_repeated
    said = "\n".join((*program.out, *program.err))
    assert ["name"] == NAME.found_in(said)
    assert [] == scene.all_planted().found_in(said)


def test_a_check_offline_shows_no_secret(scene: Scene) -> None:
    """An offline check shows no secret of either file, and sends none."""
    scene.guard()
    flags = ("check", "--offline", GUARDED, "--log.level=debug")
    with started(*flags, directory=scene.directory, environment=scene.environment) as program:
        assert 0 == program.wait()
    assert set() == scene.heard
    assert "The configuration is valid" in program.out[-1]
    assert [] == scene.all_planted().found_in("\n".join((*program.out, *program.err)))


@pytest.mark.parametrize(
    "written",
    [
        str,
        lambda text: text[31:54],
        lambda text: f"{text[:40]}…",
        lambda text: b64encode(text.encode()).decode(),
        lambda text: b64encode(f"a:{text}@b".encode()).decode(),
        lambda text: urlsafe_b64encode(f"ab:{text}".encode()).decode(),
        lambda text: f"https://u:{quote(text)}@p",
        quote_plus,
        json.dumps,
        escape,
        repr,
        lambda text: repr(text.encode()),
        lambda text: text.encode().hex(),
    ],
)
def test_a_secret_that_is_shown_is_found(written: Callable[[str], str]) -> None:
    """The search finds a secret in each form, within another text, and if a part of it is left."""
    planted = Planted({"one": f'{secret("one")}/+"<ü&\\ =='.encode(), "other": secret("other").encode()})
    assert ["one"] == planted.found_in(f"a line with {written(planted.texts['one'].decode())} in it")
    assert [] == planted.found_in(f"a line with {written(secret('a third'))} in it")
