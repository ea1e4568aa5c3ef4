"""Runs a target on changed bytes until something is wrong or the runs are done; see ``--help`` and README.md."""

import argparse
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from corpus import Target

_HELP: Final = """\
Feed a target with changed bytes until something is wrong.

With atheris installed (pip install atheris) coverage of the exporter guides the changes; without it they are
blind, but the same for the same seed. What makes a target fail is written into tests/fuzz/cases/TARGET/, where the
test run finds it from then on; name it after what was wrong.
"""
_EXAMPLE: Final = "example: python tests/fuzz/run.py request --runs 5000000"


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=_HELP, epilog=_EXAMPLE, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("target", choices=("answer", "configuration", "request"), help="what to feed")
    parser.add_argument("--runs", type=int, default=100_000, metavar="N", help="how often (default: 100000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which changes (default: 1)")
    parser.add_argument("--blind", action="store_true", help="do without atheris")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where else to write what is wrong")
    return parser.parse_args()


def main() -> None:
    """Run a target; raise what it raises."""
    asked = arguments()
    atheris: Any = None
    if not asked.blind and importlib.util.find_spec("atheris"):
        atheris = importlib.import_module("atheris")
        atheris.instrument_imports(include=["exporter"]).__enter__()
    # Only now, because it imports the exporter.
    corpus = importlib.import_module("corpus")
    target: Target = corpus.TARGETS[asked.target]
    out = asked.out or target.cases
    out.mkdir(parents=True, exist_ok=True)
    if atheris is None:
        importlib.import_module("blind").feed(target, asked.runs, asked.seed, out)
    else:
        feed_guided(atheris, target, asked, out)


def feed_guided(atheris: Any, target: "Target", asked: argparse.Namespace, out: Path) -> None:
    """Let libFuzzer choose what to change, which ends the process; what is new to it, it keeps in memory."""

    def change(data: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)  # noqa: S311 - nothing secret
        if chance.random() < 0.3:
            return bytes(atheris.Mutate(data, most))
        return target.change(data, target.words, chance)[:most]

    options = [
        f"-runs={asked.runs}",
        f"-seed={asked.seed}",
        f"-seed_inputs={','.join(map(os.fspath, target.files()))}",
        f"-artifact_prefix={out}{os.sep}",
        "-max_len=8192",
        "-timeout=20",
        "-rss_limit_mb=1024",
    ]
    atheris.Setup([sys.argv[0], *options], target.run, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
