"""Which tests run one after another where several processes share them."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# They look at the program's times and memory.
TIMED = frozenset(
    {
        "test_deadline",
        "test_isolation",
        "test_memory",
        "test_port_crowd",
        "test_port_patience",
        "test_web_config_attack",
        "test_web_config_rotation",
    }
)


class Files(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Keeps the tests of a file together, because they share what they have started, and the timed files, too."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "timed" if PurePosixPath(file).stem in TIMED else file
