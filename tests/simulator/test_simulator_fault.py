import gzip
import http.client
import json
import socket
import threading
from urllib.parse import urlencode

import pytest
from naive_client import FIRST_PAGE, USUAL, Reply, ask, ask_token, bearer, connect, open_raw, poll, signed, token_of

from exporter.simulator import FAULTS, TOKEN_PATH, TRAINING_PATH, Simulator, Tenant, Terms, counted

LIMIT = 1 << 20
# What a naive client sees, where it is not simply an answer of the status in the name, or 200.
BROKEN = {
    "refuse_close": "RemoteDisconnected",
    "reset": "ConnectionResetError",
    "silent": "TimeoutError",
    "hang": "TimeoutError",
    "slow": "TimeoutError",
    "drip_headers": "TimeoutError",
    "drip_body": "TimeoutError",
    "half_body_silence": "TimeoutError",
    "reset_in_headers": "ConnectionResetError",
    "reset_after_headers": "ConnectionResetError",
    "reset_in_body": "ConnectionResetError",
    "bad_chunk": "IncompleteRead",
    "cut_chunks": "IncompleteRead",
    "huge_chunk": "IncompleteRead",
    "negative_chunk": "cut off",
    "endless_chunk_line": "LineTooLong",
    "endless_continue": "cut off",
    "endless_trailer": "cut off",
    "not_http": "BadStatusLine",
    "http09": "BadStatusLine",
    "many_headers": "HTTPException",
    "huge_header": "LineTooLong",
    "endless_headers": "HTTPException",
    "token_hang": "TimeoutError",
    "token_reset": "ConnectionResetError",
}
STATUSES = {
    "status_999": "999",
    "html_401": "401",
    "html_503": "503",
    "empty_400": "400",
    "unavailable_retry_after": "503",
    "redirect_self": "307",
    "redirect_file": "302",
    "redirect_nowhere": "302",
    "invalid_signature": "401",
    "unauthorized": "401",
    "token_unverified": "401",
    "token_revoked": "401",
    "clock_skew": "401",
    "app_forbidden": "403",
    "binding_expired": "418",
    "echo_secret": "400",
    "token_400": "400",
    "token_401": "401",
    "token_echo": "401",
    "token_429": "429",
    "token_500": "500",
    "token_503": "503",
    "token_redirect": "307",
    "token_redirect_308": "308",
}
# The standard library reads these for as long as they last.
UNBOUNDED = ("endless_continue", "endless_trailer", "negative_chunk")
STILL_RIGHT = [
    "chunked", "close_idle", "gzip", "spaces", "content_type_other", "content_type_missing", "fail_missing",
    "fail_null", "data_twice", "meta_twice", "date_off", "continue_flood",
]  # fmt: skip


def outcome(simulator: Simulator, tenant: Tenant, path: str, timeout: float) -> str:
    connection = connect(tenant, timeout)
    connection.connect()
    # Where something always comes, no read lasts too long.
    whole = threading.Timer(2 * timeout, connection.sock.shutdown, [socket.SHUT_RDWR])
    whole.start()
    form = urlencode(tenant.credentials | {"grant_type": "client_credentials"}).encode()
    try:
        if path == TOKEN_PATH:
            headers = USUAL | {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, form, headers)
        else:
            connection.request("POST", path, FIRST_PAGE, signed(simulator, tenant))
        with connection.getresponse() as response:
            response.read(LIMIT)
            return "cut off" if whole.finished.is_set() else str(response.status)
    except (OSError, http.client.HTTPException) as error:
        return "cut off" if whole.finished.is_set() else type(error).__name__
    finally:
        whole.cancel()
        whole.join()
        connection.close()


def declared(name: str) -> str:
    kind, _, rest = name.partition("_")
    if kind in {"http", "redirect"} and rest.isdigit():
        return rest
    return BROKEN.get(name) or STATUSES.get(name) or ("429" if name.startswith("rate_limited") else "200")


@pytest.mark.parametrize("name", FAULTS)
def test_fault(name: str) -> None:
    """Every fault does what it is for, is in the journal, breaks nothing else, and is over when its client goes."""
    threads = threading.active_count()
    with Simulator(strict=True) as simulator:
        of_token = FAULTS[name].of_token
        tenant = simulator.add_tenant("acme", api=2 if of_token else 1, users=4, titles=3)
        tenant.fail(name, seconds=1.0 if "drip" in name else None)
        expected = declared(name)
        timeout = 0.1 if expected == "TimeoutError" else 0.5 if name in UNBOUNDED else 10.0
        assert expected == outcome(simulator, tenant, TOKEN_PATH if of_token else TRAINING_PATH, timeout)
        assert [name] == [call.fault for call in simulator.journal]
        tenant.clear_faults()
        assert 4 == len(poll(simulator, tenant).json()["data"])
        assert () == simulator.violations
    assert threads == threading.active_count()


