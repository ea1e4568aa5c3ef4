"""Ten tenants at once in the started program: each with its own keys, tokens, roots and proxy, and its own numbers."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import beside  # noqa: F401 - where the next ones are found
import pytest
from certificate import Certificates
from exact import read
from forward_proxy import ForwardProxy, forwarding
from program import LOOPBACK, Program, started

from exporter.simulator import Simulator
from exporter.simulator.configuration import configuration

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made by openssl")

SETTINGS = "defaults: {collectors: [training, safe_score], refresh_interval: 0s, timeout: 30s}\ntenants:\n"
USERS = 10
COLLECTORS = 2


class Mixture:
    """Three vendors, two of which have an authority of their own, and two proxies with passwords of their own."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        self.vendors: list[Simulator] = []
        self.proxies: list[ForwardProxy] = [stack.enter_context(forwarding(f"user{each}:word{each}")) for each in "ab"]
        self.text = SETTINGS
        for each in ("plain", "one", "two"):
            vendor = Simulator(strict=True)
            roots = ""
            if each != "plain":
                (directory / each).mkdir()
                made = Certificates(directory / each)
                vendor.start(ssl_context=made.signed(each).server())
                roots = f"    tls: {{ca_file: {made.authority.certificate}}}\n"
            stack.enter_context(vendor)
            self.vendors.append(vendor)
            for number in range(4 if each == "plain" else 3):
                self._add(vendor, f"{each}-{number}", roots)

    def _add(self, vendor: Simulator, name: str, more: str) -> None:
        number = sum(len(each.tenants) for each in self.vendors)
        tenant = vendor.add_tenant(name, api=1 if number % 2 else 2, users=USERS + number, titles=4, seed=number)
        proxied = "" if more or number >= len(self.proxies) else self._through(number)
        self.text += configuration([tenant]).removeprefix("tenants:\n") + more + proxied

    def _through(self, number: int) -> str:
        return f"    proxy_url: '{self.proxies[number].url(self.proxies[number].wanted)}'\n"

    @property
    def users(self) -> dict[str, int]:
        """How many people each tenant has."""
        return {tenant.name: tenant.options.users for vendor in self.vendors for tenant in vendor.tenants}

    @property
    def ids(self) -> dict[str, set[str]]:
        """The ids of each tenant's titles."""
        return {
            tenant.name: {title.id for title in tenant.company.titles}
            for vendor in self.vendors
            for tenant in vendor.tenants
        }


@contextmanager
def running(directory: Path) -> Iterator[tuple[Program, Mixture]]:
    """Start the program for the mixture."""
    with ExitStack() as stack:
        mixture = Mixture(stack, directory)
        file = directory / "mimecast-exporter.yaml"
        file.write_text(mixture.text)
        file.chmod(0o600)
        with started(*LOOPBACK, directory=directory, measured=False) as program:
            yield program, mixture
            assert 0 == program.end()


def check(series: dict[str, float], mixture: Mixture) -> None:
    """Check that each tenant is up, with as many people as it has, and no title of another."""
    of = {name: f'{{tenant="{name}"}}' for name in mixture.users}
    assert [1.0] * len(of) == [series[f"mimecast_up{labels}"] for labels in of.values()]
    assert mixture.users == {name: series[f"mimecast_training_users{labels}"] for name, labels in of.items()}
    graded = [key for key in series if key.startswith("mimecast_safe_score_users")]
    assert mixture.users == {
        name: sum(series[key] for key in graded if f'tenant="{name}"' in key) for name in mixture.users
    }
    shown: dict[str, set[str]] = {name: set() for name in of}
    for key in (key for key in series if key.startswith("mimecast_training_title_info")):
        shown[key.split('tenant="')[1].split('"')[0]].add(key.split('title_id="')[1].split('"')[0])
    assert all(shown[name] <= ids for name, ids in mixture.ids.items())


def test_ten_tenants_at_once(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """However often all are polled at once, none has the numbers, keys, token, proxy or roots of another (row 85)."""
    rounds = 500 if pytestconfig.getoption("--long") else 15
    with running(tmp_path) as (program, mixture):
        for _ in range(rounds):
            check(read(program.get("/metrics").body), mixture)
        calls = sum(vendor.calls() for vendor in mixture.vendors)
        assert [()] * 3 == [vendor.violations for vendor in mixture.vendors]
        # Those of API 2.0 have asked for a token, once.
        tokens = sum(tenant.options.api == 2 for vendor in mixture.vendors for tenant in vendor.tenants)
        assert rounds * COLLECTORS * len(mixture.users) + tokens == calls
        assert [rounds * COLLECTORS + 1, rounds * COLLECTORS] == [len(proxy.statuses) for proxy in mixture.proxies]
        assert {200} == {status for proxy in mixture.proxies for status in proxy.statuses}
    sys.stdout.write(f"{calls} calls of {len(mixture.users)} tenants, none with anything of another\n")
