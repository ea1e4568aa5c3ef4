"""A simulated Mimecast in a process of its own, so that its work is not that of who measures; told what to do by lines.

python vendor.py TENANT...
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from exporter.simulator import Simulator

USERS = 20


@dataclass(frozen=True)
class Vendor:
    """The process, as a test has it."""

    process: subprocess.Popen[str]
    configuration: str

    def tell(self, *words: str) -> str:
        """Have something done: ``fail TENANT FAULT``, ``clear TENANT``, ``flying TENANT``; return what it answers."""
        assert self.process.stdin
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return _line(self.process)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().rstrip("\n")


@contextlib.contextmanager
def vendor(*tenants: str) -> Iterator[Vendor]:
    """Start one; each tenant is configured for it."""
    command = [sys.executable, __file__, *tenants]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Vendor(process, json.loads(_line(process)))
        finally:
            process.kill()


def main() -> None:
    """Serve until told no more; of two tenants one has keys of either API, and each has other people."""
    with Simulator(strict=True) as simulator:
        for number, name in enumerate(sys.argv[1:]):
            of_tokens = name.startswith("token")
            simulator.add_tenant(name, api=2 if of_tokens else 1, users=USERS + number, titles=6, seed=number)
        _say(json.dumps(simulator.configuration().partition("\n")[2]))
        for line in sys.stdin:
            _say(_done(simulator, line.split()))


def _done(simulator: Simulator, words: list[str]) -> str:
    match words:
        case ["fail", name, fault]:
            tenant = next(tenant for tenant in simulator.tenants if tenant.name == name)
            tenant.clear_faults()
            tenant.fail(fault, seconds=5.0 if fault in {"slow", "jitter"} else None)
            return fault
        case ["clear", name]:
            next(tenant for tenant in simulator.tenants if tenant.name == name).clear_faults()
            return name
        case ["flying", name]:
            tenant = next(tenant for tenant in simulator.tenants if tenant.name == name)
            return str(sum(not exchange.gone() for exchange in tuple(tenant.in_flight)))
        case _:
            return str(len(simulator.violations))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
