"""Behind our port: a bug of ours in a collector, and what importing the package does."""

import logging
import re
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from house import House, series_of
from raw_http import RawClient
from started_port import get
from web_authority import Authority

from exporter.collectors.question import Asking
from exporter.collectors.training import TRAINING
from exporter.config.settings import Settings
from exporter.log import Logfmt
from exporter.polls import Unit
from exporter.web.application import Limits
from exporter.web.listener import Address
from exporter.web.routes import Options, Routes
from exporter.web.server import Server

IMPORT_ALL = """\
import importlib, os, pkgutil, threading
before = os.listdir("/proc/self/fd")
import exporter
for module in pkgutil.walk_packages(exporter.__path__, "exporter."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(threading.active_count(), len(os.listdir("/proc/self/fd")) - len(before))
"""


Tls = tuple[ssl.SSLContext | None, ssl.SSLContext | None]


def raising(settings: Settings, now: datetime) -> Asking:
    """Raise before anything is asked."""
    yield from ()
    raise KeyError("a planted secret")


def folding(settings: Settings, now: datetime) -> Asking:
    """Raise while the answer is read."""

    def fold(records: Iterable[object]) -> list[object]:
        known: dict[str, object] = {}
        return [known[f"a planted secret {record}"] for record in records]

    yield replace(next(TRAINING.ask(settings, now)), fold=fold)
    raise AssertionError("the fold has not raised")


def endless(settings: Settings, now: datetime) -> Asking:
    """Call itself for ever."""
    return (yield from endless(settings, now))


def nonsense(settings: Settings, now: datetime) -> Asking:
    """Return what is no outcome."""
    yield from ()
    return "a planted secret"  # type: ignore[return-value]


@pytest.fixture(params=["plain", "tls"])
def tls(request: pytest.FixtureRequest, tool: Callable[[str], str], tmp_path: Path) -> Tls:
    """The TLS of a server and of its client, None for plain HTTP."""
    if request.param == "plain":
        return None, None
    tool("openssl")
    authority = Authority(tmp_path, "ca")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server", "DNS:localhost"))
    return context, ssl.create_default_context(cafile=authority.certificate)


@contextmanager
def serving(house: House, tls: Tls) -> Iterator[Callable[[], dict[str, float]]]:
    """Serve what the house has built, and yield what returns the series of a scrape of all of it."""
    assembly = house.build("refresh_interval: 0s, max_staleness: 1h")
    routes = Routes(lambda: (assembly.scrapes, 20.0), house.instruments, Options())
    server = Server(routes, [Address("127.0.0.1", 0)], Limits(), tls[0])
    server.start()

    def scrape() -> dict[str, float]:
        with RawClient.to(server.addresses[0].port, tls[1]) as client:
            answer = client.send(get(b"/metrics")).answer()
        assert 200 == answer.status
        return series_of(answer.body.decode())

    try:
        yield scrape
    finally:
        server.stop(grace=2.0)


@pytest.mark.parametrize("ask", [raising, folding, endless, nonsense])
def test_a_bug_fails_one_collector_of_one_tenant(
    house: House,
    tls: Tls,
    ask: Callable[[Settings, datetime], Asking],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A bug fails one collector of one tenant with the reason internal, and one line says where it is (row 110)."""
    for name in ("acme", "globex"):
        house.simulator.add_tenant(name, users=10)
    with serving(house, tls) as scrape, caplog.at_level(logging.INFO, logger="exporter"):
        assert house.assembly is not None
        before = scrape()
        acme = house.assembly.scrapes.tenants["acme"]
        acme.units["training"] = Unit(acme.tenant, replace(TRAINING, ask=ask))
        for _ in range(3):
            page = scrape()
            assert (0.0, 1.0) == (page['mimecast_up{tenant="acme"}'], page['mimecast_up{tenant="globex"}'])
            assert 1.0 == page['mimecast_collector_failing{collector="training",reason="internal",tenant="acme"}']
            assert of_the_other(before) == of_the_other(page)
    (line,) = [Logfmt().format(record) for record in caplog.records if record.levelno >= logging.WARNING]
    assert "tenant=acme collector=training" in line
    assert re.search(r' traceback="[a-z_]+\.py:[0-9]+ ', line)
    assert "planted" not in line


def of_the_other(page: dict[str, float]) -> dict[str, float]:
    """Return the numbers of the training of the tenant without a bug."""
    return {name: value for name, value in page.items() if "mimecast_training" in name and '"globex"' in name}


def test_importing_starts_nothing() -> None:
    """Importing all of the package starts no thread and opens nothing, and the README speaks of forks (row 109)."""
    command = [sys.executable, "-I", "-c", IMPORT_ALL]
    assert b"1 0\n" == subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    assert "it does not fit a pre-forking server" in " ".join(
        (Path(__file__).parents[2] / "README.md").read_text().split()
    )
