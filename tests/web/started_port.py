"""Our port as the started program has it, plain or over TLS, and what the program holds while it is at rest."""

import ssl
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from proc import Proc
from program import LOOPBACK, Program, started, wait_until
from raw_http import Answer, RawClient
from web_authority import Authority

from exporter.simulator import Simulator

LAST = b"GET /-/healthy HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
WEB = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
# The workers of the latest answers stay for two seconds.
_LINGERING = 4


def get(target: bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
    """Return a request with a Host."""
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"Host: here", *headers, b"", b""])


@dataclass
class StartedPort:
    """A started program that nobody has asked yet; ``context`` is a client's TLS, None if it serves plain."""

    program: Program
    context: ssl.SSLContext | None
    threads: int = 0
    descriptors: int = 0

    def __post_init__(self) -> None:
        assert self.program.port  # it serves
        self.threads, self.descriptors = self.proc.threads, self.proc.descriptors

    @property
    def proc(self) -> Proc:
        """The process."""
        return Proc(self.program.process.pid)

    def connect(self, receive_buffer: int = 0) -> RawClient:
        """Return a new connection, over TLS where TLS is spoken."""
        return RawClient.to(self.program.port, self.context, receive_buffer)

    def ask(self, request: bytes) -> Answer:
        """Return the answer to one request on a connection of its own."""
        with self.connect() as client:
            return client.send(request).answer(head=request.startswith(b"HEAD"))

    def statuses(self, data: bytes, count: int = 1) -> list[int]:
        """Return the statuses of so many answers to ``data``, after which nothing comes that nobody asked for."""
        with self.connect() as client:
            client.send(data)
            answers = [client.answer() for _ in range(count)]
            if answers[-1].headers.get("Connection") != "close":
                assert b"ok\n" == client.send(LAST).answer().body
            assert b"" == client.rest()
        return [answer.status for answer in answers]

    def time(self, request: bytes) -> tuple[float, Answer]:
        """Return in how many seconds the answer to a request came, of connecting too, and the answer."""
        began = monotonic()
        answer = self.ask(request)
        return monotonic() - began, answer

    def time_all(self, requests: Sequence[bytes]) -> list[tuple[float, Answer]]:
        """Send all requests at once, on connections that are open, and return of each what :meth:`time` does."""

        def time(client: RawClient, request: bytes) -> tuple[float, Answer]:
            began = monotonic()
            answer = client.send(request).answer()
            return monotonic() - began, answer

        with ExitStack() as stack, ThreadPoolExecutor(len(requests)) as threads:
            clients = [stack.enter_context(self.connect()) for _ in requests]
            return list(threads.map(time, clients, requests))

    def assert_at_rest(self, lingering: int = _LINGERING) -> None:
        """Wait until threads and descriptors are back where they were, 5 s at most; no bug may have been logged."""
        wait_until(lambda: self.proc.descriptors <= self.descriptors, "as few descriptors as before", 5)
        wait_until(lambda: self.proc.threads <= self.threads + lingering, "as few threads as before", 5)
        assert [] == [line for line in self.program.err if "traceback" in line.lower()]


@contextmanager
def serving(
    directory: Path, simulator: Simulator, *flags: str, tls: bool, head: str = "", before: Sequence[str] = ()
) -> Iterator[StartedPort]:
    """Start the program for all tenants of a simulator, with the certificate of an authority of its own for TLS.

    ``head`` is put in front of the simulator's configuration; by default one collector is on. ``before`` is as of
    :func:`program.started`.
    """
    file = directory / "mimecast-exporter.yaml"
    file.write_text(f"{head or 'defaults: {collectors: [training]}'}\n{simulator.configuration()}")
    file.chmod(0o600)
    web = with_tls(directory) if tls else ()
    context = ssl.create_default_context(cafile=directory / "ca.crt") if tls else None
    with started(*LOOPBACK, *flags, *web, directory=directory, measured=False, before=before) as program:
        port = StartedPort(program, context)
        yield port
        port.assert_at_rest(lingering=0)


def with_tls(directory: Path) -> Sequence[str]:
    """Make the files of TLS and return the flag for them."""
    Authority(directory, "ca").issue("server", "DNS:localhost")
    (directory / "web.yml").write_text(WEB)
    return ("--web.config.file=web.yml",)
