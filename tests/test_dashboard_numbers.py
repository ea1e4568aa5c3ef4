"""The dashboards over a real Prometheus that scrapes a pair of exporters: every query is answered, and truly."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from board import NAMES, Target, expanded, load
from program import LOOPBACK, started, wait_until
from prometheus_server import Prometheus, prometheus

from exporter.collectors import COLLECTORS
from exporter.simulator import Simulator, Tenant

# The same exporter under two names is a pair: every series of a tenant is there twice.
PAIR = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: mimecast
    static_configs: [{{targets: ["127.0.0.1:{port}", "localhost:{port}"]}}]
"""
EVERYTHING = ", ".join(collector.name for collector in COLLECTORS)
OF_API_2 = ", ".join(collector.name for collector in COLLECTORS if not collector.signed_only)
QUERIES = [target for name in NAMES for target in load(name).queries()]

# What an exporter has nothing of that has just begun, and not failed yet; its first polls are before the first scrape.
NOT_YET = {
    *(f"{title}, B" for title in ("Completion", "Overdue", "On the watch list", "Grade D or F")),
    *(f"{title}, B" for title in ("Phishing clicked", "Phishing reported")),
    *("Polls failed, A", "Failed polls, by reason, A", "Failed polls an hour, by reason, A", "Failures"),
}
# What a tenant has that has the collector training alone.
ONLY_OTHERS_HAVE = {
    *("Grade D or F, A", "Phishing clicked, A", "Phishing reported, A", "On the watch list and at risk, B"),
    *("Phishing clicked and reported, A", "Phishing clicked and reported, B"),
    *("Answers by title, least often right first, A", "Risk grades, A", "Wrong answers, A"),
    *("Watch list, by how much is overdue, A", "Phishing simulations, newest first, A", "Departments, A"),
}


@dataclass(frozen=True)
class Scene:
    """A running Prometheus, and the tenants of which it has numbers."""

    server: Prometheus
    acme: Tenant
    globex: Tenant
    initech: Tenant

    def ask(self, target: Target, tenant: str = ".+") -> list[dict[str, dict[str, str]]]:
        """Return the series of a query, of some tenants."""
        expression = expanded(target.expression.replace("${tenants:raw}", tenant)).replace("$job", ".+")
        found: list[dict[str, dict[str, str]]] = self.server.ask("/api/v1/query", query=expression)["result"]
        return found

    def match(self, title: str, text: str) -> str:
        """Return what queries match for chosen titles, as Grafana writes them: as an expression and as a text."""
        query = load("awareness-training").variables["titles"]["query"]["query"]
        expression = re.fullmatch(r"query_result\((.*)\)", query)
        assert expression
        asked = expression[1].replace("${title:regex}", title).replace("${title:text}", text)
        (series,) = self.server.ask("/api/v1/query", query=asked)["result"]
        return str(series["metric"]["match"])

    def empty(self, tenant: str = ".+") -> set[str]:
        """Return the places of the queries that have no series."""
        return {target.place for target in QUERIES if not self.ask(target, tenant)}

    def labels(self, place: str, tenant: str = ".+") -> dict[str, str]:
        """Return the labels of the one series of a query."""
        (target,) = [target for target in QUERIES if target.place == place]
        (series,) = self.ask(target, tenant)
        return series["metric"]


def configured(simulator: Simulator) -> str:
    """Return a configuration in which acme has all collectors, globex those of API 2.0, and initech training alone."""
    text = simulator.configuration()
    collectors = {"acme": f"{EVERYTHING}]\n    departments: true", "globex": f"{OF_API_2}]", "initech": "training]"}
    for name, chosen in collectors.items():
        text = text.replace(f'  - name: "{name}"\n', f'  - name: "{name}"\n    collectors: [{chosen}\n')
    return text


