"""The port of the started program, plain and over TLS: what pages are asked for, and what they never tell or do."""

import select
import socket
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest
from program import wait_until
from started_port import StartedPort, get, serving

from exporter.collectors import COLLECTORS
from exporter.simulator import Simulator

NOT_HERE = [
    *(b"/config", b"/-/config", b"/flags", b"/status", b"/targets", b"/api/v1/status/config", b"/graph"),
    *(b"/debug", b"/debug/pprof/", b"/debug/pprof/goroutine?debug=2", b"/debug/vars", b"/threads", b"/stack"),
    *(b"/-/quit", b"/-/quitquitquit", b"/quitquitquit", b"/-/stop", b"/-/reload", b"/-/log", b"/console", b"/admin"),
]


@pytest.fixture(scope="module")
def decoy() -> Iterator[socket.socket]:
    """An address to which nothing may be sent."""
    with socket.create_server(("127.0.0.1", 0)) as decoy:
        yield decoy


@pytest.fixture(scope="module", params=["plain", "tls"])
def shared(
    request: pytest.FixtureRequest, tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartedPort]:
    tls = request.param == "tls" and bool(tool("openssl"))
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        simulator.add_tenant("globex", users=5)
        with serving(tmp_path_factory.mktemp("port"), simulator, tls=tls) as port:
            yield port


@pytest.fixture
def port(shared: StartedPort) -> Iterator[StartedPort]:
    """A port whose program is at rest again after each test (I4)."""
    yield shared
    shared.assert_at_rest()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (b"target=acme", 200),
        (b"target=acme&target=", 400),
        (b"target=ac%6de&planted=1", 200),
        (b"target=acme&collector=training", 200),
        (b"", 400),
        (b"target", 400),
        (b"target=", 400),
        (b"tenant=acme", 400),
        (b"tenant=", 400),
        (b"Target=acme", 400),
        (b"target=acme&target=acme", 400),
        (b"target=acme&target=globex", 400),
        (b"target=planted", 400),
        (b"target=ACME", 400),
        (b"target=acme%20", 400),
        (b"target=acme,globex", 400),
        (b"target=%2e%2e/acme", 400),
        (b"target=http://127.0.0.1:%d/planted", 400),
        (b"target=127.0.0.1:%d", 400),
        (b"target=//planted@127.0.0.1:%d", 400),
        (b"target=acme&base_url=http://127.0.0.1:%d/", 200),
        (b"target=%%ff", 400),
        (b"target=%%00", 400),
        (b"target=" + b"planted" * 1100, 400),
        (b"target=acme&collector=planted", 400),
        (b"target=acme&collector=", 400),
        (b"&".join([b"target=acme"] + [b"planted=1"] * 500), 400),
    ],
    ids=lambda value: value if isinstance(value, int) else repr(value[:50]),
)
def test_a_target_is_a_name(port: StartedPort, decoy: socket.socket, query: bytes, status: int) -> None:
    """Only one configured name is a target, other values are a 400, and no address is called for them (row 101)."""
    query = query % decoy.getsockname()[1] if b"%d" in query else query.replace(b"%%", b"%")
    answer = port.ask(get(b"/probe?" + query))
    assert status == answer.status
    assert b"planted" not in answer.body
    assert (200 == status) == (b'mimecast_up{tenant="acme"} 1.0' in answer.body)
    assert [] == select.select([decoy], [], [], 0)[0]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_selections_leave_nothing(tool: Callable[[str], str], tmp_path: Path, tls: bool) -> None:  # noqa: FBT001 - a table
    """A thousand different selections of collectors are a thousand pages, and no memory is left of them (row 101)."""
    tls = tls and bool(tool("openssl"))
    names = [collector.name for collector in COLLECTORS]
    selections = [chosen for size in range(1, 6) for chosen in combinations(names, size)]
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        head = f"defaults: {{collectors: [{', '.join(names)}]}}"
        with serving(tmp_path, simulator, tls=tls, head=head) as port, port.connect() as client:
            assert 200 == client.send(get(b"/metrics")).answer().status
            memory = port.proc.memory
            for chosen in selections:
                query = "&".join(["target=acme", *(f"collector={name}" for name in chosen)])
                assert 200 == client.send(get(b"/probe?" + query.encode())).answer().status
            assert port.proc.memory - memory < 4 * 2**20


