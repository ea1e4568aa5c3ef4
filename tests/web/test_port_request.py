"""The port of the started program, plain and over TLS: what is a request, and what is none."""

from collections.abc import Callable, Iterator

import pytest
from raw_http import PATIENCE, RawClient
from started_port import StartedPort, get, serving

from exporter.simulator import Simulator

MEBIBYTE = 2**20
METHODS = 10_000
PATHS = [b"/", b"/sd", b"/metrics", b"/metrics/self", b"/probe?target=acme", b"/-/healthy", b"/-/ready"]
HEALTHY = get(b"/-/healthy")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(strict=True) as simulator:
        simulator.add_tenant("acme", users=5)
        yield simulator


@pytest.fixture(scope="module", params=["plain", "tls"])
def shared(
    request: pytest.FixtureRequest,
    simulator: Simulator,
    tool: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StartedPort]:
    tls = request.param == "tls" and bool(tool("openssl"))
    with serving(tmp_path_factory.mktemp("port"), simulator, tls=tls) as port:
        yield port


@pytest.fixture
def port(shared: StartedPort) -> Iterator[StartedPort]:
    """A port whose program is at rest again after each test (I4)."""
    yield shared
    shared.assert_at_rest()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"TRACE", b"CONNECT", b"OPTIONS", b"FOO", b"get"])
def test_other_methods_are_refused(port: StartedPort, method: bytes, path: bytes) -> None:
    """A method other than GET and HEAD is a 405 that names these two (row 87)."""
    answer = port.ask(get(path, method=method))
    assert (405, "GET, HEAD") == (answer.status, answer.headers["Allow"])


@pytest.mark.parametrize("line", [b"CONNECT here:443", b"CONNECT /", b"OPTIONS *"])
def test_methods_that_are_for_no_path_are_refused(port: StartedPort, line: bytes) -> None:
    """CONNECT and OPTIONS are a 405 in the forms that only they have (row 87)."""
    assert [405] == port.statuses(line + b" HTTP/1.1\r\nHost: here\r\n\r\n")


def test_thousands_of_methods_leave_nothing(port: StartedPort) -> None:
    """Ten thousand methods are as many 405, and neither labels nor memory are left of them (row 87)."""
    for prefix in (b"FIRST", b"ANOTHER"):
        labels, memory = labels_of_requests(port), port.proc.memory
        assert {405} == statuses_of_methods(port, prefix)
    assert labels == labels_of_requests(port)
    assert port.proc.memory - memory < MEBIBYTE


def statuses_of_methods(port: StartedPort, prefix: bytes) -> set[int]:
    found = set()
    with port.connect() as client:
        for hundred in range(0, METHODS, 100):
            client.send(b"".join(get(b"/metrics", method=b"%s%d" % (prefix, hundred + n)) for n in range(100)))
            found |= {client.answer().status for _ in range(100)}
    return found


def labels_of_requests(port: StartedPort) -> set[bytes]:
    lines = port.ask(get(b"/metrics/self")).body.splitlines()
    return {line.rpartition(b" ")[0] for line in lines if line.startswith(b"mimecast_exporter_http_requests_total")}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/metrics", 200),
        (b"/metrics?", 200),
        (b"/metrics?a=b", 200),
        (b"http://host/metrics", 200),
        (b"HTTPS://host:1/-/healthy", 200),
        (b"http://host", 200),
        (b"/metrics/", 404),
        (b"//metrics", 404),
        (b"/./metrics", 404),
        (b"/x/../metrics", 404),
        (b"/metrics%2e", 404),
        (b"/%6detrics", 404),
        (b"/METRICS", 404),
        (b"/metrics;a=b", 404),
        (b"/../etc/passwd", 404),
        (b"/..%2f..%2fetc%2fpasswd", 404),
        (b"/%00", 404),
        (b"/%ff", 404),
        (b"/favicon.ico", 404),
        (b"http://host//metrics", 404),
        (b"*", 400),
        (b"metrics", 400),
        (b"", 400),
        (b"ftp://host/metrics", 400),
        (b"host:443", 400),
        (b"/metrics#top", 400),
        (b"/metrics /", 400),
        (b"/\x00", 400),
        (b"/\x7f", 400),
        (b"/\xff\xfe", 400),
        (b"/\xc3\xa9", 400),
        (b"/" + b"a" * 8191, 404),
        (b"/" + b"a" * 8192, 414),
        (b"/" + b"a" * 65_535, 414),
        (b"/metrics?" + b"a" * 65_535, 414),
    ],
    ids=lambda value: value if isinstance(value, int) else repr(value[:30]),
)
def test_targets(port: StartedPort, target: bytes, status: int) -> None:
    """Only the documented paths, as they are written, are a 200; other targets have their 4xx (row 88)."""
    assert [status] == port.statuses(get(target))


