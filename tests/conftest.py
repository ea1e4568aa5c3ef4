"""What all tests share: rewriting golden files, and tools that a machine may lack."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import needed
import pytest
from house import House
from hypothesis import settings

# A machine may be busy, so no example is too slow; CI tries the same examples each time, and other runs look for more.
settings.register_profile("ours", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ours")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share tests out by files."""
    from scheduling import Files  # noqa: PLC0415 - it needs xdist, which a single process does not

    return Files(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files instead of comparing")
    parser.addoption("--long", action="store_true", help="run the long forms of tests that have one")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Find a program on the path; without it a test is skipped, and fails where CI runs it."""

    def find(name: str) -> str:
        return shutil.which(name) or needed.lacking(name)

    return find


@pytest.fixture
def house() -> Iterator[House]:
    """A simulated Mimecast that judges strictly, and an exporter to be built against it."""
    house = House()
    with house.simulator:
        yield house
        if house.assembly is not None:
            house.assembly.stop()
