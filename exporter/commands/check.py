"""Check the configuration, then try every tenant and collector and say what to do about each failure.

Collectors that are not configured are tried too, to tell what else the account could show. The status is 0, 1 if a
configured collector failed, and 2 if the configuration is invalid.

examples:
  mimecast-exporter check --config.file=/etc/mimecast-exporter/mimecast-exporter.yaml
  mimecast-exporter check --offline
"""

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from exporter.clock import Clock, SystemClock
from exporter.collectors import COLLECTORS
from exporter.collectors.question import Collector
from exporter.collectors.training import USERS
from exporter.commands.arguments import add_configuration_flag, add_log_flags, add_web_configuration_flag
from exporter.commands.assembly import assemble
from exporter.commands.configuration import load
from exporter.commands.message import progress, say
from exporter.config.settings import SignedCredentials
from exporter.errors import PollError, Reason
from exporter.hint import HINTS
from exporter.instruments import Instruments
from exporter.log import set_up
from exporter.model import Snapshot
from exporter.polls import TenantPolls
from exporter.web_config.live import WebFile

_HEAD: Final = ("TENANT", "COLLECTOR", "RESULT", "SECONDS", "RECORDS", "WHAT TO DO")
_NOT_FOR_THIS_ACCOUNT: Final = {Reason.FORBIDDEN, Reason.HTTP_4XX}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the check."""
    add_configuration_flag(parser)
    parser.add_argument("--offline", action="store_true", help="stop after the validation, and ask nothing of Mimecast")
    add_web_configuration_flag(parser)
    add_log_flags(parser, level="error")


def run(arguments: argparse.Namespace) -> int:
    """Validate, try, and print a table."""
    set_up(arguments.log_level, arguments.log_format)
    loading, directory = load(arguments.config_file)
    if arguments.web_config_file:
        WebFile(arguments.web_config_file)
    clock = SystemClock()
    assembly = assemble(loading, directory, Instruments(), clock)
    for warning in loading.warnings:
        say(f"warning: {warning}")
    tenants = list(assembly.scrapes.tenants.values())
    say(f"The configuration is valid; tenants: {len(tenants)}.")
    if arguments.offline:
        return 0
    trials = list(_try_all(tenants, loading.config.max_polls, clock))
    progress("")
    for line in _table([_HEAD, *(_row(trial) for trial in trials)]):
        say(line)
    return int(any(trial.is_configured and trial.error for trial in trials))


@dataclass(frozen=True, slots=True)
class Trial:
    """One collector of one tenant, tried once: what it found, or why it failed."""

    tenant: str
    collector: str
    is_configured: bool
    seconds: float
    snapshot: Snapshot | None
    error: PollError | None


def _try_all(tenants: Sequence[TenantPolls], at_once: int, clock: Clock) -> Iterator[Trial]:
    """Yield the trials tenant by tenant, in the order of the configuration, while several tenants are tried at once."""
    with ThreadPoolExecutor(at_once) as workers:
        trials = [workers.submit(_try_tenant, tenant, clock) for tenant in tenants]
        for number, tenant in enumerate(tenants):
            progress(f"{number + 1}/{len(tenants)} {tenant.tenant.name}")
            yield from trials[number].result()


def _try_tenant(polled: TenantPolls, clock: Clock) -> list[Trial]:
    signed = isinstance(polled.tenant.credentials, SignedCredentials)
    offered = [collector for collector in COLLECTORS if signed or not collector.signed_only]
    configured = [collector for collector in COLLECTORS if collector.name in polled.units]
    others = [collector for collector in offered if collector.name not in polled.units]
    return [_try(polled, collector, clock) for collector in (*configured, *others)]


def _try(polled: TenantPolls, collector: Collector, clock: Clock) -> Trial:
    tenant, started = polled.tenant, clock.monotonic()
    snapshot = error = None
    try:
        asking = collector.ask(tenant.settings, clock.now())
        snapshot = collector.snapshot(polled.client.poll(asking, started + tenant.timeout))
    except PollError as failure:
        error = failure
    seconds = clock.monotonic() - started
    return Trial(tenant.name, collector.name, collector.name in polled.units, seconds, snapshot, error)


def _row(trial: Trial) -> tuple[str, ...]:
    records = str(trial.snapshot.records) if trial.snapshot else "-"
    return trial.tenant, trial.collector, _result(trial), f"{trial.seconds:.2f}", records, _advice(trial)


def _result(trial: Trial) -> str:
    result = trial.error.reason.value if trial.error else "ok"
    return result if trial.is_configured else f"{result} (not configured)"


def _advice(trial: Trial) -> str:
    if trial.error is None:
        return _remark(trial)
    advice = f"{trial.error.detail}; {HINTS[trial.error.reason]}"
    if trial.error.reason in _NOT_FOR_THIS_ACCOUNT:
        advice += "; or leave it out of collectors" if trial.is_configured else "; or do without it"
    return advice


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