@pytest.mark.parametrize("path", [*PATHS, b"/probe", b"/probe?target=nobody", b"/nothing", b"/-/reload"])
def test_head_is_get_without_a_body(port: StartedPort, simulator: Simulator, path: bytes) -> None:
    """HEAD has the status and the headers of GET, no body, and asks nothing of the vendor (row 89)."""
    calls = simulator.calls()
    with port.connect() as client:
        bare = client.send(get(path, method=b"HEAD") + HEALTHY).answer(head=True)
        assert b"ok\n" == client.answer().body
        assert calls == simulator.calls()
        whole = client.send(get(path)).answer()
    changing = {"Date": "", "Content-Length": ""}  # a page tells of the time and of the process
    assert (whole.status, whole.headers | changing) == (bare.status, bare.headers | changing)
    assert 0 < int(bare.headers["Content-Length"])


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (get(b"/metrics", *[b"A: b"] * 99), 200),
        (get(b"/metrics", *[b"A: b"] * 100), 431),
        (get(b"/metrics", b"A: " + b"b" * 65_536), 431),
        (get(b"/metrics", *[b"A: " + b"b" * 64_000] * 100), 431),
        (b"GET /metrics HTTP/1.1\r\nA: " + b"b" * 65_536, 431),
        (b"GET /metrics HTTP/1.1\nHost: here\n\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: here\nA: b\r\n\r\n", 400),
        (get(b"/metrics", b"A: b", b" folded"), 400),
        (get(b"/metrics", b"A: b", b"\tfolded"), 400),
        (get(b"/metrics", b"A : b"), 400),
        (get(b"/metrics", b"A: \x00"), 400),
        (get(b"/metrics", b"no colon"), 400),
        (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.0\r\n\r\n", 200),
    ],
    ids=lambda value: value if isinstance(value, int) else f"{value[:60]!r}-{len(value)}",
)
def test_heads(port: StartedPort, data: bytes, status: int) -> None:
    """A head that is too large is a 431, one that is not clear a 400, and neither takes memory (row 92)."""
    assert [status] == port.statuses(data)
    port.proc.forget_peak()
    memory = port.proc.memory
    assert [status] == port.statuses(data)
    assert port.proc.peak - memory < MEBIBYTE


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HEALTHY * 3, [200, 200, 200]),
        (get(b"/metrics") + get(b"/nothing") + get(b"/metrics", method=b"FOO") + HEALTHY, [200, 404, 405, 200]),
        (get(b"/metrics", b"Connection: close") + HEALTHY, [200]),
        (get(b"/metrics", b"Content-Length: 57") + HEALTHY, [200]),
        (get(b"/metrics", b"Content-Length: 0") + HEALTHY, [200, 200]),
        (get(b"/metrics", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + HEALTHY, [200]),
        (get(b"/metrics", b"Transfer-Encoding: identity") + HEALTHY, [200]),
        (get(b"/metrics", b"Content-Length: 5", method=b"POST") + b"GET /", [405]),
        (get(b"/metrics", b"Content-Length: 6", b"Transfer-Encoding: chunked") + b"0\r\n\r\nG" + HEALTHY, [400]),
        (get(b"/metrics", b"Transfer-Encoding: chunked", b"Content-Length: 0") + HEALTHY, [400]),
        (get(b"/metrics", b"Content-Length: 0", b"Content-Length: 57") + HEALTHY, [400]),
        (get(b"/metrics", b"Content-Length: 0, 57") + HEALTHY, [400]),
        (get(b"/metrics", b"Content-Length: +5") + HEALTHY, [400]),
        (get(b"/metrics", b"Content-Length : 57") + HEALTHY, [400]),
        (get(b"/metrics", b"A: b\x0bContent-Length: 57") + HEALTHY, [400]),
        (get(b"/metrics", b"Expect: 100-continue"), [200]),
        (get(b"/metrics", b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings", b"HTTP2-Settings: AAMA"), [200]),
        (b"GET /metrics\r\n", [400]),
        (b"GET /metrics HTTP/0.9\r\n\r\n", [400]),
        (b"GET /metrics HTTP/3.0\r\nHost: here\r\n\r\n", [400]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", [400]),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 506, [400]),
        (b"\x00" * 100, [400]),
        (b"EHLO here\r\n", [400]),
        (b"\r\n" + HEALTHY, [200]),
        (b"\r\n\r\n" + HEALTHY, [400]),
        (HEALTHY + b"\x16\x03\x01", [200, 400]),
    ],
    ids=lambda value: repr(value) if isinstance(value, list) else repr(value[-70:]),
)
def test_each_request_has_its_one_answer(port: StartedPort, data: bytes, expected: list[int]) -> None:
    """Bytes that follow a request, or are none, are answered once in their turn or not at all (row 104)."""
    assert expected == port.statuses(data, len(expected))


def test_tls_and_plain_do_not_mix(port: StartedPort) -> None:
    """Who speaks the other of TLS and plain HTTP is closed, without an answer that could be taken for one (row 104)."""
    hello = b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03" + b"\x01" * 32 + b"\x00\x00\x02\x13\x01\x01\x00"
    with RawClient.to(port.program.port) as client:
        client.socket.settimeout(PATIENCE)
        data = HEALTHY if port.context else hello
        try:
            answer = client.send(data).rest()
        except ConnectionResetError:
            answer = b""
    assert answer.startswith(b"\x15\x03" if port.context else b"HTTP/1.1 400 ") or answer == b""
