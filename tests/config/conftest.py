from pathlib import Path

import pytest

from exporter.config.context import Context, SecretError
from exporter.config.settings import File, Inline, SecretSource, Variable
from exporter.model import Secret

PROXY = "http://planted:planted@proxy"
FILES = {
    "bom": "\ufeffplanted",
    "inner-line-break": "planted\nplanted",
    "umlaut": "plänted",
    "good": "cGxhbnRlZA==",
    "proxy": PROXY,
}


def read(source: SecretSource) -> Secret:
    """Return a planted secret for every source but those that are named for a failure."""
    match source:
        case Inline(secret):
            return Secret(secret.reveal().strip())
        case File("/run/secrets/nothing"):
            raise SecretError("the file /run/secrets/nothing does not exist")
        case Variable("NOT_SET"):
            raise SecretError("the environment variable NOT_SET is not set")
        case File(path):
            return Secret(FILES.get(path, "cGxhbnRlZA=="))
        case Variable("ODD"):
            return Secret("pl anted\n\u00e4")
        case Variable("PROXY"):
            return Secret(PROXY)
        case Variable(_):
            return Secret("cGxhbnRlZA==")


@pytest.fixture
def context() -> Context:
    """Return what a configuration is read with: three collectors, and a reader of secrets that never touches a file."""
    return Context(("training", "queue", "watchlist"), ("training", "queue"), read)


@pytest.fixture
def example() -> Path:
    """Return the example that is shipped."""
    return Path(__file__).parents[2] / "config.example.yaml"
