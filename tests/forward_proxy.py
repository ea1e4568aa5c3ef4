"""A proxy for plain HTTP on loopback that lets through who has its password, and notes who asked."""

import http.client
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

_END_TO_END = ("Content-Type", "Content-Encoding", "Date")


@dataclass
class ForwardProxy:
    """One proxy: its port, the user and password that it wants, and the status of each answer."""

    port: int
    wanted: str
    statuses: list[int] = field(default_factory=list)

    def url(self, login: str) -> str:
        return f"http://{login}@127.0.0.1:{self.port}"

    def lets_in(self, authorization: str | None) -> bool:
        return authorization == f"Basic {b64encode(self.wanted.encode()).decode()}"


@contextmanager
def forwarding(wanted: str) -> Iterator[ForwardProxy]:
    """Serve as a proxy."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not proxy.lets_in(self.headers["Proxy-Authorization"]):
                self._answer(407, {}, b"")
                return
            target = urlsplit(self.path)
            del self.headers["Proxy-Authorization"]
            with closing(http.client.HTTPConnection(target.netloc, timeout=30)) as vendor:
                vendor.request("POST", target.path, body, dict(self.headers))
                answer = vendor.getresponse()
                headers = {name: answer.headers[name] for name in _END_TO_END if name in answer.headers}
                self._answer(answer.status, headers, answer.read())

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            proxy.statuses.append(status)
            self.send_response_only(status)
            for name, text in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as in the base
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        proxy = ForwardProxy(server.server_port, wanted)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
