"""Who may import what, as tables; the imports are read from the source, those for type checkers too."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "exporter"

# From the roof down: a part imports itself and what stands below it. What begins with a longer name here is its own.
FLOORS = (
    "exporter.__main__",
    "exporter.cli",
    "exporter.commands",
    "exporter.simulator",
    "exporter.web.routes",
    "exporter.scrape",
    "exporter.polls",
    "exporter.landing",
    "exporter.web_config",
    "exporter.web",
    "exporter.instruments",
    "exporter.hint",
    "exporter.credentials",
    "exporter.config_file",
    "exporter.secret_file",
    "exporter.mimecast",
    "exporter.collectors",
    "exporter.config",
    "exporter.exposition",
    "exporter.model",
    "exporter.errors",
    "exporter.activation",
    "exporter.notify",
    "exporter.kept",
    "exporter.together",
    "exporter.lane",
    "exporter.workers",
    "exporter.clock",
    "exporter.tuning",
    "exporter.log",
    "exporter.outlet",
    "exporter",
)

# Values in, values out: they do no I/O, wait for nothing, and look at no clock.
PURE = (
    "exporter.collectors",
    "exporter.config",
    "exporter.exposition",
    "exporter.model",
    "exporter.errors",
    "exporter.mimecast.auth",
    "exporter.mimecast.coding",
    "exporter.mimecast.envelope",
    "exporter.mimecast.limit",
    "exporter.mimecast.stream",
    "exporter.web.status",
    "exporter.web.status_page",
    "exporter.web.stylesheet",
)
IMPURE = {
    *("asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "pathlib", "queue", "random"),
    *("requests", "select", "selectors", "shutil", "signal", "socket", "ssl", "subprocess", "sys", "tempfile"),
    *("threading", "time", "urllib3"),
}
IMPURE_CALLS = {"open", "print", "input", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}

# Who uses a library; everybody else goes through them.
DOORS = {
    "requests": ("exporter.mimecast.connection", "exporter.mimecast.transport"),
    "urllib3": ("exporter.mimecast.connection", "exporter.mimecast.transport"),
    "yaml": ("exporter.config.document",),
    "prometheus_client": ("exporter.exposition", "exporter.instruments"),
    "msgspec": ("exporter.collectors", "exporter.mimecast.stream"),
    "bcrypt": ("exporter.web_config.users",),
}

# The parts of our port that know nothing of what is served.
WEB_MAY_IMPORT = ("exporter.web", "exporter.exposition", "exporter.workers")

# (module, what it imports): why it may all the same.
EXCUSES = {
    ("exporter.exposition.piece", "threading.Lock"): "pieces share the room for plain bytes; no thread is started",
    ("exporter.exposition.rendered", "threading.Lock"): "two scrapes at once make families once; no thread is started",
    ("exporter.mimecast.stream", "threading.Lock"): "msgspec's decoders are made one at a time; no thread is started",
    ("exporter.commands.assembly", "requests.utils.DEFAULT_CA_BUNDLE_PATH"): "a path and nothing else; no call is made",
}


def files() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


FILES = files()
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in FILES.items()}


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield what is imported, with the name where there is one: ``threading``, ``threading.Lock``."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names):
                yield from (f"{module}.{alias.name}" for alias in names)


def uses(tree: ast.AST) -> Iterator[str]:
    """Yield what is imported, and of a module that is imported as a whole each name that is used."""
    whole = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in whole:
            used.add(ast.unparse(node))
    yield from (name for name in imports(tree) if name not in {text.rpartition(".")[0] for text in used})
    yield from used


def inner(*trees: ast.AST) -> set[str]:
    """Return the modules of ours that are imported."""
    names = {name for tree in trees for name in imports(tree) if is_in(name, ("exporter",))}
    return {name if name in FILES else name.rpartition(".")[0] for name in names}


def for_type_checkers(tree: ast.AST) -> list[ast.If]:
    """Return what is not run."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]


def is_in(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def floor_of(module: str) -> int:
    """Return how far below the roof a module stands."""
    return FLOORS.index(max((floor for floor in FLOORS if is_in(module, (floor,))), key=len))


def unexcused(module: str, forbidden: set[str]) -> set[str]:
    """Return what a module uses of some libraries without an excuse."""
    found = {name for name in uses(TREES[module]) if name.partition(".")[0] in forbidden}
    return {name for name in found if (module, name) not in EXCUSES}


def test_every_floor_is_there() -> None:
    """Each floor has a module, and nothing stands on the ground floor but the package itself."""
    assert [*range(len(FLOORS))] == sorted({floor_of(module) for module in FILES})
    assert ["exporter"] == [module for module in FILES if FLOORS[floor_of(module)] == "exporter"]


@pytest.mark.parametrize("module", FILES)
def test_imports_run_downwards(module: str) -> None:
    """A module imports of its own floor and of those below it alone."""
    assert [] == [name for name in sorted(inner(TREES[module])) if floor_of(name) < floor_of(module)]


def test_there_is_no_cycle() -> None:
    """At run time no module needs itself by way of others."""
    needs = {module: inner(tree) - inner(*for_type_checkers(tree)) - {module} for module, tree in TREES.items()}
    order = [*TopologicalSorter(needs).static_order()]
    assert set(FILES) == set(order)


@pytest.mark.parametrize("module", [module for module in FILES if is_in(module, PURE)])
def test_pure_floors(module: str) -> None:
    """A pure module imports nothing that does I/O, waits or tells the time, and no module of ours that is not pure."""
    assert set() == unexcused(module, IMPURE)
    assert set() == {name for name in inner(TREES[module]) if not is_in(name, PURE)}
    calls = (node.func for node in ast.walk(TREES[module]) if isinstance(node, ast.Call))
    assert set() == {ast.unparse(function) for function in calls} & IMPURE_CALLS


@pytest.mark.parametrize("library", DOORS)
def test_one_door_for_each_library(library: str) -> None:
    """A library is imported where it is wrapped and nowhere else."""
    outside = [module for module in FILES if not is_in(module, DOORS[library])]
    assert {} == {module: names for module in outside if (names := unexcused(module, {library}))}


@pytest.mark.parametrize("module", [module for module in FILES if is_in(module, ("exporter.web",))])
def test_our_port_knows_nothing_of_what_it_serves(module: str) -> None:
    """But for the routes, what listens and answers imports only itself, the formats of a page, and the workers."""
    if module != "exporter.web.routes":
        assert set() == {name for name in inner(TREES[module]) if not is_in(name, WEB_MAY_IMPORT)}


def test_the_simulator_stands_alone() -> None:
    """The simulator imports nothing of ours and no library of the doors, and only commands import it."""
    simulator = ("exporter.simulator",)
    own = [module for module in FILES if is_in(module, simulator)]
    assert set() == {name for module in own for name in inner(TREES[module]) if not is_in(name, simulator)}
    assert {} == {module: names for module in own if (names := unexcused(module, set(DOORS)))}
    users = {module for module in FILES if any(is_in(name, simulator) for name in inner(TREES[module]))} - {*own}
    assert set() == {module for module in users if not is_in(module, ("exporter.commands",))}


def test_every_excuse_is_needed() -> None:
    """No excuse is kept for an import that is gone."""
    assert set() == {(module, name) for module, name in EXCUSES if name not in set(uses(TREES[module]))}
