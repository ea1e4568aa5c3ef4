"""The command check: the configuration validated, every tenant and collector tried, and what to do about failures."""

import argparse
import threading
from collections.abc import Iterator, Sequence
from typing import Final

from exporter.clock import SystemClock
from exporter.collectors.training import USERS
from exporter.commands.advice import advice
from exporter.commands.arguments import (
    CONFIGURATION,
    add_configuration_flag,
    add_log_flags,
    add_web_configuration_flag,
)
from exporter.commands.assembly import assemble
from exporter.commands.configuration import ENVIRONMENT, FILES, load, load_web
from exporter.commands.manual import Manual
from exporter.commands.message import progress, say
from exporter.commands.parser import Parser
from exporter.commands.trial import Trial, collectors_of, try_all
from exporter.errors import Reason
from exporter.instruments import Instruments
from exporter.log import set_up
from exporter.polls import TenantPolls

_HEAD: Final = ("TENANT", "COLLECTOR", "RESULT", "SECONDS", "RECORDS", "WHAT TO DO")
_NOT_FOR_THIS_ACCOUNT: Final = {Reason.FORBIDDEN, Reason.HTTP_4XX}

MANUAL: Final = Manual(
    summary="try every tenant, and say what to do about failures",
    description="""
First the configuration is validated; everything wrong with it is told at once, each with its place. Then each collector
of each tenant is tried once, and a table tells what came of it. Collectors that are not configured are tried too, to
tell what else the account could show. Nothing is changed, here or at Mimecast. On a terminal it shows how far it is.
""",
    examples={
        "Validate alone, for instance before a reload": "mimecast-exporter check --offline",
        "Try the keys and permissions of every tenant": "mimecast-exporter check \\\n"
        "  --config.file=/etc/mimecast-exporter/mimecast-exporter.yaml",
        "Validate TLS and users of the exporter's own port, too": "mimecast-exporter check --offline "
        "--web.config.file=web.yaml",
    },
    statuses={
        "0": "The configuration is valid, and every configured collector works.",
        "1": "A configured collector failed.",
        "2": "Wrong usage, or a configuration cannot be used; each problem is a line.",
    },
    notes={
        "files": FILES,
        "environment": ENVIRONMENT,
        "see also": {
            "mimecast-exporter": "serve what was checked",
            "mimecast-exporter once": "print the numbers themselves",
        },
    },
)


def add_arguments(parser: Parser) -> None:
    """Add the flags of the check."""
    add_configuration_flag(parser)
    parser.flag(
        CONFIGURATION,
        "--offline",
        action="store_true",
        help="Stop after the validation, and ask nothing of Mimecast. Default: off.",
    )
    add_web_configuration_flag(parser, "The web configuration of serving, to be validated too. Default: none.")
    add_log_flags(parser, level="error")


def run(arguments: argparse.Namespace) -> int:
    """Validate, try, and print a table."""
    set_up(arguments.log_level, arguments.log_format)
    loading, directory = load(arguments.config_file)
    if arguments.web_config_file:
        load_web(arguments.web_config_file)
    clock = SystemClock()
    assembly = assemble(loading, directory, Instruments(), clock)
    for warning in loading.warnings:
        say(f"warning: {warning}")
    tenants = list(assembly.scrapes.tenants.values())
    say(f"The configuration is valid; tenants: {len(tenants)}.")
    if arguments.offline:
        return 0
    trials = list(try_all(tenants, loading.config.max_polls, clock, _Progress(tenants)))
    progress("")
    failed = [trial for trial in trials if trial.is_configured and trial.case]
    say(f"Configured collectors: {sum(trial.is_configured for trial in trials)}; failed: {len(failed)}.")
    for line in _table([_HEAD, *(_row(trial) for trial in trials)]):
        say(line)
    return int(bool(failed))


class _Progress:
    """Shows on a terminal what is tried, and which of how many that is; safe for threads."""

    def __init__(self, tenants: Sequence[TenantPolls]) -> None:
        self._lock = threading.Lock()
        self._begun = 0
        self._all = sum(len(collectors_of(tenant)) for tenant in tenants)

    def __call__(self, tenant: str, collector: str) -> None:
        with self._lock:
            self._begun += 1
            progress(f"{self._begun}/{self._all} {tenant} {collector}")


def _row(trial: Trial) -> tuple[str, ...]:
    records = str(trial.snapshot.records) if trial.snapshot else "-"
    return trial.tenant, trial.collector, _result(trial), f"{trial.seconds:.2f}", records, _advice(trial)


def _result(trial: Trial) -> str:
    result = trial.case.error.reason.value if trial.case else "ok"
    return result if trial.is_configured else f"{result} (not configured)"


def _advice(trial: Trial) -> str:
    if trial.case is None:
        return _remark(trial)
    error = trial.case.error
    text = f"{error.detail}; {advice(trial.case)}"
    if error.reason in _NOT_FOR_THIS_ACCOUNT:
        text += "; or leave it out of collectors" if trial.is_configured else "; or do without it"
    return text


def _remark(trial: Trial) -> str:
    """Return what is worth knowing of a collector that works."""
    if not trial.is_configured:
        return "add it to collectors to show it"
    users = [sample.value for sample in trial.snapshot.samples if sample.metric is USERS] if trial.snapshot else []
    if users == [1]:
        return "covers one user, it seems the identity that asks; the company's numbers by title come from queue"
    return f"covers {users[0]:.0f} users" if users else ""


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