@pytest.mark.parametrize("name", STILL_RIGHT)
def test_fault_that_is_still_right(name: str) -> None:
    """Some faults bear the right numbers all the same."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=4, titles=3)
        tenant.fail(name)
        reply = poll(simulator, tenant)
        body = gzip.decompress(reply.body) if name == "gzip" else reply.body
        terms = Terms(simulator.clock.now())
        assert tenant.expected(terms) == counted(body, terms)


def test_fault_is_described() -> None:
    """Every fault has a description of one line, for the help."""
    assert all(fault.description and "\n" not in fault.description for fault in FAULTS.values())
    assert all(name == fault.name for name, fault in FAULTS.items())


def test_times_and_first() -> None:
    """A fault begins with its first call and comes as often as it is told."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        tenant.fail("http_500", first=2, times=2)
        assert [200, 500, 500, 200] == [poll(simulator, tenant).status for _ in range(4)]
    assert [None, "http_500", "http_500", None] == [call.fault for call in simulator.journal]


def test_faults_one_after_the_other() -> None:
    """The rule that was set first is tried first, and the next one takes over when it is used up."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        tenant.fail("http_503", times=1)
        tenant.fail("http_404", times=1)
        assert [503, 404, 200] == [poll(simulator, tenant).status for _ in range(3)]


def test_fault_of_another_path() -> None:
    """A fault of the data can be put on the token endpoint, and leaves the data alone."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        token = token_of(tenant)
        tenant.fail("http_502", path=TOKEN_PATH)
        assert (502, 200) == (ask_token(tenant).status, ask(tenant, bearer(token)).status)


def test_fault_by_chance() -> None:
    """A fault by chance comes now and then, the same way for the same seed."""

    def statuses() -> list[int]:
        with Simulator(strict=True) as simulator:
            tenant = simulator.add_tenant("acme", users=1)
            tenant.fail_by_chance(("http_500", "http_404"), probability=0.5)
            return [poll(simulator, tenant).status for _ in range(30)]

    seen = statuses()
    assert {200, 404, 500} == set(seen)
    assert seen == statuses()


def test_unknown_fault() -> None:
    """A fault that there is not cannot be set."""
    with pytest.raises(KeyError):
        Simulator().add_tenant("acme").fail("gremlins")


def test_fault_does_not_hide_a_wrong_signature() -> None:
    """A wrong signature is refused although a fault is due, and uses none up."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        tenant.fail("http_500", times=1)
        assert 401 == ask(tenant, signed(simulator, tenant, secret_key="c2VjcmV0")).status
        assert 500 == poll(simulator, tenant).status


def test_decoy_counts_who_follows() -> None:
    """A client that follows a redirect is seen at the decoy, with what it brings."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        tenant.fail("redirect_307")
        reply = poll(simulator, tenant)
        assert [] == list(simulator.arrivals)
        decoy = reply.headers["Location"].removeprefix("http://").partition("/")[0]
        connection = http.client.HTTPConnection(decoy, timeout=5)
        connection.request("POST", "/decoy", b"secret")
        connection.getresponse().read()
        connection.close()
        assert [b"POST /decoy"] == [arrival[:11] for arrival in simulator.arrivals]


def test_echo_has_the_secret() -> None:
    """The echo carries the client's own authorization, so that a leak would be found."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        tenant.fail("echo_secret")
        headers = signed(simulator, tenant)
        assert headers["Authorization"] in ask(tenant, headers).json()["fail"][0]["errors"][0]["message"]


def test_bomb_unpacks_to_a_document() -> None:
    """The bomb is sound gzip that starts like a right answer."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("acme", users=1)
        tenant.fail("gzip_bomb")
        with open_raw(tenant, signed(simulator, tenant)) as raw, raw.makefile("rb") as stream:
            while stream.readline().strip():
                pass
            with gzip.open(stream) as unpacked:
                assert unpacked.read(1 << 16).startswith(b'{"fail":[],"meta":{"status":200},"data":[')


def test_stop_ends_faults() -> None:
    """A fault in the middle of something ends when the simulator stops, and so does an idle connection."""
    threads = threading.active_count()
    simulator = Simulator()
    simulator.start()
    tenant, other = simulator.add_tenant("acme", users=1), simulator.add_tenant("globex", api=2, users=1)
    tenant.fail("hang")
    with open_raw(tenant, signed(simulator, tenant)) as hung, open_raw(other, bearer("none")) as idle:
        assert idle.recv(4096)
        simulator.stop()
        assert b"" == drained(hung) == drained(idle)
    assert threads == threading.active_count()


def drained(raw: socket.socket) -> bytes:
    while raw.recv(65536):
        pass
    return b""


def test_dripping_arrives_whole() -> None:
    """A dripping answer is right in the end."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("acme", users=0)
        tenant.fail("drip_headers", seconds=0.0)
        reply: Reply = poll(simulator, tenant)
    assert [] == json.loads(reply.body)["data"]
