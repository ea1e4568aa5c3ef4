"""Tests of ``exporter.web.request``."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.web.request import BadRequest, Request, head_length, parse_head

HOST = b"Host: here\r\n"


def parse(head: bytes) -> Request:
    assert len(head) == head_length(head)
    return parse_head(head)


def refusal(data: bytes) -> int:
    with pytest.raises(BadRequest) as caught:
        parse_head(data[: head_length(data)])
    return caught.value.status


def get(*headers: bytes, target: bytes = b"/metrics", version: bytes = b"1.1") -> bytes:
    lines = [b"GET " + target + b" HTTP/" + version, *headers, b"", b""]
    return b"\r\n".join(lines)


def test_a_scrape_of_prometheus() -> None:
    """The head that Prometheus sends is read whole, names in lower case and values trimmed."""
    head = (
        b"GET /probe?target=acme&collector=queue HTTP/1.1\r\nHost: exporter:10463\r\nUser-Agent: Prometheus/2.42.0\r\n"
        b"Accept:  text/plain;version=0.0.4 \r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n"
    )
    assert Request(
        "GET",
        "/probe",
        "target=acme&collector=queue",
        {
            "host": "exporter:10463",
            "user-agent": "Prometheus/2.42.0",
            "accept": "text/plain;version=0.0.4",
            "x-prometheus-scrape-timeout-seconds": "10",
        },
        keep_alive=True,
    ) == parse(head)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", "/", ""),
        (b"//metrics", "//metrics", ""),
        (b"/metrics%2e", "/metrics%2e", ""),
        (b"/../etc/passwd", "/../etc/passwd", ""),
        (b"/metrics?name[]=up", "/metrics", "name[]=up"),
        (b"/metrics?a?b", "/metrics", "a?b"),
        (b"http://here/metrics?a=1", "/metrics", "a=1"),
        (b"HTTPS://here:1", "/", ""),
        (b"http://here?a=1", "/", "a=1"),
    ],
)
def test_targets(target: bytes, path: str, query: str) -> None:
    """A target is taken as sent, nothing decoded or tidied; one for a proxy is read as RFC 9112 demands."""
    request = parse(get(b"Host: here", target=target))
    assert (path, query) == (request.path, request.query)


@pytest.mark.parametrize(
    ("method", "target"), [("POST", "/"), ("get", "/"), ("FOO", "/"), ("OPTIONS", "*"), ("CONNECT", "here:443")]
)
def test_any_method_is_read(method: str, target: str) -> None:
    """Every method, known or not, is read as it is: what to say to it is not decided here."""
    request = parse(f"{method} {target} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    assert (method, target) == (request.method, request.path)


@pytest.mark.parametrize(
    ("version", "connection", "keep_alive"),
    [
        (b"1.1", None, True),
        (b"1.1", b"close", False),
        (b"1.1", b"Keep-Alive, CLOSE", False),
        (b"1.1", b"closer", True),
        (b"1.9", None, True),
        (b"1.0", None, False),
        (b"1.0", b"Keep-Alive", True),
        (b"1.0", b"keep-alive, close", False),
    ],
)
def test_who_stays_connected(version: bytes, connection: bytes | None, keep_alive: bool) -> None:  # noqa: FBT001  a table
    """A connection stays open as its version and its wish say."""
    headers = [b"Host: here"] + ([b"Connection: " + connection] if connection else [])
    assert keep_alive is parse(get(*headers, version=version)).keep_alive


@pytest.mark.parametrize(
    ("header", "announced"),
    [
        (b"Content-Length: 0", False),
        (b"Content-Length: 000", False),
        (b"Content-Length: 1", True),
        (b"Content-Length: " + b"9" * 5000, True),
        (b"Transfer-Encoding: chunked", True),
        (b"Transfer-Encoding: nonsense", True),
        (b"Expect: 100-continue", False),
    ],
)
def test_bodies(header: bytes, announced: bool) -> None:  # noqa: FBT001  a table
    """A request that announces a body is the last on its connection."""
    request = parse(get(b"Host: here", header))
    assert (announced, not announced) == (request.has_body, request.keep_alive)


def test_http_1_0_needs_no_host() -> None:
    """Before HTTP/1.1 there was no Host."""
    assert parse(get(version=b"1.0")).http_1_0


def test_a_header_that_came_twice_is_joined() -> None:
    """The values of a header that came more than once are one list, which no number can be."""
    assert "5, 7" == parse(get(b"Host: here", b"X-Timeout: 5", b"x-timeout: 7")).headers["x-timeout"]


def test_a_value_may_hold_any_visible_byte() -> None:
    """Bytes that are not ASCII are allowed in a value, read as Latin-1."""
    assert "\xe9\xff" == parse(get(b"Host: here", b"Accept: \xe9\xff")).headers["accept"]


def test_an_empty_line_before_the_request_is_overlooked() -> None:
    """One empty line before the request line does no harm; two do."""
    assert "/metrics" == parse(b"\r\n" + get(b"Host: here")).path
    assert 400 == refusal(b"\r\n\r\n" + get(b"Host: here"))


@pytest.mark.parametrize(
    "data",
    [
        b"GET /\r\n",
        b"GET / HTTP/0.9\r\n\r\n",
        b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.10\r\n" + HOST + b"\r\n",
        b"GET / http/1.1\r\n" + HOST + b"\r\n",
        b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n",
        b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n",
        b"G\xcbT / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET metrics HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET ftp://here/metrics HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET http:///metrics HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /metrics#top HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\x7f HTTP/1.1\r\n" + HOST + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b" GET / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"\rGET / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\nHost: here\n\n",
        b"GET / HTTP/1.1\r\nHost: here\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nA: b\rc\r\n\r\n",
        get(b"Host: here", b"A: b", b" folded"),
        get(b"Host: here", b"A: b", b"\tfolded"),
        get(b" Host: here"),
        get(b"Host : here"),
        get(b"Host: here", b"nonsense"),
        get(b"Host: here", b": empty"),
        get(b"Host: here", b"A: \x00"),
        get(b"Host: here", b"A: " + b" " * 30_000 + b"\x01"),
        get(b"Host: here", b"\xe9: a"),
        get(),
        get(b"Host: here", b"Host: here"),
        get(b"Host: here", b"Host: there", version=b"1.0"),
        get(b"Host: here", b"Content-Length: 1", b"Content-Length: 1"),
        get(b"Host: here", b"Content-Length: 1, 1"),
        get(b"Host: here", b"Content-Length: -1"),
        get(b"Host: here", b"Content-Length: +1"),
        get(b"Host: here", b"Content-Length: 0x1"),
        get(b"Host: here", b"Content-Length: \xb2"),
        get(b"Host: here", b"Content-Length:"),
        get(b"Host: here", b"Content-Length: 0", b"Transfer-Encoding: chunked"),
    ],
    ids=repr,
)
def test_what_is_no_request(data: bytes) -> None:
    """What two readers could read in two ways, and what is no HTTP/1, is a 400."""
    assert 400 == refusal(data)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (get(b"Host: here", *[b"A: b"] * 99), 200),
        (get(b"Host: here", *[b"A: b"] * 100), 431),
        (get(b"Host: here", b"A: " + b"b" * 32_000), 200),
        (get(b"Host: here", b"A: " + b"b" * 32_768), 431),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 65_536, 431),
        (get(b"Host: here", target=b"/" * 8192), 200),
        (get(b"Host: here", target=b"/" * 8193), 414),
        (get(b"Host: here", target=b"/" * 65_536), 414),
        (b"GET /" + b"a" * 65_536, 414),
    ],
    ids=lambda value: value if isinstance(value, int) else f"{len(value)} bytes",
)
def test_sizes(data: bytes, status: int) -> None:
    """A head has a greatest size, a greatest number of headers, and a longest target."""
    if status == 200:
        parse(data)
    else:
        assert status == refusal(data)


def test_every_beginning_of_a_good_head_is_waited_for() -> None:
    """A head is not whole before its last byte, and nothing is said against it until then."""
    head = get(b"Host: here", b"Accept: */*")
    for size in range(len(head)):
        assert 0 == head_length(head[:size])
        assert 0 == head_length((b"\r\n" + head)[:size])


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        ("target=acme", {"target": ["acme"]}),
        ("target=a&target=b&x", {"target": ["a", "b"], "x": [""]}),
        ("target=&a=b=c", {"target": [""], "a": ["b=c"]}),
        ("t%61rget=a%20b+c", {"target": ["a b c"]}),
        ("target=%zz", {"target": ["%zz"]}),
        ("a=1;b=2", {"a": ["1;b=2"]}),
    ],
)
def test_queries(query: str, values: dict[str, list[str]]) -> None:
    """A query is a list of names and values, decoded."""
    assert values == Request("GET", "/", query, {}, keep_alive=True).query_values()


@pytest.mark.parametrize("query", ["target=%ff", "%c3%28=a", "&".join(["a=b"] * 201)])
def test_a_query_that_cannot_be_read(query: str) -> None:
    """Bytes that are no UTF-8 and more fields than anybody needs are a 400."""
    with pytest.raises(BadRequest) as caught:
        Request("GET", "/", query, {}, keep_alive=True).query_values()
    assert 400 == caught.value.status


def outcome(data: bytes, checked: int = 0) -> int | str:
    """Return the length of a head, or why there is none."""
    try:
        return head_length(data, checked)
    except BadRequest as error:
        return error.message


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"GET ", b"/metrics", b" HTTP/1.1", b"\r\n", b"\n", b"Host: a", b"Content-Length: ", b"0", b":"]),
)


@given(st.lists(PIECES, max_size=20).map(b"".join))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    """Whatever comes is waited for, a request, or a refusal with a status that is due; nothing else is raised."""
    status, path = 200, ""
    try:
        length = head_length(data)
        if length:
            path = parse_head(data[:length]).path
    except BadRequest as error:
        status = error.status
    assert status in {200, 400, 414, 431}
    assert path.isascii()
    assert path.isprintable()


@given(st.lists(PIECES, max_size=20).map(b"".join), st.integers(min_value=0))
@example(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1)
@example(b"GET / HTTP/1.1\r\nA: b\n", 1)
@example(b"GET /\r\n", 2)
def test_what_is_known_need_not_be_looked_at_again(data: bytes, back: int) -> None:
    """Where the beginning was waited for, the whole is judged by the rest as it is at once."""
    checked = max(len(data) - back, 0)
    if outcome(data[:checked]) == 0:
        assert outcome(data) == outcome(data, checked)


def test_a_good_head_is_read_byte_by_byte() -> None:
    """A head of which each byte is looked at once is found at its end."""
    head = b"\r\n" + get(b"Host: here", b"Accept: */*")
    assert [0] * (len(head) - 1) == [head_length(head[:size], size - 1) for size in range(1, len(head))]
    assert len(head) == head_length(head, len(head) - 1)
