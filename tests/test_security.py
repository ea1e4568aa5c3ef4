"""What SECURITY.md promises and no other test holds: cores, values that do not print, bounds, and its own links."""

import re
import signal
import tomllib
from pathlib import Path

import pytest
from program import LOOPBACK, started

from exporter.web.request import parse_head
from exporter.web_config.live import Loaded
from exporter.web_config.settings import WebSettings

ROOT = Path(__file__).parents[1]
ONE_TENANT = "tenants: [{name: a, region: us, credentials: {client_id: a, client_secret: b}}]"
LINK = re.compile(r"\]\(([^)]+)\)")
BOUND = re.compile(r"([A-Za-z0-9-]+)>=([0-9.]+)")

# The first version of each that is free of what is publicly known against those before it. The last two come with
# requests and have a bound of their own for this alone.
FREE_FROM = {
    "bcrypt": {},
    "msgspec": {},
    "prometheus-client": {},
    "PyYAML": {"5.4": "CVE-2020-14343"},
    "requests": {
        "2.31.0": "CVE-2023-32681",
        "2.32.0": "CVE-2024-35195",
        "2.32.4": "CVE-2024-47081",
        "2.33.0": "CVE-2026-25645",
    },
    "urllib3": {
        "2.5.0": "CVE-2025-50181 CVE-2025-50182",
        "2.6.0": "CVE-2025-66418 CVE-2025-66471",
        "2.6.3": "CVE-2026-21441",
        "2.7.0": "CVE-2026-44431 CVE-2026-44432",
    },
    "certifi": {"2022.12.7": "CVE-2022-23491", "2023.7.22": "CVE-2023-37920", "2024.7.4": "CVE-2024-39689"},
    "idna": {"3.7": "CVE-2024-3651", "3.15": "CVE-2026-45409"},
}


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def test_lower_bounds() -> None:
    """Each dependency has a lower bound, above the versions that have a known vulnerability."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = {match[1]: match[2] for match in map(BOUND.fullmatch, project["dependencies"]) if match}
    assert len(project["dependencies"]) == len(bounds)
    assert FREE_FROM.keys() == bounds.keys()
    flawed = {
        name: flaws
        for name, free in FREE_FROM.items()
        for first, flaws in free.items()
        if version(bounds[name]) < version(first)
    }
    assert {} == flawed


def test_links() -> None:
    """Each file that SECURITY.md names is there, and most of them are tests."""
    linked = LINK.findall((ROOT / ".github" / "SECURITY.md").read_text(encoding="utf-8"))
    assert [] == [path for path in linked if not (ROOT / ".github" / path).is_file()]
    assert 20 <= len({path for path in linked if Path(path).name.startswith("test_")})


@pytest.mark.parametrize("crash", [signal.SIGABRT, signal.SIGSEGV])
def test_no_core(tmp_path: Path, crash: signal.Signals) -> None:
    """A crash leaves no core, however large a one the process that starts it allows (I3)."""
    (tmp_path / "mimecast-exporter.yaml").write_text(ONE_TENANT, encoding="utf-8")
    allow = ["bash", "-euc", 'ulimit -c "$(ulimit -Hc)"; exec "$@"', "bash"]
    with started(*LOOPBACK, directory=tmp_path, before=allow) as program:
        program.get("/-/healthy")
        limits = Path(f"/proc/{program.process.pid}/limits").read_text(encoding="utf-8")
        (limit,) = [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core file size")]
        assert limit in (["1", "1"], ["0", "0"])
        assert -crash == program.end(crash)
    assert ["mimecast-exporter.yaml"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    "value",
    [
        parse_head(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic planted\r\n\r\n"),
        WebSettings(users={"reader": b"planted"}),
        Loaded((b"planted",), WebSettings(users={"reader": b"planted"}), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_our_port_do_not_print(value: object) -> None:
    """Neither a request nor what is read of a web configuration shows what is secret in it when it is printed."""
    assert "planted" not in f"{value} {value!r}"
