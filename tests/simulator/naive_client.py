"""A client of the vendor's API that is as naive as can be, written from its description alone."""

import base64
import gzip
import hashlib
import hmac
import http.client
import json
import socket
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from exporter.simulator import TOKEN_PATH, TRAINING_PATH, Simulator, Tenant

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FIRST_PAGE = b'{"data": []}'
USUAL = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "User-Agent": "mimecast-exporter/0",
}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """Return the document."""
        return json.loads(self.body)

    def code(self) -> str:
        """Return the code of the failure, nested or flat."""
        entry = self.json()["fail"][0]
        code: str = entry["errors"][0]["code"] if "errors" in entry else entry["code"]
        return code


def signature(credentials: dict[str, str], path: str, date: str, request_id: str) -> str:
    text = f"{date}:{request_id}:{path}:{credentials['application_key']}"
    key = base64.b64decode(credentials["secret_key"])
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()


def date_of(simulator: Simulator) -> str:
    now = simulator.clock.now()
    return f"{DAYS[now.weekday()]}, {now.day:02} {MONTHS[now.month - 1]} {now.year} {now:%H:%M:%S} UTC"


def signed(simulator: Simulator, tenant: Tenant, path: str = TRAINING_PATH, **changes: str) -> dict[str, str]:
    """Return signed headers; `changes` replace credentials, `date` or `request_id` before signing."""
    credentials = tenant.credentials | {name: changes[name] for name in changes if name in tenant.credentials}
    date, request_id = changes.get("date", date_of(simulator)), changes.get("request_id", str(uuid.uuid4()))
    return USUAL | {
        "Authorization": f"MC {credentials['access_key']}:{signature(credentials, path, date, request_id)}",
        "x-mc-date": date,
        "x-mc-req-id": request_id,
        "x-mc-app-id": credentials["application_id"],
    }


def bearer(token: str) -> dict[str, str]:
    return USUAL | {"Authorization": f"Bearer {token}"}


def connect(tenant: Tenant, timeout: float = 10.0) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(tenant.base_url).netloc, timeout=timeout)


def send(
    connection: http.client.HTTPConnection,
    headers: dict[str, str],
    body: bytes | None = FIRST_PAGE,
    path: str = TRAINING_PATH,
    method: str = "POST",
) -> Reply:
    connection.request(method, path, body=body, headers=headers)
    with connection.getresponse() as response:
        return Reply(response.status, response.headers, response.read())


def ask(
    tenant: Tenant,
    headers: dict[str, str],
    body: bytes | None = FIRST_PAGE,
    path: str = TRAINING_PATH,
    method: str = "POST",
) -> Reply:
    connection = connect(tenant)
    try:
        return send(connection, headers, body, path, method)
    finally:
        connection.close()


def ask_token(tenant: Tenant, **changes: str) -> Reply:
    form = tenant.credentials | {"grant_type": "client_credentials"} | changes
    headers = USUAL | {"Content-Type": "application/x-www-form-urlencoded"}
    return ask(tenant, headers, urlencode(form).encode(), TOKEN_PATH)


def token_of(tenant: Tenant) -> str:
    token: str = ask_token(tenant).json()["access_token"]
    return token


def poll(simulator: Simulator, tenant: Tenant) -> Reply:
    """Ask once, with right credentials of either kind."""
    return ask(tenant, signed(simulator, tenant) if tenant.options.api == 1 else bearer(token_of(tenant)))


def open_raw(tenant: Tenant, headers: dict[str, str], body: bytes = FIRST_PAGE, timeout: float = 10.0) -> socket.socket:
    """Send a request over a bare socket, to read whatever comes."""
    parts = urlsplit(tenant.base_url)
    raw = socket.create_connection((parts.hostname, parts.port), timeout=timeout)
    lines = [f"POST {TRAINING_PATH} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    raw.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return raw


def unpacked(reply: Reply) -> bytes:
    return gzip.decompress(reply.body) if reply.headers["content-encoding"] == "gzip" else reply.body
