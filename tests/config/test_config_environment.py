import pytest

from exporter.config.context import Context
from exporter.config.environment import from_environment
from exporter.config.settings import Config, File, OAuthCredentials, SignedCredentials, Tenant, Variable
from exporter.errors import ConfigurationError

SIGNED = {
    "MIMECAST_REGION": "eu",
    "MIMECAST_APPLICATION_ID": "an-id",
    "MIMECAST_APPLICATION_KEY_FILE": "/run/secrets/k",
    "MIMECAST_ACCESS_KEY": "x",
    "MIMECAST_SECRET_KEY": "x",
}


def problems(variables: dict[str, str], context: Context) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        from_environment(variables, context)
    return list(map(str, caught.value.problems))


def test_nothing_set(context: Context) -> None:
    """Without a variable of ours there is no configuration; those that Kubernetes and Docker set are not ours."""
    links = {
        "MIMECAST_EXPORTER_SERVICE_HOST": "10.0.0.1",
        "MIMECAST_EXPORTER_SERVICE_PORT": "10463",
        "MIMECAST_EXPORTER_SERVICE_PORT_METRICS": "10463",
        "MIMECAST_EXPORTER_PORT": "tcp://10.0.0.1:10463",
        "MIMECAST_EXPORTER_PORT_10463_TCP": "tcp://10.0.0.1:10463",
        "MIMECAST_EXPORTER_PORT_10463_TCP_ADDR": "10.0.0.1",
        "MIMECAST_PORT": "tcp://10.0.0.1:80",
        "HOME": "/",
    }
    assert from_environment(links, context) is None


def test_signed(context: Context) -> None:
    """One tenant of API 1.0 needs no file; its secrets stay where they are."""
    credentials = SignedCredentials(
        Variable("MIMECAST_APPLICATION_ID"),
        File("/run/secrets/k"),
        Variable("MIMECAST_ACCESS_KEY"),
        Variable("MIMECAST_SECRET_KEY"),
    )
    loaded = from_environment(SIGNED, context)
    assert loaded is not None
    tenant = Tenant("default", "https://eu-api.mimecast.com", credentials, ("training", "queue"))
    assert Config((tenant,)) == loaded.config


def test_oauth(context: Context) -> None:
    """One tenant of API 2.0 needs no file; name, address and collectors may be given."""
    variables = {
        "MIMECAST_TENANT": "acme",
        "MIMECAST_BASE_URL": "http://localhost:5000/",
        "MIMECAST_CLIENT_ID": "x",
        "MIMECAST_CLIENT_SECRET_FILE": "c",
        "MIMECAST_COLLECTORS": "queue, watchlist",
    }
    credentials = OAuthCredentials(Variable("MIMECAST_CLIENT_ID"), File("c"))
    loaded = from_environment(variables, context)
    assert loaded is not None
    tenant = Tenant("acme", "http://localhost:5000", credentials, ("queue", "watchlist"))
    assert Config((tenant,)) == loaded.config


def test_all_problems(context: Context) -> None:
    """All problems come at once, each with the name of its variable and never with a value."""
    variables = {
        "MIMECAST_TENANT": "pl anted",
        "MIMECAST_REGIN": "planted",
        "MIMECAST_COLLECTORS": "training,planted",
        "MIMECAST_ACCESS_KEY": "planted",
        "MIMECAST_ACCESS_KEY_FILE": "planted",
        "MIMECAST_APPLICATION_KEY_FILE": "/run/secrets/nothing",
        "MIMECAST_SECRET_KEY_FILE": "umlaut",
    }
    expected = [
        "MIMECAST_REGIN: unknown variable; did you mean MIMECAST_REGION?",
        "MIMECAST_TENANT: must be 1 to 64 letters, digits, dots, underscores and hyphens, a letter or digit first",
        "MIMECAST_COLLECTORS[1]: unknown collector; known are: training, queue, watchlist",
        "MIMECAST_APPLICATION_ID: missing; give MIMECAST_APPLICATION_ID or MIMECAST_APPLICATION_ID_FILE",
        "MIMECAST_APPLICATION_KEY_FILE: the file /run/secrets/nothing does not exist",
        "MIMECAST_ACCESS_KEY: given more than once; keep one of MIMECAST_ACCESS_KEY, MIMECAST_ACCESS_KEY_FILE",
        "MIMECAST_SECRET_KEY_FILE: the file umlaut has characters beyond ASCII; copy it again",
        "set either MIMECAST_REGION or MIMECAST_BASE_URL, neither is set",
    ]
    assert expected == problems(variables, context)


def test_regions(context: Context) -> None:
    """A region of the other API is refused, and so are a region and an address together."""
    expected = [
        (
            "MIMECAST_REGION: no region of API 1.0, which these credentials are for;"
            " known are: eu, de, us, usb, ca, za, au, je, uspcom"
        )
    ]
    assert expected == problems(SIGNED | {"MIMECAST_REGION": "uk"}, context)
    expected = ["set either MIMECAST_REGION or MIMECAST_BASE_URL, not both"]
    assert expected == problems(SIGNED | {"MIMECAST_BASE_URL": "https://x.example"}, context)


def test_no_credentials(context: Context) -> None:
    """An address alone is not enough, and the variables that are missing are named."""
    expected = [
        (
            "missing; give either MIMECAST_APPLICATION_ID, MIMECAST_APPLICATION_KEY, MIMECAST_ACCESS_KEY,"
            " MIMECAST_SECRET_KEY (API 1.0) or MIMECAST_CLIENT_ID, MIMECAST_CLIENT_SECRET (API 2.0)"
        )
    ]
    assert expected == problems({"MIMECAST_REGION": "eu"}, context)
