"""The exporter as its users start it, against the benchmarks' upstream."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.account import Account
from benchmarks.scraper import Scraper
from benchmarks.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Program:
    """A started exporter: where it listens, and what it has used."""

    port: int
    account: Account

    def scraper(self, *, gzip: bool = True) -> Scraper:
        """Return a scraper of it."""
        return Scraper(self.port, gzip=gzip)


def configuration(upstream: Upstream, tenants: Mapping[str, str], **settings: object) -> str:
    """Return a configuration of tenants by name, each with the name of the document that it gets, as YAML."""
    defaults = {"collectors": ["training"], "refresh_interval": "1h", "timeout": "10m", **settings}
    entries = [
        {
            "name": name,
            "base_url": upstream.base_url,
            "credentials": {
                "application_id": document,
                "application_key": "00000000-0000-0000-0000-000000000000",
                "access_key": "access",
                "secret_key": "c2VjcmV0",
            },
        }
        for name, document in tenants.items()
    ]
    return json.dumps({"scrape_timeout": "10m", "defaults": defaults, "tenants": entries})


@contextmanager
def exporting(text: str) -> Iterator[Program]:
    """Start the exporter with a configuration."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "mimecast-exporter.yaml")
        file.write_text(text)
        file.chmod(0o600)
        command = [sys.executable, "-m", "exporter", "--config.file", str(file), "--web.listen-address", "127.0.0.1:0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr  # noqa: S101 - asked for above
                line = next(line for line in process.stderr if "msg=serving" in line)
                port = int(line.split("addresses=")[1].split()[0].rpartition(":")[2])
                yield Program(port, Account(process.pid))
            finally:
                process.terminate()
                process.communicate()