@pytest.mark.parametrize(
    "query", [b"name[]=x", b"name%5B%5D=x", b"name[]=", b"collect[]=x", b"exclude[]=x", b"x", b"&&=&", b"%"]
)
@pytest.mark.parametrize("path", [b"/metrics?", b"/metrics?%ff&", b"/metrics/self?", b"/probe?target=acme&"])
def test_selections_of_others_select_nothing(port: StartedPort, path: bytes, query: bytes) -> None:
    """A page with parameters that other exporters know is the page without them (row 102)."""
    bare, answer = (port.ask(get(target)) for target in (path[:-1], path + query))
    assert (200, names(bare.body)) == (answer.status, names(answer.body))
    assert len(names(answer.body)) > 3


def names(page: bytes) -> set[bytes]:
    return {line.split(b" ")[2] for line in page.splitlines() if line.startswith(b"# TYPE ")}


@pytest.mark.parametrize(
    ("data", "status", "kind"),
    [
        (get(b"/"), 200, "text/html"),
        (get(b"/?<script>planted"), 200, "text/html"),
        (get(b"/sd"), 200, "application/json"),
        (get(b"/probe?target=acme&planted=<script>"), 200, "text/plain"),
        (get(b"/-/healthy?planted"), 200, "text/plain"),
        (get(b"/probe?target=<script>planted"), 400, "text/plain"),
        (get(b"/probe?target=acme&collector=<script>planted"), 400, "text/plain"),
        (get(b"/<script>planted()</script>"), 404, "text/plain"),
        (get(b"/planted", b"Referer: http://planted.example/<script>", b"User-Agent: planted"), 404, "text/plain"),
        (get(b"/", method=b"PLANTED"), 405, "text/plain"),
        (get(b"/" + b"planted" * 2000), 414, "text/plain"),
        (get(b"/", b"Planted: <script>" + b"planted" * 10_000), 431, "text/plain"),
        (b"<script>planted()</script>\r\n\r\n", 400, "text/plain"),
        (get(b"/", b"planted\x00<script>: a"), 400, "text/plain"),
    ],
    ids=lambda value: repr(value[:50]) if isinstance(value, bytes) else value,
)
def test_every_page_is_harmless(port: StartedPort, data: bytes, status: int, kind: str) -> None:
    """No page has a script or may be framed, sniffed or extended, and none tells what the client sent (row 105)."""
    answer = port.ask(data)
    assert (status, kind) == (answer.status, answer.headers["Content-Type"].partition(";")[0])
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert not any(directive.startswith("script-src") for directive in policy)
    told = f"{answer.headers}{answer.body!r}".lower()
    assert [] == [word for word in ("planted", "<script", "javascript:", "onload", "server:") if word in told]


@pytest.mark.parametrize("path", NOT_HERE, ids=repr)
def test_there_is_nothing_else(port: StartedPort, path: bytes) -> None:
    """Paths of configuration, debugging, ending and reloading are a 404 for every method (row 106)."""
    for method in (b"GET", b"HEAD", b"POST", b"PUT"):
        assert (method, 404) == (method, port.ask(get(path, method=method)).status)
    assert not port.program.has_ended


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_reload_where_it_is_switched_on(tool: Callable[[str], str], tmp_path: Path, tls: bool) -> None:  # noqa: FBT001 - a table
    """With --web.enable-lifecycle POST and PUT reload, other methods are a 405 and do not (row 106)."""
    tls = tls and bool(tool("openssl"))
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        with serving(tmp_path, simulator, "--web.enable-lifecycle", tls=tls) as port:
            for method in (b"GET", b"HEAD", b"DELETE", b"FOO"):
                answer = port.ask(get(b"/-/reload", method=method))
                assert (405, "POST, PUT") == (answer.status, answer.headers["Allow"])
            for done, method in enumerate((b"POST", b"PUT")):
                assert done == reloads(port)
                assert 200 == port.ask(get(b"/-/reload", b"Content-Length: 0", method=method)).status
                wait_until(lambda: reloads(port) > done, "it has been reloaded")  # noqa: B023 - called at once


def reloads(port: StartedPort) -> int:
    return sum('msg="configuration reloaded"' in line for line in port.program.err)
