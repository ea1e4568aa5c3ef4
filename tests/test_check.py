"""The command check: validation, then every tenant and collector tried, with what to do about each failure."""

import contextlib
import os
import pty
import re
import ssl
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from house import House
from program import started

from exporter.collectors import COLLECTORS
from exporter.collectors.question import Asking, Question
from exporter.commands.trial import Trial, try_one
from exporter.config.settings import Settings
from exporter.errors import Reason
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
        ("invalid_signature", "unauthorized", "application_key, access_key or secret_key is wrong"),
        ("developer_key", "unauthorized", "application_id is wrong"),
        ("binding_expired", "binding_expired", "access_key and secret_key have expired: make new ones"),
        ("clock_skew", "clock_skew", "this host's clock is 16 minutes behind Mimecast's"),
        ("operation_forbidden", "forbidden", "the keys are of a user of another account"),
        ("redirect_307", "redirect", "set region to the account's own"),
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


@pytest.mark.parametrize(
    ("fault", "reason", "advice"),
    [
        ("token_401", "unauthorized", "client_id or client_secret is wrong"),
        ("token_unverified", "unauthorized", "gave a token and refuses it"),
        ("app_forbidden", "forbidden", "the API application lacks the product Awareness Training"),
        ("http_403", "forbidden", "the role of the API application lacks the permission"),
    ],
)
def test_a_failure_of_api_2(simulator: Simulator, tmp_path: Path, fault: str, reason: str, advice: str) -> None:
    """Of a tenant of API 2.0 the row of a failure names that API's own keys, products and roles."""
    simulator.add_tenant("acme", api=2, users=5).fail(fault)
    status, lines = checked(simulator, tmp_path, defaults="{collectors: [training]}")
    row = rows(lines)["acme", "training"]
    assert (1, reason) == (status, row[0])
    assert advice in row[3]


def test_an_authority_that_is_not_trusted(tmp_path: Path, tool: Callable[[str], str]) -> None:
    """If Mimecast's certificate is of an unknown authority the check says so, and with its root all is well."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem")
    about = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", "root.pem")
    command = [tool("openssl"), "req", "-x509", *key, "-days", "2", *about]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "root.pem", tmp_path / "key.pem")
    simulator = Simulator(strict=True)
    simulator.add_tenant("acme", users=5)
    simulator.start(ssl_context=context)
    try:
        status, lines = checked(simulator, tmp_path, defaults="{collectors: [queue]}")
        row = rows(lines)["acme", "queue"]
        assert (1, "tls") == (status, row[0])
        assert f"of 127.0.0.1:{simulator.port} is not trusted; behind a TLS inspection set tls.ca_file" in row[3]
        assert 0 == checked(simulator, tmp_path, defaults="{collectors: [queue], tls: {ca_file: root.pem}}")[0]
    finally:
        simulator.stop()


def test_how_many_failed(simulator: Simulator, tmp_path: Path) -> None:
    """Before the table a line says how many collectors are configured and how many of them failed."""
    simulator.add_tenant("acme", users=5)
    simulator.add_tenant("globex", api=2, users=5).fail("app_forbidden")
    _, lines = checked(simulator, tmp_path, defaults="{collectors: [training, queue]}")
    assert ["The configuration is valid; tenants: 2.", "Configured collectors: 4; failed: 2."] == lines[:2]


@pytest.mark.parametrize("columns", [0, 120, 12])
def test_progress_is_for_terminals(simulator: Simulator, tmp_path: Path, columns: int) -> None:
    """On a terminal standard error shows each collector as it is tried, on one line, which is empty at the end."""
    simulator.add_tenant("acme", api=2, users=5)
    (tmp_path / "mimecast-exporter.yaml").write_text(simulator.configuration())
    (tmp_path / "mimecast-exporter.yaml").chmod(0o600)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    command = [sys.executable, "-I", "-m", "exporter", "check"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    out, _ = process.communicate(timeout=60)
    shown = read_to_end(ours).decode()
    os.close(ours)
    tried = [name for _, name in rows(out.decode().splitlines())]
    steps = [f"{number}/{len(tried)} acme {name}"[: (columns or 80) - 1] for number, name in enumerate(tried, 1)]
    assert (0, "".join(f"\r\x1b[K{step}" for step in [*steps, ""])) == (process.returncode, shown)
    assert b"\x1b" not in out


def read_to_end(descriptor: int) -> bytes:
    """Return what has been written to a terminal that nobody has open any more, which Linux tells by an error."""
    read = b""
    with contextlib.suppress(OSError):
        while part := os.read(descriptor, 4096):
            read += part
    return read


def test_a_bug_fails_one_collector(house: House) -> None:
    """A collector that breaks is told as internal, with the type of what went wrong and nothing of its text."""
    house.simulator.add_tenant("acme", users=1)
    polled = house.build().scrapes.tenants["acme"]

    def ask(_settings: Settings, _now: datetime) -> Asking:
        yield from dict[str, list[Question[Any, Any]]]()["planted"]
        raise AssertionError("it goes on")

    broken = replace(COLLECTORS[0], ask=ask)
    trial = try_one(polled, broken, house.hands)
    assert trial.case
    error = trial.case.error
    assert (Reason.INTERNAL, "the exporter itself has failed: KeyError") == (error.reason, error.detail)
    assert "ok" == _result_of(try_one(polled, COLLECTORS[0], house.hands))


def _result_of(trial: Trial) -> str:
    return "failed" if trial.case else "ok"


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
