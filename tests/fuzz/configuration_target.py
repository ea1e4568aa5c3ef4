"""Bytes of a configuration file to a configuration, or to messages that say what is wrong and quote no secret."""

import re
from collections.abc import Iterable
from typing import Final

from exporter.collectors import COLLECTORS, DEFAULT_COLLECTORS
from exporter.config.context import Context, Loaded, SecretError
from exporter.config.parse import parse
from exporter.config.place import Place
from exporter.config.settings import File, Inline, SecretSource, Tenant, Variable
from exporter.errors import ConfigurationError, Problem
from exporter.model import Secret
from exporter.web_config.parse import parse as parse_web

# As a secret may look, so that no known key is near it, and with what base64 has.
PLANTED: Final = "Zq7xK3vW9pLm2RtY5uQ8sD4f"
_SHORTEST_PIECE: Final = 8
_PIECES: Final = [PLANTED[start : start + _SHORTEST_PIECE] for start in range(len(PLANTED) - _SHORTEST_PIECE + 1)]
_MOST_LINES: Final = 101
_LONGEST_LINE: Final = 20_000
_DAY: Final = 86400
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LOOPBACK: Final = r"127(?:\.[0-9]{1,3}){3}|localhost|\[[0:]*:(?:0{0,3}1)\]|\[[0:]*:ffff:127\.[0-9.]+\]"
_ADDRESS: Final = re.compile(rf"(?:https://[a-z0-9.:\[\]-]+|http://(?:{_LOOPBACK})(?::[0-9]{{1,5}})?)")

_COLLECTORS: Final = tuple(collector.name for collector in COLLECTORS)
_NAMES: Final = (
    b"tenants defaults credentials titles tls campaigns region base_url name proxy_url timeout limit include"
)
WORDS: Final = (
    *(name + b": " for name in _NAMES.split()),
    *(
        b"\n",
        b"\n  ",
        b"  - ",
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b": ",
        b"|",
        b">",
        b'"',
        b"'",
        b"# ",
        b"\t",
        b"\xff",
        b"\0",
    ),
    *(b"&a ", b"*a", b"<<: ", b"!!python/object:os.system ", b"---\n", b"...\n", b"? ", b"\xc2\x85", b"\xef\xbb\xbf"),
    *(
        b"null",
        b"true",
        b"NO",
        b"0123",
        b"12:30:45",
        b"1e3",
        b"5m",
        b"-1s",
        b".nan",
        b"2026-10-05",
        b"999999d",
        b"1KiB",
    ),
    *(b"https://x.example", b"http://127.0.0.1:1", b"http://u:p@x", b"client_secret_file: ", b"secret_key_env: "),
    *(b"(?P<a>", b"[[:", b"a{99999}", b"\\", b"training", b"queue", b"basic_auth_users: ", b"rate_limit: "),
    *(PLANTED.encode(), b"secret_key: " + PLANTED.encode(), b"$2y$04$" + PLANTED[:22].encode() + b"a" * 31),
)


def target(data: bytes) -> None:
    """Read what follows the first byte, which is under 1 if it is a web configuration."""
    try:
        text = data[1:].decode()
    except UnicodeDecodeError:
        return  # refused where the file is read
    names: list[str] = []
    try:
        if data[:1] < b"1":
            parse_web(text, Place())
        else:
            _check(parse(text, _context(names)), names)
    except ConfigurationError as error:
        _check_lines(error.problems, names)


def _context(names: list[str]) -> Context:
    """Return what a configuration is read with; which files and variables it names is noted: they may be shown."""

    def read(source: SecretSource) -> Secret:
        match source:
            case Inline(secret):
                return Secret(secret.reveal().strip())
            case File(name) | Variable(name):
                names.append(name)
                if len(name) % 5 == 0:
                    raise SecretError(f"{name} cannot be read")
                return Secret(PLANTED)

    return Context(_COLLECTORS, DEFAULT_COLLECTORS, read, readable_by_others=True)


def _check(loaded: Loaded, names: list[str]) -> None:
    """Check that what is accepted can be used, by rules written down here once more."""
    config = loaded.config
    _check_lines(loaded.warnings, names)
    assert 0.1 <= config.scrape_timeout <= 3600
    assert 1 <= config.max_polls <= 1000
    assert 1 <= len({tenant.name for tenant in config.tenants}) == len(config.tenants)
    for tenant in config.tenants:
        assert _NAME.fullmatch(tenant.name)
        assert _ADDRESS.fullmatch(tenant.base_url)
        assert 1 <= len(set(tenant.collectors)) == len(tenant.collectors)
        assert {*_COLLECTORS} >= {*tenant.collectors, *tenant.refresh_intervals}
        _check_numbers(tenant)


def _check_numbers(tenant: Tenant) -> None:
    settings, days = tenant.settings, tenant.settings.histogram_days
    assert all(0 <= seconds <= 7 * _DAY for seconds in (tenant.refresh_interval, *tenant.refresh_intervals.values()))
    assert 0 <= tenant.max_staleness <= 30 * _DAY
    assert 1 <= tenant.timeout <= 3600
    assert 1024 <= tenant.max_response_size <= 16 * 1024**3
    assert 1 <= settings.titles.limit <= 100_000
    assert 1 <= settings.minimum_group_size <= 1_000_000
    assert 0 <= settings.overdue_after <= 3650 * _DAY
    assert 0 <= settings.campaigns.newest <= 1000
    assert sorted({*days}) == [*days]
    assert all(0 < bound <= 3650 for bound in days)


def _check_lines(problems: Iterable[Problem], names: list[str]) -> None:
    """Check that each problem is one line that quotes no secret; names of files and variables may be shown."""
    told = list(problems)
    assert len(told) <= _MOST_LINES
    for problem in told:
        line = str(problem)
        assert len(line) < _LONGEST_LINE
        assert "\n" not in line
        for name in names:
            line = line.replace(name, "")
        assert not any(piece in line for piece in _PIECES), "a secret is quoted"
