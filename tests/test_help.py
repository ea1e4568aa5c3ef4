"""The help of each command: whole pages, what each has to name, and every example in them tried out.

``pytest --update`` rewrites the pages.
"""

import os
import pty
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from program import started, wait_until
from shell import Shell, addresses, end, scraped, tenants_in, up, web_configuration

from exporter.cli import COMMANDS, parser_of
from exporter.commands.assembly import CATALOGUE
from exporter.config.context import Context
from exporter.config.environment import from_environment
from exporter.errors import ConfigurationError
from exporter.model import Secret

PAGES = Path(__file__).parent / "help"
WIDTH = 80
HELP = {name: parser_of(name).format_help() for name in COMMANDS}
SERVING, DEMO, ONCE, CHECK, HEALTHCHECK, SIMULATE = COMMANDS

FLAG = re.compile(r"^  (?:-h, )?(?P<name>--[a-z.-]+)(?P<value>=[A-Z]+)?\n(?P<about>(?:        .+\n)+)", re.MULTILINE)
VARIABLE = re.compile(r"^  (?P<name>MIMECAST_[A-Z_]+)", re.MULTILINE)
CONFIGURED = {"--config.file", "--log.level", "--log.format"}
SERVED = {
    *("--web.listen-address", "--web.config.file", "--web.telemetry-path", "--web.max-requests"),
    *("--web.timeout-offset", "--web.enable-lifecycle", "--version"),
}
SIMULATED = {"--users", "--titles", "--seed", "--port", "--fail"}


def words(name: str) -> list[str]:
    return [name] if name else []


def title(name: str) -> str:
    return f"mimecast-exporter {name}".rstrip()


def examples(name: str) -> Iterator[tuple[str, str]]:
    """Yield the examples of a page: the name of its command and what is typed."""
    listed = HELP[name].partition("\nEXAMPLES\n")[2].partition("\nEXIT STATUS\n")[0]
    for example in listed.strip("\n").split("\n\n"):
        lines = [line for line in example.split("\n") if line.startswith(" " * 8)]
        yield name, textwrap.dedent("\n".join(lines))


EXAMPLES = [example for name in COMMANDS for example in examples(name)]


@pytest.mark.parametrize("name", COMMANDS, ids=title)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_a_page(name: str, flag: str, tmp_path: Path, update: bool) -> None:  # noqa: FBT001 - a fixture
    """The help of a command is its golden page, on standard output, with status 0 and nothing else said."""
    golden = PAGES / f"{title(name).replace(' ', '-')}.txt"
    with started(*words(name), flag, directory=tmp_path) as program:
        assert (0, []) == (program.wait(), program.err)
    page = "".join(f"{line}\n" for line in program.out)
    if update:
        golden.write_text(page, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == page


def test_every_page_is_of_a_command() -> None:
    """There is no golden page of a command that is gone."""
    assert {f"{title(name).replace(' ', '-')}.txt" for name in COMMANDS} == {file.name for file in PAGES.iterdir()}


@pytest.mark.parametrize("name", COMMANDS, ids=title)
def test_a_page_is_readable(name: str) -> None:
    """A page has at most 80 columns, no blank at the end of a line, and each section that a reader looks for."""
    page = HELP[name]
    assert [] == [line for line in page.split("\n") if len(line) > WIDTH or line.rstrip() != line]
    headings = [line for line in page.split("\n") if line and not line.startswith(" ")]
    assert ["NAME", "USAGE", "DESCRIPTION"] == headings[:3]
    assert {"HELP", "EXAMPLES", "EXIT STATUS", "SEE ALSO"} <= set(headings)
    assert "\n\n\n" not in page


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        (SERVING, CONFIGURED | SERVED),
        (DEMO, SIMULATED | {"--log.level", "--log.format"}),
        (ONCE, CONFIGURED | {"--output"}),
        (CHECK, CONFIGURED | {"--offline", "--web.config.file"}),
        (HEALTHCHECK, {"--web.listen-address", "--web.config.file", "--log.level", "--log.format"}),
        (SIMULATE, SIMULATED | {"--tenants", "--strict"}),
    ],
    ids=[title(name) for name in COMMANDS],
)
def test_flags(name: str, flags: set[str]) -> None:
    """A page has each flag that its command takes, once, and no other."""
    assert sorted(flags | {"--help"}) == sorted(match["name"] for match in FLAG.finditer(HELP[name]))


@pytest.mark.parametrize("name", COMMANDS, ids=title)
def test_every_flag_has_its_default(name: str) -> None:
    """A page says of each flag what it does and, but for help and version, its default."""
    told = {
        match["name"]: "Default: " in match["about"].replace("\n        ", " ") for match in FLAG.finditer(HELP[name])
    }
    assert told == {flag: flag not in {"--help", "--version"} for flag in told}


@pytest.mark.parametrize("name", [SERVING, ONCE, CHECK], ids=title)
def test_variables(name: str) -> None:
    """A page of what reads the configuration names every variable that the program reads, and no other."""
    context = Context(CATALOGUE.collectors, CATALOGUE.default_collectors, lambda _: Secret(""))
    with pytest.raises(ConfigurationError) as caught:
        from_environment({f"MIMECAST_{40 * 'Q'}": ""}, context)
    known = str(caught.value).partition("known are: ")[2].partition(";")[0].split(", ")
    assert {variable.removesuffix("_FILE") for variable in known} == set(VARIABLE.findall(HELP[name]))


