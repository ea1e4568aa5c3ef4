"""The port of the started program, plain and over TLS: what a client wants by its headers."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from started_port import StartedPort, get, serving

from exporter.exposition import Format
from exporter.simulator import Simulator

TEXT, OPENMETRICS = (form.value for form in Format)
TIMEOUT = b"X-Prometheus-Scrape-Timeout-Seconds: "
PAGE = b"/probe?target=acme"


@pytest.fixture(scope="module", params=["plain", "tls"])
def shared(
    request: pytest.FixtureRequest, tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartedPort]:
    tls = request.param == "tls" and bool(tool("openssl"))
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        with serving(tmp_path_factory.mktemp("port"), simulator, tls=tls) as port:
            yield port


@pytest.fixture
def port(shared: StartedPort) -> Iterator[StartedPort]:
    """A port whose program is at rest again after each test (I4)."""
    yield shared
    shared.assert_at_rest()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (b"", TEXT),
        (b"*/*", TEXT),
        (b"text/plain", TEXT),
        (b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT),
        (b"application/openmetrics-text", OPENMETRICS),
        (b"application/openmetrics-text; version=1.0.0; charset=utf-8", OPENMETRICS),
        (b"application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", OPENMETRICS),
        (b"text/plain;q=0.5, application/openmetrics-text;q=0.4", TEXT),
        (b"application/openmetrics-text;q=0", TEXT),
        (b"application/openmetrics-text;version=abc", TEXT),
        (b"application/openmetrics-text;version=" + b"9" * 5000, TEXT),
        (b"application/openmetrics-text;version=0.0.1", TEXT),
        (b"application/openmetrics-text;q=" + b"9" * 5000, TEXT),
        (b"application/openmetrics-text;q=nan", TEXT),
        (b"application/openmetrics-text;q=-1", TEXT),
        (b"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", TEXT),
        (b"image/png", TEXT),
        (b";,;=;q=;,\xff\xfe,/", TEXT),
        (b"a" * 8192, TEXT),
        (b",".join([b"text/plain;q=0.001"] * 1000), TEXT),
        (b";q=1" * 5000 + b"," + b"application/openmetrics-text", OPENMETRICS),
    ],
    ids=lambda value: f"{value[:60]!r}-{len(value)}" if isinstance(value, bytes) else value.partition(";")[0],
)
def test_formats(port: StartedPort, accept: bytes, expected: str) -> None:
    """Whatever is accepted, a page is a 200, in the text format unless the other is preferred clearly (row 90)."""
    answer = port.ask(get(PAGE, b"Accept: " + accept))
    assert (200, expected) == (answer.status, answer.headers["Content-Type"])
    assert b"mimecast_up{" in answer.body


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        (None, False),
        (b"", False),
        (b"gzip", True),
        (b"GZIP", True),
        (b"x-gzip", True),
        (b"br, gzip;q=0.1", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0.000", False),
        (b"*;q=1, gzip;q=0", False),
        (b"*;q=0", False),
        (b"identity", False),
        (b"br", False),
        (b"gzip;q=1.5", False),
        (b"gzip;q=x", False),
        (b"gzipped", False),
        (b";;,=\xff", False),
        (b"b" * 8192, False),
    ],
    ids=lambda value: f"{value[:30]!r}" if isinstance(value, bytes) else str(value),
)
def test_gzip(port: StartedPort, accepted: bytes | None, compressed: bool) -> None:  # noqa: FBT001 - a table
    """A page is compressed if gzip is wanted, a quality of 0 taken at its word, and the same when unpacked (row 91)."""
    headers = [] if accepted is None else [b"Accept-Encoding: " + accepted]
    answer = port.ask(get(PAGE, *headers))
    assert (200, compressed) == (answer.status, answer.headers.get("Content-Encoding") == "gzip")
    assert port.ask(get(PAGE)).body == (gzip.decompress(answer.body) if compressed else answer.body)


@pytest.mark.parametrize(
    "host",
    [
        b"Host: planted.example",
        b"Host: planted.example:80",
        b"Host: 127.0.0.1.planted.example",
        b"Host: [::1]:10463",
        b"Host:",
        b"Host: <script>planted()</script>",
        b"Host: planted\xff\xfe",
        b"Host: a/../planted?x=y#z",
        b"Host: " + b"planted" * 1000,
    ],
    ids=lambda value: f"{value[:40]!r}",
)
@pytest.mark.parametrize("path", [PAGE, b"/"])
def test_the_host_is_not_used(port: StartedPort, path: bytes, host: bytes) -> None:
    """Whatever Host is asked for, the answer is the same and does not tell it (row 107)."""
    answer = port.ask(b"GET " + path + b" HTTP/1.1\r\n" + host + b"\r\nX-Forwarded-Host: planted.example\r\n\r\n")
    expected = port.ask(get(path))
    assert (200, expected.headers.keys()) == (answer.status, answer.headers.keys())
    assert "planted" not in f"{answer.headers}{answer.body!r}"


@pytest.mark.parametrize("path", [PAGE, b"/", b"/sd", b"/-/healthy", b"/nothing", b"/-/reload"])
def test_no_other_origin_may_read(port: StartedPort, path: bytes) -> None:
    """Neither a preflight nor a request of another origin is told that it may read anything (row 107)."""
    origin = [b"Origin: http://planted.example", b"Cookie: planted=1"]
    preflight = [b"Access-Control-Request-Method: GET", b"Access-Control-Request-Private-Network: true"]
    for request in (get(path, *origin), get(path, *origin, *preflight, method=b"OPTIONS")):
        answer = port.ask(request)
        assert [] == [name for name in answer.headers if name.lower().startswith("access-control")]
        assert (404 if path in {b"/nothing", b"/-/reload"} else 405 if b"OPTIONS" in request else 200) == answer.status
        assert "planted" not in f"{answer.headers}{answer.body!r}"


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_the_scrapers_timeout(tool: Callable[[str], str], tmp_path: Path, tls: bool) -> None:  # noqa: FBT001 - a table
    """While the vendor hangs, a scrape ends by its header, at least 0.1 s, and never later than ours (row 100)."""
    tls = tls and bool(tool("openssl"))
    ours = 2.0
    seconds = {
        b"0.2": 0.1,
        b"0": 0.1,
        b"-1": 0.1,
        b"-1e309": ours,
        b"1.2": 0.7,
        b"3600": ours,
        b"NaN": ours,
        b"inf": ours,
        b"1e309": ours,
        b"9" * 5000: ours,
        b"1s": ours,
        b"": ours,
        b"0.2\r\n" + TIMEOUT + b"0.2": ours,
    }
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5).fail("hang")
        head = f"scrape_timeout: {ours:.0f}s\ndefaults: {{collectors: [training]}}"
        with serving(tmp_path, simulator, tls=tls, head=head) as port:
            answers = port.time_all([get(b"/metrics", TIMEOUT + header) for header in seconds])
            for (took, answer), expected in zip(answers, seconds.values(), strict=True):
                assert expected <= took < expected + 1.2
                assert (200, True) == (answer.status, b'mimecast_up{tenant="acme"} 0.0' in answer.body)
            simulator.stop()
