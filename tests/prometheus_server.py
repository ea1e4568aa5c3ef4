"""A real Prometheus server, started for a block, and the examples of its configuration."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from program import wait_until

EXAMPLES = Path(__file__).parents[1] / "prometheus"
SERVER = ("--storage.tsdb.path=data",)


def example(name: str, port: int) -> str:
    """Return an example for an exporter on this port that is scraped each second."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    changes = {
        "127.0.0.1:10463": f"127.0.0.1:{port}",
        "scrape_interval: 1m": "scrape_interval: 1s",
        "scrape_timeout: 30s": "scrape_timeout: 1s",
        "rule_files: [": f"rule_files: [{EXAMPLES}/",
    }
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    return text


class Prometheus:
    """A running server; queries are instant ones."""

    def __init__(self, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = log

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of the API."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self.url}{path}?{query}", timeout=10) as answer:  # noqa: S310 - loopback
            return json.load(answer)["data"]

    def query(self, expression: str) -> dict[tuple[str, ...], float]:
        """Return the value of each series, by the values of its labels in the order of their names."""
        return {
            tuple(text for _, text in sorted(series["metric"].items())): float(series["value"][1])
            for series in self.ask("/api/v1/query", query=expression)["result"]
        }

    def targets(self, job: str) -> list[str]:
        """Return the instances of a job, in order, once for each target."""
        found = self.ask("/api/v1/targets", state="active")["activeTargets"]
        return sorted(target["labels"]["instance"] for target in found if target["labels"]["job"] == job)

    def is_ready(self) -> bool:
        """Whether it serves."""
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=10):  # noqa: S310 - loopback
                return True
        except OSError:
            return False

    def warnings(self) -> list[str]:
        """Return what it has complained about."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "level=warn" in line or "level=error" in line]


@contextmanager
def prometheus(binary: str, directory: Path, configuration: str, flags: Sequence[str] = SERVER) -> Iterator[Prometheus]:
    """Run a server on a port of its own choice until the end of the block; ``flags`` say of which kind it is."""
    (directory / "prometheus.yml").write_text(configuration)
    log = directory / "prometheus.log"
    arguments = ["--config.file=prometheus.yml", "--web.listen-address=127.0.0.1:0", *flags]
    with log.open("wb") as output:
        process = subprocess.Popen([binary, *arguments], cwd=directory, stdout=output, stderr=output)
    try:
        wait_until(lambda: b"Listening on" in log.read_bytes() or process.poll() is not None, "Prometheus listens")
        (line,) = [line for line in log.read_text(encoding="utf-8").splitlines() if "Listening on" in line]
        server = Prometheus(int(line.split("address=")[1].split()[0].rpartition(":")[2]), log)
        wait_until(server.is_ready, "Prometheus is ready")
        yield server
    finally:
        process.terminate()
        process.wait(30)