def test_the_first_page_leads_to_all_commands() -> None:
    """The help of the program has a line for each other command."""
    see_also = HELP[SERVING].partition("\nSEE ALSO\n")[2]
    assert [name for name in COMMANDS if name] == sorted(
        re.findall(r"^  mimecast-exporter (\w+) ", see_also, re.MULTILINE), key=list(COMMANDS).index
    )


def test_a_terminal_sees_the_same_page(tmp_path: Path) -> None:
    """On a terminal, of whatever width, the help is the same as in a pipe."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "40", "TERM": "xterm-256color"}
    command = [sys.executable, "-I", "-m", "exporter", "--help"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    assert 0 == process.wait(30)
    assert HELP[SERVING] == shown.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how Linux says that nobody has the terminal any more
        return b""


@pytest.mark.parametrize("name", COMMANDS, ids=title)
def test_a_page_has_examples(name: str) -> None:
    """Each page has two examples at least, each of its own command."""
    commands = [text for command, text in EXAMPLES if command == name]
    assert 2 <= len(commands)
    for text in commands:
        assert re.search(rf"\b{title(name)}(?: [-'>|\\]|$)", text), text


@pytest.fixture
def shell(tmp_path: Path, tool: Callable[[str], str]) -> Iterator[Shell]:
    """A directory with all that the examples name: configurations, keys, and a place for a textfile collector."""
    shell = Shell(tmp_path)
    with shell.simulator:
        for file in ("mimecast-exporter.yaml", "etc/mimecast-exporter.yaml"):
            shell.write(file, shell.simulator.configuration())
        (tmp_path / "textfile").mkdir()
        tool("openssl")
        shell.write("web.yaml", web_configuration(tmp_path, "NoClientCert"))
        yield shell


def ids(example: tuple[str, str]) -> str:
    return example[1].replace("\\\n", "")


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example[0] == SERVING], ids=ids)
def test_an_example_serves(example: tuple[str, str], shell: Shell) -> None:
    """An example of serving serves on each address that it names, says so by its health check, and ends well."""
    text = on_any_port(example[1], "--web.listen-address=:0")
    with shell.started(shell.here(text)) as program:
        listening = addresses(program)
        assert text.count("--web.listen-address") == len(listening)
        web = re.findall(r"--web\.config\.file=\S+", text)
        for address in listening:
            asked = shell.run(f"mimecast-exporter healthcheck {' '.join(web)} '--web.listen-address={address}'")
            assert (0, "", "") == (asked.returncode, asked.stdout, asked.stderr)
        if not web:
            assert [1.0] == [*up(scraped(f"127.0.0.1:{listening[0].rpartition(':')[2]}")).values()]
        assert 0 == end(program)


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example[0] == DEMO], ids=ids)
def test_an_example_of_the_demo(example: tuple[str, str], shell: Shell) -> None:
    """An example of the demo shows three tenants, of which the first is down if it is to misbehave."""
    with shell.started(shell.here(on_any_port(example[1], "--port=0"))) as program:
        wait_until(lambda: any("Ctrl-C" in line for line in program.out) or program.has_ended, "its announcement")
        (line,) = [line for line in program.out if "/metrics  " in line]
        first = 0.0 if "--fail" in example[1] else 1.0
        assert [first, 1.0, 1.0] == [*up(scraped(line.split("/")[2])).values()]
        assert 0 == end(program)


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example[0] == SIMULATE], ids=ids)
def test_an_example_of_the_simulator(example: tuple[str, str], shell: Shell) -> None:
    """An example of the simulator gives a configuration that works, but for the tenant that is to misbehave."""
    file = shell.directory / "simulated.yaml"
    with shell.started(f"{shell.here(example[1])} {'' if '>' in example[1] else f'> {file.name}'}") as program:
        wait_until(lambda: bool(configured(file)) or program.has_ended, "a configuration")
        tried = shell.run("mimecast-exporter once --config.file=simulated.yaml | grep '^mimecast_up'")
        expected = [*(["0.0"] if "--fail" in example[1] else ["1.0"]), "1.0", "1.0"]
        assert expected[: len(configured(file))] == re.findall(r"\} (\S+)", tried.stdout)
        assert 0 == end(program)


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example[0] in (ONCE, CHECK)], ids=ids)
def test_an_example_ends(example: tuple[str, str], shell: Shell) -> None:
    """An example of a command that ends does so with status 0, says nothing of an error, and has a result."""
    done = shell.run(shell.here(example[1]))
    written = [file.read_text() for file in (shell.directory / "textfile").iterdir()]
    assert (0, "") == (done.returncode, done.stderr)
    assert any(sign in "".join([done.stdout, *written]) for sign in ('mimecast_up{tenant="acme"} 1.0', "is valid"))


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example[0] == HEALTHCHECK], ids=ids)
def test_an_example_of_the_health_check(example: tuple[str, str], shell: Shell) -> None:
    """An example of the health check finds an exporter healthy that was given the same flags."""
    flags = " ".join(re.findall(r"--web\.config\.file=\S+", example[1]))
    with shell.started(f"mimecast-exporter --web.listen-address=127.0.0.1:0 {flags}") as program:
        port = int(addresses(program)[0].rpartition(":")[2])
        asked = shell.run(shell.here(on_any_port(example[1], "--web.listen-address=127.0.0.1:10463"), port))
        assert (0, "", "") == (asked.returncode, asked.stdout, asked.stderr)


def configured(file: Path) -> list[str]:
    """Return the tenants of a file, none before it is complete."""
    return tenants_in(file.read_text(encoding="utf-8")) if file.exists() else []


def on_any_port(command: str, flag: str) -> str:
    """Return a command with a flag that sends it to a free port, if it names no port itself."""
    return command if flag.partition("=")[0] in command else f"{command} {flag}"
