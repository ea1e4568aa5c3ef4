"""From a fault at Mimecast to the words that an operator reads: exporter, Prometheus and Alertmanager as they run."""

import re
from collections.abc import Callable
from pathlib import Path

from alertmanager_server import alertmanager, receiver
from program import LOOPBACK, started, wait_until
from prometheus_server import example, prometheus
from rules_file import PROMETHEUS, RULES

from exporter.simulator import Simulator

# The rules and routes as they are, but in seconds instead of minutes and days; nothing else is changed.
FASTER_RULES = {r"interval: 1m$": "interval: 1s", r"for: (15m|30m|1h|2h)$": "for: 3s"}
FASTER_ROUTES = {r"(group_wait|group_interval): (1m|15m|1h)$": r"\1: 1s"}

LABELS = {
    "alertname": "MimecastCredentialsRefused",
    "audience": "operator",
    "reason": "binding_expired",
    "severity": "critical",
    "tenant": "acme",
}
ANNOTATIONS = {
    "summary": "Mimecast refuses the credentials of tenant acme: binding_expired.",
    "description": (
        "Mimecast answers binding_expired to these collectors of tenant acme: training. This does not heal by itself.\n"
        "What to do: the keys have expired. Make new ones, and set the authentication cache TTL of the service user's"
        " profile to Never Expire. New key files are read by themselves."
    ),
    "runbook_url": "prometheus/runbooks/MimecastCredentialsRefused.md",
    "dashboard_url": "/d/mimecast-exporter?var-tenant=acme",
}


def faster(text: str, changes: dict[str, str]) -> str:
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert count
    return text


def test_a_fault_at_mimecast_reaches_the_operator(tool: Callable[[str], str], tmp_path: Path) -> None:
    """An expired key of one tenant of two is told once, to the operators alone, with what to do, and so is its end."""
    binaries = tool("prometheus"), tool("prometheus-alertmanager")
    (tmp_path / "faster.rules.yml").write_text(faster(RULES.read_text(encoding="utf-8"), FASTER_RULES))
    routes = faster((PROMETHEUS / "alertmanager.yml").read_text(encoding="utf-8"), FASTER_ROUTES)
    with Simulator(strict=True) as simulator, receiver() as told:
        acme = simulator.add_tenant("acme", users=5)
        simulator.add_tenant("globex", api=2, users=5)
        acme.fail("binding_expired")
        settings = "defaults: {refresh_interval: 1s, collectors: [training]}\n" + simulator.configuration()
        (tmp_path / "mimecast-exporter.yaml").write_text(settings)
        with (
            started(*LOOPBACK, directory=tmp_path, measured=False) as program,
            alertmanager(
                binaries[1], tmp_path, routes.replace("127.0.0.1:9099", f"127.0.0.1:{told.server_port}")
            ) as port,
            prometheus(binaries[0], tmp_path, configuration(program.port, port)) as server,
        ):
            wait_until(lambda: bool(told.alerts("firing")), "the alert is told", 60)
            acme.clear_faults()
            wait_until(lambda: bool(told.alerts("resolved")), "its end is told", 60)
            assert [] == server.warnings()
        for status in ("firing", "resolved"):
            path, alert = told.alerts(status)[0]
            assert ("/operators", LABELS, ANNOTATIONS) == (path, alert["labels"], alert["annotations"])
            assert {(path, LABELS["alertname"], "acme")} == {
                (path, alert["labels"]["alertname"], alert["labels"]["tenant"]) for path, alert in told.alerts(status)
            }


def configuration(exporter: int, manager: int) -> str:
    """Return the example for one exporter, with the faster rules and an Alertmanager."""
    text = example("prometheus.yml", exporter).replace(str(RULES), "faster.rules.yml")
    return f'{text}\nalerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{manager}"]}}]}}]}}\n'
