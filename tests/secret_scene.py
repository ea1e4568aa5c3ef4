"""A configuration full of planted secrets: tenants that are up, that fail, and whose vendor repeats what it is sent."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import bcrypt
from forward_proxy import ForwardProxy, forwarding
from parrot import PLACES, squawking
from planted import Planted, secret

from exporter.simulator import Simulator

SHOWN = "a-tenant-whose-name-is-shown"
CONFIGURATION = "mimecast-exporter.yaml"
WEB_CONFIGURATION = "web.yaml"

FAULTS = ("echo_secret", "unauthorized", "token_echo", "token_odd_crlf", "html_503", "reset", "not_http")
_SETTINGS = "defaults: {refresh_interval: 0s, timeout: 20s, collectors: [training]}\n"

MISPLACED = secret("in a bad configuration")
# What an operator gets wrong, with a secret beside it or in the wrong place.
BAD = {
    "quote": f"tenants:\n  - name: a\n    credentials: {{client_secret: '{MISPLACED}",
    "key": f"tenants: [{{name: a, region: us, credentials: {{client_id: a, client_secret:{MISPLACED}}}}}]",
    "list": f"tenants: [{{name: a, region: us, credentials: {{client_id: a, client_secret: [{MISPLACED}]}}}}]",
    "tag": f"tenants: [{{name: a, region: us, credentials: {{client_id: a, client_secret: !{MISPLACED} x}}}}]",
    "anchor": f"tenants: [{{name: a, region: us, credentials: {{client_id: a, client_secret: *{MISPLACED}}}}}]",
    "blank": f"tenants: [{{name: a, region: us, credentials: {{client_id: 'a {MISPLACED}', client_secret: b}}}}]",
    "not base64": "tenants: [{name: a, region: eu, credentials: {application_id: a, application_key: b, access_key: c, "
    f"secret_key: {MISPLACED}}}}}]",
    "user info": f"tenants: [{{name: a, base_url: 'https://u:{MISPLACED}@a.example', credentials: {{client_id: a}}}}]",
    "proxy": f"defaults: {{proxy_url: 'http://u:{MISPLACED}@p/x'}}\ntenants: []",
    "region": f"tenants: [{{name: a, region: {MISPLACED}}}]",
    "name": f"tenants: [{{name: '{MISPLACED}!'}}]",
    "collector": f"tenants: [{{name: a, collectors: [{MISPLACED}]}}]",
    "pattern": f"tenants: [{{name: a, titles: {{include: ['({MISPLACED}']}}}}]",
    "number": f"max_polls: {MISPLACED}\nscrape_timeout: {MISPLACED}",
    "top": MISPLACED,
}
BAD_WEB = {
    "no hash": f"basic_auth_users: {{a: '{MISPLACED}'}}",
    "cut hash": f"basic_auth_users: {{a: '$2b$10${MISPLACED[:50]}'}}",
    "key inline": f"tls_server_config: {{key: '{MISPLACED}'}}",
    "unknown": f"'{MISPLACED}': a\nhttp_server_config: {{headers: {{'{MISPLACED}': b}}}}",
    "header": f"http_server_config: {{headers: {{X-Frame-Options: '{MISPLACED}'}}}}",
    "quote": f"basic_auth_users:\n  a: '{MISPLACED}",
}


@dataclass
class Scene:
    """A directory with configurations, what is planted in them, and what a vendor has heard and repeats in places."""

    directory: Path
    places: tuple[str, ...]
    planted: Planted = field(default_factory=Planted)
    heard: set[str] = field(default_factory=set)
    environment: dict[str, str] = field(default_factory=dict)
    tenants: list[str] = field(default_factory=list)

    def write(self, name: str, text: str) -> str:
        """Write a file that others cannot read, and return its name."""
        (self.directory / name).write_text(text, encoding="utf-8")
        (self.directory / name).chmod(0o600)
        return name

    def add(self, name: str, base_url: str, credentials: dict[str, str], more: str = "") -> None:
        """Add a tenant, its secrets planted; each kind of source has its turn."""
        lines: list[str] = []
        for key, text in credentials.items():
            if key not in {"application_id", "client_id"}:
                self.planted.add(f"{key} of {name}", text)
            lines.append(self._line(f"{name}-{key}", key, text, (len(self.tenants) + len(lines)) % 3))
        tenant = f"name: {name}, base_url: '{base_url}', {more} credentials: {{{', '.join(lines)}}}"
        self.tenants.append(f"  - {{{tenant}}}\n")

    def _line(self, name: str, key: str, text: str, kind: int) -> str:
        if kind == 0:
            return f"{key}: '{text}'"
        if kind == 1:
            return f"{key}_file: '{self.write(name, text)}'"
        variable = name.upper().replace("-", "_")
        self.environment[variable] = text
        return f"{key}_env: {variable}"

    def guard(self) -> str:
        """Have our port guarded, and return the ``Authorization`` of who may ask."""
        password = self.planted.add("password of the reader", secret("reader")[:60])
        hashed = self.planted.add("hash of the reader", bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)))
        self.write(WEB_CONFIGURATION, f"basic_auth_users: {{reader: '{hashed}'}}")
        return f"Basic {b64encode(f'reader:{password}'.encode()).decode()}"

    @property
    def is_all_repeated(self) -> bool:
        """Whether each of the secrets that are sent to a vendor who repeats them has been."""
        return 3 * len(self.places) == len({text.partition(":")[0] for text in self.heard})

    def all_planted(self) -> Planted:
        """Return what was planted, with all that was made of it on the way."""
        for number, text in enumerate(sorted(self.heard)):
            self.planted.add(f"heard {number}", text)
            if text.startswith("MC "):
                self.planted.add(f"signature {number}", text.rpartition(":")[2])
        for name, secret_key in [*self.planted.texts.items()]:
            if name.startswith("secret_key of"):
                self.planted.add(f"what is signed with, {name}", b64decode(secret_key))
        return self.planted


@contextmanager
def played(directory: Path, places: Iterable[str] = PLACES, faults: Iterable[str] = FAULTS) -> Iterator[Scene]:
    """Write the configuration into a directory, and serve what its tenants ask."""
    scene = Scene(directory, tuple(places))
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator(strict=True))
        for api in (1, 2):
            for fault in (None, *faults):
                tenant = simulator.add_tenant(f"api{api}-{fault or 'up'}".replace("_", "-"), api=api, users=2)
                if fault:
                    tenant.fail(fault)
                scene.add(tenant.name, tenant.base_url, dict(tenant.credentials))
        behind = simulator.add_tenant(SHOWN, api=1, users=2)
        password = scene.planted.add("password of the proxy", secret("proxy"))
        proxy = stack.enter_context(forwarding(f"user:{password}"))
        scene.add(SHOWN, behind.base_url, dict(behind.credentials), _by(proxy, password))
        wrong = scene.planted.add("wrong password of the proxy", secret("wrong"))
        scene.add("locked-out", behind.base_url, dict(behind.credentials), _by(proxy, wrong))
        url = stack.enter_context(squawking(scene.heard))
        for place in scene.places:
            scene.add(f"p1-{place}", url, _signed(place))
            scene.add(f"p2-{place}", url, _client(place))
            scene.add(f"p3-{place}", url, _client(f"{place}.token"))
        scene.write(CONFIGURATION, f"{_SETTINGS}tenants:\n{''.join(scene.tenants)}")
        yield scene


def _by(proxy: ForwardProxy, password: str) -> str:
    return f"proxy_url: '{proxy.url(f'user:{password}')}',"


def _signed(place: str) -> dict[str, str]:
    return {
        "application_id": "a",
        "application_key": secret(f"application key {place}"),
        "access_key": f"{secret(f'access key {place}')}.{place}",
        "secret_key": b64encode(secret(f"signing key {place}").encode()).decode(),
    }


def _client(place: str) -> dict[str, str]:
    return {"client_id": place, "client_secret": secret(f"client secret {place}")}
