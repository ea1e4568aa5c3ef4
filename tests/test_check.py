"""The command check: validation, then every tenant and collector tried, with what to do about each failure."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import started

from exporter.collectors import COLLECTORS
from exporter.simulator import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulated Mimecast that judges strictly, in real time."""
    with Simulator(strict=True) as simulator:
        yield simulator


def checked(simulator: Simulator, directory: Path, *flags: str, defaults: str = "{}") -> tuple[int, list[str]]:
    """Return the status and the lines of a check of all tenants of a simulator; nothing may be said elsewhere."""
    file = directory / "simulated.yaml"
    file.write_text(f"defaults: {defaults}\n{simulator.configuration()}")
    file.chmod(0o600)
    with started("check", "--config.file", str(file), *flags, directory=directory) as program:
        status = program.wait()
    assert [] == program.err
    return status, program.out


def rows(lines: list[str]) -> dict[tuple[str, str], list[str]]:
    """Return the rows of the table behind its head, by tenant and collector."""
    table = [re.split(r" {2,}", line) for line in lines[lines.index(next(filter(_is_head, lines))) + 1 :]]
    return {(row[0], row[1]): row[2:] for row in table}


def _is_head(line: str) -> bool:
    return line.startswith("TENANT")


def test_all_is_well(simulator: Simulator, tmp_path: Path) -> None:
    """If every configured collector works the status is 0, and the table has each with its records."""
    tenant = simulator.add_tenant("acme", api=1, users=30)
    status, lines = checked(simulator, tmp_path)
    table = rows(lines)
    assert 0 == status
    assert [("acme", collector.name) for collector in COLLECTORS] == list(table)
    assert ["ok", str(tenant.expected().records)] == [table["acme", "training"][0], table["acme", "training"][2]]
    assert () == simulator.violations


def test_what_else_the_account_could_show(simulator: Simulator, tmp_path: Path) -> None:
    """Collectors that are not configured are tried too, those of API 1.0 only where that is spoken."""
    simulator.add_tenant("acme", api=2, users=10)
    status, lines = checked(simulator, tmp_path, defaults="{collectors: [queue]}")
    table = rows(lines)
    assert 0 == status
    assert "ok" == table["acme", "queue"][0]
    assert ["ok (not configured)", "add it to collectors to show it"] == [
        table["acme", "phishing"][0],
        table["acme", "phishing"][3],
    ]
    assert ("acme", "campaigns") not in table


@pytest.mark.parametrize(("users", "said"), [(1, "covers one user"), (30, "covers 30 users")])
def test_whom_the_training_details_cover(simulator: Simulator, tmp_path: Path, users: int, said: str) -> None:
    """The check says whether the training details are of the identity that asks or of many."""
    simulator.add_tenant("acme", users=users)
    _, lines = checked(simulator, tmp_path, defaults="{collectors: [training]}")
    assert said in rows(lines)["acme", "training"][3]


@pytest.mark.parametrize(
    ("fault", "reason", "advice"),
    [
        ("app_forbidden", "forbidden", "Awareness Training | Dashboard | Read"),
        ("http_404", "http_4xx", "or leave it out of collectors"),
        ("invalid_signature", "unauthorized", "check the credentials"),
        ("binding_expired", "binding_expired", "make new keys"),
        ("clock_skew", "clock_skew", "set this host's clock"),
        ("rate_limited", "rate_limited", "raise refresh_interval"),
        ("html_200", "not_json", "check base_url"),
    ],
)
def test_a_failure_says_what_to_do(simulator: Simulator, tmp_path: Path, fault: str, reason: str, advice: str) -> None:
    """If a configured collector fails the status is 1, and its row has the reason and the thing to do next."""
    simulator.add_tenant("acme", users=5).fail(fault)
    status, lines = checked(simulator, tmp_path, defaults="{collectors: [training]}")
    row = rows(lines)["acme", "training"]
    assert 1 == status
    assert reason == row[0]
    assert advice in row[3]


def test_offline_asks_nothing(simulator: Simulator, tmp_path: Path) -> None:
    """With --offline the check ends after the validation, and the vendor is asked nothing."""
    simulator.add_tenant("acme")
    status, lines = checked(simulator, tmp_path, "--offline")
    assert (0, ["The configuration is valid; tenants: 1."]) == (status, lines)
    assert 0 == simulator.calls()


def test_an_invalid_configuration_is_2(tmp_path: Path) -> None:
    """An invalid configuration ends the check with 2, each problem on a line, and so does having none."""
    (tmp_path / "bad.yaml").write_text("tenants: [{name: acme}]\n")
    for flags in (("--config.file=bad.yaml",), ("--config.file=bad.yaml", "--offline"), ()):
        with started("check", *flags, directory=tmp_path) as program:
            assert 2 == program.wait()
        assert program.err
        assert [] == program.out


def test_the_web_configuration_is_validated_too(simulator: Simulator, tmp_path: Path) -> None:
    """With --web.config.file the check validates that file as well, and ends with 2 if it cannot be used."""
    simulator.add_tenant("acme")
    (tmp_path / "simulated.yaml").write_text(simulator.configuration())
    (tmp_path / "web.yaml").write_text("tls_server_config: {cert_file: nowhere.crt}\n")
    flags = ("--config.file=simulated.yaml", "--offline", "--web.config.file=web.yaml")
    with started("check", *flags, directory=tmp_path) as program:
        assert 2 == program.wait()
    assert any("tls_server_config" in line for line in program.err)
    assert 0 == simulator.calls()
