"""A vendor that says in its answers what it was sent: the secrets of a request, at each place that an answer has.

The place is the end of the credentials, behind a dot. A client id that ends in ``.token`` as well is told so by the
token endpoint already; others are given a token there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote

from planted import secret

_HEADERS = (
    *("Content-Type", "Date", "ETag", "Location", "Proxy-Authenticate", "Retry-After", "Server", "Set-Cookie"),
    *("WWW-Authenticate", "X-Rate-Limit-Reset", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
    "X-Request-Id",
)


def _answer(body: str, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> str:
    lines = (f"{name}: {text}\r\n" for name, text in {"Content-Length": str(len(body)), **(headers or {})}.items())
    return f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n{body}"


def _document(meta: Any, fail: Any = (), data: Any = ()) -> str:
    return json.dumps({"meta": meta, "fail": fail, "data": data})


def _failures(heard: str) -> list[dict[str, Any]]:
    """Return failures whose codes are what was heard and pieces of it, the shortest first."""
    pieces = [heard[start : start + size] for size in (20, 40, 60) for start in range(0, len(heard) - size, 10)]
    codes = [*pieces, heard, *heard.split()]
    return [{"errors": [{"code": code, "message": heard}]} for code in codes] + [{"code": heard, "message": heard}]


def _training(heard: str) -> list[dict[str, Any]]:
    row = {"titleId": 1, "title": "A title", "watched": True, "watchedDate": heard, "myAnswer": heard, heard: heard}
    return [{"training": [row], "needEngagement": heard, heard: heard}]


PLACES: Mapping[str, Callable[[str], str]] = {
    "version": lambda heard: f"HTTP/{heard} 200 OK\r\n\r\n",
    "status": lambda heard: f"HTTP/1.1 {heard} OK\r\n\r\n",
    "phrase": lambda heard: _answer("", f"400 {heard}"),
    "refusal": lambda heard: _answer(heard, f"401 {heard}", dict.fromkeys(_HEADERS, heard)),
    "headers": lambda heard: _answer(heard, "500 Error", dict.fromkeys(_HEADERS, heard)),
    "wait": lambda heard: _answer(heard, "429 Too Many", dict.fromkeys(_HEADERS, heard)),
    "redirect": lambda heard: _answer("", "307 Moved", {"Location": f"https://u:{quote(heard)}@127.0.0.1:9/{heard}"}),
    "proxy": lambda heard: _answer(heard, "407 Proxy", {"Proxy-Authenticate": heard}),
    "length": lambda heard: _answer(heard, headers={"Content-Length": heard}),
    "coding": lambda heard: _answer(heard, headers={"Content-Encoding": heard}),
    "gzip": lambda heard: _answer(heard, headers={"Content-Encoding": "gzip"}),
    "chunk": lambda heard: _answer(f"{heard}\r\n", headers={"Transfer-Encoding": "chunked"}),
    "header": lambda heard: f"HTTP/1.1 200 OK\r\n{heard}\r\n\r\n",
    "code": lambda heard: _answer(_document({"status": 400}, _failures(heard)), "400 Bad"),
    "fail": lambda heard: _answer(_document({"status": 200}, _failures(heard)), headers={"X-Request-Id": heard}),
    "meta": lambda heard: _answer(_document({"status": heard, heard: heard}, heard)),
    "next": lambda heard: _answer(_document({"status": 200, "pagination": {"next": heard.partition(":")[0]}})),
    "value": lambda heard: _answer(_document({"status": 200}, data=_training(heard)), headers={"X-Request-Id": heard}),
    "json": lambda heard: _answer(f'{{"meta": {{"status": 200}}, "data": [{{"{heard}'),
    "text": lambda heard: _answer(f"<html>{heard}</html>"),
    "wire": lambda heard: heard,
}


@contextmanager
def squawking(heard: set[str]) -> Iterator[str]:
    """Serve on loopback, collect in ``heard`` what is said again, and yield the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            client = form.get("client_id", [""])[0]
            said = form["client_secret"][0] if client else self.headers["Authorization"]
            place = (client or said.partition(":")[0]).removesuffix(".token").rpartition(".")[2]
            if client and not client.endswith(".token"):
                token = {"access_token": f"{secret(f'token {place}')}.{place}", "token_type": "Bearer"}
                self.wfile.write(_answer(json.dumps(token)).encode())
                return
            heard.add(said)
            self.wfile.write(PLACES[place](said).encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as in the base
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
