"""Bad configurations and the started program: refused at the start, and by a reload, which changes nothing."""

import os
import resource
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from house import series_of
from port import configured
from program import LOOPBACK, Program, started

from exporter.simulator import Simulator

BAD = Path(__file__).parents[1] / "config" / "bad"
# By the row of what goes wrong: files that are refused with the messages beside them.
BY_ROW = {
    111: ("alias_bomb", "anchor_recursive", "nested_deeply", "problems_endless"),
    112: ("tag_python_object", "tag_unknown", "documents_several", "merge_key"),
    113: ("unknown_keys", "wrong_place"),
    114: ("ambiguous_names", "ambiguous_secrets"),
    119: ("base_urls", "regions"),
    120: ("numbers", "durations", "sizes"),
    121: ("no_tenants", "bad_names"),
}
# What these say depends on files and variables, which a test of their own has.
ELSEWHERE = {"proxy_sources", "secret_file_with_odd_characters", "secret_unreadable"}
SUCCESSFUL = "mimecast_exporter_config_last_reload_successful"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def expected(name: str) -> list[str]:
    return (BAD / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def told(program: Program, file: Path) -> list[str]:
    """Return what a program says of a file, without its own name and the file's, which stands where no place does."""
    return [line.removeprefix("mimecast-exporter: ").removeprefix(f"{file}: ") for line in program.err]


def work_of_children() -> float:
    """Return the seconds of processor time of all processes that have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture(scope="module")
def usual_work(tmp_path_factory: pytest.TempPathFactory) -> float:
    """The seconds of processor time that the program takes to find a configuration good."""
    directory = tmp_path_factory.mktemp("good")
    text = "tenants: [{name: a, region: us, credentials: {client_id: a, client_secret: b}}]\n"
    (directory / "mimecast-exporter.yaml").write_text(text)
    before = work_of_children()
    with started("check", "--offline", directory=directory) as program:
        assert 0 == program.wait()
    return work_of_children() - before


@pytest.mark.parametrize(("row", "name"), [(row, name) for row, names in BY_ROW.items() for name in names])
def test_a_bad_file_is_refused(tmp_path: Path, usual_work: float, row: int, name: str) -> None:
    """A bad file ends the program with 2, exactly these lines, and after one second's work at most (rows 111-121)."""
    file = BAD / f"{name}.yaml"
    before = work_of_children()
    with started(f"--config.file={file}", *LOOPBACK, directory=tmp_path) as program:
        assert 2 == program.wait(30)
    assert work_of_children() - before < usual_work + 1, row
    assert expected(name) == told(program, file)
    assert [] == program.out


def test_a_huge_file_is_refused(tmp_path: Path, usual_work: float) -> None:
    """A file of 100 MiB is refused by its size, without being read (row 111)."""
    with (tmp_path / "huge.yaml").open("wb") as huge:
        huge.truncate(100 << 20)
    before = work_of_children()
    with started("--config.file=huge.yaml", *LOOPBACK, directory=tmp_path) as program:
        assert 2 == program.wait(30)
    assert work_of_children() - before < usual_work + 1
    assert ["the file huge.yaml is larger than 1024 KiB; name the right file"] == told(program, Path("huge.yaml"))


@pytest.fixture
def serving(simulator: Simulator, tmp_path: Path) -> Iterator[tuple[Program, Path]]:
    """A program that serves one tenant and may be asked to reload, and its configuration."""
    simulator.add_tenant("acme", users=3)
    file = Path(configured(simulator, tmp_path)[1])
    flags = (f"--config.file={file}", *LOOPBACK, "--web.enable-lifecycle")
    with started(*flags, directory=tmp_path) as program:
        assert 200 == program.get("/metrics").status
        yield program, file


def test_a_reload_of_each_bad_file_changes_nothing(simulator: Simulator, serving: tuple[Program, Path]) -> None:
    """Whatever is wrong, a reload says what, and the old configuration stays whole (row 127, with rows 111 to 122)."""
    program, file = serving
    good = file.read_bytes()
    page, targets = program.get("/probe?target=acme").body, program.get("/sd").body
    problems = 0
    for path in sorted(BAD.glob("*.yaml")):
        file.write_bytes(path.read_bytes())
        refused = program.get("/-/reload", method="POST")
        said = refused.body.decode()
        assert 500 == refused.status
        assert path.stem in ELSEWHERE or [] == [line for line in expected(path.stem) if line not in said]
        assert "plant" not in said.lower()
        assert 0.0 == series_of(program.get("/metrics/self").body.decode())[SUCCESSFUL]
        assert (page, targets) == (program.get("/probe?target=acme").body, program.get("/sd").body)
        problems += len(expected(path.stem))
    file.write_bytes(good)
    assert 200 == program.get("/-/reload", method="POST").status
    assert page == program.get("/probe?target=acme").body
    assert 0 == program.end()
    assert problems == sum("configuration refused, the old one stays" in line for line in program.err)
    assert "plant" not in "".join(program.err).lower()
    assert 5 == simulator.calls("acme")


def to_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def to_fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize("change", [Path.unlink, to_directory, to_fifo], ids=lambda change: change.__name__)
def test_a_reload_of_no_file_changes_nothing(serving: tuple[Program, Path], change: Callable[[Path], object]) -> None:
    """A configuration that is gone, or no file any more, is told of, and the old one stays (row 127)."""
    program, file = serving
    page = program.get("/probe?target=acme").body
    change(file)
    refused = program.get("/-/reload", method="POST")
    assert 500 == refused.status
    assert str(file) in refused.body.decode()
    assert page == program.get("/probe?target=acme").body


def memory_with(tenants: int, directory: Path) -> float:
    """Return the bytes of memory of a program that serves so many tenants."""
    entry = "  - {{name: t{0}, region: us, credentials: {{client_id: a{0}, client_secret: b{0}}}}}\n"
    file = directory / f"{tenants}.yaml"
    file.write_text("tenants:\n" + "".join(entry.format(number) for number in range(tenants)))
    file.chmod(0o600)
    with started(f"--config.file={file}", *LOOPBACK, directory=directory) as program:
        assert tenants == program.get("/sd").body.count(b'"targets"')
        return series_of(program.get("/metrics/self").body.decode())["process_resident_memory_bytes"]


def test_five_hundred_tenants_take_memory_each(tmp_path: Path) -> None:
    """The last two hundred of 500 tenants take as much memory as those before, and few kilobytes each (row 121)."""
    few, some, many = (memory_with(tenants, tmp_path) for tenants in (100, 300, 500))
    assert many - some < 1.5 * (some - few) + (1 << 20)
    assert (many - few) / 400 < 100_000


@pytest.mark.parametrize("kind", ["good", "bad", "unreachable"])
def test_an_offline_check_asks_nobody(simulator: Simulator, tmp_path: Path, kind: str) -> None:
    """An offline check is 0 or 2 by the file alone, connects to nobody, and shows no secret (row 123)."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        nobody.settimeout(0)
        base_url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        if kind == "unreachable":
            base_url = "https://vendor.invalid"
        region = "region: mars" if kind == "bad" else f"base_url: '{base_url}'"
        text = f"tenants: [{{name: acme, {region}, credentials: {{client_id: planted, client_secret: planted}}}}]\n"
        (tmp_path / "mimecast-exporter.yaml").write_text(text)
        with started("check", "--offline", directory=tmp_path) as program:
            assert (2 if kind == "bad" else 0) == program.wait()
        with pytest.raises(BlockingIOError):
            nobody.accept()
    assert "planted" not in "".join((*program.out, *program.err))