@pytest.fixture(scope="module")
def scene(tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Three tenants that have been polled once, and scraped twice by a Prometheus."""
    directory = tmp_path_factory.mktemp("scene")
    with Simulator(strict=True) as simulator:
        simulator.clock.set(simulator.clock.now())
        acme = simulator.add_tenant("acme", users=40, titles=5)
        globex = simulator.add_tenant("globex", api=2, users=30, titles=4, seed=2)
        initech = simulator.add_tenant("initech", users=20, titles=3, seed=3)
        (directory / "mimecast-exporter.yaml").write_text(configured(simulator))
        with (
            started(*LOOPBACK, directory=directory) as program,
            prometheus(tool("prometheus"), directory, PAIR.format(port=program.port)) as server,
        ):
            wait_until(lambda: len(server.query("count_over_time((mimecast_up == 1)[1m:1s]) > 3")) == 6, "all are up")
            yield Scene(server, acme, globex, initech)


def test_every_query_is_answered(scene: Scene) -> None:
    """Prometheus answers every query, and those have no series of which there is nothing yet."""
    assert NOT_YET == scene.empty()


def test_a_tenant_with_training_alone(scene: Scene) -> None:
    """With a tenant that has training alone every panel has numbers but for those of other collectors."""
    assert NOT_YET | ONLY_OTHERS_HAVE == scene.empty("initech")


def test_completion(scene: Scene) -> None:
    """Completion is the queue's where a tenant has that collector, else that of trainings, and a pair's once."""
    queues = [tenant.oracle().queue().titles.values() for tenant in (scene.acme, scene.globex)]
    trained = scene.initech.expected().titles.values()
    completed = sum(title.completed for titles in queues for title in titles)
    sent = sum(title.sent for titles in queues for title in titles)
    expected = {
        "part": str(completed + sum(title.watched for title in trained)),
        "whole": str(sent + sum(title.assigned for title in trained)),
    }
    assert expected == scene.labels("Completion, A")


def test_overdue(scene: Scene) -> None:
    """Overdue is counted over all trainings of all tenants, once though a pair has it."""
    tenants = (scene.acme, scene.globex, scene.initech)
    titles = [title for tenant in tenants for title in tenant.expected().titles.values()]
    expected = {
        "part": str(sum(title.overdue for title in titles)),
        "whole": str(sum(title.assigned for title in titles)),
    }
    assert expected == scene.labels("Overdue, A")


def test_watch_list(scene: Scene) -> None:
    """People on the watch list are the company's where it is known, else those of the trainings."""
    companies = [tenant.oracle() for tenant in (scene.acme, scene.globex)]
    trained = scene.initech.expected()
    listed = sum(sum(company.watchlist().users.values()) for company in companies)
    everybody = sum(company.performance().participating for company in companies)
    expected = {"part": str(listed + trained.users_watchlisted), "whole": str(everybody + trained.users)}
    assert expected == scene.labels("On the watch list, A")


def test_risk(scene: Scene) -> None:
    """Grades D and F are counted of all who have a grade, at the tenants that have grades."""
    grades = [tenant.oracle().safe_score().users for tenant in (scene.acme, scene.globex)]
    bad = sum(users[grade] for users in grades for grade in "DF")
    known = sum(users[grade] for users in grades for grade in "ABCDF")
    assert {"part": str(bad), "whole": str(known)} == scene.labels("Grade D or F, A")


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("(Passwords|Deepfakes)", "All", ".+"),
        ("(Passwords|Deepfakes)", "Passwords + Deepfakes", "(Passwords|Deepfakes)"),
        ("Passwords", "Passwords", "Passwords"),
        (r"Save \$5: \"Who\'s calling\?\"", 'Save $5: "Who\'s calling?"', r"Save \$5: \"Who\'s calling\?\""),
        ("All hands", "All hands", "All hands"),
    ],
)
def test_what_queries_match(scene: Scene, title: str, text: str, expected: str) -> None:
    """Queries match any title if all are chosen, and else those that are, whatever signs are in them."""
    assert expected == scene.match(title, text)
